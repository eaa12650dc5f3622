//! HTTP: bytes in, bytes out. Tells the token endpoint, Graph and the look inside apart.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{ConnectInfo, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode};
use serde_json::Value;

use crate::batch;
use crate::call::{Answer, Call, Payload, Sent};
use crate::error::Refusal;
use crate::fault::{After, Blow, Seen};
use crate::graph::{self, Outcome};
use crate::log::{self, Entry};
use crate::percent;
use crate::sim::Sim;
use crate::token;
use crate::window;
use crate::wire::Scissors;

/// The largest request, in bytes.
const LARGEST: usize = 4 * 1024 * 1024;
const JSON: &str = "application/json;odata.metadata=minimal;odata.streaming=true;IEEE754Compatible=false;charset=utf-8";

/// Answers every request of a connection.
pub(crate) async fn answer(State(sim): State<Arc<Sim>>, ConnectInfo(scissors): ConnectInfo<Scissors>, request: Request) -> Response<Body> {
    let (head, body) = request.into_parts();
    let target = head.uri.path_and_query().map_or("/", |target| target.as_str()).to_owned();
    let headers = read_headers(&head.headers);
    let origin = origin(&sim, &headers);
    let body = to_bytes(body, LARGEST).await;
    let method = head.method.as_str().to_ascii_uppercase();
    let path = target.split('?').next().unwrap_or_default().to_owned();
    if let Some(rest) = path.strip_prefix("/_sim/") {
        let (status, value) = window::answer(&sim, &method, rest, target.split_once('?').map_or("", |(_, query)| query), &body.unwrap_or_default());
        return json(status, &value, "application/json");
    }
    if let Some(rest) = versioned(&target) {
        let sent = body.map(|bytes| if bytes.is_empty() { Sent::Nothing } else { Sent::Raw(bytes) });
        let is_too_large = sent.is_err();
        let call = Call { method, target: rest.to_owned(), headers, body: sent.unwrap_or(Sent::Nothing), base: format!("{origin}/v1.0") };
        return finish(to_graph(&sim, &call, is_too_large).await, &scissors);
    }
    if path.ends_with("/oauth2/v2.0/token") || path.ends_with("/.well-known/openid-configuration") {
        let call = Call { method, target, headers, body: Sent::Raw(body.unwrap_or_default()), base: origin };
        return to_entra(&sim, &call, &path, &scissors).await;
    }
    let call = Call { method, target, headers, body: Sent::Nothing, base: origin };
    let refusal = Refusal::bad_request("Invalid version: the simulator answers /v1.0, the token endpoint and /_sim/.");
    finish(graph::outcome(&sim, &call, &Blow::default(), Err(refusal)), &scissors)
}

/// Path and query after the version.
fn versioned(target: &str) -> Option<&str> {
    let rest = target.strip_prefix("/v1.0")?;
    (rest.is_empty() || rest.starts_with(['/', '?'])).then_some(rest)
}

fn read_headers(headers: &HeaderMap) -> BTreeMap<String, String> {
    let mut read: BTreeMap<String, String> = BTreeMap::new();
    for (name, value) in headers {
        let value = String::from_utf8_lossy(value.as_bytes());
        let joined = read.entry(name.as_str().to_ascii_lowercase()).or_default();
        if !joined.is_empty() {
            joined.push_str(", ");
        }
        joined.push_str(&value);
    }
    read
}

/// The address as the client wrote it, so that links lead back to it.
fn origin(sim: &Sim, headers: &BTreeMap<String, String>) -> String {
    let is_host = |host: &&String| !host.is_empty() && host.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | ':' | '-' | '[' | ']'));
    headers.get("host").filter(is_host).map_or_else(|| sim.origin.clone(), |host| format!("http://{host}"))
}

async fn to_graph(sim: &Arc<Sim>, call: &Call, is_too_large: bool) -> Outcome {
    if is_too_large {
        let refusal = Refusal::new(413, "RequestEntityTooLarge", "The request entity is larger than 4 MB.");
        return graph::outcome(sim, call, &Blow::default(), Err(refusal));
    }
    let caller = graph::caller(sim, call);
    if !call.target.split('?').next().unwrap_or_default().eq_ignore_ascii_case("/$batch") {
        return graph::answer(sim, call, &caller, None, None).await;
    }
    let (number, at) = (sim.log.begin(), sim.clock.now());
    let begun = std::time::Instant::now();
    let blow = graph::strike(sim, call, None);
    sim.wait(blow.delay_before_ms).await;
    let result = match &blow.refusal {
        Some(refusal) => Err(refusal.clone()),
        None if blow.drop_before => Err(Refusal::new(504, "UnknownError", "")),
        None => batch::answer(sim, call, &caller, number).await,
    };
    sim.wait(blow.delay_after_ms).await;
    let outcome = graph::outcome(sim, call, &blow, result);
    sim.log.add(Entry {
        number,
        batch: None,
        at,
        method: call.method.clone(),
        path: call.target.clone(),
        mailbox: None,
        app: caller.ok().map(|caller| caller.app),
        headers: log::kept(&call.headers),
        body: String::new(),
        status: outcome.answer.status,
        code: graph::code(&outcome.answer),
        is_lost: outcome.lost.is_some() && !blow.drop_before,
        took_ms: u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX),
    });
    outcome
}

