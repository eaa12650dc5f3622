//! A state that was brought back from a backup: what came into mailboxes since is not in it.

use chrono::{DateTime, Utc};

use super::audit::{By, note};
use super::statement::query;
use super::{PassId, State, StateError};

impl State {
    /// Takes a person's word that this state was brought back from a backup: until a pass over all users has come to its end, [`State::restored_after`]
    /// says so.
    pub async fn note_restored(&self, by: &By, now: DateTime<Utc>) -> Result<(), StateError> {
        let mut change = self.change().await?;
        query(include_str!("../../queries/restored_note.sql")).execute(&mut change).await?;
        // They tell what the backup knew, not what stands in the mailboxes.
        query(include_str!("../../queries/blocks_remove.sql")).execute(&mut change).await?;
        note(&mut change, by, "note restore", &[], now).await?;
        change.commit().await
    }

    /// The last pass that the state knew when it was brought back from a backup, unless a pass over all users came to its end since; none also if nobody
    /// ever said so.
    pub async fn restored_after(&self) -> Result<Option<PassId>, StateError> {
        let row: Option<(i64,)> = query(include_str!("../../queries/restored.sql")).fetch_optional(&mut self.reader().await?).await?;
        Ok(row.map(|(pass,)| PassId::of_number(pass)))
    }
}
