//! Reading an answer: what Graph sent, turned into a value or an error. The status and the code decide, never the message.

use std::fmt;
use std::time::Duration;

use adressbote_rules::key::ContactId;
use serde_json::Value;

use super::error::{At, Code, GraphError, Lost, Missing, Reach};
use super::id::FolderId;
use super::request::Call;
use super::token::TokenSerial;

/// The wait when Graph throttles without saying for how long.
const UNSAID: Duration = Duration::from_secs(10);

/// What came over the wire, from a call of its own or as an item of a batch.
#[derive(Clone)]
pub(crate) struct Raw {
    pub(crate) status: u16,
    /// From `Retry-After`.
    pub(crate) wait: Option<Duration>,
    pub(crate) request_id: Option<Box<str>>,
    /// The body as JSON; none when there was none or it was something else.
    pub(crate) body: Option<Value>,
    /// With which token it was asked.
    pub(crate) token: TokenSerial,
}

/// A successful answer. It may hold contents of contacts, which `Debug` does not show.
#[derive(Clone, PartialEq)]
pub struct Answer {
    /// The status, from 200 to 299.
    pub status: u16,
    /// The body; null when there was none.
    pub body: Value,
    at: At,
}

impl fmt::Debug for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Answer({}, {})", self.status, self.at.call.words())
    }
}

/// Where a contact stands after it was written or asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// Its id.
    pub id: ContactId,
    /// The folder it stands in, when Graph tells: another one than ours when its user moved or deleted it.
    pub folder: Option<FolderId>,
}

impl Answer {
    /// Where the contact stands that this answer is about.
    ///
    /// # Errors
    /// `Protocol` when the answer has no id. That of a creation always has one.
    pub fn standing(&self) -> Result<Standing, GraphError> {
        standing_of(&self.body).ok_or_else(|| self.garbled("the answer has no id"))
    }

    /// The items of a page.
    pub(crate) fn items(&self) -> Result<&Vec<Value>, GraphError> {
        self.body.get("value").and_then(Value::as_array).ok_or_else(|| self.garbled("the answer is no list"))
    }

    /// The link to the next page; none on the last.
    pub(crate) fn next_page(&self) -> Option<&str> {
        self.body.get("@odata.nextLink").and_then(Value::as_str)
    }

    pub(crate) fn garbled(&self, what: &'static str) -> GraphError {
        GraphError::Protocol { at: self.at.clone(), what }
    }
}

pub(crate) fn standing_of(item: &Value) -> Option<Standing> {
    let text = |name: &str| item.get(name).and_then(Value::as_str);
    Some(Standing { id: ContactId::new(text("id")?), folder: text("parentFolderId").map(FolderId::new) })
}

impl Raw {
    /// Turns what came over the wire into an answer or an error.
    pub(crate) fn read(self, mut at: At) -> Result<Answer, GraphError> {
        at.request_id = self.request_id.clone().or(at.request_id);
        match self.status {
            200..=299 => self.success(at),
            100..=199 | 300..=399 => Err(GraphError::lost(at, Lost::Garbled("a redirect or an interim status"))),
            _ => Err(self.failure(at)),
        }
    }

    fn success(self, at: At) -> Result<Answer, GraphError> {
        let creates = matches!(at.call, Call::CreateContact | Call::CreateFolder);
        let body = self.body.unwrap_or(Value::Null);
        let has_id = body.get("id").is_some_and(Value::is_string);
        let needs_body = match at.call {
            Call::PurgeContact | Call::DeleteContact | Call::DeleteFolder | Call::PatchContact => false,
            Call::CreateContact | Call::CreateFolder => !has_id,
            Call::GetContact
            | Call::FindContact
            | Call::ListContacts
            | Call::GetFolder
            | Call::ListFolders
            | Call::FindUser
            | Call::MailboxSettings
            | Call::Probe
            | Call::Batch => !body.is_object(),
        };
        if needs_body {
            let what = if creates { "a creation without an id" } else { "it is not JSON" };
            return Err(GraphError::lost(at, Lost::Garbled(what)));
        }
        Ok(Answer { status: self.status, body, at })
    }

