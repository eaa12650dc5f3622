//! Rest: a pass over everybody found nothing to do, so that the next one is over as soon as it is known that nothing changed since. It looks at the numbers of
//! the last pass and of the last thing that an operator did, and asks the CRM what changed; nothing is written, and no user looked at.

use adressbote_schema::crm::is_unchanged;
use adressbote_schema::state::{PassKind, StateError, Traces};
use chrono::{NaiveDate, Utc};

use super::pass::{Order, Round};
use super::reading::ReadingError;
use super::report::PassReport;
use crate::app::App;

/// What is known after a pass that found nothing to do.
#[derive(Clone, Debug)]
pub struct Rest {
    /// What the state's tables said then.
    traces: Traces,
    /// The day that filters counted with.
    today: NaiveDate,
    /// The number of the reading that it rests on.
    readings: u64,
    /// What it told.
    report: PassReport,
}

/// What a pass would tell, if there is nothing to do in it, since nothing changed.
///
/// # Errors
/// When the CRM or the state database fails.
pub async fn still(app: &App, order: &Order) -> Result<Option<PassReport>, ReadingError> {
    let Some(rest) = app.rest() else { return Ok(None) };
    let now = Utc::now();
    let is_over = rest.report.next_turn.is_some_and(|turn| turn <= now) || rest.today != app.moment(now).today;
    if is_over || order.kind != PassKind::Full || order.verifies || app.state.traces().await? != rest.traces {
        return Ok(None);
    }
    let mut memory = app.memory.lock().await;
    let is_unchanged = memory.readings() == rest.readings && is_unchanged(&app.profile, &app.source, (&mut memory, now)).await?;
    Ok(is_unchanged.then_some(PassReport { at: Some(now), ..rest.report }))
}

/// Keeps in mind that there was nothing to do in a pass. `before` are the traces from before it read anything; `is_all_done` says that every folder was found
/// as it is due.
///
/// # Errors
/// When the state database fails.
pub async fn note(round: &Round<'_>, report: &PassReport, (before, is_all_done): (Traces, bool)) -> Result<(), StateError> {
    let app = round.app;
    let is_through = !report.is_stopped && !report.is_cut && !round.is_unfinished() && !app.owes_any_read_back();
    let is_certain = report.alarms.is_empty() && report.doubts.is_empty() && report.doubtful_records == 0;
    if round.order.kind != PassKind::Full || !is_all_done || !is_through || !is_certain || !app.state.all_open_intents().await?.is_empty() {
        return Ok(());
    }
    let traces = app.state.traces().await?;
    // Whatever an operator did meanwhile may not have been seen.
    if traces.operators == before.operators && traces.pass() == Some(round.pass) {
        let (today, readings) = (round.reading.snapshot.at().today, app.memory.lock().await.readings());
        app.note_rest(Some(Rest { traces, today, readings, report: report.clone() }));
    }
    Ok(())
}
