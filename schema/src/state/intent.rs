//! Changes that are about to be sent, and what became of them. An intent stands in the ledger before its request leaves; its outcome is applied to the
//! ledger and to the disclosures in the same transaction that takes the intent away. What has no known outcome stays, across any crash.

use std::collections::BTreeMap;
use std::fmt;

use adressbote_rules::digest::Digest;
use adressbote_rules::key::{ContactId, RecordKey};
use adressbote_rules::ledger::{Brought, ClearReason, DeleteReason};
use adressbote_rules::property::{Properties, Property};
use chrono::{DateTime, Utc};

use super::{FolderKey, PassId};

mod intend;
mod open;
mod settle;

pub(super) use open::in_mailbox;

/// The id of an intent; never given twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct IntentId(i64);

impl fmt::Display for IntentId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// What the ledger will know of a contact once it is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Writing {
    /// The digest of what is written; none: it is to be written again by the next pass (only what must not wait is written now).
    pub digest: Option<Digest>,
    /// The properties that the request names, empty ones too. The ledger adds them to those ever written.
    pub owned: Properties,
    /// The properties that have a value afterwards.
    pub filled: Properties,
    /// What brought the contact.
    pub brought: Brought,
}

/// A change of one contact.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Act {
    /// Makes it.
    Create(Writing),
    /// Writes it.
    Update {
        /// Which.
        contact: ContactId,
        /// How it will be.
        writing: Writing,
        /// The properties that are emptied, and why.
        cleared: BTreeMap<Property, ClearReason>,
    },
    /// Takes it away.
    Delete {
        /// Which; it need not be the one in the ledger, since a double is deleted too.
        contact: ContactId,
        /// Why.
        reason: DeleteReason,
    },
}

/// A change that is about to be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewIntent {
    /// In which folder.
    pub folder: FolderKey,
    /// Of which record.
    pub record: RecordKey,
    /// What is done.
    pub act: Act,
}

/// A change that was about to be sent and has no known outcome.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Intent {
    /// Its id.
    pub id: IntentId,
    /// The pass that decided it.
    pub pass: PassId,
    /// When it was written down.
    pub made_at: DateTime<Utc>,
    /// In which folder.
    pub folder: FolderKey,
    /// Of which record.
    pub record: RecordKey,
    /// What is done.
    pub act: Act,
}

/// What became of a change. As long as that is not known, nothing is settled and the intent stays.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// A create: the contact stands and has this id, be it from the answer or found by its marker.
    Created(ContactId),
    /// An update: it is written.
    Updated,
    /// Any change: the contact it speaks of does not stand in the mailbox (deleted and read back, or found missing).
    Deleted,
    /// Any change: Graph refuses it for good, and nothing changed in the mailbox. A refused contact is noted with its digest, see [`State::refusals_of`].
    ///
    /// [`State::refusals_of`]: super::State::refusals_of
    Refused {
        /// Graph's error code.
        code: String,
        /// What to tell people; no contents.
        sentence: String,
    },
    /// An update or delete of which nobody can tell whether it happened: the contact is written, or deleted, again by a later pass. A create must be
    /// looked up by its marker instead.
    Unclear,
    /// Any change: certainly not carried out; a later pass plans it anew if it is still due.
    Dropped,
}
