//! What can go wrong between us and Graph, and what the worker does next. No message holds contents, addresses or secrets.

use std::fmt;
use std::time::Duration;

use thiserror::Error;

use super::id::MailboxId;
use super::refusal::TokenError;
use super::request::Call;

/// What was asked, of which mailbox, and Graph's own id of the answer, for Microsoft's support.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct At {
    /// What was asked.
    pub call: Call,
    /// The mailbox; none for the directory.
    pub mailbox: Option<MailboxId>,
    /// Graph's `request-id`, when there was an answer.
    pub request_id: Option<Box<str>>,
}

impl fmt::Display for At {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "could not {}", self.call.words())?;
        if let Some(mailbox) = &self.mailbox {
            write!(f, " of mailbox {mailbox}")?;
        }
        if let Some(request) = &self.request_id {
            write!(f, " (request {request})")?;
        }
        Ok(())
    }
}

/// Why no usable answer came.
#[derive(Clone, Debug, Error)]
pub enum Lost {
    /// No connection: nothing was sent.
    #[error("there was no connection to Microsoft Graph")]
    NotSent(#[source] std::sync::Arc<reqwest::Error>),
    /// The connection broke, or no answer came in time.
    #[error("the answer was lost on the way")]
    OnTheWay(#[source] std::sync::Arc<reqwest::Error>),
    /// Graph failed without saying whether it had done the work.
    #[error("Graph answered with status {0}")]
    Failed(u16),
    /// The same, and Graph asks to wait before it is asked again.
    #[error("Graph is busy and asks to wait {} s", .0.as_secs())]
    Busy(Duration),
    /// The answer made no sense.
    #[error("the answer was not understood: {0}")]
    Garbled(&'static str),
}

/// Why a mailbox cannot be served.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Missing {
    /// No licence, not made yet, inactive, or on premises (`MailboxNotEnabledForRESTAPI`).
    NotEnabled,
    /// A kind of mailbox that Graph does not serve (`MailboxNotSupportedForRESTAPI`).
    NotSupported,
    /// The directory does not know the user, or he has no mailbox.
    UserUnknown,
}

impl fmt::Display for Missing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotEnabled => "it has no licence, is not ready yet, or is hosted on premises; it is tried again later",
            Self::NotSupported => "mailboxes of its kind are not served by Microsoft Graph; bind the user to another one",
            Self::UserUnknown => "the directory does not know it; check the user's binding",
        })
    }
}

/// How far a refusal for want of permission reaches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// This mailbox: it is outside the app's scope, or a policy forbids it. If all mailboxes answer so, consent is missing.
    Mailbox,
    /// The whole tenant: the directory permission is missing.
    Tenant,
}

impl fmt::Display for Reach {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Mailbox => {
                "access to this mailbox is denied: grant Contacts.ReadWrite or put the mailbox into the app's scope; \
                 a change may take two hours to arrive"
            }
            Self::Tenant => "the directory permission is missing: grant User.Read.All to the app and consent to it",
        })
    }
}

/// A call to Graph that did not succeed.
#[derive(Clone, Debug, Error)]
pub enum GraphError {
    /// No token was given out.
    #[error("could not sign in to Microsoft Entra")]
    Token(#[from] TokenError),
    /// Graph took a fresh token for invalid.
    #[error("{at}: Graph refused a fresh token; check that base and token_url belong to the same cloud")]
    Unauthorized {
        /// What was asked.
        at: At,
    },
    /// Too many requests; nothing was done.
    #[error("{at}: Graph asks to wait {} s; nothing was done", wait.as_secs())]
    Throttled {
        /// What was asked.
        at: At,
        /// How long Graph told us to wait.
        wait: Duration,
    },
    /// No answer, to a call that can be repeated.
    #[error("{at}: it is tried again")]
    Transport {
        /// What was asked.
        at: At,
        /// What was lost.
        #[source]
        lost: Lost,
    },
    /// Whether something was created is not known: it must be looked up before it is created again.
    #[error("{at}: it may have been created all the same and is looked up before it is tried again")]
    Unknown {
        /// What was asked.
        at: At,
        /// What was lost.
        #[source]
        lost: Lost,
    },
    /// Graph is not well (5xx).
    #[error("{at}: Graph is not well (status {status}{code}); it is tried again")]
    Transient {
        /// What was asked.
        at: At,
        /// The status.
        status: u16,
        /// Graph's code.
        code: Code,
    },
    /// Not permitted.
    #[error("{at}: {reach}; nothing was changed")]
    Forbidden {
        /// What was asked.
        at: At,
        /// How far it reaches.
        reach: Reach,
    },
    /// The mailbox is not there, or not yet.
    #[error("{at}: the mailbox is not available: {missing}; nothing was changed")]
    MailboxMissing {
        /// What was asked.
        at: At,
        /// Why.
        missing: Missing,
    },
    /// The contact is gone.
    #[error("{at}: the contact is no longer there")]
    ItemMissing {
        /// What was asked.
        at: At,
    },
    /// The folder is gone.
    #[error("{at}: the folder is no longer there")]
    FolderMissing {
        /// What was asked.
        at: At,
    },
    /// Another folder has the name.
    #[error("{at}: another folder has that name")]
    FolderExists {
        /// What was asked.
        at: At,
    },
    /// Graph does not take the request as it is.
    #[error("{at}: Graph refused it (status {status}{code}); it is left out and reported")]
    Refused {
        /// What was asked.
        at: At,
        /// The status.
        status: u16,
        /// Graph's code.
        code: Code,
    },
    /// Somebody else changed the item at the same time.
    #[error("{at}: it was changed by somebody else at the same time; it is read again")]
    PreconditionFailed {
        /// What was asked.
        at: At,
    },
    /// The request is larger than Graph takes.
    #[error("{at}: it is larger than Graph takes; it is left out and reported")]
    TooLarge {
        /// What was asked.
        at: At,
    },
    /// The mailbox is full.
    #[error("{at}: the mailbox is full; nothing can be added until its user makes room")]
    QuotaExceeded {
        /// What was asked.
        at: At,
    },
    /// The contact was removed and is still there.
    #[error("{at}: it was removed and is still there; it is tried again")]
    StillThere {
        /// What was asked.
        at: At,
    },
    /// "Not found", without saying what: it proves nothing, a proxy may have written it.
    #[error("{at}: it was not found, and Graph does not say what is missing; nothing was changed; if it lasts, check base and proxy")]
    NotFound {
        /// What was asked.
        at: At,
    },
    /// It was told to stop while it waited its turn.
    #[error("{at}: it was told to stop before this was sent")]
    Stopped {
        /// What was asked.
        at: At,
    },
    /// Graph, or something between, answers what we do not understand.
    #[error("{at}: {what}; if it lasts, check base, proxy and firewall")]
    Protocol {
        /// What was asked.
        at: At,
        /// What is wrong with the answer.
        what: &'static str,
    },
}

/// Graph's error code, kept only when it looks like one; empty otherwise.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Code(Box<str>);

impl Code {
    /// Takes a code as Graph gave it. What does not look like an identifier could hold contents and is dropped.
    pub(crate) fn new(text: &str) -> Self {
        let plain = text.len() <= 80 && text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-'));
        Self(if plain { text.into() } else { "".into() })
    }

