//! The state database: what we pushed and are about to push, for whom and why; whose mailbox is whose; our subscriptions and filters; what was
//! disclosed; what operators did. Ids, digests and counts, never the contents of a contact.
//!
//! It stands in an SQLite file or in a schema of a PostgreSQL database, and answers alike on both. Every function is async on [`State`], takes the
//! instant as an argument and is one transaction at most. Statements are files in `queries/` (apart from a few the same text for both), the tables and
//! their meaning are in `migrations/`. Deliberately absent: the digest key, the clock, Graph.
//!
//! Start reading at [`State::open`], then [`State::intend`] and [`State::settle`], the only way in which the ledger changes in a pass.

mod audit;
mod binding;
mod block;
mod book;
mod cell;
mod contact;
mod disclosure;
mod doubt;
mod error;
mod filter;
mod folder;
mod forget;
mod installation;
mod intent;
mod key;
mod lock;
mod migration;
mod open;
mod pass;
mod postgres;
mod refusal;
mod restore;
mod retention;
mod seat;
mod sqlite;
mod statement;
mod status;
mod subscription;
mod tombstone;
mod traces;

pub use audit::{AuditEntry, AuditRow, By};
pub use binding::{Binding, BindingId, NewBinding, Standing};
pub use block::{Block, BlockDigest, Made, MadeOf, RecordNumber};
pub use contact::PushedAt;
pub use disclosure::Disclosure;
pub use doubt::{RelationDoubt, RelationState};
pub use error::StateError;
pub use filter::FilterVersion;
pub use folder::Folder;
pub use installation::Installation;
pub use intent::{Act, Intent, IntentId, NewIntent, Outcome, Writing};
pub use key::{BookKey, FolderId, FolderKey, MailboxId};
pub use lock::Lock;
pub use open::State;
pub use pass::{Pass, PassId, PassKind};
pub use refusal::Refusal;
pub use seat::Seat;
pub use status::{DeliveryFailure, FolderStatus};
pub use subscription::{NewSubscription, Subscription, SubscriptionId};
pub use traces::{Trace, Traces};

#[cfg(test)]
mod tests;