    /// The code decides where it is known, then the status.
    fn failure(self, at: At) -> GraphError {
        let error = self.body.as_ref().and_then(|body| body.get("error"));
        let code = Code::new(error.and_then(|error| error.get("code")).and_then(Value::as_str).unwrap_or_default());
        if self.status == 429 {
            return GraphError::Throttled { at, wait: self.wait.unwrap_or(UNSAID) };
        }
        if let Some(kind) = Kind::of(code.as_str(), at.call) {
            return kind.error(at, self.status, self.wait, code);
        }
        match self.status {
            401 => GraphError::Unauthorized { at },
            403 => GraphError::Forbidden { at, reach: Reach::Mailbox },
            404 => GraphError::NotFound { at },
            408 => GraphError::lost(at, Lost::Failed(408)),
            409 | 412 => GraphError::PreconditionFailed { at },
            413 => GraphError::TooLarge { at },
            507 => GraphError::QuotaExceeded { at },
            501 => GraphError::Refused { at, status: 501, code },
            500.. => unwell(at, self.status, self.wait, code),
            status => GraphError::Refused { at, status, code },
        }
    }
}

/// A failure on Graph's side. Nobody knows whether it was carried out, not even when Graph asks to wait.
fn unwell(at: At, status: u16, wait: Option<Duration>, code: Code) -> GraphError {
    match wait {
        Some(wait) if status == 503 => GraphError::lost(at, Lost::Busy(wait)),
        _ if at.call.is_repeatable() => GraphError::Transient { at, status, code },
        _ => GraphError::lost(at, Lost::Failed(status)),
    }
}

/// What the codes mean that we know. They are compared without regard to case.
enum Kind {
    Item,
    Folder,
    FolderExists,
    Quota,
    Mailbox(Missing),
    Denied(Reach),
    Conflict,
    Unwell,
}

impl Kind {
    fn of(code: &str, call: Call) -> Option<Self> {
        Some(match code.to_ascii_lowercase().as_str() {
            "erroritemnotfound" | "itemnotfound" => Self::Item,
            // An id of another mailbox, or from before a move: there is nothing to update under it. It proves no removal.
            "errorinvalididmalformed" if call == Call::PatchContact => Self::Item,
            "errorfoldernotfound" | "errorparentfoldernotfound" | "errorsyncfoldernotfound" => Self::Folder,
            "errorfolderexists" => Self::FolderExists,
            "errorquotaexceeded" => Self::Quota,
            "mailboxnotenabledforrestapi" => Self::Mailbox(Missing::NotEnabled),
            "mailboxnotsupportedforrestapi" => Self::Mailbox(Missing::NotSupported),
            "request_resourcenotfound" | "resourcenotfound" | "errorinvaliduser" => Self::Mailbox(Missing::UserUnknown),
            "erroraccessdenied" | "extensionerror" => Self::Denied(Reach::Mailbox),
            "authorization_requestdenied" => Self::Denied(Reach::Tenant),
            "errorirresolvableconflict" => Self::Conflict,
            "errormailboxmoveinprogress"
            | "errormailboxstoreunavailable"
            | "errorserverbusy"
            | "mailboxinfostale"
            | "errortoomanyobjectsopened"
            | "errortimeoutexpired" => Self::Unwell,
            _ => return None,
        })
    }

    fn error(self, at: At, status: u16, wait: Option<Duration>, code: Code) -> GraphError {
        match self {
            Self::Item if at.call.is_of_one_contact() => GraphError::ItemMissing { at },
            Self::Item | Self::Folder => GraphError::FolderMissing { at },
            Self::FolderExists => GraphError::FolderExists { at },
            Self::Quota => GraphError::QuotaExceeded { at },
            Self::Mailbox(missing) => GraphError::MailboxMissing { at, missing },
            Self::Denied(reach) => GraphError::Forbidden { at, reach },
            Self::Conflict => GraphError::PreconditionFailed { at },
            Self::Unwell => unwell(at, status, wait, code),
        }
    }
}

#[cfg(test)]
mod tests;