/// The token endpoint and its discovery document.
async fn to_entra(sim: &Sim, call: &Call, path: &str, scissors: &Scissors) -> Response<Body> {
    let no_body = String::new;
    let blow = sim.faults.strike(&Seen { mailbox: None, method: &call.method, target: &call.target, body: &no_body });
    sim.wait(blow.delay_before_ms).await;
    if blow.drop_before || blow.after.is_some() {
        scissors.cut();
    }
    let now = sim.clock.now();
    let tenant = percent::decode(path.split('/').nth(1).unwrap_or_default()).unwrap_or_default();
    let (status, value) = match &blow.refusal {
        Some(refusal) => (
            refusal.status,
            token::Rejected::new(refusal.status, "temporarily_unavailable", 90033, "A transient error has occurred. Please try again.").body(now),
        ),
        None if path.ends_with("openid-configuration") => (200, sim.look(|state| token::discovery(state, &call.base, now))),
        None => {
            let bytes = call.bytes().unwrap_or_default();
            let body = String::from_utf8_lossy(&bytes).into_owned();
            let request = token::Request { tenant: &tenant, body: &body, authorization: call.header("authorization"), origin: &call.base };
            match sim.look(|state| token::answer(state, &request, sim.behaviour.token_lives_s, now)) {
                Ok(value) => (200, value),
                Err(rejected) => (rejected.status, rejected.body(now)),
            }
        }
    };
    sim.wait(blow.delay_after_ms).await;
    log_token(sim, call, status, &value);
    let mut response = json(status, &value, "application/json; charset=utf-8");
    if let Some(wait_s) = blow.refusal.and_then(|refusal| refusal.retry_after_s) {
        set(&mut response, "Retry-After", &wait_s.to_string());
    }
    set(&mut response, "Cache-Control", "no-store, no-cache");
    response
}

/// Logs a token request without its secrets.
fn log_token(sim: &Sim, call: &Call, status: u16, value: &Value) {
    sim.log.add(Entry {
        number: sim.log.begin(),
        batch: None,
        at: sim.clock.now(),
        method: call.method.clone(),
        path: call.target.clone(),
        mailbox: None,
        app: None,
        headers: log::kept(&call.headers),
        body: String::new(),
        status,
        code: value.pointer("/error_codes/0").map(|code| format!("AADSTS{code}")),
        is_lost: false,
        took_ms: 0,
    });
}

/// Writes an answer, whole or cut.
fn finish(outcome: Outcome, scissors: &Scissors) -> Response<Body> {
    let Outcome { answer, request_id, client_request_id, lost } = outcome;
    let Answer { status, headers, payload } = answer;
    let (kind, bytes) = match payload {
        Payload::Nothing => (String::new(), Bytes::new()),
        Payload::Json(value) => (JSON.to_owned(), Bytes::from(value.to_string())),
        Payload::Text(text) => ("text/plain".to_owned(), Bytes::from(text)),
        Payload::Binary { mime, bytes } => (mime, bytes),
    };
    match lost {
        Some(After::Lost) => scissors.cut(),
        Some(After::Cut) => scissors.cut_after(bytes.len() / 2),
        Some(After::TimedOut) | None => {}
    }
    let mut response = Response::new(Body::from(bytes));
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let named = [("request-id", request_id), ("client-request-id", client_request_id), ("Content-Type", kind), ("OData-Version", "4.0".to_owned())];
    for (name, value) in named.into_iter().chain(headers) {
        if !value.is_empty() {
            set(&mut response, name, &value);
        }
    }
    response
}

fn json(status: u16, value: &Value, kind: &str) -> Response<Body> {
    let mut response = Response::new(Body::from(value.to_string()));
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    set(&mut response, "Content-Type", kind);
    response
}

/// Sets a header; a value that HTTP does not allow is left out.
fn set(response: &mut Response<Body>, name: &'static str, value: &str) {
    if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::from_str(value)) {
        response.headers_mut().insert(name, value);
    }
}
