//! Contacts that Graph refused, so that they are reported and not sent again until they differ.

use std::collections::BTreeMap;

use adressbote_rules::digest::Digest;
use adressbote_rules::key::RecordKey;
use chrono::{DateTime, Utc};

use super::cell::{bytes, digest_or_none, instant, millis};
use super::folder::{of_contact, of_folder};
use super::intent::{Act, Intent};
use super::statement::{Db, query};
use super::{FolderKey, State, StateError};
use crate::row::row;

/// A contact that Graph refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The digest of what was refused: the same again need not be sent. None: a delete was refused, which is always tried again.
    pub digest: Option<Digest>,
    /// Graph's error code.
    pub code: String,
    /// What to tell people.
    pub sentence: String,
    /// When it was refused last.
    pub at: DateTime<Utc>,
}

row! {
    struct Row {
        record_key: String,
        digest: Option<Vec<u8>>,
        code: String,
        sentence: String,
        at: i64,
    }
}

pub(super) async fn put(db: &mut Db, intent: &Intent, (code, sentence): (&str, &str), now: DateTime<Utc>) -> Result<(), StateError> {
    let digest = match &intent.act {
        Act::Create(writing) | Act::Update { writing, .. } => writing.digest,
        Act::Delete { .. } => None,
    };
    of_contact(query(include_str!("../../queries/refusal_put.sql")), &intent.folder, &intent.record)
        .bind(bytes(digest.as_ref()))
        .bind(code)
        .bind(sentence)
        .bind(millis(now))
        .execute(db)
        .await?;
    Ok(())
}

pub(super) async fn remove(db: &mut Db, folder: &FolderKey, record: &RecordKey) -> Result<(), StateError> {
    of_contact(query(include_str!("../../queries/refusal_remove.sql")), folder, record).execute(db).await?;
    Ok(())
}

impl State {
    /// What Graph refused in a folder, by record.
    pub async fn refusals_of(&self, folder: &FolderKey) -> Result<BTreeMap<RecordKey, Refusal>, StateError> {
        let rows: Vec<Row> = of_folder(query(include_str!("../../queries/refusals.sql")), folder).fetch_all(&mut self.reader().await?).await?;
        rows.into_iter()
            .map(|row| {
                let digest = digest_or_none(row.digest.as_deref())?;
                let refusal = Refusal { digest, code: row.code, sentence: row.sentence, at: instant(row.at)? };
                Ok((RecordKey::new(&row.record_key), refusal))
            })
            .collect()
    }

    /// Forgets refusals: of contacts that are no longer due, or that are to be tried again.
    pub async fn forget_refusals(&self, folder: &FolderKey, records: &[RecordKey]) -> Result<(), StateError> {
        let mut change = self.change().await?;
        for record in records {
            remove(&mut change, folder, record).await?;
        }
        change.commit().await
    }
}
