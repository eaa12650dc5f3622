//! The baseline: one SQL query per user, well indexed, with the columns that he may read, in order and capped.

mod crm;
mod measure;
mod statement;

pub use crm::{Answer, Crm, Place};
pub use measure::{Baseline, Measured, Part, measure, ordered_keys};
pub use statement::{COLUMNS, Dialect, Question, Way};
