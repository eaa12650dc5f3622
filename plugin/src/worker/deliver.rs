//! Carrying changes out: intents first, then requests, then what came of them. A creation is never repeated before it was looked up.

use std::collections::BTreeMap;
use std::time::Instant;

use adressbote_rules::due::DueContact;
use adressbote_rules::key::{ContactId, RecordKey};
use adressbote_rules::ledger::{Brought, Pushed};
use adressbote_rules::plan::{self, Change, NAMES};
use adressbote_rules::property::{Properties, Property};
use adressbote_schema::state::{Act, IntentId, MailboxId, NewIntent, Outcome, StateError, Writing};
use chrono::Utc;
use serde_json::Value;

use super::case::Case;
use super::clear;
use super::error::DeliveryError;
use super::lookup::{self, Looked};
use super::outcome::{Done, Then, judge, note};
use super::pass::Round;
use crate::graph::{Answer, GraphError, MOST_IN_BATCH, Place, Request, request};
use crate::marker::Marker;

/// How often a change is tried in one pass, in this form or another.
const MOST_ROUNDS: usize = 4;

/// The request that carries out a change. Pure: tests compare what two worlds would send.
pub fn request(change: &Change, mailbox: &MailboxId, place: &Place, marker: &Marker) -> Request {
    match change {
        Change::Delete { contact, .. } => request::purge_contact(mailbox, contact),
        Change::Clear { contact, cleared, names, .. } => {
            let emptied = cleared.keys().filter(|property| !NAMES.contains(property)).map(|property| (*property, property.empty()));
            let empty: Vec<(Property, Value)> = emptied.chain(names.iter().cloned()).collect();
            request::patch_contact(mailbox, contact, empty.iter().map(|(property, value)| (*property, value)))
        }
        Change::Update { contact, due, cleared, .. } => {
            let unmapped = cleared.keys().filter(|property| due.value(**property).is_none());
            let empty: Vec<(Property, Value)> = unmapped.map(|property| (*property, property.empty())).collect();
            request::patch_contact(mailbox, contact, due.values().chain(empty.iter().map(|(property, value)| (*property, value))))
        }
        Change::Create(due) => request::create_contact(mailbox, place, &marker.contact(due.record()), due.values()),
    }
}

/// What the ledger is to know of a change before it is sent.
fn act(change: &Change, before: Option<&Pushed>) -> Act {
    let (owned, filled) = plan::after(change, before).unwrap_or_default();
    match change {
        Change::Delete { contact, reason, .. } => Act::Delete { contact: contact.clone(), reason: *reason },
        Change::Create(due) => Act::Create(Writing { digest: Some(due.digest()), owned, filled, brought: due.brought() }),
        Change::Update { contact, due, cleared, .. } => {
            let writing = Writing { digest: Some(due.digest()), owned, filled, brought: due.brought() };
            Act::Update { contact: contact.clone(), writing, cleared: cleared.clone() }
        }
        Change::Clear { contact, cleared, .. } => {
            let brought = before.map_or(Brought::Filter, |before| before.brought);
            Act::Update { contact: contact.clone(), writing: Writing { digest: None, owned, filled, brought }, cleared: cleared.clone() }
        }
    }
}

/// Carries out changes of one folder, in order, twenty at a time. Stops between batches when told to.
///
/// # Errors
/// When the state database fails, or Graph fails for everybody. What fails for this mailbox alone stops the case with a sentence.
pub async fn carry_out(round: &Round<'_>, case: &mut Case, changes: Vec<Change>) -> Result<(), DeliveryError> {
    let mut open = changes;
    for _ in 0..MOST_ROUNDS {
        let mut again = Vec::new();
        for mut batch in homogeneous(open) {
            if case.is_stopped || round.stop.is_cancelled() {
                case.report.unsent += batch.len();
                continue;
            }
            let all = batch.len();
            if case.adds_nothing {
                batch.retain(|change| !matches!(change, Change::Create(_)));
            }
            if batch.iter().any(is_addition) && round.adds_no_more() {
                batch.retain(|change| !is_addition(change));
            }
            case.report.unsent += all - batch.len();
            if !batch.is_empty() {
                again.extend(carry_out_batch(round, case, batch).await?);
            }
        }
        open = again;
    }
    case.report.unsent += open.len();
    Ok(())
}

