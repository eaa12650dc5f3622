//! What must be known of an address book even after it left the configuration.

use chrono::{DateTime, Utc};

use super::cell::millis;
use super::statement::query;
use super::{BookKey, State, StateError};

impl State {
    /// Notes how long an ended disclosure of the book is kept; to be called for every book of the configuration by who is about to purge. It goes on
    /// counting when the book is taken out of the configuration.
    pub async fn note_book(&self, book: &BookKey, retention_days: u32, now: DateTime<Utc>) -> Result<(), StateError> {
        let mut change = self.change().await?;
        let sql = include_str!("../../queries/book_note.sql");
        query(sql).bind(book.as_str()).bind(i64::from(retention_days)).bind(millis(now)).execute(&mut change).await?;
        change.commit().await
    }
}
