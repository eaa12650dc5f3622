//! A plain client of Graph: a base address, a token, nothing else.

use adressbote_simulator::{Options, Running, Simulator};
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};

/// The extended property that marks our items.
pub const MARK: &str = "String {3f0c1a52-8a37-4c0e-9d0b-5c9f8d1e2a77} Name Mark";

/// A simulator and a client with a token for it.
pub struct Client {
    pub graph: Running,
    pub http: reqwest::Client,
    pub token: String,
    /// Object id of the first user of the default directory.
    pub anna: String,
}

/// What came back.
#[derive(Debug)]
pub struct Reply {
    pub status: u16,
    pub headers: reqwest::header::HeaderMap,
    pub body: Value,
    pub text: String,
}

impl Reply {
    /// `status code`, the way errors are told apart.
    pub fn error(&self) -> (u16, &str) {
        (self.status, self.body["error"]["code"].as_str().unwrap_or_default())
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map(|value| value.to_str().unwrap()).unwrap_or_default()
    }

    pub fn id(&self) -> String {
        self.body["id"].as_str().unwrap_or_default().to_owned()
    }

    pub fn values(&self) -> &Vec<Value> {
        self.body["value"].as_array().unwrap()
    }

    /// One property of every item of a list.
    pub fn each(&self, name: &str) -> Vec<&str> {
        self.values().iter().map(|item| item[name].as_str().unwrap_or_default()).collect()
    }
}

pub fn http() -> reqwest::Client {
    // A second installation is refused, which is as good.
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::new()
}

pub async fn start() -> Client {
    start_with(Options::default()).await
}

pub async fn start_with(options: Options) -> Client {
    Client::of(Simulator::start(options).await.unwrap()).await
}

impl Client {
    pub async fn of(graph: Running) -> Self {
        let http = http();
        let anna = graph.users().first().unwrap().id.clone();
        let mut client = Self { graph, http, token: String::new(), anna };
        client.token = client.fresh_token().await;
        client
    }

    pub async fn fresh_token(&self) -> String {
        let reply = self.ask_token(&[]).await;
        reply.body["access_token"].as_str().unwrap().to_owned()
    }

    /// Asks for a token by secret, with some fields of the form replaced.
    pub async fn ask_token(&self, replaced: &[(&str, &str)]) -> Reply {
        let (id, secret) = (self.graph.client_id(), self.graph.client_secret());
        let mut form = vec![
            ("client_id", id.as_str()),
            ("client_secret", secret.as_str()),
            ("scope", "https://graph.microsoft.com/.default"),
            ("grant_type", "client_credentials"),
        ];
        for (name, value) in replaced {
            form.retain(|(n, _)| n != name);
            form.push((name, value));
        }
        form.retain(|(_, value)| !value.is_empty());
        reply(self.http.post(self.graph.token_url()).form(&form)).await
    }

    pub fn request(&self, method: &str, path: &str) -> RequestBuilder {
        let url = if path.starts_with("http") { path.to_owned() } else { format!("{}{path}", self.graph.base()) };
        self.http.request(Method::from_bytes(method.as_bytes()).unwrap(), url).bearer_auth(&self.token)
    }

    pub async fn get(&self, path: &str) -> Reply {
        reply(self.request("GET", path)).await
    }

    /// A GET by which all ids are immutable.
    pub async fn get_immutable(&self, path: &str) -> Reply {
        reply(self.request("GET", path).header("Prefer", "IdType=\"ImmutableId\"")).await
    }

    pub async fn post(&self, path: &str, body: Value) -> Reply {
        reply(self.request("POST", path).json(&body)).await
    }

    pub async fn patch(&self, path: &str, body: Value) -> Reply {
        reply(self.request("PATCH", path).json(&body)).await
    }

    pub async fn delete(&self, path: &str) -> Reply {
        reply(self.request("DELETE", path)).await
    }

    /// A POST without a body.
    pub async fn call(&self, path: &str) -> Reply {
        reply(self.request("POST", path).header("Content-Length", "0")).await
    }

    /// Makes a folder below Contacts; its id.
    pub async fn folder(&self, name: &str) -> String {
        let made = self.post(&self.at("/contactFolders"), json!({"displayName": name})).await;
        assert_eq!(made.status, 201, "{}", made.text);
        made.id()
    }

    /// Makes a contact in a folder; its id.
    pub async fn contact(&self, folder: &str, body: Value) -> String {
        let made = self.post(&self.in_folder(folder, "/contacts"), body).await;
        assert_eq!(made.status, 201, "{}", made.text);
        made.id()
    }

    /// A path in Anna's mailbox.
    pub fn at(&self, tail: &str) -> String {
        format!("/users/{}{tail}", self.anna)
    }

    /// A path in a folder of Anna's mailbox.
    pub fn in_folder(&self, folder: &str, tail: &str) -> String {
        self.at(&format!("/contactFolders/{}{tail}", escape(folder)))
    }

    /// The answers of a batch, by id of the request.
    pub async fn batch(&self, requests: Value) -> Value {
        let reply = self.post("/$batch", json!({ "requests": requests })).await;
        assert_eq!(reply.status, 200, "{}", reply.text);
        let responses = reply.body["responses"].as_array().unwrap();
        responses.iter().map(|response| (response["id"].as_str().unwrap().to_owned(), response.clone())).collect::<serde_json::Map<_, _>>().into()
    }
}

pub async fn reply(request: RequestBuilder) -> Reply {
    try_reply(request).await.unwrap()
}

pub async fn try_reply(request: RequestBuilder) -> reqwest::Result<Reply> {
    let response = request.send().await?;
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    let text = response.text().await?;
    Ok(Reply { status, headers, body: serde_json::from_str(&text).unwrap_or(Value::Null), text })
}

/// Percent-encodes an id or an expression.
pub fn escape(text: &str) -> String {
    text.bytes().map(|byte| if byte.is_ascii_alphanumeric() { char::from(byte).to_string() } else { format!("%{byte:02X}") }).collect()
}
