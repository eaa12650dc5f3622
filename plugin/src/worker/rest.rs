//! Rest: after a pass over everybody that found nothing to do, the next one is over as soon as it is known that nothing changed since. It looks at the numbers of
//! the last pass and of the last thing that an operator did, and asks the CRM what changed; nothing is written, and no user looked at. Where something was left
//! to do, or the CRM tells of single records, what is known of all other folders still counts.

use std::collections::BTreeMap;

use adressbote_schema::crm::{Baseline, Changed};
use adressbote_schema::state::{FolderKey, PassKind, StateError, Traces};
use chrono::{DateTime, NaiveDate, Utc};

use super::pass::{Order, Round};
use super::reading::ReadingError;
use super::recent::{self, Recent};
use super::report::{FolderReport, PassReport};
use crate::app::App;

/// What is known after a pass over everybody in which nothing was in doubt.
#[derive(Clone, Debug)]
pub struct Rest {
    /// What the state's tables said then.
    traces: Traces,
    /// The day that filters counted with.
    today: NaiveDate,
    /// The number of the reading that it rests on.
    readings: u64,
    /// What that reading counted.
    baseline: Baseline,
    /// The folders that were found as they are due, with what is told of each.
    pub calm: BTreeMap<FolderKey, FolderReport>,
    /// Whether these are all.
    is_all_done: bool,
    /// What it told.
    report: PassReport,
}

/// The folders that stand as they are due.
#[derive(Debug)]
pub struct Calm {
    /// What is told of each.
    pub folders: BTreeMap<FolderKey, FolderReport>,
    /// Whether these are all.
    pub is_all: bool,
}

/// How a pass begins.
#[derive(Debug)]
pub enum Begin {
    /// It is over, since nothing changed: what it tells.
    Over(Box<PassReport>),
    /// There is something to do, or it is not known.
    Work(Option<Box<News>>),
}

/// What is known of the last pass, and what the CRM tells has changed since.
#[derive(Debug)]
pub struct News {
    /// What is known.
    pub rest: Rest,
    /// What changed.
    pub changed: Changed,
}

impl Rest {
    /// Whether it rests on the reading with this number.
    pub fn is_of(&self, readings: u64) -> bool {
        self.readings == readings
    }

    /// Whether it still counts, as far as our own state and time tell.
    pub fn counts(&self, app: &App, traces: &Traces, now: DateTime<Utc>) -> bool {
        let is_over = self.report.next_turn.is_some_and(|turn| turn <= now) || self.today != app.moment(now).today;
        !is_over && *traces == self.traces
    }
}

/// How a pass begins: with what is known from the last one.
///
/// # Errors
/// When the CRM or the state database fails.
pub async fn begin(app: &App, order: &Order) -> Result<Begin, ReadingError> {
    let Some(rest) = app.take_rest() else { return Ok(Begin::Work(None)) };
    let now = Utc::now();
    if order.kind != PassKind::Full || order.verifies || !rest.counts(app, &app.state.traces().await?, now) {
        return Ok(Begin::Work(None));
    }
    let changed = recent::ask(app, (rest.readings, &rest.baseline), now).await?;
    if rest.is_all_done && matches!(changed, Changed::Nothing) {
        let report = PassReport { at: Some(now), ..rest.report.clone() };
        app.note_rest(rest);
        return Ok(Begin::Over(Box::new(report)));
    }
    Ok(Begin::Work(Some(Box::new(News { rest, changed }))))
}

/// Keeps in mind what a pass found. `before` are the traces from before it read anything.
///
/// # Errors
/// When the state database fails.
pub async fn note(round: &Round<'_>, report: &PassReport, (before, recent, calm): (Traces, &Recent, Calm)) -> Result<(), StateError> {
    let app = round.app;
    let is_through = !report.is_stopped && !report.is_cut && !round.is_unfinished() && !app.owes_any_read_back();
    let is_certain = report.alarms.is_empty() && report.doubts.is_empty() && report.doubtful_records == 0;
    if round.order.kind != PassKind::Full || !is_through || !is_certain {
        return Ok(());
    }
    let is_all_done = calm.is_all && app.state.all_open_intents().await?.is_empty();
    let traces = app.state.traces().await?;
    // Whatever an operator did meanwhile may not have been seen.
    if traces.operators == before.operators && traces.pass() == Some(round.pass) {
        let (today, readings) = (round.reading.snapshot.at().today, recent.reading.number);
        let (baseline, mut report) = (round.reading.baseline.clone(), report.clone());
        report.folders = report.folders.iter().map(FolderReport::at_rest).collect();
        report.restored = 0;
        app.note_rest(Rest { traces, today, readings, baseline, calm: calm.folders, is_all_done, report });
    }
    Ok(())
}
