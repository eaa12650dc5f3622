use adressbote_simulator::{Action, ExchangeScope, Options};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use ring::rand::SystemRandom;
use ring::signature::{RSA_PKCS1_SHA256, RSA_PSS_SHA256, RsaEncoding, RsaKeyPair};
use serde_json::{Value, json};

use crate::client::{self, Client, Reply, reply, start, start_with};

const CERTIFICATE: &[u8] = include_bytes!("app.cert.pem");
const KEY: &str = include_str!("app.key.pem");
const OTHER_CERTIFICATE: &[u8] = include_bytes!("other.cert.pem");

fn refused(reply: &Reply) -> (u16, &str, i64) {
    let number = reply.body["error_codes"][0].as_i64().unwrap_or_default();
    let described = reply.body["error_description"].as_str().unwrap_or_default();
    assert!(described.starts_with(&format!("AADSTS{number}: ")), "{}", reply.text);
    for name in ["timestamp", "trace_id", "correlation_id", "error_uri"] {
        assert!(reply.body[name].is_string(), "{name}");
    }
    (reply.status, reply.body["error"].as_str().unwrap_or_default(), number)
}

fn claims(token: &str) -> Value {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(token.split('.').nth(1).unwrap()).unwrap()).unwrap()
}

#[tokio::test]
async fn a_secret_gets_a_token_with_roles_and_no_refresh_token() {
    let client = start().await;
    let reply = client.ask_token(&[]).await;
    assert_eq!(reply.status, 200);
    assert_eq!((&reply.body["token_type"], &reply.body["expires_in"]), (&json!("Bearer"), &json!(3599)));
    assert!(reply.body["refresh_token"].is_null());
    let claims = claims(reply.body["access_token"].as_str().unwrap());
    assert_eq!(claims["tid"], json!(client.graph.tenant()));
    assert_eq!(claims["appid"], json!(client.graph.client_id()));
    assert_eq!(claims["roles"], json!(["Contacts.ReadWrite", "GroupMember.Read.All", "MailboxSettings.Read", "User.Read.All"]));
    assert_eq!(claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap(), 3599);
}

#[tokio::test]
async fn a_secret_may_come_in_the_basic_header_and_the_tenant_by_its_domain() {
    let client = start().await;
    let url = client.graph.token_url().replace(&client.graph.tenant(), "bodensee.example");
    let form = [("scope", "https://graph.microsoft.com/.default"), ("grant_type", "client_credentials")];
    let request = client.http.post(url).basic_auth(client.graph.client_id(), Some(client.graph.client_secret())).form(&form);
    assert_eq!(reply(request).await.status, 200);
}

#[tokio::test]
async fn each_mistake_has_its_own_number() {
    let client = start().await;
    assert_eq!(refused(&client.ask_token(&[("client_secret", "wrong")]).await), (401, "invalid_client", 7_000_215));
    assert_eq!(refused(&client.ask_token(&[("client_secret", "")]).await), (401, "invalid_client", 7_000_218));
    assert_eq!(refused(&client.ask_token(&[("client_id", "00000000-0000-0000-0000-000000000000")]).await), (400, "unauthorized_client", 700_016));
    assert_eq!(refused(&client.ask_token(&[("scope", "https://graph.microsoft.com/Contacts.Read")]).await), (400, "invalid_scope", 70_011));
    assert_eq!(refused(&client.ask_token(&[("scope", "https://other.example/.default")]).await), (400, "invalid_resource", 500_011));
    assert_eq!(refused(&client.ask_token(&[("grant_type", "password")]).await), (400, "unsupported_grant_type", 70_003));
    assert_eq!(refused(&client.ask_token(&[("grant_type", "")]).await), (400, "invalid_request", 900_144));
    for (tenant, number) in [("nowhere.example", 90_002), ("common", 9_001_023)] {
        let url = client.graph.token_url().replace(&client.graph.tenant(), tenant);
        let form = [("client_id", "x"), ("client_secret", "x"), ("grant_type", "client_credentials")];
        assert_eq!(refused(&reply(client.http.post(url).form(&form)).await), (400, "invalid_request", number));
    }
    let secret = client.graph.client_secret();
    client.graph.act(Action::ExpireSecret).unwrap();
    assert_eq!(refused(&client.ask_token(&[("client_secret", &secret)]).await), (401, "invalid_client", 7_000_222));
    client.graph.act(Action::NewSecret).unwrap();
    assert_eq!(client.ask_token(&[]).await.status, 200);
    client.graph.act(Action::DisableApp { is_disabled: true }).unwrap();
    assert_eq!(refused(&client.ask_token(&[]).await), (400, "unauthorized_client", 7_000_112));
}

