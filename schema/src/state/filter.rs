//! Filters that the CRM has no place for: text with its author and every former version. Whether the text is a filter is judged before it is stored.

use adressbote_rules::key::Principal;
use chrono::{DateTime, Utc};

use super::audit::{By, note};
use super::cell::{instant, millis};
use super::statement::{Db, query};
use super::{BookKey, State, StateError};
use crate::row::row;

/// One version of a filter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FilterVersion {
    /// Of which address book.
    pub book: BookKey,
    /// Whose filter: `user:…` or `group:…`.
    pub holder: Principal,
    /// The version, from 1.
    pub version: u32,
    /// The expression; none: with this version the filter was removed.
    pub text: Option<String>,
    /// Who wrote it.
    pub author: String,
    /// When.
    pub made_at: DateTime<Utc>,
}

row! {
    struct Row {
        book: String,
        holder: String,
        version: i64,
        text: String,
        author: String,
        made_at: i64,
        is_removed: i64,
    }
}

impl Row {
    fn read(self) -> Result<FilterVersion, StateError> {
        Ok(FilterVersion {
            book: BookKey::new(&self.book),
            holder: Principal::new(&self.holder),
            version: u32::try_from(self.version).map_err(|_| StateError::Unreadable { what: "a version of a filter" })?,
            text: (self.is_removed == 0).then_some(self.text),
            author: self.author,
            made_at: instant(self.made_at)?,
        })
    }
}

async fn history(db: &mut Db, book: &BookKey, holder: &Principal) -> Result<Vec<FilterVersion>, StateError> {
    let sql = include_str!("../../queries/filter_history.sql");
    let rows: Vec<Row> = query(sql).bind(book.as_str()).bind(holder.as_str()).fetch_all(db).await?;
    rows.into_iter().map(Row::read).collect()
}

impl State {
    /// Puts a filter in force, or removes it (`text` none), and returns the version that is in force now. If nothing would change, nothing is written.
    pub async fn put_filter(
        &self,
        (book, holder): (&BookKey, &Principal),
        text: Option<&str>,
        by: &By,
        now: DateTime<Utc>,
    ) -> Result<u32, StateError> {
        let mut change = self.change().await?;
        let last = history(&mut change, book, holder).await?.pop();
        let (version, before) = last.map_or((0, None), |last| (last.version, last.text));
        if before.as_deref() == text {
            return Ok(version);
        }
        query(include_str!("../../queries/filter_put.sql"))
            .bind(book.as_str())
            .bind(holder.as_str())
            .bind(i64::from(version + 1))
            .bind(text.unwrap_or_default())
            .bind(by.actor.as_str())
            .bind(millis(now))
            .bind(i64::from(text.is_none()))
            .execute(&mut change)
            .await?;
        let action = if text.is_some() { "put filter" } else { "remove filter" };
        note(&mut change, by, action, &[book.as_str(), holder.as_str()], now).await?;
        change.commit().await?;
        Ok(version + 1)
    }

    /// The filters of a book that are in force, by holder.
    pub async fn filters(&self, book: &BookKey) -> Result<Vec<FilterVersion>, StateError> {
        let rows: Vec<Row> = query(include_str!("../../queries/filters.sql")).bind(book.as_str()).fetch_all(&mut self.reader().await?).await?;
        rows.into_iter().map(Row::read).collect()
    }

    /// Every version of one filter, oldest first.
    pub async fn filter_history(&self, book: &BookKey, holder: &Principal) -> Result<Vec<FilterVersion>, StateError> {
        let mut db = self.reader().await?;
        history(&mut db, book, holder).await
    }
}
