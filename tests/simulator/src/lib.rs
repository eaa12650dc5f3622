//! Microsoft Graph v1.0 and Entra's token endpoint as a real HTTP server on loopback, as far as a program needs them that keeps
//! contacts in mailboxes: directory, contact folders, contacts, extended properties, delta, `$batch`, throttles, error bodies.
//!
//! ```
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! use adressbote_simulator::{Action, Effect, Fault, Options, Simulator};
//!
//! let graph = Simulator::start(Options::default()).await?;
//! let anna = graph.users().first().ok_or("no user")?.id.clone();
//! println!("{}", graph.first_line()); // base, token_url, tenant, client_id, client_secret, users
//!
//! graph.add_fault(Fault::next(1, Effect::LoseAnswer).in_mailbox(&anna).on_method("POST"));
//! graph.act(Action::CreateFolder { mailbox: anna.clone(), name: "Private".into(), below: None, is_hidden: false })?;
//! let mailbox = graph.mailbox(&anna).ok_or("no mailbox")?;
//! assert!(mailbox.folder("Private").is_some_and(|folder| folder.contacts.is_empty()));
//! graph.stop().await;
//! # Ok(())
//! # }
//! ```
//!
//! It knows nothing of the program that uses it. Another one, Microsoft's client libraries among them, needs the base address and
//! the token endpoint, nothing else. The same things that [`Handle`] offers in the process are reached over HTTP below `/_sim/`:
//! `GET info`, `users`, `mailboxes`, `mailboxes/{user}`, `log?since=N&mailbox=ID`, `traffic`, `faults`, `clock`; `POST act` with an [`Action`],
//! `faults` with a [`Fault`], `limits` with [`Limits`]; `DELETE log`, `faults`, `faults/{number}`.
//!
//! Deliberately absent: real security (loopback only), mail, calendars, chats, subscriptions, open extensions, multi-value extended
//! properties, delta of users and groups; what Graph has and this has not answers 501 and says so. What no document of Microsoft's
//! confirms is marked in [`Behaviour`] where it can be chosen.
//!
//! Start reading at `http.rs` (bytes), then `graph.rs` (one request from token to log), then `contact.rs` and `mailbox.rs`.

mod access;
mod action;
mod ask;
mod assertion;
mod batch;
mod call;
mod clock;
mod contact;
mod delta;
mod der;
mod directory;
mod error;
mod extended;
mod fault;
mod filter;
mod folder;
mod graph;
mod group;
mod handle;
mod http;
mod id;
mod inspect;
mod journal;
mod lexeme;
mod log;
mod mailbox;
mod naming;
mod odata;
mod options;
mod people;
mod percent;
mod photo;
mod property;
mod route;
mod server;
mod settings;
mod sim;
mod state;
mod throttle;
mod token;
mod window;
mod wire;

pub use action::{Action, ActionError};
pub use fault::{Effect, Fault, FaultCount};
pub use handle::Handle;
pub use inspect::{ContactView, FolderView, MailboxView, TrafficView, UserView};
pub use journal::JournalError;
pub use log::Logged;
pub use mailbox::FolderKind;
pub use options::{Behaviour, Dispatch, NewGroup, NewUser, Options};
pub use server::{Running, Simulator, StartError, serve};
pub use state::{ExchangeScope, Purpose};
pub use throttle::{Limits, Traffic};
