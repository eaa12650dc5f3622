//! Persons taken out for good, as keyed hashes. The list can be kept beside the backups and taken in after a restore.

use std::collections::BTreeSet;
use std::fmt::Write;

use adressbote_rules::digest::Digest;
use chrono::{DateTime, SecondsFormat, Utc};

use super::audit::{By, note};
use super::cell::{bytes, digest, instant, millis};
use super::statement::{Db, query};
use super::{State, StateError};

/// The first word of an exported list, with the version of its form.
const HEADING: &str = "adressbote-tombstones-1";

/// One line of the list.
struct Tombstone {
    digest: Digest,
    erased_at: DateTime<Utc>,
    erased_by: String,
}

impl Tombstone {
    /// Reads `DIGEST TIME NAME`.
    fn read(line: &str) -> Result<Self, &'static str> {
        let mut words = line.splitn(3, ' ');
        let digest = words.next().and_then(of_hex).ok_or("it does not begin with 32 hexadecimal digits")?;
        let erased_at = words.next().and_then(|time| DateTime::parse_from_rfc3339(time).ok()).ok_or("its second word is not a time")?;
        let erased_by = words.next().ok_or("it does not say who erased the person")?;
        Ok(Self { digest, erased_at: erased_at.to_utc(), erased_by: erased_by.to_owned() })
    }
}

fn of_hex(text: &str) -> Option<Digest> {
    let is_hex = text.len() == 32 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    let number = is_hex.then(|| u128::from_str_radix(text, 16).ok())??;
    Some(Digest(number.to_be_bytes()))
}

/// Adds a tombstone; tells whether it is new.
async fn put(db: &mut Db, stone: &Tombstone) -> Result<bool, StateError> {
    let put = query(include_str!("../../queries/tombstone_put.sql"))
        .bind(bytes(Some(&stone.digest)))
        .bind(millis(stone.erased_at))
        .bind(stone.erased_by.as_str())
        .execute(db)
        .await?;
    Ok(put > 0)
}

impl State {
    /// Takes persons out for good, by the keyed hashes of their records' keys; says how many were not yet.
    pub async fn erase(&self, digests: &[Digest], by: &By, now: DateTime<Utc>) -> Result<u64, StateError> {
        let mut change = self.change().await?;
        let mut new = 0;
        for digest in digests {
            if put(&mut change, &Tombstone { digest: *digest, erased_at: now, erased_by: by.actor.clone() }).await? {
                note(&mut change, by, "erase", &[&digest.to_string()], now).await?;
                new += 1;
            }
        }
        change.commit().await?;
        Ok(new)
    }

    /// The keyed hashes of all who were taken out.
    pub async fn erased(&self) -> Result<BTreeSet<Digest>, StateError> {
        Ok(self.tombstones().await?.into_iter().map(|stone| stone.digest).collect())
    }

    /// Those of the digests that were taken out.
    pub async fn is_erased(&self, digests: &[Digest]) -> Result<BTreeSet<Digest>, StateError> {
        let erased = self.erased().await?;
        Ok(digests.iter().filter(|digest| erased.contains(digest)).copied().collect())
    }

    async fn tombstones(&self) -> Result<Vec<Tombstone>, StateError> {
        let rows: Vec<(Vec<u8>, i64, String)> = query(include_str!("../../queries/tombstones.sql")).fetch_all(&mut self.reader().await?).await?;
        rows.into_iter().map(|(bytes, at, erased_by)| Ok(Tombstone { digest: digest(&bytes)?, erased_at: instant(at)?, erased_by })).collect()
    }

    /// The list as text: a heading with the fingerprint of the digest key, then a line for each person.
    pub async fn tombstones_export(&self, by: &By, now: DateTime<Utc>) -> Result<String, StateError> {
        let (mut text, stones) = (self.heading().await?, self.tombstones().await?);
        let mut change = self.change().await?;
        note(&mut change, by, "export tombstones", &[&stones.len().to_string()], now).await?;
        change.commit().await?;
        for Tombstone { digest, erased_at, erased_by } in stones {
            let erased_by = erased_by.replace(char::is_control, " ");
            // Writing to a String cannot fail.
            let _ = write!(text, "\n{digest} {} {erased_by}", erased_at.to_rfc3339_opts(SecondsFormat::Millis, true));
        }
        text.push('\n');
        Ok(text)
    }

    /// Takes in an exported list, all of it or nothing; says how many were not known. A list made with another digest key is refused: its hashes would
    /// never be met again.
    pub async fn tombstones_import(&self, text: &str, by: &By, now: DateTime<Utc>) -> Result<u64, StateError> {
        let mut lines = text.lines().zip(1..);
        if lines.next().map(|(line, _)| line) != Some(self.heading().await?.as_str()) {
            let why = "it is not the heading of such a list, or the list was made with another digest key";
            return Err(StateError::BadTombstones { line: 1, why });
        }
        let mut change = self.change().await?;
        let mut new = 0;
        for (line, number) in lines.filter(|(line, _)| !line.is_empty()) {
            let stone = Tombstone::read(line).map_err(|why| StateError::BadTombstones { line: number, why })?;
            new += u64::from(put(&mut change, &stone).await?);
        }
        note(&mut change, by, "import tombstones", &[&new.to_string()], now).await?;
        change.commit().await?;
        Ok(new)
    }

    async fn heading(&self) -> Result<String, StateError> {
        let key = self.installation().await?.key_fingerprint;
        Ok(format!("{HEADING} {}", key.map_or_else(|| "without-key".to_owned(), |key| key.to_string())))
    }
}
