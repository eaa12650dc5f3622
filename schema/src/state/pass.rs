//! Passes: what was started, why, and what came of it, in counts.

use std::fmt;

use adressbote_rules::key::{RecordKey, UserKey};
use chrono::{DateTime, Utc};

use super::cell::{instant, instant_or_none, millis};
use super::statement::query;
use super::{State, StateError};
use crate::row::row;

/// The number of a pass; a later one has a higher one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PassId(i64);

impl PassId {
    pub(super) fn number(self) -> i64 {
        self.0
    }

    pub(super) fn of_number(number: i64) -> Self {
        Self(number)
    }
}

impl fmt::Display for PassId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// What a pass deals with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PassKind {
    /// All users.
    Full,
    /// One user.
    User(UserKey),
    /// One record.
    Record(RecordKey),
}

impl PassKind {
    fn cells(&self) -> (&'static str, Option<&str>) {
        match self {
            Self::Full => ("full", None),
            Self::User(user) => ("user", Some(user.as_str())),
            Self::Record(record) => ("record", Some(record.as_str())),
        }
    }

    fn of_cells(kind: &str, subject: Option<&str>) -> Result<Self, StateError> {
        match (kind, subject) {
            ("full", _) => Ok(Self::Full),
            ("user", Some(user)) => Ok(Self::User(UserKey::new(user))),
            ("record", Some(record)) => Ok(Self::Record(RecordKey::new(record))),
            _ => Err(StateError::Unreadable { what: "a kind of pass" }),
        }
    }
}

/// A pass.
#[derive(Clone, Debug, PartialEq)]
pub struct Pass {
    /// Its number.
    pub id: PassId,
    /// What it deals with.
    pub kind: PassKind,
    /// What started it.
    pub cause: String,
    /// When it began.
    pub started_at: DateTime<Utc>,
    /// When it ended; none: it is under way, or was broken off.
    pub finished_at: Option<DateTime<Utc>>,
    /// What came of it, in counts; none as long as it has not finished.
    pub summary: Option<serde_json::Value>,
}

row! {
    struct Row {
        id: i64,
        kind: String,
        subject: Option<String>,
        cause: String,
        started_at: i64,
        finished_at: Option<i64>,
        summary: Option<String>,
    }
}

impl Row {
    fn read(self) -> Result<Pass, StateError> {
        let summary = self.summary.map(|text| serde_json::from_str(&text)).transpose();
        Ok(Pass {
            id: PassId(self.id),
            kind: PassKind::of_cells(&self.kind, self.subject.as_deref())?,
            cause: self.cause,
            started_at: instant(self.started_at)?,
            finished_at: instant_or_none(self.finished_at)?,
            summary: summary.map_err(|_| StateError::Unreadable { what: "a summary of a pass" })?,
        })
    }
}

impl State {
    /// Begins a pass. `cause` says what started it: the interval, a request, the demo.
    pub async fn begin_pass(&self, kind: &PassKind, cause: &str, now: DateTime<Utc>) -> Result<PassId, StateError> {
        let mut change = self.change().await?;
        let (kind, subject) = kind.cells();
        let query = query(include_str!("../../queries/pass_begin.sql")).bind(kind).bind(subject).bind(cause).bind(millis(now));
        let (id,): (i64,) = query.fetch_one(&mut change).await?;
        change.commit().await?;
        Ok(PassId(id))
    }

    /// Ends a pass. `summary` holds counts only.
    pub async fn finish_pass(&self, pass: PassId, summary: &serde_json::Value, now: DateTime<Utc>) -> Result<(), StateError> {
        let mut change = self.change().await?;
        let query = query(include_str!("../../queries/pass_finish.sql")).bind(millis(now)).bind(summary.to_string()).bind(pass.0);
        if query.execute(&mut change).await? == 0 {
            return Err(StateError::Missing { what: "pass under way", id: pass.to_string() });
        }
        change.commit().await
    }

    /// Notes that a pass read back every folder.
    pub async fn note_read_back(&self, pass: PassId) -> Result<(), StateError> {
        let mut change = self.change().await?;
        query(include_str!("../../queries/pass_read_back.sql")).bind(pass.0).execute(&mut change).await?;
        change.commit().await
    }

    /// When the last pass began that read back every folder; before the first of them, when the very first pass began.
    pub async fn last_read_back(&self) -> Result<Option<DateTime<Utc>>, StateError> {
        let sql = include_str!("../../queries/pass_last_read_back.sql");
        let (at,): (Option<i64>,) = query(sql).fetch_one(&mut self.reader().await?).await?;
        instant_or_none(at)
    }

    /// Whether a pass over all users was ever finished. As long as none was, the state database may be a new one in place of one that was lost.
    pub async fn has_finished_a_pass(&self) -> Result<bool, StateError> {
        let (finished,): (i64,) = query(include_str!("../../queries/pass_has_finished.sql")).fetch_one(&mut self.reader().await?).await?;
        Ok(finished > 0)
    }

    /// The last passes, the latest first.
    pub async fn passes(&self, limit: u32) -> Result<Vec<Pass>, StateError> {
        let rows: Vec<Row> = query(include_str!("../../queries/passes.sql")).bind(i64::from(limit)).fetch_all(&mut self.reader().await?).await?;
        rows.into_iter().map(Row::read).collect()
    }
}
