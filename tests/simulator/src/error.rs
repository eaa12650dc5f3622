//! Graph's refusals: a status, a code that programs read, a sentence that people read.

use std::borrow::Cow;

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

/// An answer that is an error. `code` is the contract; the message is for people.
#[derive(Debug, Clone)]
pub(crate) struct Refusal {
    pub status: u16,
    pub code: Cow<'static, str>,
    pub message: Cow<'static, str>,
    /// Seconds to wait, sent as `Retry-After`.
    pub retry_after_s: Option<u64>,
}

impl Refusal {
    pub(crate) fn new(status: u16, code: impl Into<Cow<'static, str>>, message: impl Into<Cow<'static, str>>) -> Self {
        Self { status, code: code.into(), message: message.into(), retry_after_s: None }
    }

    pub(crate) fn after(mut self, seconds: u64) -> Self {
        self.retry_after_s = Some(seconds);
        self
    }

    /// 400 of Graph's own front door: a path, header or query it cannot read.
    pub(crate) fn bad_request(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(400, "BadRequest", message)
    }

    /// 400 of Exchange: readable, but not allowed.
    pub(crate) fn invalid(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(400, "ErrorInvalidRequest", message)
    }

    /// 400: the body is no JSON, or a value has the wrong type.
    pub(crate) fn unreadable_body(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(400, "UnableToDeserializePostBody", message)
    }

    pub(crate) fn item_not_found() -> Self {
        Self::new(404, "ErrorItemNotFound", "The specified object was not found in the store.")
    }

    pub(crate) fn malformed_id() -> Self {
        Self::new(400, "ErrorInvalidIdMalformed", "Id is malformed.")
    }

    pub(crate) fn resource_not_found(id: &str) -> Self {
        let message = format!("Resource '{id}' does not exist or one of its queried reference-property objects are not present.");
        Self::new(404, "Request_ResourceNotFound", message)
    }

    pub(crate) fn unknown_segment(segment: &str) -> Self {
        Self::bad_request(format!("Resource not found for the segment '{segment}'."))
    }

    /// 405: the path exists, but not with this method.
    pub(crate) fn method() -> Self {
        Self::new(405, "ErrorInvalidRequest", "The OData request is not supported.")
    }

    pub(crate) fn conflict() -> Self {
        let message = "The send or update operation could not be performed because the change key passed in the request does not match the current change key for the item.";
        Self::new(412, "ErrorIrresolvableConflict", message)
    }

    /// 501: Graph has it, the simulator does not.
    pub(crate) fn not_simulated(what: &str) -> Self {
        Self::new(501, "NotImplemented", format!("The simulator does not implement {what}; Microsoft Graph does."))
    }

    /// The body Graph sends.
    pub(crate) fn body(&self, now: DateTime<Utc>, request_id: &str, client_request_id: &str) -> Value {
        json!({"error": {
            "code": self.code,
            "message": self.message,
            "innerError": {
                "date": now.format("%Y-%m-%dT%H:%M:%S").to_string(),
                "request-id": request_id,
                "client-request-id": client_request_id,
            }
        }})
    }
}