    /// The code, empty when there is none.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() { Ok(()) } else { write!(f, ", {}", self.0) }
    }
}

/// What the worker does after a failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// The same again after this time.
    Again(Duration),
    /// After this time, looks by marker whether it was done; only then again.
    LookUp(Duration),
    /// Looks by marker for the contact, else makes it anew; for a removal, it is done.
    Recreate,
    /// Finds or makes the folder, then goes on.
    FindFolder,
    /// Reads the contact again, then decides anew.
    ReadAgain,
    /// Reports this contact, leaves it out, goes on with the folder.
    SkipContact,
    /// Adds nothing to this mailbox; removals go on.
    StopAdding,
    /// Leaves this mailbox as it is and tries it in a later pass.
    StopMailbox,
    /// Nothing will work until a person acts. Everything is left as it is.
    StopAll,
}

impl GraphError {
    /// Whether it concerns everybody: nothing works until a person acts.
    pub fn is_for_all(&self) -> bool {
        self.next(Duration::ZERO) == Next::StopAll
    }

    /// Decides what the worker does next. No wildcard arm: a new variant must be decided here.
    pub fn next(&self, backoff: Duration) -> Next {
        match self {
            Self::Token(error) => error.next(backoff),
            Self::Throttled { wait, .. } => Next::Again(*wait),
            Self::Transport { .. } | Self::Transient { .. } | Self::StillThere { .. } | Self::Stopped { .. } | Self::Protocol { .. } => {
                Next::Again(backoff)
            }
            Self::Unknown { lost: Lost::Busy(wait), .. } => Next::LookUp(*wait),
            Self::Unknown { .. } => Next::LookUp(backoff),
            Self::ItemMissing { .. } => Next::Recreate,
            Self::FolderMissing { .. } | Self::FolderExists { .. } => Next::FindFolder,
            Self::PreconditionFailed { .. } => Next::ReadAgain,
            Self::Refused { .. } | Self::TooLarge { .. } => Next::SkipContact,
            Self::QuotaExceeded { .. } => Next::StopAdding,
            Self::MailboxMissing { .. } | Self::NotFound { .. } | Self::Forbidden { .. } | Self::Unauthorized { .. } => Next::StopMailbox,
        }
    }

    /// No usable answer, to a call that can be repeated or not.
    pub(crate) fn lost(at: At, lost: Lost) -> Self {
        match lost {
            // INVARIANT: nothing was sent, so even a creation may be repeated.
            Lost::NotSent(_) => Self::Transport { at, lost },
            Lost::Busy(wait) if at.call.is_repeatable() => Self::Throttled { at, wait },
            Lost::OnTheWay(_) | Lost::Failed(_) | Lost::Garbled(_) if at.call.is_repeatable() => Self::Transport { at, lost },
            Lost::OnTheWay(_) | Lost::Failed(_) | Lost::Busy(_) | Lost::Garbled(_) => Self::Unknown { at, lost },
        }
    }

    /// What the failure of a whole batch means for one of its items.
    pub(crate) fn for_item(&self, at: At) -> Self {
        match self {
            // INVARIANT: what was lost may have been carried out, item by item.
            Self::Transport { lost, .. } | Self::Unknown { lost, .. } => Self::lost(at, lost.clone()),
            Self::Throttled { wait, .. } => Self::Throttled { at, wait: *wait },
            Self::Stopped { .. } => Self::Stopped { at },
            // The others are found before anything is sent, or are not made for a batch.
            Self::Token(_)
            | Self::Unauthorized { .. }
            | Self::Transient { .. }
            | Self::Forbidden { .. }
            | Self::MailboxMissing { .. }
            | Self::ItemMissing { .. }
            | Self::FolderMissing { .. }
            | Self::FolderExists { .. }
            | Self::Refused { .. }
            | Self::PreconditionFailed { .. }
            | Self::TooLarge { .. }
            | Self::QuotaExceeded { .. }
            | Self::StillThere { .. }
            | Self::NotFound { .. }
            | Self::Protocol { .. } => self.clone(),
        }
    }
}
