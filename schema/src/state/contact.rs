//! The ledger: which contacts stand in which mailbox because we put them there.

use std::collections::{BTreeMap, BTreeSet};

use adressbote_rules::key::{ContactId, RecordKey, UserKey};
use adressbote_rules::ledger::{Brought, Pushed};
use adressbote_rules::property::Properties;
use chrono::{DateTime, Utc};

use super::cell::{bytes, digest_or_none, instant, instant_or_none, millis, names, of_word, properties, word};
use super::disclosure;
use super::folder::{of_contact, of_folder};
use super::statement::{Db, query};
use super::{FolderKey, State, StateError, block};
use crate::row::row;

/// How many contacts one change deals with at most, so that those of other folders have their turn in between.
const AT_A_TIME: usize = 100;

/// A contact of the ledger with its times.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PushedAt {
    /// What stands there.
    pub pushed: Pushed,
    /// When it was last written.
    pub pushed_at: DateTime<Utc>,
    /// When it was last read back.
    pub verified_at: Option<DateTime<Utc>>,
}

row! {
    struct Row {
        record_key: String,
        contact_id: String,
        digest: Option<Vec<u8>>,
        owned: String,
        filled: String,
        brought: String,
        pushed_at: i64,
        verified_at: Option<i64>,
    }
}

/// Reads rows of the ledger. Few distinct sets of properties exist, so the last one read is kept.
#[derive(Default)]
struct Reading {
    owned: (String, Properties),
    filled: (String, Properties),
}

impl Reading {
    fn row(&mut self, row: Row) -> Result<PushedAt, StateError> {
        let pushed = Pushed {
            contact: ContactId::new(&row.contact_id),
            digest: digest_or_none(row.digest.as_deref())?,
            owned: remembered(&mut self.owned, row.owned)?,
            filled: remembered(&mut self.filled, row.filled)?,
            brought: of_word::<Brought>(&row.brought, "what brought a contact")?,
        };
        Ok(PushedAt { pushed, pushed_at: instant(row.pushed_at)?, verified_at: instant_or_none(row.verified_at)? })
    }
}

fn remembered(last: &mut (String, Properties), names: String) -> Result<Properties, StateError> {
    if last.0 != names {
        let read = properties(&names)?;
        *last = (names, read);
    }
    Ok(last.1.clone())
}

/// The contact of a record in a folder.
pub(super) async fn contact_of(db: &mut Db, folder: &FolderKey, record: &RecordKey) -> Result<Option<PushedAt>, StateError> {
    let sql = include_str!("../../queries/contact.sql");
    let row: Option<Row> = of_folder(query(sql), folder).bind(record.as_str().to_owned()).fetch_optional(db).await?;
    row.map(|row| Reading::default().row(row)).transpose()
}

/// Writes a contact as it stands now.
pub(super) async fn put(db: &mut Db, folder: &FolderKey, record: &RecordKey, pushed: &Pushed, now: DateTime<Utc>) -> Result<(), StateError> {
    of_contact(query(include_str!("../../queries/contact_put.sql")), folder, record)
        .bind(pushed.contact.as_str())
        .bind(bytes(pushed.digest.as_ref()))
        .bind(names(&pushed.owned))
        .bind(names(&pushed.filled))
        .bind(word(pushed.brought)?)
        .bind(millis(now))
        .execute(db)
        .await?;
    Ok(())
}

/// Adds to the properties that are ours to clear.
pub(super) async fn own(db: &mut Db, folder: &FolderKey, record: &RecordKey, owned: &Properties) -> Result<(), StateError> {
    of_contact(query(include_str!("../../queries/contact_own.sql")).bind(names(owned)), folder, record).execute(db).await?;
    Ok(())
}

/// Removes the contact, if it is still the one that stands for the record; tells whether it was.
pub(super) async fn remove(db: &mut Db, folder: &FolderKey, record: &RecordKey, contact: &ContactId) -> Result<bool, StateError> {
    let sql = include_str!("../../queries/contact_remove.sql");
    Ok(of_contact(query(sql), folder, record).bind(contact.as_str()).execute(db).await? > 0)
}

/// Takes in one contact that was found.
async fn adopt_one(db: &mut Db, (folder, record): (&FolderKey, &RecordKey), pushed: &Pushed, now: DateTime<Utc>) -> Result<(), StateError> {
    if contact_of(db, folder, record).await?.is_some() {
        return Err(StateError::AlreadyPushed { user: folder.user.to_string(), record: record.to_string() });
    }
    let sql = include_str!("../../queries/intent_open.sql");
    let open: Option<(i64,)> = of_folder(query(sql), folder).bind(record.to_string()).fetch_optional(db).await?;
    if open.is_some() {
        return Err(StateError::AlreadyIntended { user: folder.user.to_string(), record: record.to_string() });
    }
    put(db, folder, record, pushed, now).await?;
    disclosure::set(db, (folder, record), &pushed.filled, &|_| String::new(), now).await
}

