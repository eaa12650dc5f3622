//! The end of a pass: folders that were withdrawn go, it is written down how it went with each, and what is no longer needed is forgotten.

use std::collections::{BTreeMap, BTreeSet};

use adressbote_rules::crm::Relation;
use adressbote_rules::key::{Principal, RecordKey, UserKey};
use adressbote_rules::plan::Service;
use adressbote_rules::seat::Licence;
use adressbote_rules::sight::Snapshot;
use adressbote_schema::crm::{Way, stem};
use adressbote_schema::state::{BookKey, DeliveryFailure, PassKind, StateError};
use chrono::Utc;
use futures::FutureExt;

use super::binding::Bindings;
use super::case::Case;
use super::error::DeliveryError;
use super::folder;
use super::pass::{Round, Unwatched};
use super::quiet::Quiet;
use super::reading::Reading;
use super::report::{FolderReport, PassReport};
use super::stage::{Step, side_by_side};

/// Folders that were withdrawn go when nothing else is in them; a mailbox that a user left is done with when nothing of ours stands there.
///
/// # Errors
/// When the state database fails, or Graph fails for everybody.
pub async fn leave_all(round: &Round<'_>, cases: &mut [Case], bindings: &Bindings) -> Result<(), DeliveryError> {
    let doubts = round.reading.snapshot.doubts();
    let is_proven = ![Relation::Users, Relation::Seats].iter().any(|relation| doubts.contains_key(relation));
    let is_left = |case: &Case| matches!(case.service, Service::Withdrawn(_)) && case.ledger.is_empty() && case.has_mailbox();
    let mut steps: Vec<Step<'_>> = Vec::new();
    for case in cases.iter_mut().filter(|case| is_proven && is_left(case) && !case.is_stopped && !case.adds_nothing) {
        steps.push(leave_case(round, case).boxed());
    }
    side_by_side(steps, &Unwatched).await?;
    for binding in &bindings.leaving {
        let mut his = cases.iter().filter(|case| case.key.user == binding.user && case.key.mailbox == binding.mailbox);
        if his.all(|case| case.ledger.is_empty() && !case.is_stopped) {
            match round.app.state.withdrawn(binding, round.now).await {
                Ok(()) | Err(StateError::StillThere { .. }) => {}
                Err(error) => return Err(error.into()),
            }
        }
    }
    Ok(())
}

async fn leave_case(round: &Round<'_>, case: &mut Case) -> Result<(), DeliveryError> {
    if round.stop.is_cancelled() {
        case.is_stopped = true;
        return Ok(());
    }
    match folder::leave(round, case).await {
        // Nothing of ours is known to be there, so it is no trouble of his.
        Err(DeliveryError::Graph(error)) if case.is_forgotten && !error.is_for_all() => {
            round.leave_unfinished(&error);
            Ok(())
        }
        outcome => case.bear(outcome),
    }
}

/// What was done, or would be.
pub fn report(reading: &Reading, cases: Vec<Case>, quiet: Quiet) -> PassReport {
    let snapshot = &reading.snapshot;
    let mut folders: Vec<_> = cases.into_iter().map(|case| case.report).chain(quiet.into_values()).collect();
    folders.sort_by(|left, right| (&left.user, &left.book).cmp(&(&right.user, &right.book)));
    folders.retain(|folder| folder.service != "withdrawn" || folder.has_changes() || folder.figures.standing > 0 || folder.trouble.is_some());
    // The sum over one folder would be a figure of what one user did.
    let sum = |count: fn(&FolderReport) -> usize| if folders.len() > 1 { folders.iter().map(count).sum() } else { 0 };
    PassReport {
        restored: sum(|folder| folder.restored),
        foreign: sum(|folder| folder.foreign.unwrap_or_default()),
        at: Some(snapshot.at().now),
        folders: folders.into(),
        doubts: snapshot.doubts().iter().map(|(relation, doubt)| (stem(relation), doubt.to_string())).collect(),
        doubtful_records: snapshot.doubtful_records().len(),
        doubtful_first: snapshot.doubtful_records().iter().take(NAMED).map(doubtful).collect(),
        waiting_for_seats: snapshot.users().filter(|user| reading.licence(&user.key) == Licence::Waiting).count(),
        next_turn: snapshot.next_turn(),
        alarms: broken_filters(snapshot).into_iter().chain(unheard(&reading.way)).collect(),
        ..PassReport::default()
    }
}

/// How many doubtful records are named before only their number is told.
const NAMED: usize = 5;

/// A record that is doubtful alone, with where and why.
fn doubtful((record, doubts): (&RecordKey, &BTreeMap<Relation, String>)) -> String {
    let each: Vec<String> = doubts.iter().map(|(relation, why)| format!("{}: {why}", stem(relation))).collect();
    format!("{record} ({})", each.join("; "))
}

/// Whose filters are not understood, in a sentence.
fn broken_filters(snapshot: &Snapshot) -> Option<String> {
    let holders: Vec<&str> = snapshot.holders_of_broken_filters().into_iter().map(Principal::as_str).collect();
    let sentence = "cannot be understood; what they brought stays, nothing new comes by them; `adressbote filter show` says what is wrong";
    (!holders.is_empty()).then(|| format!("the filters of {} {sentence}", holders.join(", ")))
}

