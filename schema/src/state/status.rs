//! How it goes with each user's folder: when it was last served, and what stands in the way.

use std::collections::BTreeMap;

use adressbote_rules::key::UserKey;
use chrono::{DateTime, Utc};

use super::cell::{instant_or_none, millis};
use super::statement::query;
use super::{BookKey, PassId, State, StateError};
use crate::row::row;

/// Why a delivery did not come to its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeliveryFailure {
    /// The code of the failure.
    pub code: String,
    /// What to tell people; no contents.
    pub sentence: String,
    /// Not to be tried before.
    pub next_try: Option<DateTime<Utc>>,
}

/// How it goes with a user's folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FolderStatus {
    /// The last pass that dealt with it.
    pub pass: PassId,
    /// When a delivery last came to its end.
    pub delivered_at: Option<DateTime<Utc>>,
    /// Why the last delivery did not; none: it did.
    pub failure: Option<DeliveryFailure>,
    /// How many failed in a row.
    pub failures: u32,
}

row! {
    struct Row {
        user_key: String,
        book: String,
        pass_id: i64,
        delivered_at: Option<i64>,
        error_code: Option<String>,
        error_sentence: Option<String>,
        failures: i64,
        next_try_at: Option<i64>,
    }
}

impl Row {
    fn read(self) -> Result<((UserKey, BookKey), FolderStatus), StateError> {
        let next_try = instant_or_none(self.next_try_at)?;
        let failure = self.error_code.zip(self.error_sentence).map(|(code, sentence)| DeliveryFailure { code, sentence, next_try });
        let delivered_at = instant_or_none(self.delivered_at)?;
        let failures = u32::try_from(self.failures).map_err(|_| StateError::Unreadable { what: "a number of failures" })?;
        let status = FolderStatus { pass: PassId::of_number(self.pass_id), delivered_at, failure, failures };
        Ok(((UserKey::new(&self.user_key), BookKey::new(&self.book)), status))
    }
}

impl State {
    /// How it goes with every folder that was ever dealt with.
    pub async fn statuses(&self) -> Result<BTreeMap<(UserKey, BookKey), FolderStatus>, StateError> {
        let rows: Vec<Row> = query(include_str!("../../queries/statuses.sql")).fetch_all(&mut self.reader().await?).await?;
        rows.into_iter().map(Row::read).collect()
    }

    /// Notes that a delivery came to its end: earlier failures are over.
    pub async fn delivered(&self, user: &UserKey, book: &BookKey, pass: PassId, now: DateTime<Utc>) -> Result<(), StateError> {
        let mut change = self.change().await?;
        let sql = include_str!("../../queries/status_delivered.sql");
        query(sql).bind(user.as_str()).bind(book.as_str()).bind(pass.number()).bind(millis(now)).execute(&mut change).await?;
        change.commit().await
    }

    /// Notes that a pass found nothing to do in all folders that have a block and did not fail before.
    pub async fn delivered_where_nothing_changed(&self, pass: PassId, now: DateTime<Utc>) -> Result<(), StateError> {
        let mut change = self.change().await?;
        let sql = include_str!("../../queries/statuses_delivered.sql");
        query(sql).bind(pass.number()).bind(millis(now)).execute(&mut change).await?;
        change.commit().await
    }

    /// Notes that a delivery did not come to its end; failures in a row are counted.
    pub async fn delivery_failed(&self, user: &UserKey, book: &BookKey, pass: PassId, failure: &DeliveryFailure) -> Result<(), StateError> {
        let mut change = self.change().await?;
        query(include_str!("../../queries/status_failed.sql"))
            .bind(user.as_str())
            .bind(book.as_str())
            .bind(pass.number())
            .bind(failure.code.as_str())
            .bind(failure.sentence.as_str())
            .bind(failure.next_try.map(millis))
            .execute(&mut change)
            .await?;
        change.commit().await
    }

    /// Forgets how it went with a folder of which nothing is left.
    pub async fn forget_status(&self, user: &UserKey, book: &BookKey) -> Result<(), StateError> {
        let mut change = self.change().await?;
        query(include_str!("../../queries/status_forget.sql")).bind(user.as_str()).bind(book.as_str()).execute(&mut change).await?;
        change.commit().await
    }
}
