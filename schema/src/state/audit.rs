//! What operators did. Rows are only ever added; triggers refuse everything else.

use chrono::{DateTime, Utc};

use super::cell::{instant, millis};
use super::statement::{Db, query};
use super::{State, StateError};
use crate::row::row;

/// Who does something, and why. Every function that takes it writes it to the audit in the same transaction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct By {
    /// The person, or the part of the program.
    pub actor: String,
    /// The reason given, if any.
    pub why: Option<String>,
}

/// Something that was done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditEntry {
    /// By whom, and why.
    pub by: By,
    /// What, in a few words.
    pub action: String,
    /// To whom: ids of users, records, books and so on, never contents.
    pub subjects: Vec<String>,
}

/// A row of the audit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditRow {
    /// Its number; a later row has a higher one.
    pub id: i64,
    /// When.
    pub at: DateTime<Utc>,
    /// What was done.
    pub entry: AuditEntry,
}

row! {
    struct Row {
        id: i64,
        at: i64,
        actor: String,
        action: String,
        subjects: String,
        why: Option<String>,
    }
}

impl Row {
    fn read(self) -> Result<AuditRow, StateError> {
        let subjects = serde_json::from_str(&self.subjects).map_err(|_| StateError::Unreadable { what: "a list of subjects" })?;
        let entry = AuditEntry { by: By { actor: self.actor, why: self.why }, action: self.action, subjects };
        Ok(AuditRow { id: self.id, at: instant(self.at)?, entry })
    }
}

/// Adds a row within a change.
pub(super) async fn note(db: &mut Db, by: &By, action: &str, subjects: &[&str], now: DateTime<Utc>) -> Result<(), StateError> {
    query(include_str!("../../queries/audit_append.sql"))
        .bind(millis(now))
        .bind(by.actor.as_str())
        .bind(action)
        .bind(serde_json::Value::from(subjects).to_string())
        .bind(by.why.as_deref())
        .execute(db)
        .await?;
    Ok(())
}

impl State {
    /// Adds what an operator did that changes nothing here, such as looking at contents.
    pub async fn append_audit(&self, entry: &AuditEntry, now: DateTime<Utc>) -> Result<(), StateError> {
        let mut change = self.change().await?;
        let subjects: Vec<&str> = entry.subjects.iter().map(String::as_str).collect();
        note(&mut change, &entry.by, &entry.action, &subjects, now).await?;
        change.commit().await
    }

    /// At most `limit` rows, the latest first: those before row `before`, or the very latest.
    pub async fn audit_page(&self, before: Option<i64>, limit: u32) -> Result<Vec<AuditRow>, StateError> {
        let sql = include_str!("../../queries/audit_page.sql");
        let query = query(sql).bind(before.unwrap_or(i64::MAX)).bind(i64::from(limit));
        let rows: Vec<Row> = query.fetch_all(&mut self.reader().await?).await?;
        rows.into_iter().map(Row::read).collect()
    }
}
