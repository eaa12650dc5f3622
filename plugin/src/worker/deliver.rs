//! Carrying changes out: intents first, then requests, then what came of them. A creation is never repeated before it was looked up.

use std::time::Duration;

use adressbote_rules::due::DueContact;
use adressbote_rules::key::ContactId;
use adressbote_rules::ledger::{Brought, ClearReason, DeleteReason, Pushed};
use adressbote_rules::plan::{self, Change, NAMES};
use adressbote_rules::property::{Properties, Property};
use adressbote_schema::state::{Act, IntentId, MailboxId, NewIntent, Outcome, StateError, Writing};
use serde_json::Value;

use super::case::Case;
use super::clear;
use super::pass::{Round, is_for_all, sentence};
use crate::graph::{Answer, GraphError, MOST_IN_BATCH, Next, Place, Request, request};
use crate::marker::Marker;

/// How often a change is tried in one pass, in this form or another.
const MOST_ROUNDS: usize = 4;

/// The longest wait before a creation whose answer was lost is looked up.
const LONGEST_WAIT: Duration = Duration::from_secs(10);

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

/// What becomes of a case after a change.
enum Then {
    GoOn,
    StopAdding(GraphError),
    StopMailbox(GraphError),
    StopAll(GraphError),
}

/// Why delivery stops.
#[derive(Debug, thiserror::Error)]
pub enum DeliveryError {
    /// The state database.
    #[error("the state database could not be used; what was sent so far is in the ledger or will be looked up")]
    State(#[from] StateError),
    /// Graph, for everybody.
    #[error("Microsoft Graph cannot be used; what was sent so far is in the ledger")]
    Graph(#[from] GraphError),
}

impl DeliveryError {
    /// Whether it concerns everybody, or one folder alone.
    pub fn is_for_all(&self) -> bool {
        match self {
            Self::Graph(error) => is_for_all(error),
            Self::State(
                StateError::AlreadyPushed { .. }
                | StateError::NotPushed { .. }
                | StateError::AlreadyIntended { .. }
                | StateError::WrongOutcome { .. }
                | StateError::Missing { .. }
                | StateError::StillThere { .. },
            ) => false,
            Self::State(_) => true,
        }
    }
}

/// How what a refused change takes away is taken away all the same: emptied without the rest, else with the whole contact.
pub fn instead(refused: Change) -> Option<Change> {
    match refused {
        Change::Update { contact, due, mut cleared, reduced } => {
            let value = |property: Property| Some((property, due.value(property)?.clone()));
            cleared.extend(reduced.iter().map(|property| (*property, ClearReason::FieldRightLost)));
            let (unless, names) = (reduced.into_iter().filter_map(value).collect(), NAMES.into_iter().filter_map(value).collect());
            (!cleared.is_empty()).then(|| Change::Clear { record: due.record().clone(), contact, cleared, unless, names })
        }
        Change::Clear { record, contact, cleared, .. } if cleared.values().any(|reason| *reason == ClearReason::FieldRightLost) => {
            Some(Change::Delete { record, contact, reason: DeleteReason::RightLost })
        }
        Change::Delete { .. } | Change::Clear { .. } | Change::Create(_) => None,
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
            if case.adds_nothing {
                let all = batch.len();
                batch.retain(|change| !matches!(change, Change::Create(_)));
                case.report.unsent += all - batch.len();
            }
            again.extend(carry_out_batch(round, case, batch).await?);
        }
        open = again;
    }
    case.report.unsent += open.len();
    Ok(())
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
    let intents = round.app.state.intend(round.pass, &new.collect::<Vec<_>>(), round.now).await?;
    let results = send(round, case, &batch).await;
    wait_for_the_lost(round, &results).await;
    let mut settled: Vec<(IntentId, Outcome)> = Vec::new();
    let mut again = Vec::new();
    let mut ends = None;
    for ((change, intent), result) in batch.into_iter().zip(intents).zip(results) {
        let (outcome, then) = judge(round, case, &change, result).await;
        match then {
            Then::GoOn => {}
            Then::StopAdding(error) => case.stop_adding(sentence(&error)),
            Then::StopMailbox(error) => case.fail(&error),
            Then::StopAll(error) => ends = Some(error),
        }
        if let Some(outcome) = outcome {
            again.extend(note(case, change, &outcome));
            settled.push((intent, outcome));
        }
    }
    round.app.state.settle(&settled, chrono::Utc::now()).await?;
    match ends {
        Some(error) => Err(error.into()),
        None => look_before(round, case, again).await,
    }
}

/// A creation whose answer was lost may still be under way: it gets a moment before it is looked up.
async fn wait_for_the_lost(round: &Round<'_>, results: &[Result<Option<ContactId>, GraphError>]) {
    let wait = |result: &Result<Option<ContactId>, GraphError>| match result.as_ref().err()?.next(round.graph.patience().backoff(1, 0.5)) {
        Next::LookUp(wait) => Some(wait.min(LONGEST_WAIT)),
        _ => None,
    };
    if let Some(wait) = results.iter().filter_map(wait).max() {
        tokio::time::sleep(wait).await;
    }
}

/// Before a contact is made again, its marker is looked for: it may stand there under another id than the ledger's, and then is written instead.
async fn look_before(round: &Round<'_>, case: &mut Case, again: Vec<Change>) -> Result<Vec<Change>, DeliveryError> {
    let mut open = Vec::with_capacity(again.len());
    for change in again {
        open.push(match change {
            Change::Create(due) if !case.is_stopped => match find(round, case, &due).await? {
                Some(contact) => {
                    adopt(round, case, &due, contact.clone()).await?;
                    Change::Update { contact, due, cleared: Default::default(), reduced: Default::default() }
                }
                None => Change::Create(due),
            },
            change => change,
        });
    }
    Ok(open)
}

async fn find(round: &Round<'_>, case: &Case, due: &DueContact) -> Result<Option<ContactId>, GraphError> {
    let found = round.graph.find_marked(&case.key.mailbox, &case.place(), &case.marker.contact(due.record())).await?;
    Ok(found.into_iter().map(|standing| standing.id).min())
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

/// What Graph says of each change: the id of a contact made, or done.
async fn send(round: &Round<'_>, case: &mut Case, batch: &[Change]) -> Vec<Result<Option<ContactId>, GraphError>> {
    let deleted: Vec<ContactId> =
        batch.iter().filter_map(|change| if let Change::Delete { contact, .. } = change { Some(contact.clone()) } else { None }).collect();
    let results: Vec<Result<Option<ContactId>, GraphError>> = if deleted.len() == batch.len() {
        let fates = round.graph.purge(&case.key.mailbox, &deleted).await;
        fates.into_iter().map(|fate| fate.map(|_| None)).collect()
    } else {
        let place = case.place();
        let requests: Vec<Request> = batch.iter().map(|change| request(change, &case.key.mailbox, &place, &case.marker)).collect();
        let outcomes = round.graph.batch(&case.key.mailbox, &requests).await;
        batch.iter().zip(outcomes).map(|(change, outcome)| outcome.and_then(|answer| id(change, &answer))).collect()
    };
    case.is_reached |= results.iter().any(Result::is_ok);
    results
}

fn id(change: &Change, answer: &Answer) -> Result<Option<ContactId>, GraphError> {
    match change {
        Change::Create(_) => answer.standing().map(|standing| Some(standing.id)),
        Change::Delete { .. } | Change::Clear { .. } | Change::Update { .. } => Ok(None),
    }
}

/// What a result means for the ledger and for the case; no outcome: the intent stays open and is looked up in a later pass.
async fn judge(round: &Round<'_>, case: &Case, change: &Change, result: Result<Option<ContactId>, GraphError>) -> (Option<Outcome>, Then) {
    let error = match result {
        Ok(id) => return (Some(done(change, id)), Then::GoOn),
        Err(error) => error,
    };
    // INVARIANT: a removal counts as done, or as certainly not done, only where Graph said so of the contact itself.
    let undone = if matches!(change, Change::Delete { .. }) { Outcome::Unclear } else { Outcome::Dropped };
    let is_creation = matches!(change, Change::Create(_));
    match error.next(round.graph.patience().backoff(1, 0.5)) {
        Next::StopAll => (Some(undone), Then::StopAll(error)),
        Next::SkipContact => (Some(refusal(&error)), Then::GoOn),
        Next::Recreate => (Some(Outcome::Deleted), Then::GoOn),
        Next::ReadAgain => (Some(undone), Then::GoOn),
        Next::StopAdding => (Some(undone), Then::StopAdding(error)),
        Next::LookUp(_) if is_creation => look_up(round, case, change).await,
        Next::LookUp(_) | Next::Again(_) | Next::ReadAll if is_creation => (Some(Outcome::Dropped), Then::StopMailbox(error)),
        Next::LookUp(_) | Next::Again(_) | Next::ReadAll => (Some(Outcome::Unclear), Then::StopMailbox(error)),
        Next::FindFolder | Next::StopMailbox => (Some(undone), Then::StopMailbox(error)),
    }
}

fn done(change: &Change, id: Option<ContactId>) -> Outcome {
    match (change, id) {
        (Change::Create(_), Some(id)) => Outcome::Created(id),
        (Change::Create(_), None) => Outcome::Dropped,
        (Change::Delete { .. }, _) => Outcome::Deleted,
        (Change::Update { .. } | Change::Clear { .. }, _) => Outcome::Updated,
    }
}

fn refusal(error: &GraphError) -> Outcome {
    let code = match error {
        GraphError::Refused { code, .. } => code.as_str().to_owned(),
        _ => String::new(),
    };
    Outcome::Refused { code, sentence: sentence(error) }
}

/// Looks whether a creation whose answer was lost was carried out. If the look-up fails too, the intent stays open.
async fn look_up(round: &Round<'_>, case: &Case, change: &Change) -> (Option<Outcome>, Then) {
    match round.graph.find_marked(&case.key.mailbox, &case.place(), &case.marker.contact(change.record())).await {
        Ok(found) => match found.into_iter().map(|standing| standing.id).min() {
            Some(id) => (Some(Outcome::Created(id)), Then::GoOn),
            None => (Some(Outcome::Dropped), Then::GoOn),
        },
        Err(error) if is_for_all(&error) => (None, Then::StopAll(error)),
        Err(error) => (None, Then::StopMailbox(error)),
    }
}

/// Takes an outcome over into the case's ledger and report; returns what is to be done again, or instead.
fn note(case: &mut Case, change: Change, outcome: &Outcome) -> Option<Change> {
    let record = change.record().clone();
    let before = case.ledger.get(&record).cloned();
    match (outcome, change) {
        (Outcome::Created(contact), change) => {
            if let (Some((owned, filled)), Change::Create(due)) = (plan::after(&change, None), &change) {
                let pushed = Pushed { contact: contact.clone(), digest: Some(due.digest()), owned, filled, brought: due.brought() };
                case.ledger.insert(record, pushed);
            }
            case.report.count(&change);
            None
        }
        (Outcome::Updated, change) => {
            // What comes after in the same pass must know that it was cleared, or it would be cleared again.
            if let (Some((owned, filled)), Some(before)) = (plan::after(&change, before.as_ref()), before) {
                let digest = if let Change::Update { due, .. } = &change { Some(due.digest()) } else { None };
                case.ledger.insert(record, Pushed { digest, owned: &before.owned | &owned, filled, ..before });
            }
            case.report.count(&change);
            None
        }
        (Outcome::Deleted, Change::Update { due, .. }) => {
            // Its user deleted it; what is due comes again.
            case.ledger.remove(&record);
            Some(Change::Create(due))
        }
        (Outcome::Deleted, change) => {
            case.ledger.remove(&record);
            case.report.count(&change);
            None
        }
        (Outcome::Refused { .. }, change) => {
            case.note_refused(record);
            instead(change)
        }
        (Outcome::Dropped, change @ Change::Create(_)) if !case.is_stopped => Some(change),
        (Outcome::Dropped, change @ Change::Update { .. }) if !case.is_stopped => instead(change),
        (Outcome::Dropped | Outcome::Unclear, _) => None,
    }
}