/// Whether a change takes nothing away.
fn is_addition(change: &Change) -> bool {
    match change {
        Change::Create(_) => true,
        Change::Update { cleared, reduced, .. } => cleared.is_empty() && reduced.is_empty(),
        Change::Delete { .. } | Change::Clear { .. } => false,
    }
}

/// Splits changes into batches of at most twenty, deletions apart from the others: those are read back.
fn homogeneous(changes: Vec<Change>) -> Vec<Vec<Change>> {
    let (deletions, others): (Vec<Change>, Vec<Change>) = changes.into_iter().partition(|change| matches!(change, Change::Delete { .. }));
    let chunks = |changes: Vec<Change>| changes.chunks(MOST_IN_BATCH).map(<[Change]>::to_vec).collect::<Vec<_>>();
    [chunks(deletions), chunks(others)].concat()
}

/// Carries out one batch and returns what is to be tried again.
async fn carry_out_batch(round: &Round<'_>, case: &mut Case, batch: Vec<Change>) -> Result<Vec<Change>, DeliveryError> {
    let batch = clear::against_mailbox(round, case, batch).await;
    if batch.is_empty() {
        return Ok(Vec::new());
    }
    let new = batch.iter().map(|change| NewIntent {
        folder: case.key.clone(),
        record: change.record().clone(),
        act: act(change, case.ledger.get(change.record())),
    });
    let intents = round.app.state.intend(round.pass, &new.collect::<Vec<_>>(), Utc::now()).await?;
    let results = send(round, case, &batch).await;
    let mut looked = look_up(round, case, &batch, &results).await;
    let mut settled: Vec<(IntentId, Outcome)> = Vec::new();
    let (mut again, mut copies, mut ends) = (Vec::new(), Vec::new(), None);
    for ((change, intent), result) in batch.into_iter().zip(intents).zip(results) {
        let mut looked = looked.remove(change.record());
        if let Ok(Done::Gone(gone)) = &result {
            case.report.count_gone(*gone);
        }
        if let Some(Looked::Stands(_, further)) = &mut looked {
            copies.append(further);
        }
        let (outcome, then) = judge(&change, result, looked);
        match then {
            Then::GoOn => {}
            Then::StopAdding(error) => case.fail_adding(&error),
            Then::StopMailbox(error) => case.fail(&error),
            Then::StopAll(error) => ends = Some(error),
        }
        if let Some(outcome) = outcome {
            again.extend(note(case, change, &outcome));
            settled.push((intent, outcome));
        }
    }
    round.app.state.settle(&settled, Utc::now()).await?;
    purge_copies(round, case, copies).await?;
    match ends {
        Some(error) => Err(error.into()),
        None => look_before(round, case, again).await,
    }
}

/// Looks up the creations whose answers were lost, until they can no longer come late.
async fn look_up(round: &Round<'_>, case: &Case, batch: &[Change], results: &[Result<Done, GraphError>]) -> BTreeMap<RecordKey, Looked> {
    let is_lost = |(change, result): &(&Change, &Result<Done, GraphError>)| {
        matches!(change, Change::Create(_)) && matches!(result, Err(GraphError::Unknown { .. }))
    };
    let lost: Vec<RecordKey> = batch.iter().zip(results).filter(is_lost).map(|(change, _)| change.record().clone()).collect();
    let until = Instant::now() + round.graph.patience().late;
    lookup::settle_late(round, case, lost, until).await.into_iter().collect()
}