/// What the profile should tell of changes, and does not, in sentences.
fn unheard(way: &Way) -> Vec<String> {
    let missed = way.missed.iter().map(|(relation, keys)| {
        format!(
            "relation {relation} had changed without a word in changes.sql (keys: {keys}): correct the profile; until the worker starts again it is read as a whole"
        )
    });
    let trouble =
        way.trouble.iter().map(|why| format!("changes.sql does not tell what changed ({why}): everything is read each time; correct the profile"));
    missed.chain(trouble).collect()
}

/// Writes down how it went with each folder, and that the pass is through, unless it was told to stop.
///
/// # Errors
/// When the state database fails.
pub async fn finish(round: &Round<'_>, cases: Vec<Case>, quiet: Quiet) -> Result<PassReport, StateError> {
    for case in &cases {
        round.app.state.forget_refusals(&case.key, &case.stale).await?;
    }
    tell_of_consent(round, &cases);
    // What Graph denies us for good is not waited for.
    let unread = cases.iter().filter(|case| !case.is_out_of_reach && round.app.owes_read_back(&case.key)).count();
    if round.restored_after.is_some() && unread > 0 {
        round.leave_unread(unread);
    }
    tell_of_disputes(round, &cases);
    let still: BTreeSet<(UserKey, BookKey)> = quiet.keys().map(|key| (key.user.clone(), key.book.clone())).collect();
    let mut report = report(round.reading, cases, quiet);
    report.at = Some(round.now);
    report.pass = Some(round.pass.to_string());
    report.is_stopped = round.stop.is_cancelled();
    report.is_cut = round.is_cut();
    report.alarms.extend(round.alarms());
    note_statuses(round, &report, &still).await?;
    if !report.is_stopped && !round.is_unfinished() {
        let summary = summary(&report);
        round.app.state.finish_pass(round.pass, &summary, Utc::now()).await?;
        if round.order.verifies && round.order.kind == PassKind::Full {
            round.app.state.note_read_back(round.pass).await?;
        }
    }
    round.graph.forget_idle();
    Ok(report)
}

/// Where the index and the rights check say different things, the check counted; the program has a mistake.
fn tell_of_disputes(round: &Round<'_>, cases: &[Case]) {
    let disputed = cases.iter().filter(|case| case.report.is_disputed).count();
    if disputed > 0 {
        round.alarm(format!(
            "of {disputed} folders the quick evaluation said something else than the rights check, which counted; nobody got what he may not see; report this as a mistake of the program"
        ));
    }
}

/// If no mailbox answered and those that were asked denied us access, it is not about mailboxes.
fn tell_of_consent(round: &Round<'_>, cases: &[Case]) {
    if cases.iter().any(|case| case.is_reached) {
        return;
    }
    if cases.iter().any(|case| case.is_denied) {
        round.alarm("every mailbox denies access: consent is missing; grant Contacts.ReadWrite to the app and consent to it".to_owned());
    }
    if cases.iter().any(|case| case.is_unauthorized) {
        round.alarm("every mailbox refuses a fresh token: check that base and token_url belong to the same cloud".to_owned());
    }
}

/// How it went with each folder. What a pass that was told to stop did not get to is not delivered.
async fn note_statuses(round: &Round<'_>, report: &PassReport, quiet: &BTreeSet<(UserKey, BookKey)>) -> Result<(), StateError> {
    let state = &round.app.state;
    if !quiet.is_empty() && !report.is_stopped {
        state.delivered_where_nothing_changed(round.pass, Utc::now()).await?;
    }
    let noted = if quiet.is_empty() { BTreeMap::new() } else { state.statuses().await? };
    for folder in report.folders.iter() {
        let (user, book) = (UserKey::new(&folder.user), BookKey::new(&folder.book));
        let is_noted = noted.get(&(user.clone(), book.clone())).is_some_and(|status| status.failure.is_none() && status.pass == round.pass);
        if is_noted && quiet.contains(&(user.clone(), book.clone())) {
            continue;
        }
        match &folder.trouble {
            None if report.is_stopped || folder.unsent > 0 => {}
            None => state.delivered(&user, &book, round.pass, Utc::now()).await?,
            Some(sentence) => {
                let failure = DeliveryFailure { code: folder.service.clone(), sentence: sentence.clone(), next_try: folder.next_try };
                state.delivery_failed(&user, &book, round.pass, &failure).await?;
            }
        }
    }
    if report.is_stopped || round.order.kind != PassKind::Full {
        return Ok(());
    }
    let told: BTreeSet<(&str, &str)> = report.folders.iter().map(|folder| (folder.user.as_str(), folder.book.as_str())).collect();
    for (user, book) in state.statuses().await?.into_keys() {
        if !told.contains(&(user.as_str(), book.as_str())) {
            state.forget_status(&user, &book).await?;
        }
    }
    Ok(())
}

fn summary(report: &PassReport) -> serde_json::Value {
    serde_json::json!({
        "folders": report.folders.len(),
        "created": report.folders.iter().map(|folder| folder.created).sum::<usize>(),
        "updated": report.folders.iter().map(|folder| folder.updated).sum::<usize>(),
        "deleted": report.folders.iter().flat_map(|folder| folder.deleted.values()).sum::<usize>(),
        "troubled": report.folders.iter().filter(|folder| folder.trouble.is_some()).count(),
        "doubts": report.doubts.len(),
    })
}
