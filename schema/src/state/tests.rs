//! The state database on real files and servers: each story on both.

use adressbote_rules::digest::{Digest, DigestKey};
use adressbote_rules::key::{ContactId, RecordKey, UserKey};
use adressbote_rules::ledger::{Brought, ClearReason, DeleteReason};
use adressbote_rules::property::{Properties, Property};
use adressbote_servers::{Base, PASSWORD, Served, Writer, on_each_state};
use chrono::{DateTime, Duration, Utc};
use tempfile::TempDir;

use super::statement::query;
use super::*;
use crate::address::Address;
use crate::crm::tests::reader;

mod binding;
mod block;
mod crash;
mod disclosure;
mod file;
mod ledger;
mod lock;
mod open;
mod operator;
mod pass;
mod retention;
mod server;
mod statement;
mod wish;

/// Where a state of a test stands; it goes with it.
enum Home {
    Folder(TempDir),
    Server(Served),
}

impl Home {
    /// A place for a state: a folder, or a database with an account that may do no more than our documentation asks for.
    async fn new(base: Base) -> Self {
        if base == Base::Sqlite {
            return Self::Folder(tempfile::tempdir().unwrap());
        }
        let served = Served::new(base, "").await;
        let home = Self::Server(served);
        home.sql(&format!("CREATE SCHEMA adressbote AUTHORIZATION {}", home.account())).await;
        home
    }

    fn address(&self) -> Address {
        match self {
            Self::Folder(dir) => Address::Sqlite(dir.path().join("state.db")),
            Self::Server(served) => reader(served),
        }
    }

    fn account(&self) -> String {
        match self {
            Self::Folder(_) => panic!("a file has no account"),
            Self::Server(served) => served.account(),
        }
    }

    async fn open(&self, minute: i64) -> Result<State, StateError> {
        State::open(&self.address(), at(minute)).await
    }

    /// A connection of somebody who may do everything.
    async fn writer(&self) -> Writer {
        match self {
            Self::Folder(dir) => Writer::open(Base::Sqlite, dir.path().join("state.db").to_str().unwrap()).await,
            Self::Server(served) => Writer::open(served.kind, &served.place()).await,
        }
    }

    /// Does something behind the state's back.
    async fn sql(&self, script: &str) {
        let mut writer = self.writer().await;
        writer.run(script).await;
        writer.close().await;
    }
}

/// A fresh state in a place of its own.
struct Fresh {
    home: Home,
    state: State,
}

async fn fresh(base: Base) -> Fresh {
    let home = Home::new(base).await;
    let state = home.open(0).await.unwrap();
    Fresh { home, state }
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