/// Purges copies of a contact, which a creation that came late after all has left.
///
/// # Errors
/// When Graph fails for everybody. If it fails for this mailbox nothing more is added to it.
pub async fn purge_copies(round: &Round<'_>, case: &mut Case, copies: Vec<ContactId>) -> Result<(), DeliveryError> {
    for fate in round.graph.purge(&case.key.mailbox, &copies).await {
        match fate {
            Ok(gone) => case.report.count_gone(gone),
            Err(error) if error.is_for_all() => return Err(error.into()),
            Err(error) => case.fail_adding(&error),
        }
    }
    Ok(())
}

/// Before a contact is made again, its marker is looked for: it may stand there under another id than the ledger's, and then is written instead.
async fn look_before(round: &Round<'_>, case: &mut Case, again: Vec<Change>) -> Result<Vec<Change>, DeliveryError> {
    let is_creation = |change: &&Change| matches!(change, Change::Create(_)) && !case.is_stopped;
    let records: Vec<RecordKey> = again.iter().filter(is_creation).map(|change| change.record().clone()).collect();
    let found = lookup::find(round, case, &records).await;
    let mut found: BTreeMap<RecordKey, Vec<ContactId>> =
        records.into_iter().zip(found).map(|(record, found)| Ok((record, found?))).collect::<Result<_, GraphError>>()?;
    let mut open = Vec::with_capacity(again.len());
    let mut copies = Vec::new();
    for change in again {
        let mut standing = found.remove(change.record()).unwrap_or_default().into_iter();
        open.push(match (change, standing.next()) {
            (Change::Create(due), Some(contact)) => {
                adopt(round, case, &due, contact.clone()).await?;
                Change::Update { contact, due, cleared: BTreeMap::new(), reduced: Default::default() }
            }
            (change, _) => change,
        });
        copies.extend(standing);
    }
    purge_copies(round, case, copies).await?;
    Ok(open)
}

async fn adopt(round: &Round<'_>, case: &mut Case, due: &DueContact, contact: ContactId) -> Result<(), StateError> {
    let pushed = unknown_contents(round, case, contact);
    round.app.state.adopt(&case.key, &[(due.record().clone(), pushed.clone())], round.now).await?;
    case.ledger.insert(due.record().clone(), pushed);
    Ok(())
}

/// A contact of ours whose contents are not known: everything that the mapping may write counts as written.
pub fn unknown_contents(round: &Round<'_>, case: &Case, contact: ContactId) -> Pushed {
    let owned: Properties = round.book(case).rules.mapping.properties().clone();
    Pushed { contact, digest: None, filled: owned.clone(), owned, brought: Brought::Filter }
}

/// What Graph says of each change.
async fn send(round: &Round<'_>, case: &mut Case, batch: &[Change]) -> Vec<Result<Done, GraphError>> {
    let deleted: Vec<ContactId> =
        batch.iter().filter_map(|change| if let Change::Delete { contact, .. } = change { Some(contact.clone()) } else { None }).collect();
    let results: Vec<Result<Done, GraphError>> = if deleted.len() == batch.len() {
        round.graph.purge(&case.key.mailbox, &deleted).await.into_iter().map(|fate| fate.map(Done::Gone)).collect()
    } else {
        let place = case.place();
        let requests: Vec<Request> = batch.iter().map(|change| request(change, &case.key.mailbox, &place, &case.marker)).collect();
        let outcomes = round.graph.batch(&case.key.mailbox, &requests).await;
        batch.iter().zip(outcomes).map(|(change, outcome)| outcome.and_then(|answer| done(change, &answer))).collect()
    };
    case.is_reached |= results.iter().any(Result::is_ok);
    results
}

fn done(change: &Change, answer: &Answer) -> Result<Done, GraphError> {
    match change {
        Change::Create(_) => answer.standing().map(|standing| Done::Made(standing.id)),
        Change::Delete { .. } | Change::Clear { .. } | Change::Update { .. } => Ok(Done::Written),
    }
}
