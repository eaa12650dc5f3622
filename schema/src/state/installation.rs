//! The installation that a state database belongs to.

use adressbote_rules::digest::Digest;
use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::cell::{bytes, digest_or_none, instant, millis};
use super::statement::{Db, query};
use super::{State, StateError};

/// The installation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Installation {
    /// Its random id, part of every marker.
    pub id: Uuid,
    /// When its state database was made.
    pub created_at: DateTime<Utc>,
    /// The fingerprint of its digest key, once one was used.
    pub key_fingerprint: Option<Digest>,
}

/// Writes down a new installation, unless it is known already.
pub(super) async fn found(db: &mut Db, now: DateTime<Utc>) -> Result<(), StateError> {
    let sql = include_str!("../../queries/installation_found.sql");
    query(sql).bind(Uuid::new_v4().to_string()).bind(millis(now)).execute(db).await?;
    Ok(())
}

impl State {
    /// The installation.
    pub async fn installation(&self) -> Result<Installation, StateError> {
        let sql = include_str!("../../queries/installation.sql");
        let (id, created_at, key): (String, i64, Option<Vec<u8>>) = query(sql).fetch_one(&mut self.reader().await?).await?;
        let id = id.parse().map_err(|_| StateError::Unreadable { what: "an installation's id" })?;
        Ok(Installation { id, created_at: instant(created_at)?, key_fingerprint: digest_or_none(key.as_deref())? })
    }

    /// Makes sure that the digest key is the one this state was made with, by its fingerprint (a digest made with it of something fixed); the first one
    /// is remembered. To be called before the key is used.
    pub async fn check_key(&self, fingerprint: Digest) -> Result<(), StateError> {
        let mut change = self.change().await?;
        query(include_str!("../../queries/installation_key.sql")).bind(bytes(Some(&fingerprint))).execute(&mut change).await?;
        change.commit().await?;
        if self.installation().await?.key_fingerprint == Some(fingerprint) { Ok(()) } else { Err(StateError::OtherKey) }
    }
}
