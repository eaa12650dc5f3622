//! What tells in a moment whether anybody did anything: everything that operators do stands in the audit, everything that passes do under a pass.

use super::PassId;
use super::statement::query;
use super::{State, StateError};

/// The number of something that was done, and when, in milliseconds: after a backup was brought back a number may be given again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Trace {
    number: i64,
    at: i64,
}

/// The last of what was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Traces {
    /// The last thing that an operator did.
    pub operators: Option<Trace>,
    pass: Option<Trace>,
    /// When a pass last came to its end: what it wrote stands before that. A standby that took over may lack it.
    finished_at: Option<i64>,
}

impl Traces {
    /// The last pass that began.
    pub fn pass(&self) -> Option<PassId> {
        self.pass.map(|pass| PassId::of_number(pass.number))
    }
}

impl State {
    /// What was done last.
    pub async fn traces(&self) -> Result<Traces, StateError> {
        type Last = (Option<i64>, Option<i64>);
        type Row = (Option<i64>, Option<i64>, Option<i64>, Option<i64>, Option<i64>);
        let sql = include_str!("../../queries/traces.sql");
        let row: Row = query(sql).fetch_one(&mut self.reader().await?).await?;
        let trace = |(number, at): Last| number.zip(at).map(|(number, at)| Trace { number, at });
        Ok(Traces { operators: trace((row.0, row.1)), pass: trace((row.2, row.3)), finished_at: row.4 })
    }
}
