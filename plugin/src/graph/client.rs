//! One call at a time: token, limits, sending, reading, waiting, trying again where that is safe.

use std::sync::Arc;
use std::time::{Duration, Instant};

use reqwest::Url;
use serde_json::Value;
use tokio_util::sync::CancellationToken;

use super::answer::{Answer, Raw};
use super::backoff::{Patience, Tally, Verdict};
use super::credential::Credential;
use super::error::{At, GraphError, Lost};
use super::id::MailboxId;
use super::limit::{Limits, TooLong, Weight};
use super::request::{Call, Method, Request};
use super::settings::{GraphSettings, SettingsError};
use super::token::{Claims, TokenSerial, Tokens};
use super::wire;

/// What came of a request.
pub type Outcome = Result<Answer, GraphError>;

/// The client of Microsoft Graph. Cheap to clone; all clones share token and limits, so a process needs one.
#[derive(Clone)]
pub struct Graph {
    inner: Arc<Inner>,
    stop: CancellationToken,
}

struct Inner {
    http: reqwest::Client,
    tokens: Tokens,
    limits: Limits,
    settings: GraphSettings,
}

impl std::fmt::Debug for Graph {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Graph({})", self.inner.settings.base)
    }
}

impl Graph {
    /// A client that has not yet spoken to anybody.
    ///
    /// # Errors
    /// When the settings cannot work, or the system has no certificates to trust.
    pub fn new(settings: GraphSettings) -> Result<Self, SettingsError> {
        settings.check()?;
        // reqwest gives up the process when none was chosen; whoever chose one earlier keeps it.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let builder = reqwest::Client::builder()
            .user_agent(&settings.user_agent)
            .connect_timeout(settings.connect_timeout)
            .timeout(settings.call_timeout)
            .redirect(reqwest::redirect::Policy::none());
        // A company's proxy knows nothing of a simulator on this machine.
        let builder = if settings.is_here() { builder.no_proxy() } else { builder };
        let http = builder.build().map_err(|_| SettingsError::Client)?;
        let tokens = Tokens::new(http.clone(), &settings);
        let limits = Limits::new(settings.pace);
        Ok(Self { inner: Arc::new(Inner { http, tokens, limits, settings }), stop: CancellationToken::new() })
    }

    /// The same client, which sends what is to be sent but waits for nothing once `stop` is told.
    #[must_use]
    pub fn until(&self, stop: &CancellationToken) -> Self {
        Self { inner: Arc::clone(&self.inner), stop: stop.clone() }
    }

    /// Whether it was told to stop.
    pub(crate) fn is_told_to_stop(&self) -> bool {
        self.stop.is_cancelled()
    }

    pub(crate) fn at(&self, mailbox: &MailboxId, call: Call) -> At {
        At { call, mailbox: Some(mailbox.clone()), request_id: None }
    }

    /// Waits. False: it was told to stop meanwhile.
    pub(crate) async fn rest(&self, wait: Duration) -> bool {
        tokio::select! {
            biased;
            () = self.stop.cancelled() => false,
            () = tokio::time::sleep(wait) => true,
        }
    }

    /// What the app's token says of its permissions.
    ///
    /// # Errors
    /// When Entra gives out no token.
    pub async fn claims(&self) -> Result<Claims, GraphError> {
        Ok(self.inner.tokens.token().await?.claims().clone())
    }

    /// Signs in with this credential from now on, as when a new secret was made.
    pub async fn present(&self, credential: Credential) {
        self.inner.tokens.present(credential).await;
    }

    /// Forgets the limits of mailboxes that are at rest; to be called between passes. Says how many are remembered.
    pub fn forget_idle(&self) -> usize {
        self.inner.limits.forget_idle();
        self.inner.limits.remembered()
    }

    /// Sends one request, for a mailbox or for the directory, and tries again where that is safe.
    ///
    /// # Errors
    /// `Unknown` for a creation whose answer was lost: it must be looked up before it is repeated.
    pub async fn send(&self, mailbox: Option<&MailboxId>, request: &Request) -> Outcome {
        let at = At { call: request.call, mailbox: mailbox.cloned(), request_id: None };
        let mut tally = Tally::default();
        loop {
            match self.exchange(&at, request).await.and_then(|raw| raw.read(at.clone())) {
                Ok(answer) => return Ok(answer),
                Err(error) => self.pause(error, &mut tally).await?,
            }
        }
    }

    /// Sends a request and those for the further pages of its answer, and returns the items of all.
    pub(crate) async fn send_all(&self, mailbox: Option<&MailboxId>, first: Request) -> Result<Vec<Value>, GraphError> {
        let mut items = Vec::new();
        let mut request = first;
        for _ in 0..MOST_PAGES {
            let answer = self.send(mailbox, &request).await?;
            items.extend(answer.items()?.iter().cloned());
            match answer.next_page() {
                Some(_) if self.is_told_to_stop() => {
                    return Err(GraphError::Stopped { at: At { call: request.call, mailbox: mailbox.cloned(), request_id: None } });
                }
                Some(link) => request = request.follow(link),
                None => return Ok(items),
            }
        }
        let at = At { call: request.call, mailbox: mailbox.cloned(), request_id: None };
        Err(GraphError::Protocol { at, what: "the pages do not end" })
    }

    /// Whether this cloud removes contacts for good.
    pub(crate) fn purges(&self) -> bool {
        self.inner.settings.purges
    }

