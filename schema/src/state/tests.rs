//! The state database on real files.

use adressbote_rules::digest::{Digest, DigestKey};
use adressbote_rules::key::{ContactId, RecordKey, UserKey};
use adressbote_rules::ledger::{Brought, ClearReason, DeleteReason};
use adressbote_rules::property::{Properties, Property};
use chrono::{DateTime, Duration, Utc};
use tempfile::TempDir;

use super::statement::query;
use super::*;

mod binding;
mod crash;
mod disclosure;
mod file;
mod ledger;
mod operator;
mod pass;
mod retention;
mod statement;
mod wish;

/// A fresh state in a directory of its own, which goes with it.
struct Fresh {
    dir: TempDir,
    state: State,
}

async fn fresh() -> Fresh {
    let dir = tempfile::tempdir().unwrap();
    let state = State::open(&dir.path().join("state.db"), at(0)).await.unwrap();
    Fresh { dir, state }
}

/// The instant so many minutes after the tests began to be written.
fn at(minutes: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_790_000_000, 0).unwrap() + Duration::minutes(minutes)
}

fn digest(of: &str) -> Digest {
    DigestKey::new([7; 32]).digest("test", [of.as_bytes()])
}

fn user(key: &str) -> UserKey {
    UserKey::new(key)
}

fn record(key: &str) -> RecordKey {
    RecordKey::new(key)
}

fn book(key: &str) -> BookKey {
    BookKey::new(key)
}

fn folder_of(name: &str) -> FolderKey {
    FolderKey { user: user(name), book: book("customers"), mailbox: MailboxId::new(format!("mailbox-of-{name}")) }
}

fn by(actor: &str) -> By {
    By { actor: actor.to_owned(), why: Some("ticket 17".to_owned()) }
}

fn set(properties: &[Property]) -> Properties {
    properties.iter().copied().collect()
}

fn writing(contents: &str, owned: &[Property], filled: &[Property]) -> Writing {
    Writing { digest: Some(digest(contents)), owned: set(owned), filled: set(filled), brought: Brought::Filter }
}

fn create(folder: &FolderKey, key: &str, writing: Writing) -> NewIntent {
    NewIntent { folder: folder.clone(), record: record(key), act: Act::Create(writing) }
}

fn update(folder: &FolderKey, key: &str, contact: &str, writing: Writing, cleared: &[(Property, ClearReason)]) -> NewIntent {
    let act = Act::Update { contact: ContactId::new(contact), writing, cleared: cleared.iter().copied().collect() };
    NewIntent { folder: folder.clone(), record: record(key), act }
}

fn delete(folder: &FolderKey, key: &str, contact: &str, reason: DeleteReason) -> NewIntent {
    NewIntent { folder: folder.clone(), record: record(key), act: Act::Delete { contact: ContactId::new(contact), reason } }
}

impl State {
    /// Sends one change whose outcome is known at once.
    async fn send(&self, new: NewIntent, outcome: Outcome, now: DateTime<Utc>) {
        let pass = self.begin_pass(&PassKind::Full, "test", now).await.unwrap();
        let ids = self.intend(pass, &[new], now).await.unwrap();
        self.settle(&[(ids[0], outcome)], now).await.unwrap();
    }
}
