//! Reading a CRM at one moment: every relation of a profile in one read transaction, with the proof that it was read completely.

mod decode;
mod error;
mod own;
mod read;
pub(crate) mod relation;
mod report;
mod row;
mod sqlite;
pub(crate) mod value;

pub use error::CrmError;
pub use own::{Own, OwnFilter};
pub use read::{Baseline, Read, read};
pub use relation::{named, stem};
pub use report::{RelationReport, Report};
pub(crate) use sqlite::Session;
pub use sqlite::{CrmSource, Patience};
pub use value::first_instant;
