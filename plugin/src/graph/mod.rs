//! The client of Microsoft Graph: everything that goes over the wire to a mailbox or to the directory.
//!
//! It speaks only of ids, markers and requests; what a contact holds is decided elsewhere and passes through. It repeats what is safe
//! to repeat, within bounds; whatever else failed is told as a `GraphError`, whose `next` says what the worker does. Deliberately
//! absent: the ledger, priorities among mailboxes, any decision about who gets what. Start reading at `client.rs` and `batch.rs`.

mod answer;
mod backoff;
mod batch;
mod client;
mod compare;
mod credential;
mod directory;
mod error;
mod folder;
mod health;
mod id;
mod limit;
mod mark;
mod marked;
mod purge;
mod refusal;
pub mod request;
mod settings;
mod token;
mod wire;

pub use answer::{Answer, Standing};
pub use backoff::Patience;
pub use batch::MOST_IN_BATCH;
pub use client::{Graph, Outcome};
pub use compare::differs;
pub use credential::{Certificate, Credential, CredentialError};
pub use directory::{DirectoryUser, Purpose, Resolved, Unfit};
pub use error::{At, Code, GraphError, Lost, Missing, Next, Reach};
pub use folder::{Folder, FolderState, Found, Search};
pub use health::{Granted, Permissions};
pub use id::{FolderId, MailboxId, Place};
pub use mark::{CONTACT_MARKER, FOLDER_MARK};
pub use marked::{Listing, MarkedContact, ReadBack};
pub use purge::Gone;
pub use refusal::{Codes, TokenError, Why, Word};
pub use request::{Call, Method, Request};
pub use settings::{GraphSettings, Pace, SettingsError};
pub use token::Claims;

#[cfg(test)]
mod tests;