#[tokio::test]
async fn a_token_that_is_missing_garbled_or_expired_is_refused() {
    let mut client = start().await;
    let path = client.at("/contactFolders");
    let unauthorized = (401, "InvalidAuthenticationToken");
    assert_eq!(reply(client.http.get(format!("{}{path}", client.graph.base()))).await.error(), unauthorized);
    let good = client.token.clone();
    assert_eq!(client.get(&path).await.status, 200);
    client.graph.act(Action::AdvanceClock { seconds: 3_600 }).unwrap();
    assert_eq!(client.get(&path).await.error(), unauthorized);
    client.token = client.fresh_token().await;
    assert_eq!(client.get(&path).await.status, 200);
    client.graph.act(Action::ExpireTokens).unwrap();
    assert_eq!(client.get(&path).await.error(), unauthorized);
    for garbled in ["x", "a.b.c", &format!("{good}x"), &good.replacen('.', ".x", 1)] {
        garbled.clone_into(&mut client.token);
        assert_eq!(client.get(&path).await.error(), unauthorized, "{garbled}");
        assert_eq!(client.post("/$batch", json!({"requests": [{"id": "1", "method": "GET", "url": path}]})).await.error(), unauthorized);
    }
}

#[tokio::test]
async fn without_consent_the_token_comes_and_the_call_is_refused() {
    let mut client = start().await;
    for role in ["Contacts.ReadWrite", "User.Read.All", "GroupMember.Read.All", "MailboxSettings.Read"] {
        client.graph.act(Action::RevokeRole { role: role.to_owned() }).unwrap();
    }
    assert_eq!(client.get(&client.at("/contacts")).await.status, 200, "the old token still has its roles");
    client.token = client.fresh_token().await;
    assert_eq!(claims(&client.token)["roles"], Value::Null);
    assert_eq!(client.get(&client.at("/contacts")).await.error(), (403, "ErrorAccessDenied"));
    assert_eq!(client.get("/users").await.error(), (403, "Authorization_RequestDenied"));
    assert_eq!(client.get(&client.at("/mailboxSettings")).await.error(), (403, "ErrorAccessDenied"));
    client.graph.act(Action::GrantRole { role: "Contacts.Read".to_owned() }).unwrap();
    client.token = client.fresh_token().await;
    assert_eq!(client.get(&client.at("/contacts")).await.status, 200);
    assert_eq!(client.post(&client.at("/contacts"), json!({"surname": "X"})).await.error(), (403, "ErrorAccessDenied"));
}

#[tokio::test]
async fn exchange_roles_open_some_mailboxes_without_consent() {
    let mut client = start().await;
    client.graph.act(Action::RevokeRole { role: "Contacts.ReadWrite".to_owned() }).unwrap();
    let scope = ExchangeScope { roles: ["Contacts.ReadWrite".to_owned()].into(), users: [client.anna.clone()].into() };
    client.graph.act(Action::SetExchangeScope { scope: Some(scope) }).unwrap();
    client.token = client.fresh_token().await;
    let other = client.graph.users()[1].id.clone();
    assert_eq!(client.get(&client.at("/contacts")).await.status, 200);
    assert_eq!(client.get(&format!("/users/{other}/contacts")).await.error(), (403, "ErrorAccessDenied"));
}

/// Signs an assertion; some claims or header fields may be replaced.
fn assertion(client: &Client, algorithm: &'static dyn RsaEncoding, header: Value, replaced: Value) -> String {
    let der = STANDARD.decode(KEY.lines().filter(|line| !line.starts_with('-')).collect::<String>()).unwrap();
    let key = RsaKeyPair::from_pkcs8(&der).unwrap();
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
    let mut claims = json!({
        "aud": client.graph.token_url(), "iss": client.graph.client_id(), "sub": client.graph.client_id(),
        "jti": "6f1b2c3d", "nbf": now, "iat": now, "exp": now + 600,
    });
    claims.as_object_mut().unwrap().extend(replaced.as_object().unwrap().clone());
    let signed = format!("{}.{}", URL_SAFE_NO_PAD.encode(header.to_string()), URL_SAFE_NO_PAD.encode(claims.to_string()));
    let mut signature = vec![0; key.public().modulus_len()];
    key.sign(algorithm, &SystemRandom::new(), signed.as_bytes(), &mut signature).unwrap();
    format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature))
}

