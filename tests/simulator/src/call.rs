//! One request to Graph and its answer, the same for a connection's request and for an item of a batch.

use std::borrow::Cow;
use std::collections::BTreeMap;

use axum::body::Bytes;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value};

use crate::error::Refusal;

/// What a client asked for, before anything of it is believed.
#[derive(Debug, Clone)]
pub(crate) struct Call {
    /// Upper case.
    pub method: String,
    /// Path and query after `/v1.0`, as sent.
    pub target: String,
    /// Names in lower case; several headers of one name joined with a comma.
    pub headers: BTreeMap<String, String>,
    pub body: Sent,
    /// `http://host:port/v1.0` as the client wrote it, for links in answers.
    pub base: String,
}

/// The body of a request.
#[derive(Debug, Clone)]
pub(crate) enum Sent {
    Nothing,
    Raw(Bytes),
    Json(Value),
}

impl Sent {
    /// Its size in bytes.
    pub(crate) fn size(&self) -> u64 {
        let size = match self {
            Self::Raw(bytes) => bytes.len(),
            Self::Nothing | Self::Json(_) => self.text().len(),
        };
        u64::try_from(size).unwrap_or(u64::MAX)
    }

    /// The body as text, for the log and for faults that search it.
    pub(crate) fn text(&self) -> String {
        match self {
            Self::Nothing => String::new(),
            Self::Raw(bytes) => str::from_utf8(bytes).map_or_else(|_| format!("{} bytes", bytes.len()), str::to_owned),
            Self::Json(value) => value.to_string(),
        }
    }
}

impl Call {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(String::as_str)
    }

    /// The body as a JSON object.
    pub(crate) fn object(&self) -> Result<Cow<'_, Map<String, Value>>, Refusal> {
        let unreadable = || Refusal::unreadable_body("were unable to deserialize ");
        match &self.body {
            Sent::Nothing => Err(Refusal::unreadable_body("The request has no body.")),
            Sent::Json(value) => value.as_object().map(Cow::Borrowed).ok_or_else(unreadable),
            Sent::Raw(bytes) => {
                self.expect_json()?;
                serde_json::from_slice(bytes).map(Cow::Owned).map_err(|_| unreadable())
            }
        }
    }

    /// The body as bytes: raw, or base64url text in a batch.
    pub(crate) fn bytes(&self) -> Result<Bytes, Refusal> {
        match &self.body {
            Sent::Raw(bytes) => Ok(bytes.clone()),
            Sent::Json(Value::String(text)) => URL_SAFE_NO_PAD
                .decode(text.trim_end_matches('='))
                .map(Bytes::from)
                .map_err(|_| Refusal::bad_request("The binary body of a batch item must be base64url.")),
            _ => Err(Refusal::bad_request("The request has no binary body.")),
        }
    }

    fn expect_json(&self) -> Result<(), Refusal> {
        let kind = self.header("content-type").unwrap_or_default();
        if kind.trim_start().to_ascii_lowercase().starts_with("application/json") {
            return Ok(());
        }
        Err(Refusal::new(
            415,
            "BadRequest",
            "A supported MIME type could not be found that matches the content type of the request. None of the supported type(s) 'application/json' matches the content type of the body.",
        ))
    }

    /// The preferences of the `Prefer` header.
    pub(crate) fn prefer(&self) -> Prefer {
        let mut prefer = Prefer::default();
        for part in self.header("prefer").unwrap_or_default().split(',') {
            let (name, value) = part.split_once('=').unwrap_or((part, ""));
            let value = value.trim().trim_matches('"');
            match name.trim().to_ascii_lowercase().as_str() {
                "idtype" => prefer.immutable = value.eq_ignore_ascii_case("ImmutableId"),
                "odata.maxpagesize" => prefer.page = value.parse().ok().filter(|n| *n > 0),
                "return" => prefer.minimal = value.eq_ignore_ascii_case("minimal"),
                _ => {}
            }
        }
        prefer
    }
}

/// What `Prefer` asked for.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Prefer {
    /// Ids that survive moves.
    pub immutable: bool,
    /// The page size.
    pub page: Option<usize>,
    /// 204 in place of the changed thing.
    pub minimal: bool,
}

/// An answer that is no error.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    pub status: u16,
    pub headers: Vec<(&'static str, String)>,
    pub payload: Payload,
}

/// The body of an answer.
#[derive(Debug, Clone)]
pub(crate) enum Payload {
    Nothing,
    Json(Value),
    Text(String),
    Binary { mime: String, bytes: Bytes },
}

impl Answer {
    pub(crate) fn ok(value: Value) -> Self {
        Self { status: 200, headers: Vec::new(), payload: Payload::Json(value) }
    }

    pub(crate) fn created(value: Value) -> Self {
        Self { status: 201, headers: Vec::new(), payload: Payload::Json(value) }
    }

    pub(crate) fn nothing() -> Self {
        Self { status: 204, headers: Vec::new(), payload: Payload::Nothing }
    }

    pub(crate) fn text(text: String) -> Self {
        Self { status: 200, headers: Vec::new(), payload: Payload::Text(text) }
    }

    pub(crate) fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// Says which preferences were followed.
    pub(crate) fn preferring(self, prefer: Prefer) -> Self {
        if prefer.immutable { self.with("Preference-Applied", "IdType=\"ImmutableId\"") } else { self }
    }
}
