//! Before contents are sent: what an earlier run left open is settled, the address still leads to the mailbox, the folder is there and the ledger true.

use adressbote_rules::crm::Relation;
use adressbote_rules::due::Evaluation;
use adressbote_rules::key::{ContactId, RecordKey};
use adressbote_rules::ledger::DeleteReason;
use adressbote_rules::plan::{Change, Service};
use adressbote_schema::state::{Act, Intent, IntentId, Outcome};

use super::binding::{self, Bindings, Lead};
use super::case::Case;
use super::deliver::DeliveryError;
use super::pass::{Round, is_for_all, sentence};
use super::{folder, verify};
use crate::graph::GraphError;

/// Settles the changes that an earlier run sent without learning what came of them: creations are looked up by their marker, others are done again.
/// While a creation cannot be looked up nothing is added; what takes away goes on.
///
/// # Errors
/// When the state database fails, or Graph fails for everybody.
pub async fn settle_open(round: &Round<'_>, case: &mut Case, intents: Vec<Intent>) -> Result<(), DeliveryError> {
    let mut settled: Vec<(IntentId, Outcome)> = Vec::new();
    let (mut doubles, mut failure) = (Vec::new(), None);
    for intent in intents {
        match &intent.act {
            Act::Update { .. } | Act::Delete { .. } => settled.push((intent.id, Outcome::Unclear)),
            Act::Create(_) if failure.is_some() => {}
            Act::Create(_) => match find(round, case, &intent.record).await {
                Ok(found) => {
                    let mut found = found.into_iter();
                    settled.push((intent.id, found.next().map_or(Outcome::Dropped, Outcome::Created)));
                    doubles.extend(found);
                }
                Err(error) => failure = Some(error),
            },
        }
    }
    round.app.state.settle(&settled, round.now).await?;
    case.ledger = round.app.state.contacts_of(&case.key).await?;
    let purged = round.graph.purge(&case.key.mailbox, &doubles).await;
    failure = purged.into_iter().filter_map(Result::err).chain(failure).next();
    match failure {
        Some(error) if is_for_all(&error) => Err(error.into()),
        Some(error) => {
            case.stop_adding(sentence(&error));
            Ok(())
        }
        None => Ok(()),
    }
}

/// The contacts with a record's marker, the one that counts first.
async fn find(round: &Round<'_>, case: &Case, record: &RecordKey) -> Result<Vec<ContactId>, GraphError> {
    let mut found: Vec<ContactId> = match round.graph.find_marked(&case.key.mailbox, &case.place(), &case.marker.contact(record)).await {
        Ok(found) => found.into_iter().map(|standing| standing.id).collect(),
        Err(GraphError::FolderMissing { .. }) => Vec::new(),
        Err(error) => return Err(error),
    };
    found.sort();
    Ok(found)
}

/// Sees to what must be certain before contents go out, reads the folder back if that is ordered, and decides anew where something was found.
///
/// # Errors
/// When the state database or Graph fails.
pub async fn prepare(round: &Round<'_>, case: &mut Case, bindings: &Bindings) -> Result<(), DeliveryError> {
    if !case.has_mailbox() {
        let trouble = case.report.trouble.take();
        case.stop(trouble.unwrap_or_else(|| "no mailbox was found for him yet".to_owned()));
        return Ok(());
    }
    let Some(evaluation) = round.evaluation(case) else { return Ok(()) };
    follow_address(round, case, evaluation, bindings).await?;
    if case.adds_nothing || !matches!(case.service, Service::Served | Service::Frozen) {
        return Ok(());
    }
    let outcome = see_to_folder(round, case, evaluation).await;
    match outcome {
        // Nothing is added to a folder that is not as the ledger says; what takes away does not need it.
        Err(DeliveryError::Graph(error)) if !is_for_all(&error) => {
            case.fail(&error);
            (case.is_stopped, case.adds_nothing) = (false, true);
            Ok(())
        }
        outcome => outcome,
    }
}

/// Asks whether the address still leads to the mailbox, if contents are to go there.
async fn follow_address(round: &Round<'_>, case: &mut Case, evaluation: &Evaluation<'_>, bindings: &Bindings) -> Result<(), DeliveryError> {
    let has_contents = case.plan.changes().any(|change| matches!(change, Change::Update { .. } | Change::Create(_)));
    let is_doubted = evaluation.snapshot().doubts().contains_key(&Relation::Users);
    let asks = (has_contents || round.order.verifies) && case.service == Service::Served && !is_doubted;
    let Some(binding) = bindings.active.get(&case.key.user).filter(|_| asks) else { return Ok(()) };
    let (service, trouble) = match binding::still_leads_there(round, binding).await? {
        Lead::Same => return Ok(()),
        Lead::Other => {
            let trouble = "his address leads to another mailbox now; the old folder is withdrawn, the new one waits for a person's yes";
            (Service::Withdrawn(DeleteReason::BindingChanged), trouble.to_owned())
        }
        Lead::Unclear(trouble) => (Service::Frozen, trouble),
    };
    case.service = service;
    case.report.trouble = Some(trouble);
    case.decide(evaluation);
    Ok(())
}

/// Finds the folder where it is needed, makes the ledger true, and makes the folder if there is something to put into it.
async fn see_to_folder(round: &Round<'_>, case: &mut Case, evaluation: &Evaluation<'_>) -> Result<(), DeliveryError> {
    let is_listed = round.app.is_listed(&case.key);
    if folder::is_misplaced(round, case) && case.service == Service::Served && evaluation.snapshot().doubts().is_empty() && case.only.is_none() {
        folder::move_out(round, case).await?;
        case.decide(evaluation);
    }
    // After the loss of the state database nothing is known of a folder, and yet it may be there.
    let may_be_forgotten = !is_listed && case.folder.is_none() && case.ledger.is_empty();
    let adds = !case.plan.additions.is_empty();
    if !(adds || may_be_forgotten || (round.order.verifies && case.folder.is_some())) {
        return Ok(());
    }
    let before = case.ledger.clone();
    let others = folder::find(round, case).await?;
    if case.folder.is_none() {
        round.app.note_listed(&case.key);
    } else if round.order.verifies {
        verify::read_back(round, case, evaluation).await?;
    } else if !is_listed {
        folder::reconcile(round, case, evaluation).await?;
    }
    if case.ledger != before {
        case.decide(evaluation);
    }
    match others {
        Some(others) if !case.plan.additions.is_empty() => folder::make(round, case, &others).await,
        Some(_) | None => Ok(()),
    }
}
