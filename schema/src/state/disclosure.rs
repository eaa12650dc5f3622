//! Who has or had which properties of a record, and since when. It follows the ledger: every change of it comes through [`set`].

use std::collections::BTreeMap;

use adressbote_rules::key::RecordKey;
use adressbote_rules::property::{Properties, Property};
use chrono::{DateTime, Utc};

use super::cell::{instant, instant_or_none, millis, names, properties};
use super::folder::{key, of_contact, of_folder};
use super::statement::{Db, query};
use super::{FolderKey, State, StateError};
use crate::row::row;

/// A user had properties of a record in his mailbox during a period.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Disclosure {
    /// The record.
    pub record: RecordKey,
    /// Whose folder, of which book, in which mailbox.
    pub folder: FolderKey,
    /// Which properties.
    pub properties: Properties,
    /// Since when.
    pub from: DateTime<Utc>,
    /// Until when; none: he still has them.
    pub until: Option<DateTime<Utc>>,
    /// Why it ended.
    pub ended_why: Option<String>,
}

row! {
    struct Row {
        record_key: String,
        user_key: String,
        book: String,
        mailbox: String,
        properties: String,
        from_at: i64,
        until_at: Option<i64>,
        ended_why: Option<String>,
    }
}

impl Row {
    fn read(self) -> Result<Disclosure, StateError> {
        Ok(Disclosure {
            record: RecordKey::new(&self.record_key),
            folder: key(&self.user_key, &self.book, &self.mailbox),
            properties: properties(&self.properties)?,
            from: instant(self.from_at)?,
            until: instant_or_none(self.until_at)?,
            ended_why: self.ended_why,
        })
    }
}

row! {
    /// A period that has not ended.
    struct Open {
        id: i64,
        properties: String,
        from_at: i64,
    }
}

/// Makes the properties that a user has of a record equal to `filled`: ends, for the reason that `why` gives, what is no longer there, and begins what
/// was not there before. Properties that stay keep their beginning.
pub(super) async fn set(
    db: &mut Db,
    (folder, record): (&FolderKey, &RecordKey),
    filled: &Properties,
    why: &(dyn Fn(Property) -> String + Send + Sync),
    now: DateTime<Utc>,
) -> Result<(), StateError> {
    let open: Vec<Open> =
        of_folder(query(include_str!("../../queries/disclosure_open.sql")), folder).bind(record.as_str().to_owned()).fetch_all(db).await?;
    let mut begun = filled.clone();
    for period in open {
        let had = properties(&period.properties)?;
        begun.retain(|property| !had.contains(property));
        let (stay, gone): (Properties, Properties) = had.into_iter().partition(|property| filled.contains(property));
        if gone.is_empty() {
            continue;
        }
        shorten(db, period.id, &stay).await?;
        for (why, gone) in by_reason(gone, why) {
            put(db, (folder, record), &gone, (period.from_at, Some(millis(now))), Some(why)).await?;
        }
    }
    if begun.is_empty() { Ok(()) } else { put(db, (folder, record), &begun, (millis(now), None), None).await }
}

fn by_reason(gone: Properties, why: &(dyn Fn(Property) -> String + Send + Sync)) -> BTreeMap<String, Properties> {
    let mut reasons: BTreeMap<String, Properties> = BTreeMap::new();
    for property in gone {
        reasons.entry(why(property)).or_default().insert(property);
    }
    reasons
}

/// Leaves only `stay` in a period that goes on; nothing of it if nothing stays.
async fn shorten(db: &mut Db, id: i64, stay: &Properties) -> Result<(), StateError> {
    let query = if stay.is_empty() {
        query(include_str!("../../queries/disclosure_drop.sql")).bind(id)
    } else {
        query(include_str!("../../queries/disclosure_shorten.sql")).bind(names(stay)).bind(id)
    };
    query.execute(db).await?;
    Ok(())
}

async fn put(
    db: &mut Db,
    (folder, record): (&FolderKey, &RecordKey),
    properties: &Properties,
    (from, until): (i64, Option<i64>),
    why: Option<String>,
) -> Result<(), StateError> {
    of_contact(query(include_str!("../../queries/disclosure_put.sql")), folder, record)
        .bind(names(properties))
        .bind(from)
        .bind(until)
        .bind(why)
        .execute(db)
        .await?;
    Ok(())
}

impl State {
    /// Who has a record, or had it within the retention, which properties and since when; what still stands comes first. A change whose outcome is not
    /// known is not in it: see [`State::open_intents_of_record`].
    pub async fn where_record(&self, record: &RecordKey) -> Result<Vec<Disclosure>, StateError> {
        let sql = include_str!("../../queries/disclosures_of_record.sql");
        let rows: Vec<Row> = query(sql).bind(record.as_str()).fetch_all(&mut self.reader().await?).await?;
        rows.into_iter().map(Row::read).collect()
    }
}
