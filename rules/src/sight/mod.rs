//! What a viewer sees. This module alone touches whole records; what leaves it has passed the rights check.
//!
//! [`Snapshot`] indexes what was read, [`Viewer`] is one user's perspective on it, and [`VisibleRecord`] is a record projected to what the viewer may
//! read. A `VisibleRecord` can be made in no other way: no setter, no `Default`, no `Deserialize`, no public constructor.

mod census;
mod closure;
mod few;
mod record;
mod rights;
mod snapshot;
mod viewer;

pub use census::Census;
pub use record::VisibleRecord;
pub(crate) use record::order_values;
pub use snapshot::{Snapshot, SnapshotError};
pub use viewer::{HiddenRows, Loss, LossCause, RuleAnswer, Sighting, SourceAnswer, Viewer};