    pub(crate) fn call_timeout(&self) -> Duration {
        self.inner.settings.call_timeout
    }

    pub(crate) fn patience(&self) -> &Patience {
        &self.inner.settings.patience
    }

    /// Waits after a failure that is worth another try, and gives the failure back otherwise.
    async fn pause(&self, error: GraphError, tally: &mut Tally) -> Result<(), GraphError> {
        match self.judge(&error, tally) {
            Verdict::Tell => Err(error),
            Verdict::Wait(wait) => {
                tracing::debug!(wait_ms = wire::ms(wait), error = %error, "A call is tried again");
                if self.rest(wait).await { Ok(()) } else { Err(error) }
            }
        }
    }

    /// Decides about a failure. When Graph asked to wait, the whole mailbox waits.
    pub(crate) fn judge(&self, error: &GraphError, tally: &mut Tally) -> Verdict {
        let is_throttled = matches!(error, GraphError::Throttled { .. });
        if let GraphError::Throttled { at, wait } | GraphError::Unknown { at, lost: Lost::Busy(wait) } = error {
            self.inner.limits.hold(at.mailbox.as_ref(), *wait);
        }
        self.inner.settings.patience.judge(tally, is_throttled, |backoff| error.next(backoff), wire::chance())
    }

    /// Asks for a new token at the next call, unless that has happened since.
    pub(crate) async fn renew(&self, refused: TokenSerial) {
        self.inner.tokens.forget(refused).await;
    }

    /// One exchange over the wire, repeated once with a fresh token when Graph says that the one we had has ended.
    pub(crate) async fn exchange(&self, at: &At, request: &Request) -> Result<Raw, GraphError> {
        let body = request.body.as_ref().map(Value::to_string);
        let bytes = body.as_ref().map_or(0, String::len);
        let weight = match request.call {
            Call::Batch => Weight::batch(items_of(request), bytes),
            _ => Weight::single(bytes),
        };
        let outgoing = Outgoing { request, url: self.url_of(at, request)?, body, weight };
        let raw = self.once(at, &outgoing).await?;
        if raw.status != 401 {
            return Ok(raw);
        }
        self.renew(raw.token).await;
        self.once(at, &outgoing).await
    }

    async fn once(&self, at: &At, outgoing: &Outgoing<'_>) -> Result<Raw, GraphError> {
        let Inner { http, tokens, limits, settings } = &*self.inner;
        let entered = tokio::select! {
            biased;
            entered = limits.enter(at.mailbox.as_ref(), outgoing.weight, settings.patience.held) => entered,
            () = self.stop.cancelled() => return Err(GraphError::Stopped { at: at.clone() }),
        };
        let _pass = entered.map_err(|TooLong(wait)| GraphError::Throttled { at: at.clone(), wait })?;
        // After the waiting, so that the token has not ended meanwhile.
        let token = tokens.token().await?;
        let start = Instant::now();
        let mut sending = http
            .request(method(outgoing.request.method), outgoing.url.clone())
            .bearer_auth(token.bearer())
            .header("client-request-id", uuid::Uuid::new_v4().to_string());
        for (name, value) in &outgoing.request.headers {
            sending = sending.header(*name, value.as_ref());
        }
        if let Some(body) = &outgoing.body {
            sending = sending.body(body.clone());
        }
        let lost = |error| GraphError::lost(at.clone(), wire::lost(error));
        let response = sending.send().await.map_err(lost)?;
        let status = response.status().as_u16();
        let wait = wire::retry_after(response.headers());
        let request_id = response.headers().get("request-id").and_then(|id| id.to_str().ok()).and_then(wire::request_id);
        let body = wire::read_body(response).await.map_err(lost)?;
        let body = body.ok_or_else(|| GraphError::lost(at.clone(), Lost::Garbled("it is too long")))?;
        tracing::debug!(
            mailbox.id = at.mailbox.as_ref().map(MailboxId::as_str),
            call = at.call.words(),
            status,
            request.id = request_id.as_deref(),
            duration_ms = wire::ms_since(start),
            "Graph answered"
        );
        Ok(Raw { status, wait, request_id, body: serde_json::from_slice(&body).ok(), token: token.serial() })
    }

    /// The whole address. A link that Graph gave must lead back to where the token may go.
    fn url_of(&self, at: &At, request: &Request) -> Result<Url, GraphError> {
        let base = &self.inner.settings.base;
        let text = if request.url.starts_with('/') { format!("{}{}", base.as_str().trim_end_matches('/'), request.url) } else { request.url.clone() };
        let is_theirs = || GraphError::Protocol { at: at.clone(), what: "a link leads to another server and was not followed" };
        Url::parse(&text).ok().filter(|url| url.origin() == base.origin()).ok_or_else(is_theirs)
    }
}

/// A request made ready for the wire.
struct Outgoing<'a> {
    request: &'a Request,
    url: Url,
    body: Option<String>,
    weight: Weight,
}

/// More pages than a mailbox can fill.
const MOST_PAGES: usize = 1_000;

fn items_of(batch: &Request) -> usize {
    batch.body.as_ref().and_then(|body| body.get("requests")).and_then(Value::as_array).map_or(1, Vec::len)
}

fn method(method: Method) -> reqwest::Method {
    match method {
        Method::Get => reqwest::Method::GET,
        Method::Post => reqwest::Method::POST,
        Method::Patch => reqwest::Method::PATCH,
        Method::Delete => reqwest::Method::DELETE,
    }
}
