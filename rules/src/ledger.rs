//! What the ledger knows of a contact that we pushed, and the reasons for taking something away.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::digest::Digest;
use crate::key::ContactId;
use crate::property::Properties;

/// What made a contact wanted. A subscription counts before a filter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Brought {
    /// A subscription, the user's own or one of a principal he holds.
    Subscription,
    /// A filter: his own, his groups', or the book's default.
    Filter,
}

/// A contact that stands in a mailbox folder, as the ledger knows it; never its contents.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pushed {
    /// Its id in the mailbox.
    pub contact: ContactId,
    /// The digest of what was pushed last; none when it is not known (adopted by marker): it is written again.
    pub digest: Option<Digest>,
    /// Every property that we ever wrote to it: ours to clear.
    pub owned: Properties,
    /// The properties that had a value in the last push.
    pub filled: Properties,
    /// What brought it.
    pub brought: Brought,
}

/// Why a contact leaves a folder. The order is the precedence: the first that fits is the reason (design §3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeleteReason {
    /// The person was taken out.
    Erased,
    /// The user is bound to another mailbox now.
    BindingChanged,
    /// The user is gone from the CRM or inactive.
    UserLeft,
    /// The record is absent from the proven view.
    RecordGone,
    /// The user may no longer see the record.
    RightLost,
    /// An admin's rule keeps the record out for everyone.
    Suppressed,
    /// A subscription had brought it, and it ended.
    Unsubscribed,
    /// No filter wants it any longer, or the book's bound excludes it.
    Filter,
    /// It fell out of the cap.
    Cap,
    /// The user has no seat and the grace is over.
    NoSeat,
    /// The address book was removed from the configuration.
    BookRemoved,
}

impl DeleteReason {
    /// The reason as text, for tables and the ledger.
    pub fn word(self) -> &'static str {
        match self {
            Self::Erased => "erased",
            Self::BindingChanged => "binding changed",
            Self::UserLeft => "user left",
            Self::RecordGone => "record gone",
            Self::RightLost => "right lost",
            Self::Suppressed => "suppressed",
            Self::Unsubscribed => "unsubscribed",
            Self::Filter => "filter",
            Self::Cap => "cap",
            Self::NoSeat => "no seat",
            Self::BookRemoved => "book removed",
        }
    }
}

impl fmt::Display for DeleteReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

/// Why a property is emptied in a contact that stays.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClearReason {
    /// The user may no longer read what it was made of.
    FieldRightLost,
    /// The mapping no longer fills it.
    MappingChanged,
    /// The CRM holds no value any longer.
    Emptied,
}

impl ClearReason {
    /// The reason as text.
    pub fn word(self) -> &'static str {
        match self {
            Self::FieldRightLost => "field right lost",
            Self::MappingChanged => "mapping changed",
            Self::Emptied => "emptied in the CRM",
        }
    }
}

impl fmt::Display for ClearReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}
