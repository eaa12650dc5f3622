//! The log of requests: what was asked, in which order, and what was answered.

use std::collections::{BTreeMap, VecDeque};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::clock::stamp;

/// Headers worth keeping.
const HEADERS: [&str; 6] = ["prefer", "if-match", "content-type", "consistencylevel", "client-request-id", "user-agent"];

/// One request, or one item of a batch.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Logged {
    /// Counts up in the order in which requests were begun.
    pub number: u64,
    /// The number of the batch it came in.
    pub batch: Option<u64>,
    /// When it was begun, by the simulator's clock.
    pub at: String,
    /// Upper case.
    pub method: String,
    /// Path and query after `/v1.0`, as sent; the whole path of other requests.
    pub path: String,
    /// Object id of the user whose mailbox it concerned.
    pub mailbox: Option<String>,
    /// The calling app.
    pub app: Option<String>,
    /// The headers that change the meaning.
    pub headers: BTreeMap<String, String>,
    /// The body; of a batch nothing, its items have entries of their own.
    pub body: Value,
    /// The status answered, or meant to be answered.
    pub status: u16,
    /// `error.code` of the answer.
    pub code: Option<String>,
    /// Whether it was done although the client never learned of it.
    pub is_lost: bool,
    /// How long it took, in milliseconds.
    pub took_ms: u64,
}

/// An entry as it is kept: the body as text, which costs less than a tree.
#[derive(Debug, Clone)]
pub(crate) struct Entry {
    pub number: u64,
    pub batch: Option<u64>,
    pub at: DateTime<Utc>,
    pub method: String,
    pub path: String,
    pub mailbox: Option<String>,
    pub app: Option<String>,
    pub headers: BTreeMap<String, String>,
    pub body: String,
    pub status: u16,
    pub code: Option<String>,
    pub is_lost: bool,
    pub took_ms: u64,
}

impl Entry {
    fn shown(&self) -> Logged {
        let Self { number, batch, at, method, path, mailbox, app, headers, body, status, code, is_lost, took_ms } = self.clone();
        let body = if body.is_empty() { Value::Null } else { serde_json::from_str(&body).unwrap_or(Value::String(body)) };
        Logged { number, batch, at: stamp(at), method, path, mailbox, app, headers, body, status, code, is_lost, took_ms }
    }
}

/// The log, bounded.
#[derive(Debug)]
pub(crate) struct Log {
    keeps: usize,
    next: AtomicU64,
    entries: Mutex<VecDeque<Entry>>,
}

impl Log {
    pub(crate) fn new(keeps: usize) -> Self {
        Self { keeps, next: AtomicU64::new(1), entries: Mutex::default() }
    }

    fn open(&self) -> MutexGuard<'_, VecDeque<Entry>> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The number of a request that begins.
    pub(crate) fn begin(&self) -> u64 {
        self.next.fetch_add(1, Ordering::Relaxed)
    }

    pub(crate) fn add(&self, entry: Entry) {
        let mut entries = self.open();
        if entries.len() >= self.keeps {
            entries.pop_front();
        }
        if self.keeps > 0 {
            entries.push_back(entry);
        }
    }

    /// The entries after a number, by number.
    pub(crate) fn since(&self, number: u64, mailbox: Option<&str>) -> Vec<Logged> {
        let entries = self.open();
        let wanted = |l: &&Entry| l.number > number && mailbox.is_none_or(|mailbox| l.mailbox.as_deref() == Some(mailbox));
        let mut found: Vec<Logged> = entries.iter().filter(wanted).map(Entry::shown).collect();
        found.sort_by_key(|logged| logged.number);
        found
    }

    pub(crate) fn clear(&self) {
        self.open().clear();
    }
}

/// The headers the log keeps.
pub(crate) fn kept(headers: &BTreeMap<String, String>) -> BTreeMap<String, String> {
    let pairs = HEADERS.iter().filter_map(|name| headers.get(*name).map(|value| ((*name).to_owned(), value.clone())));
    pairs.collect()
}
