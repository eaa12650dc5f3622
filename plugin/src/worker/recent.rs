//! The last reading of the CRM, kept for the next pass where the CRM tells what changed: if nothing did, it is as good as a new one.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use adressbote_rules::digest::Digest;
use adressbote_rules::index::{Index, IndexError};
use adressbote_schema::crm::is_unchanged;
use adressbote_schema::state::{FolderKey, PassKind, Trace, Traces};
use chrono::{DateTime, NaiveDate, Utc};

use super::reading::{self, Reading, ReadingError};
use crate::app::App;

/// A reading with its index.
#[derive(Debug)]
pub struct Recent {
    /// What was read.
    pub reading: Reading,
    /// Its index; none where it was not worth its making, or could not be made.
    pub index: Option<Index>,
    /// Why there is none, if it could not be made.
    pub trouble: Option<IndexError>,
    /// The last thing that an operator had done before it was read.
    operators: Option<Trace>,
    /// The number of the reading: whatever was read since may have made the memory know what this one does not.
    readings: u64,
    /// The seals of folders, as far as they were worked out.
    seals: Mutex<BTreeMap<FolderKey, Option<Digest>>>,
}

impl Recent {
    /// The seal of a folder, worked out once.
    pub fn seal(&self, folder: &FolderKey, work_out: impl FnOnce() -> Option<Digest>) -> Option<Digest> {
        let mut seals = self.seals.lock().unwrap_or_else(PoisonError::into_inner);
        *seals.entry(folder.clone()).or_insert_with(work_out)
    }

    /// Whether time alone has changed nothing since.
    fn is_of_now(&self, now: DateTime<Utc>, today: NaiveDate) -> bool {
        let snapshot = &self.reading.snapshot;
        let is_before_turn = snapshot.next_turn().is_none_or(|turn| now < turn);
        is_before_turn && snapshot.at().today == today && self.reading.seats.values().all(|seat| seat.lost.is_none())
    }
}

/// The CRM as it is now, from the last reading if nothing changed since. `traces` are from before.
///
/// # Errors
/// [`ReadingError`]
pub async fn read(app: &App, kind: &PassKind, (traces, now): (&Traces, DateTime<Utc>)) -> Result<Arc<Recent>, ReadingError> {
    if let Some(recent) = app.take_recent()
        && recent.operators == traces.operators
        && recent.is_of_now(now, app.moment(now).today)
    {
        let mut memory = app.memory.lock().await;
        if memory.readings() == recent.readings && is_unchanged(&app.profile, &app.source, (&mut memory, now)).await? {
            return Ok(recent);
        }
    }
    let reading = reading::take(app, now).await?;
    let books = app.books.iter().map(|book| &book.rules);
    // For one user alone it is not worth its making.
    let is_for_many = !matches!(kind, PassKind::User(_));
    let (index, trouble) = match is_for_many.then(|| Index::of(&reading.snapshot, books, &app.key)).transpose() {
        Ok(index) => (index, None),
        Err(error) => (None, Some(error)),
    };
    let readings = app.memory.lock().await.readings();
    Ok(Arc::new(Recent { reading, index, trouble, operators: traces.operators, readings, seals: Mutex::default() }))
}

/// Keeps a reading for the next pass, where the CRM may tell that nothing changed since.
pub async fn keep(app: &App, recent: Arc<Recent>) {
    if recent.index.is_some() && app.memory.lock().await.hears() {
        app.keep_recent(recent);
    }
}
