//! What is known of the CRM's relations from earlier passes: how many rows they had when they were last proven, and which are in doubt.

use std::collections::BTreeMap;

use adressbote_rules::crm::Doubt;
use chrono::{DateTime, Utc};

use super::audit::{By, note};
use super::cell::{count, instant_or_none, millis, of_count};
use super::statement::query;
use super::{State, StateError};
use crate::row::row;

/// What is known of a relation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RelationState {
    /// Its rows when it was last proven or confirmed, and when that was.
    pub proven: Option<(u64, DateTime<Utc>)>,
    /// The doubt in which it is.
    pub doubt: Option<RelationDoubt>,
    /// When a person last confirmed a doubtful reading, and who.
    pub confirmed: Option<(DateTime<Utc>, String)>,
}

/// The doubt in which a relation is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RelationDoubt {
    /// Since when it is in doubt, for one reason or another.
    pub since: DateTime<Utc>,
    /// Why it is now.
    pub why: String,
    /// The rows of the last reading, which a yes makes the new measure, and since when there were that few; none: no yes can settle the doubt.
    pub rows: Option<(u64, DateTime<Utc>)>,
}

row! {
    struct Row {
        name: String,
        rows: Option<i64>,
        rows_at: Option<i64>,
        doubt_since: Option<i64>,
        doubt_why: Option<String>,
        doubt_rows: Option<i64>,
        doubt_rows_since: Option<i64>,
        confirmed_at: Option<i64>,
        confirmed_by: Option<String>,
    }
}

impl Row {
    fn read(self) -> Result<(String, RelationState), StateError> {
        let rows = self.doubt_rows.map(of_count).transpose()?.zip(instant_or_none(self.doubt_rows_since)?);
        let doubt = instant_or_none(self.doubt_since)?.zip(self.doubt_why);
        let state = RelationState {
            proven: self.rows.map(of_count).transpose()?.zip(instant_or_none(self.rows_at)?),
            doubt: doubt.map(|(since, why)| RelationDoubt { since, why, rows }),
            confirmed: instant_or_none(self.confirmed_at)?.zip(self.confirmed_by),
        };
        Ok((self.name, state))
    }
}

/// The rows that a person's yes makes the new measure; none where there is no number to believe in.
fn countable(doubt: &Doubt) -> Option<u64> {
    match doubt {
        Doubt::Emptied { .. } => Some(0),
        Doubt::Shrunk { now, .. } => Some(*now),
        Doubt::Miscounted { .. } | Doubt::Uncounted | Doubt::Unread(_) | Doubt::NotUnderstood(_) | Doubt::BadRows { .. } => None,
    }
}

impl State {
    /// What is known of every relation, by its name in reports.
    pub async fn relations(&self) -> Result<BTreeMap<String, RelationState>, StateError> {
        let rows: Vec<Row> = query(include_str!("../../queries/relations.sql")).fetch_all(&mut self.reader().await?).await?;
        rows.into_iter().map(Row::read).collect()
    }

    /// How many rows each relation had when it was last proven or confirmed: the measure by which an emptied or shrunken one is recognised.
    pub async fn last_counts(&self) -> Result<BTreeMap<String, u64>, StateError> {
        Ok(self.relations().await?.into_iter().filter_map(|(name, state)| Some((name, state.proven?.0))).collect())
    }

    /// Notes relations that were proven, with their rows; a doubt of them is over.
    pub async fn note_proven(&self, proven: &[(String, u64)], now: DateTime<Utc>) -> Result<(), StateError> {
        let mut change = self.change().await?;
        for (name, rows) in proven {
            let sql = include_str!("../../queries/relation_proven.sql");
            query(sql).bind(name.as_str()).bind(count(*rows)).bind(millis(now)).execute(&mut change).await?;
        }
        change.commit().await
    }

    /// Notes that a relation is in doubt, and why now; it stays so since it first was. The rows that a yes would confirm count since the first reading
    /// that had so few of them.
    pub async fn note_doubt(&self, name: &str, doubt: &Doubt, now: DateTime<Utc>) -> Result<(), StateError> {
        let mut change = self.change().await?;
        let rows = countable(doubt).map(count);
        query(include_str!("../../queries/relation_doubt.sql"))
            .bind(name)
            .bind(millis(now))
            .bind(doubt.to_string())
            .bind(rows)
            .bind(rows.map(|_| millis(now)))
            .execute(&mut change)
            .await?;
        change.commit().await
    }

    /// Takes a person's word that an emptied or shrunken relation is right as he saw it, with so many rows: they are the new measure. A relation that
    /// could not be read or counted cannot be confirmed, nor can one that has other rows by now.
    pub async fn confirm_relation(&self, name: &str, rows: u64, by: &By, now: DateTime<Utc>) -> Result<(), StateError> {
        let mut change = self.change().await?;
        let sql = include_str!("../../queries/relation_confirm.sql");
        let query = query(sql).bind(millis(now)).bind(millis(now)).bind(by.actor.as_str()).bind(name).bind(count(rows));
        if query.execute(&mut change).await? == 0 {
            drop(change);
            let doubt = self.relations().await?.remove(name).and_then(|known| known.doubt);
            return Err(match doubt.and_then(|doubt| doubt.rows) {
                Some((found, _)) => StateError::OtherRows { relation: name.to_owned(), rows, found },
                None => StateError::NothingToConfirm { relation: name.to_owned() },
            });
        }
        note(&mut change, by, "confirm relation", &[name, &rows.to_string()], now).await?;
        change.commit().await
    }
}
