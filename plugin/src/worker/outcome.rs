//! What Graph's answer to a change means: for the ledger, for the case, and for what is done next.

use std::time::Duration;

use adressbote_rules::key::ContactId;
use adressbote_rules::ledger::{ClearReason, DeleteReason, Pushed};
use adressbote_rules::plan::{self, Change, NAMES};
use adressbote_rules::property::Property;
use adressbote_schema::state::Outcome;

use super::case::Case;
use super::error::sentence;
use super::lookup::Looked;
use crate::graph::{Gone, GraphError, Next};

/// What became of a request.
#[derive(Debug)]
pub enum Done {
    /// A contact was made and has this id.
    Made(ContactId),
    /// A contact was written.
    Written,
    /// A contact is gone.
    Gone(Gone),
}

/// What becomes of a case after a change.
#[derive(Debug)]
pub enum Then {
    /// Nothing more.
    GoOn,
    /// Nothing is added any longer.
    StopAdding(GraphError),
    /// Nothing more is sent to the mailbox.
    StopMailbox(GraphError),
    /// Nothing more is sent to anybody.
    StopAll(GraphError),
}

/// What a result means; `looked` says what looking up a creation whose answer was lost brought. No outcome: the intent stays open and is looked up in a
/// later pass.
pub fn judge(change: &Change, result: Result<Done, GraphError>, looked: Option<Looked>) -> (Option<Outcome>, Then) {
    let error = match result {
        Ok(done) => return (Some(outcome(done)), Then::GoOn),
        Err(error) => error,
    };
    // INVARIANT: a removal counts as done, or as certainly not done, only where Graph said so of the contact itself.
    let undone = if matches!(change, Change::Delete { .. }) { Outcome::Unclear } else { Outcome::Dropped };
    let is_creation = matches!(change, Change::Create(_));
    match error.next(Duration::ZERO) {
        Next::StopAll => (Some(undone), Then::StopAll(error)),
        Next::SkipContact => (Some(refusal(&error)), Then::GoOn),
        Next::Recreate => (Some(Outcome::Deleted), Then::GoOn),
        Next::ReadAgain => (Some(undone), Then::GoOn),
        Next::StopAdding => (Some(undone), Then::StopAdding(error)),
        Next::LookUp(_) if is_creation => match looked {
            Some(Looked::Stands(contact, _)) => (Some(Outcome::Created(contact)), Then::GoOn),
            Some(Looked::Absent) => (Some(Outcome::Dropped), Then::GoOn),
            Some(Looked::Failed(error)) if error.is_for_all() => (None, Then::StopAll(error)),
            Some(Looked::Failed(error)) => (None, Then::StopMailbox(error)),
            Some(Looked::Open) | None => (None, Then::GoOn),
        },
        Next::LookUp(_) | Next::Again(_) if is_creation => (Some(Outcome::Dropped), Then::StopMailbox(error)),
        Next::LookUp(_) | Next::Again(_) => (Some(Outcome::Unclear), Then::StopMailbox(error)),
        Next::FindFolder | Next::StopMailbox => (Some(undone), Then::StopMailbox(error)),
    }
}

fn outcome(done: Done) -> Outcome {
    match done {
        Done::Made(contact) => Outcome::Created(contact),
        Done::Written => Outcome::Updated,
        Done::Gone(_) => Outcome::Deleted,
    }
}

fn refusal(error: &GraphError) -> Outcome {
    let code = match error {
        GraphError::Refused { code, .. } => code.as_str().to_owned(),
        _ => String::new(),
    };
    Outcome::Refused { code, sentence: sentence(error) }
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

/// Takes an outcome over into the case's ledger and report; returns what is to be done again, or instead.
pub fn note(case: &mut Case, change: Change, outcome: &Outcome) -> Option<Change> {
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