impl State {
    /// The contacts that stand in a folder, by record.
    pub async fn contacts_of(&self, folder: &FolderKey) -> Result<BTreeMap<RecordKey, Pushed>, StateError> {
        let rows: Vec<Row> = of_folder(query(include_str!("../../queries/contacts.sql")), folder).fetch_all(&mut self.reader().await?).await?;
        let mut reading = Reading::default();
        rows.into_iter().map(|row| Ok((RecordKey::new(&row.record_key), reading.row(row)?.pushed))).collect()
    }

    /// Every record of which a contact stands in any folder, or may stand because a change has no known outcome.
    pub async fn pushed_records(&self) -> Result<BTreeSet<RecordKey>, StateError> {
        let rows: Vec<(String,)> = query(include_str!("../../queries/contact_records.sql")).fetch_all(&mut self.reader().await?).await?;
        Ok(rows.into_iter().map(|(record,)| RecordKey::new(&record)).collect())
    }

    /// The contact of one record in a folder, with its times.
    pub async fn contact(&self, folder: &FolderKey, record: &RecordKey) -> Result<Option<PushedAt>, StateError> {
        let mut db = self.reader().await?;
        contact_of(&mut db, folder, record).await
    }

    /// Those in whose mailboxes something of a record stands, or may, because what was sent was not answered.
    pub async fn holders(&self, record: &RecordKey) -> Result<BTreeSet<UserKey>, StateError> {
        let sql = include_str!("../../queries/record_holders.sql");
        let rows: Vec<(String,)> = query(sql).bind(record.as_str()).fetch_all(&mut self.reader().await?).await?;
        Ok(rows.into_iter().map(|(user,)| UserKey::new(&user)).collect())
    }

    /// Takes in contacts that were found by their marker and are not in the ledger, as after its loss. What the mailbox holds of them counts as
    /// disclosed from now on, as nothing earlier is known. A record that already has a contact is refused: the double is to be deleted. So is one with an
    /// open create, which is to be settled with what was found. Those before it may be taken in already, a hundred at a time.
    pub async fn adopt(&self, folder: &FolderKey, found: &[(RecordKey, Pushed)], now: DateTime<Utc>) -> Result<(), StateError> {
        for found in found.chunks(AT_A_TIME) {
            let mut change = self.change().await?;
            for (record, pushed) in found {
                adopt_one(&mut change, (folder, record), pushed, now).await?;
            }
            block::remove(&mut change, [folder]).await?;
            change.commit().await?;
        }
        Ok(())
    }

    /// Notes that contacts were read back and are as we wrote them; a hundred at a time.
    pub async fn verified(&self, folder: &FolderKey, records: &[RecordKey], now: DateTime<Utc>) -> Result<(), StateError> {
        for records in records.chunks(AT_A_TIME) {
            let mut change = self.change().await?;
            for record in records {
                of_contact(query(include_str!("../../queries/contact_verified.sql")).bind(millis(now)), folder, record).execute(&mut change).await?;
            }
            change.commit().await?;
        }
        Ok(())
    }

    /// Forgets the digests of contacts that were found changed in the mailbox, a hundred at a time: the next plan writes them again.
    pub async fn changed_outside(&self, folder: &FolderKey, records: &[RecordKey]) -> Result<(), StateError> {
        for records in records.chunks(AT_A_TIME) {
            let mut change = self.change().await?;
            for record in records {
                of_contact(query(include_str!("../../queries/contact_changed.sql")), folder, record).execute(&mut change).await?;
            }
            block::remove(&mut change, [folder]).await?;
            change.commit().await?;
        }
        Ok(())
    }

    /// Notes what brings contacts now, where nothing else about them changed; a hundred at a time.
    pub async fn rebrought(&self, folder: &FolderKey, brought: &[(RecordKey, Brought)]) -> Result<(), StateError> {
        for brought in brought.chunks(AT_A_TIME) {
            let mut change = self.change().await?;
            for (record, brought) in brought {
                let sql = include_str!("../../queries/contact_brought.sql");
                of_contact(query(sql).bind(word(*brought)?), folder, record).execute(&mut change).await?;
            }
            block::remove(&mut change, [folder]).await?;
            change.commit().await?;
        }
        Ok(())
    }

    /// Forgets contacts that were read back and found gone from the mailbox, and ends their disclosures for a reason, a hundred at a time; the next plan
    /// makes those that are due anew.
    pub async fn gone_outside(&self, folder: &FolderKey, gone: &[(RecordKey, ContactId)], why: &str, now: DateTime<Utc>) -> Result<(), StateError> {
        for gone in gone.chunks(AT_A_TIME) {
            let mut change = self.change().await?;
            for (record, contact) in gone {
                if remove(&mut change, folder, record, contact).await? {
                    disclosure::set(&mut change, (folder, record), &Properties::new(), &|_| why.to_owned(), now).await?;
                }
            }
            block::remove(&mut change, [folder]).await?;
            change.commit().await?;
        }
        Ok(())
    }
}
