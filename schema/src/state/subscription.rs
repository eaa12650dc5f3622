//! Subscriptions that the CRM has no place for.

use std::sync::Arc;

use adressbote_rules::crm::SubscriptionRow;
use adressbote_rules::key::{Principal, RecordKey};
use adressbote_rules::time::Period;
use chrono::{DateTime, Utc};

use super::audit::{By, note};
use super::cell::{instant, instant_or_none, millis};
use super::statement::{Db, query};
use super::{BookKey, State, StateError};
use crate::row::row;

/// The id of a subscription of ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SubscriptionId(pub i64);

/// A record to be reserved for a principal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewSubscription {
    /// In which address book.
    pub book: BookKey,
    /// The record.
    pub record: RecordKey,
    /// For whom.
    pub principal: Principal,
    /// When it counts.
    pub during: Period,
}

/// A subscription of ours.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subscription {
    /// Its id.
    pub id: SubscriptionId,
    /// What is reserved for whom, and when it counts.
    pub wish: NewSubscription,
    /// When it was made, and by whom.
    pub made: (DateTime<Utc>, String),
    /// When it was taken back, and by whom.
    pub ended: Option<(DateTime<Utc>, String)>,
}

impl Subscription {
    /// The subscription as the rules take it, unless it was taken back.
    pub fn row(&self) -> Option<SubscriptionRow> {
        let NewSubscription { book, record, principal, during } = self.wish.clone();
        let (book, by) = (Some(Arc::from(book.as_str())), Arc::from(self.made.1.as_str()));
        self.ended.is_none().then_some(SubscriptionRow { record, principal, book, by, during })
    }
}

row! {
    struct Row {
        id: i64,
        book: String,
        record_key: String,
        principal: String,
        made_by: String,
        made_at: i64,
        from_at: Option<i64>,
        until_at: Option<i64>,
        ended_at: Option<i64>,
        ended_by: Option<String>,
    }
}

impl Row {
    fn read(self) -> Result<Subscription, StateError> {
        let wish = NewSubscription {
            book: BookKey::new(&self.book),
            record: RecordKey::new(&self.record_key),
            principal: Principal::new(&self.principal),
            during: Period { from: instant_or_none(self.from_at)?, until: instant_or_none(self.until_at)? },
        };
        let made = (instant(self.made_at)?, self.made_by);
        Ok(Subscription { id: SubscriptionId(self.id), wish, made, ended: instant_or_none(self.ended_at)?.zip(self.ended_by) })
    }
}

async fn standing(db: &mut Db, wish: &NewSubscription) -> Result<Option<Subscription>, StateError> {
    let sql = include_str!("../../queries/subscription_standing.sql");
    let query = query(sql).bind(wish.book.as_str()).bind(wish.record.as_str()).bind(wish.principal.as_str());
    let row: Option<Row> = query.fetch_optional(db).await?;
    row.map(Row::read).transpose()
}

/// Ends a standing subscription; tells whether it stood.
async fn end(db: &mut Db, id: SubscriptionId, by: &By, now: DateTime<Utc>) -> Result<bool, StateError> {
    let sql = include_str!("../../queries/subscription_end.sql");
    let query = query(sql).bind(millis(now)).bind(by.actor.as_str()).bind(id.0);
    let ended: Option<(String, String, String)> = query.fetch_optional(db).await?;
    if let Some((book, record, principal)) = &ended {
        note(db, by, "end subscription", &[book, record, principal], now).await?;
    }
    Ok(ended.is_some())
}

impl State {
    /// Reserves a record for a principal. If that stands already for the same period, nothing is changed; for another period, the old one is ended and
    /// the new one stands in its place.
    pub async fn subscribe(&self, wish: &NewSubscription, by: &By, now: DateTime<Utc>) -> Result<Subscription, StateError> {
        let mut change = self.change().await?;
        if let Some(stands) = standing(&mut change, wish).await? {
            if stands.wish == *wish {
                return Ok(stands);
            }
            end(&mut change, stands.id, by, now).await?;
        }
        let made: Row = query(include_str!("../../queries/subscription_put.sql"))
            .bind(wish.book.to_string())
            .bind(wish.record.to_string())
            .bind(wish.principal.to_string())
            .bind(by.actor.clone())
            .bind(millis(now))
            .bind(wish.during.from.map(millis))
            .bind(wish.during.until.map(millis))
            .fetch_one(&mut change)
            .await?;
        note(&mut change, by, "subscribe", &[wish.book.as_str(), wish.record.as_str(), wish.principal.as_str()], now).await?;
        change.commit().await?;
        made.read()
    }

    /// Takes a subscription back; tells whether it still stood.
    pub async fn unsubscribe(&self, id: SubscriptionId, by: &By, now: DateTime<Utc>) -> Result<bool, StateError> {
        let mut change = self.change().await?;
        let ended = end(&mut change, id, by, now).await?;
        change.commit().await?;
        Ok(ended)
    }

    /// The subscriptions of a book that stand, by record.
    pub async fn subscriptions(&self, book: &BookKey) -> Result<Vec<Subscription>, StateError> {
        self.list(include_str!("../../queries/subscriptions.sql"), book.as_str()).await
    }

    /// The subscriptions of a record in any book, those taken back too, oldest first.
    pub async fn subscriptions_of_record(&self, record: &RecordKey) -> Result<Vec<Subscription>, StateError> {
        self.list(include_str!("../../queries/subscriptions_of_record.sql"), record.as_str()).await
    }

    /// The subscriptions of a principal in any book, those taken back too, oldest first.
    pub async fn subscriptions_of_principal(&self, principal: &Principal) -> Result<Vec<Subscription>, StateError> {
        self.list(include_str!("../../queries/subscriptions_of_principal.sql"), principal.as_str()).await
    }

    async fn list(&self, sql: &'static str, of: &str) -> Result<Vec<Subscription>, StateError> {
        let rows: Vec<Row> = query(sql).bind(of).fetch_all(&mut self.reader().await?).await?;
        rows.into_iter().map(Row::read).collect()
    }
}