async fn by_assertion(client: &Client, assertion: &str) -> Reply {
    let kind = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
    client.ask_token(&[("client_secret", ""), ("client_assertion_type", kind), ("client_assertion", assertion)]).await
}

fn thumb(algorithm: &'static ring::digest::Algorithm, pem: &[u8]) -> String {
    let text = std::str::from_utf8(pem).unwrap();
    let der = STANDARD.decode(text.lines().filter(|line| !line.starts_with('-')).collect::<String>()).unwrap();
    URL_SAFE_NO_PAD.encode(ring::digest::digest(algorithm, &der))
}

#[tokio::test]
async fn a_certificate_gets_a_token_in_the_new_and_the_old_form() {
    let client = start_with(Options { certificates: vec![CERTIFICATE.to_vec()], ..Options::default() }).await;
    let new = json!({"alg": "PS256", "typ": "JWT", "x5t#S256": thumb(&ring::digest::SHA256, CERTIFICATE)});
    let old = json!({"alg": "RS256", "typ": "JWT", "x5t": thumb(&ring::digest::SHA1_FOR_LEGACY_USE_ONLY, CERTIFICATE)});
    assert_eq!(by_assertion(&client, &assertion(&client, &RSA_PSS_SHA256, new, json!({}))).await.status, 200);
    assert_eq!(by_assertion(&client, &assertion(&client, &RSA_PKCS1_SHA256, old, json!({}))).await.status, 200);
}

#[tokio::test]
async fn an_assertion_that_proves_nothing_is_refused() {
    let client = start().await;
    let head = json!({"alg": "PS256", "typ": "JWT", "x5t#S256": thumb(&ring::digest::SHA256, CERTIFICATE)});
    let good = assertion(&client, &RSA_PSS_SHA256, head.clone(), json!({}));
    assert_eq!(refused(&by_assertion(&client, &good).await), (401, "invalid_client", 700_027), "not registered");
    client.graph.act(Action::AddCertificate { certificate: String::from_utf8(CERTIFICATE.to_vec()).unwrap() }).unwrap();
    client.graph.act(Action::AddCertificate { certificate: String::from_utf8(OTHER_CERTIFICATE.to_vec()).unwrap() }).unwrap();
    assert_eq!(by_assertion(&client, &good).await.status, 200);
    let other = json!({"alg": "PS256", "typ": "JWT", "x5t#S256": thumb(&ring::digest::SHA256, OTHER_CERTIFICATE)});
    let by_wrong_key = assertion(&client, &RSA_PSS_SHA256, other, json!({}));
    assert_eq!(refused(&by_assertion(&client, &by_wrong_key).await).2, 700_027, "signed by another key");
    for (replaced, number) in [
        (json!({"exp": 1_000, "nbf": 1}), 700_024),
        (json!({"nbf": 4_000_000_000_u64, "exp": 4_000_000_600_u64}), 700_024),
        (json!({"aud": "https://other.example/token"}), 700_023),
        (json!({"sub": "somebody else"}), 700_021),
    ] {
        let wrong = assertion(&client, &RSA_PSS_SHA256, head.clone(), replaced);
        assert_eq!(refused(&by_assertion(&client, &wrong).await).2, number);
    }
    let unsigned = assertion(&client, &RSA_PSS_SHA256, json!({"alg": "none", "x5t#S256": head["x5t#S256"]}), json!({}));
    assert_eq!(by_assertion(&client, &unsigned).await.status, 401);
    for garbled in ["x", "a.b", "a.b.c", "....", "ä.ö.ü"] {
        assert_eq!(by_assertion(&client, garbled).await.status, 401, "{garbled}");
    }
}

#[tokio::test]
async fn no_other_address_than_loopback_is_taken() {
    let options = Options { listen: "0.0.0.0:0".parse().unwrap(), ..Options::default() };
    let error = adressbote_simulator::Simulator::start(options).await.unwrap_err();
    assert!(error.to_string().contains("0.0.0.0:0 is no loopback address"), "{error}");
    drop(client::http());
}
