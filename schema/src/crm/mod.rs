//! Reading a CRM at one moment: every relation of a profile in one read transaction, with the proof that it was read completely.
//!
//! `sqlite`, `postgres` and `mysql` are the only places that pass a profile's SQL on; `inspect::catalogue` alone asks what tables there are.

mod asker;
mod bell;
mod calendar;
mod decode;
mod engine;
mod error;
mod html;
mod inspect;
mod look;
mod memory;
mod mysql;
mod own;
mod postgres;
mod read;
pub(crate) mod relation;
mod repeated;
mod report;
mod row;
pub(crate) mod server;
mod session;
mod size;
mod source;
mod sqlite;
#[cfg(test)]
pub(crate) mod tests;
pub(crate) mod value;

pub use crate::address::{Address, AddressError, Server};
pub use bell::Bell;
pub use error::CrmError;
pub use inspect::{ColumnInspected, Inspection, Keys, Listed, RelationInspected, Unused, Wish, catalogue, inspect, unused};
pub use look::is_unchanged;
pub use memory::{Memory, Way};
pub use own::{Own, OwnFilter};
pub use read::{Baseline, Changed, People, Read, Sink, Streamed, Touched, read, read_changed, read_touched};
pub use relation::{named, stem};
pub use report::{RelationReport, Report};
pub(crate) use session::Session;
pub use size::sizes;
pub use source::{CrmSource, Patience};
pub use value::first_instant;
