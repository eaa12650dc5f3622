//! What can be asked, and the answers.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{DefaultBodyLimit, Path, Request, State};
use axum::http::header::{CACHE_CONTROL, CONNECTION, LOCATION, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderValue, StatusCode};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use chrono::Utc;
use serde::Deserialize;
use serde_json::error::Category;
use serde_json::{Map, Value};
use tokio::time::timeout;
use tracing::info;

use super::Counter;
use super::answer::{Refusal, Told, Wish, json, json_text};
use crate::worker::queue::{NotNow, RequestId};

/// Where passes are asked for.
pub const PASSES: &str = "/api/v1/passes";

/// Where it is asked whether the worker is alive; the only question without the token.
const HEALTH: &str = "/api/v1/health";

/// What all this promises.
const OPENAPI: &str = include_str!("openapi.json");

/// The largest body, in bytes.
const LARGEST: usize = 4 * 1024;

/// How long a request may take, its body included.
const LONGEST: Duration = Duration::from_secs(5);

/// Every question and its answer.
pub fn router(counter: Arc<Counter>) -> Router {
    Router::new()
        .route(PASSES, post(ask))
        .route("/api/v1/passes/{id}", get(tell))
        .route("/api/v1/openapi.json", get(|| async { json_text(StatusCode::OK, OPENAPI) }))
        .route(HEALTH, get(health))
        .fallback(nothing_here)
        .method_not_allowed_fallback(|| async { Refusal::new(StatusCode::METHOD_NOT_ALLOWED, "this cannot be done here", SEE) })
        .layer(DefaultBodyLimit::max(LARGEST))
        .layer(from_fn_with_state(Arc::clone(&counter), admit))
        .with_state(counter)
}

const SEE: &str = "GET /api/v1/openapi.json says what can be asked";

async fn nothing_here() -> Refusal {
    Refusal::new(StatusCode::NOT_FOUND, "there is nothing here", SEE)
}

/// Lets those in who have the token, and nobody stay too long.
async fn admit(State(counter): State<Arc<Counter>>, request: Request, next: Next) -> Response {
    let mut response = if request.uri().path() == HEALTH || counter.admission.admits(request.headers()) {
        timeout(LONGEST, next.run(request)).await.unwrap_or_else(|_| {
            Refusal::new(StatusCode::REQUEST_TIMEOUT, "the request did not come in time", "send it again, in one go").into_response()
        })
    } else {
        counter.admission.slow_down().await;
        let hint = "send the token that section [api] of the configuration names, as `Authorization: Bearer TOKEN`";
        Refusal::new(StatusCode::UNAUTHORIZED, "the right token is missing", hint).header(WWW_AUTHENTICATE, "Bearer").into_response()
    };
    let headers = response.headers_mut();
    headers.insert(CONNECTION, HeaderValue::from_static("close"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// Takes a request for a pass.
async fn ask(State(counter): State<Arc<Counter>>, body: Result<Bytes, BytesRejection>) -> Result<Response, Refusal> {
    let kind = read(&body.map_err(|rejection| too_large(&rejection))?)?.kind();
    let kind = kind.map_err(|why| Refusal::new(StatusCode::UNPROCESSABLE_ENTITY, why, WISH))?;
    let request = counter.queue.ask(kind, Utc::now()).map_err(|why| {
        let (hint, wait) = match why {
            NotNow::Full => ("ask again later; a pass over everybody, which the worker makes by itself, sees every change, too", "10"),
            NotNow::Closed => ("ask again once the worker runs; it makes a pass over everybody when it starts", "60"),
        };
        Refusal::new(StatusCode::SERVICE_UNAVAILABLE, why.to_string(), hint).header(RETRY_AFTER, wait)
    })?;
    info!(request.id = %request.id, "A pass was asked for");
    let mut response = json(StatusCode::ACCEPTED, &Told::of(&request));
    if let Ok(location) = HeaderValue::from_str(&format!("{PASSES}/{}", request.id)) {
        response.headers_mut().insert(LOCATION, location);
    }
    Ok(response)
}

const WISH: &str = "send `{\"user\": \"KEY\"}`, `{\"record\": \"KEY\"}`, or `{}` for everybody";

fn too_large(rejection: &BytesRejection) -> Refusal {
    match rejection.status() {
        StatusCode::PAYLOAD_TOO_LARGE => Refusal::new(StatusCode::PAYLOAD_TOO_LARGE, format!("the body is larger than {LARGEST} bytes"), WISH),
        _ => Refusal::new(StatusCode::BAD_REQUEST, "the body could not be read", WISH),
    }
}

fn read(body: &[u8]) -> Result<Wish, Refusal> {
    let refused = |error: serde_json::Error| match error.classify() {
        Category::Data => Refusal::new(StatusCode::UNPROCESSABLE_ENTITY, format!("the body is not what it should be: {error}"), WISH),
        Category::Io | Category::Syntax | Category::Eof => Refusal::new(StatusCode::BAD_REQUEST, "the body is no JSON", WISH),
    };
    // An object, for an empty list would be taken for one without keys.
    let object: Map<String, Value> = serde_json::from_slice(body).map_err(refused)?;
    Wish::deserialize(Value::Object(object)).map_err(refused)
}

/// Says how it stands with a pass.
async fn tell(State(counter): State<Arc<Counter>>, Path(id): Path<String>) -> Result<Response, Refusal> {
    let found = RequestId::parse_str(&id).ok().and_then(|id| counter.queue.find(id, Utc::now()));
    match found {
        Some(request) => Ok(json(StatusCode::OK, &Told::of(&request))),
        None => Err(Refusal::new(
            StatusCode::NOT_FOUND,
            "no pass with this id is known",
            "results are kept for an hour, for the last 100, and until the worker stops; `adressbote ledger passes` has them for longer",
        )),
    }
}

/// Whether the worker's loop is alive: it publishes its status as long as it is.
async fn health(State(counter): State<Arc<Counter>>) -> Response {
    match counter.status.has_changed() {
        Ok(_) => (StatusCode::OK, "ok").into_response(),
        Err(_) => Refusal::new(StatusCode::SERVICE_UNAVAILABLE, "the worker does not run", "look into its log").into_response(),
    }
}
