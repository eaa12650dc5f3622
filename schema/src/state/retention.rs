//! What is over and was kept long enough goes. The audit stays, and so do bindings: they tell a user's first mailbox from another one, which waits.

use chrono::{DateTime, Utc};

use super::cell::millis;
use super::statement::query;
use super::{State, StateError};

impl State {
    /// Deletes what ended longer ago than its book's retention ([`State::note_book`]): disclosures, subscriptions, former versions of filters; and passes
    /// older than the longest retention, but for the first and those that later ones are measured by. Says how many rows. Those of a book that was never
    /// noted are kept.
    pub async fn purge(&self, now: DateTime<Utc>) -> Result<u64, StateError> {
        let mut change = self.change().await?;
        let mut purged = 0;
        for sql in [
            include_str!("../../queries/disclosures_purge.sql"),
            include_str!("../../queries/subscriptions_purge.sql"),
            include_str!("../../queries/filters_purge.sql"),
            include_str!("../../queries/passes_purge.sql"),
        ] {
            purged += query(sql).large().bind(millis(now)).execute(&mut change).await?;
        }
        change.commit().await?;
        Ok(purged)
    }
}
