//! What is said: how it stands with a pass, or why not, as JSON.

use adressbote_rules::key::{RecordKey, UserKey};
use adressbote_schema::state::PassKind;
use axum::http::header::{CONTENT_TYPE, HeaderName};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Deserializer, Serialize};

use crate::cli::exit::sentences;
use crate::worker::queue::{Request, RequestId, State};
use crate::worker::report::PassReport;

/// What a pass is asked for.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Wish {
    #[serde(default, deserialize_with = "given")]
    user: Option<String>,
    #[serde(default, deserialize_with = "given")]
    record: Option<String>,
}

/// A key that is there is a text: null would be an empty variable of whoever asks, not the wish for a pass over everybody.
fn given<'de, D: Deserializer<'de>>(value: D) -> Result<Option<String>, D::Error> {
    String::deserialize(value).map(Some)
}

impl Wish {
    /// What kind of pass is wished for.
    ///
    /// # Errors
    /// A sentence why it cannot be told.
    pub fn kind(self) -> Result<PassKind, &'static str> {
        match (self.user, self.record) {
            (Some(_), Some(_)) => Err("a pass is for a user or for a record, not for both"),
            (Some(key), None) | (None, Some(key)) if key.trim().is_empty() => Err("the key of the user or record is empty"),
            (Some(key), None) | (None, Some(key)) if key.contains(char::is_control) => Err("the key of the user or record holds control characters"),
            (Some(user), None) => Ok(PassKind::User(UserKey::new(user))),
            (None, Some(record)) => Ok(PassKind::Record(RecordKey::new(record))),
            (None, None) => Ok(PassKind::Full),
        }
    }
}

/// How it stands with a pass.
#[derive(Debug, Serialize)]
pub struct Told<'r> {
    id: RequestId,
    state: &'static str,
    user: Option<&'r str>,
    record: Option<&'r str>,
    asked_at: DateTime<Utc>,
    began_at: Option<DateTime<Utc>>,
    ended_at: Option<DateTime<Utc>>,
    /// As `sync` says by its exit code 3.
    needs_attention: Option<bool>,
    report: Option<&'r PassReport>,
    error: Option<String>,
    causes: Vec<String>,
    hint: Option<String>,
}

impl<'r> Told<'r> {
    /// How it stands with a request.
    pub fn of(request: &'r Request) -> Self {
        let (user, record) = match &request.kind {
            PassKind::Full => (None, None),
            PassKind::User(user) => (Some(user.as_str()), None),
            PassKind::Record(record) => (None, Some(record.as_str())),
        };
        let Request { id, asked_at, began_at, ended_at, .. } = *request;
        let told = Self {
            id,
            state: "",
            user,
            record,
            asked_at,
            began_at,
            ended_at,
            needs_attention: None,
            report: None,
            error: None,
            causes: vec![],
            hint: None,
        };
        match &request.state {
            State::Queued => Self { state: "queued", ..told },
            State::Running => Self { state: "running", ..told },
            State::Done(report) => Self { state: "done", needs_attention: Some(report.needs_attention()), report: Some(report), ..told },
            State::Failed(error) => {
                let (sentences, hint) = sentences(error);
                let mut sentences = sentences.into_iter();
                Self { state: "failed", error: sentences.next(), causes: sentences.collect(), hint, ..told }
            }
            State::Withdrawn => {
                let error = "the worker was told to stop before it came to this pass; it was not made";
                let hint = "ask again once the worker runs; it makes a pass over everybody when it starts";
                Self { state: "failed", error: Some(error.to_owned()), hint: Some(hint.to_owned()), ..told }
            }
        }
    }
}

/// Why a request is not answered as wished.
#[derive(Debug, Serialize)]
pub struct Refusal {
    error: String,
    hint: Option<&'static str>,
    #[serde(skip)]
    status: StatusCode,
    #[serde(skip)]
    header: Option<(HeaderName, HeaderValue)>,
}

impl Refusal {
    /// Refuses, saying why and what to do.
    pub fn new(status: StatusCode, error: impl Into<String>, hint: &'static str) -> Self {
        Self { error: error.into(), hint: Some(hint), status, header: None }
    }

    /// With a header.
    #[must_use]
    pub fn header(self, name: HeaderName, value: &'static str) -> Self {
        Self { header: Some((name, HeaderValue::from_static(value))), ..self }
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let mut response = json(self.status, &self);
        if let Some((name, value)) = self.header {
            response.headers_mut().insert(name, value);
        }
        response
    }
}

/// An answer in JSON.
pub fn json(status: StatusCode, data: &impl Serialize) -> Response {
    match serde_json::to_string(data) {
        Ok(text) => json_text(status, text),
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

/// An answer that is JSON already.
pub fn json_text(status: StatusCode, text: impl Into<axum::body::Body>) -> Response {
    (status, [(CONTENT_TYPE, HeaderValue::from_static("application/json"))], text.into()).into_response()
}
