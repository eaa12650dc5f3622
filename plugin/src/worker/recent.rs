//! The last reading of the CRM, kept for the next pass where the CRM tells what changed: if nothing did, it is as good as a new one.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};

use adressbote_rules::digest::Digest;
use adressbote_rules::due::Evaluation;
use adressbote_rules::index::{Index, IndexError};
use adressbote_rules::key::RecordKey;
use adressbote_schema::crm::{Baseline, Changed, CrmError, Touched, is_unchanged, read_touched};
use adressbote_schema::state::{FolderKey, PassKind, Trace, Traces};
use chrono::{DateTime, NaiveDate, Utc};

use super::reading::{self, Reading, ReadingError};
use super::rest::{News, Rest};
use super::touched;
use crate::app::{App, OpenBook};

/// A reading with its index.
#[derive(Debug)]
pub struct Recent {
    /// What was read.
    pub reading: Reading,
    /// The index of what was read first, before single records were read again; none where it was not worth its making, or could not be made.
    pub index: Option<Index>,
    /// Why there is none, if it could not be made.
    pub trouble: Option<IndexError>,
    /// The last thing that an operator had done before it was read.
    operators: Option<Trace>,
    /// The seals of folders, as far as they were worked out.
    seals: Mutex<BTreeMap<FolderKey, Option<Digest>>>,
    /// What is known of the last pass, and the records that were read again since. None: what is known of folders stands in the state alone.
    pub since: Option<(Rest, BTreeSet<RecordKey>)>,
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

/// Asks the CRM what changed since a reading with this number, and these counts.
///
/// # Errors
/// When the CRM fails.
pub async fn ask(app: &App, (readings, before): (u64, &Baseline), now: DateTime<Utc>) -> Result<Changed, CrmError> {
    let mut memory = app.memory.lock().await;
    if memory.readings() != readings {
        return Ok(Changed::More);
    }
    read_touched(&app.profile, &app.source, Some(before), (&mut memory, now)).await
}

/// The CRM as it is now, from the last reading if little changed since. `traces` are from before; `news` are what the CRM told when the pass began.
///
/// # Errors
/// [`ReadingError`]
pub async fn read(app: &App, kind: &PassKind, (traces, now): (&Traces, DateTime<Utc>), news: Option<Box<News>>) -> Result<Arc<Recent>, ReadingError> {
    if let Some(mut recent) = app.take_recent()
        && recent.operators == traces.operators
        && recent.is_of_now(now, app.moment(now).today)
        && let Some(last) = Arc::get_mut(&mut recent)
    {
        let (rest, changed) = match news {
            Some(news) if !news.rest.is_of(last.reading.number) => (None, Changed::More),
            Some(news) => (Some(news.rest).filter(|rest| rest.counts(app, traces, now)), news.changed),
            None => (None, ask(app, (last.reading.number, &last.reading.baseline), now).await?),
        };
        // A right that came with the records may have begun or ended since the reading.
        if last.carry_on(app, kind, (rest, changed)).await? && last.is_of_now(now, app.moment(now).today) {
            return Ok(recent);
        }
    }
    anew(app, kind, (traces, now)).await
}

/// A new reading, with an index where it is for many.
async fn anew(app: &App, kind: &PassKind, (traces, now): (&Traces, DateTime<Utc>)) -> Result<Arc<Recent>, ReadingError> {
    let reading = reading::take(app, now).await?;
    let books = app.books.iter().map(|book| &book.rules);
    // For one user alone it is not worth its making.
    let is_for_many = !matches!(kind, PassKind::User(_));
    let (index, trouble) = match is_for_many.then(|| Index::of(&reading.snapshot, books, &app.key)).transpose() {
        Ok(index) => (index, None),
        Err(error) => (None, Some(error)),
    };
    Ok(Arc::new(Recent { reading, index, trouble, operators: traces.operators, seals: Mutex::default(), since: None }))
}

/// The CRM as it is now, for a question about whom a pass of this kind deals with: the last reading of this process if nothing changed since, or else a new
/// one, after which the next pass reads everything, too. Nothing is written.
///
/// # Errors
/// [`ReadingError`]
pub async fn at_hand(app: &App, kind: &PassKind, now: DateTime<Utc>) -> Result<Arc<Recent>, ReadingError> {
    let traces = app.state.traces().await?;
    if let Some(recent) = app.recent()
        && recent.operators == traces.operators
        && recent.is_of_now(now, app.moment(now).today)
    {
        let mut memory = app.memory.lock().await;
        if memory.readings() == recent.reading.number && is_unchanged(&app.profile, &app.source, (&mut memory, now)).await? {
            return Ok(recent);
        }
    }
    anew(app, kind, (&traces, now)).await
}

impl Recent {
    /// A book over it.
    pub fn evaluation<'r>(&'r self, app: &App, book: &'r OpenBook) -> Evaluation<'r> {
        let evaluation = Evaluation::new(&self.reading.snapshot, &book.rules, app.key.clone());
        if let Some(index) = &self.index { evaluation.with_index(index) } else { evaluation }
    }

    /// Brings it forward by what changed; whether it is as good as a new reading now.
    async fn carry_on(&mut self, app: &App, kind: &PassKind, (rest, changed): (Option<Rest>, Changed)) -> Result<bool, ReadingError> {
        let touched = match changed {
            Changed::Nothing => Touched::default(),
            Changed::Records(touched) => touched,
            Changed::More => return Ok(false),
        };
        let amended = self.reading.snapshot.amended();
        let is_little = amended.len() + touched.records.len() <= touched::MOST;
        // Of records that were read again the short forms of folders know nothing: without what the last pass knew, every folder would be looked into.
        let is_known = rest.is_some() || *kind != PassKind::Full || amended.is_empty() && touched.records.is_empty();
        if !is_little || !is_known {
            return Ok(false);
        }
        let records = touched.records.clone();
        if !records.is_empty() {
            let baseline = touched.baseline.clone();
            touched::amend(app, &mut self.reading, touched).await?;
            // As with everything that a pass notes: what is asked for one by one does not lower what later readings are compared with.
            if *kind == PassKind::Full {
                self.reading.baseline.extend(baseline);
            }
        }
        self.since = rest.map(|rest| (rest, records));
        Ok(true)
    }
}

/// Keeps a reading for the next pass, where the CRM may tell that nothing changed since.
pub async fn keep(app: &App, recent: Arc<Recent>) {
    if recent.index.is_some() && app.memory.lock().await.hears() {
        app.keep_recent(recent);
    }
}
