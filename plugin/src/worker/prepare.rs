//! Before contents are sent: what an earlier run left open is settled, the address still leads to the mailbox, the folder is there and the ledger true.

use std::collections::BTreeMap;
use std::time::Instant;

use adressbote_rules::crm::Relation;
use adressbote_rules::due::Evaluation;
use adressbote_rules::key::RecordKey;
use adressbote_rules::ledger::DeleteReason;
use adressbote_rules::plan::{Change, Service};
use adressbote_schema::state::{Act, Intent, Outcome};

use super::binding::{self, Bindings, Lead};
use super::case::Case;
use super::error::DeliveryError;
use super::lookup::{self, Looked};
use super::pass::Round;
use super::{deliver, folder, verify};

/// Settles the changes that an earlier run sent without learning what came of them: creations are looked up by their marker, others are done again. A
/// creation that is not found may still be under way and stays open for a later look. While another process may still be sending, the case waits.
///
/// # Errors
/// When the state database fails, or Graph fails for everybody.
pub async fn settle_open(round: &Round<'_>, case: &mut Case, intents: Vec<Intent>) -> Result<(), DeliveryError> {
    case.awaits_quiet = Instant::now() < round.quiet_from;
    let (created, others): (Vec<Intent>, Vec<Intent>) = intents.into_iter().partition(|intent| matches!(intent.act, Act::Create(_)));
    let records: Vec<RecordKey> = created.iter().map(|intent| intent.record.clone()).collect();
    let mut looked = Vec::new();
    for (intent, found) in created.into_iter().zip(lookup::find(round, case, &records).await) {
        // A look that failed is repeated with those that found nothing.
        let mut ids = found.unwrap_or_default().into_iter();
        match ids.next() {
            Some(first) => looked.push((intent, Looked::Stands(first, ids.collect()))),
            None => case.late.push(intent),
        }
    }
    round.app.state.settle(&others.iter().map(|intent| (intent.id, Outcome::Unclear)).collect::<Vec<_>>(), round.now).await?;
    take_looked(round, case, looked).await
}

/// Waits until nothing of an earlier run can be carried out any longer, and settles its creations that may come late: whoever sent them is gone since
/// this pass holds the lock, or will be soon. While one cannot be settled nothing is added; what takes away goes on.
async fn settle_late(round: &Round<'_>, case: &mut Case) -> Result<(), DeliveryError> {
    let until = round.quiet_from + round.graph.patience().late;
    if case.awaits_quiet {
        if !round.graph.rest(until.saturating_duration_since(Instant::now())).await {
            case.adds_nothing = true;
            return Ok(());
        }
        case.awaits_quiet = false;
    } else if case.late.is_empty() {
        return Ok(());
    }
    let mut late: BTreeMap<RecordKey, Intent> = std::mem::take(&mut case.late).into_iter().map(|intent| (intent.record.clone(), intent)).collect();
    let looked = lookup::settle_late(round, case, late.keys().cloned().collect(), until).await;
    let looked = looked.into_iter().filter_map(|(record, looked)| Some((late.remove(&record)?, looked))).collect();
    take_looked(round, case, looked).await?;
    if let Some(evaluation) = round.evaluation(case) {
        case.decide(evaluation);
    }
    Ok(())
}

/// Takes over what looking creations up brought.
async fn take_looked(round: &Round<'_>, case: &mut Case, looked: Vec<(Intent, Looked)>) -> Result<(), DeliveryError> {
    let (mut settled, mut copies, mut ends) = (Vec::new(), Vec::new(), None);
    for (intent, looked) in looked {
        match looked {
            Looked::Stands(contact, further) => {
                settled.push((intent.id, Outcome::Created(contact)));
                copies.extend(further);
            }
            Looked::Absent => settled.push((intent.id, Outcome::Dropped)),
            Looked::Failed(error) if error.is_for_all() => ends = Some(error),
            Looked::Failed(error) => case.fail_adding(&error),
            Looked::Open => case.adds_nothing = true,
        }
    }
    round.app.state.settle(&settled, round.now).await?;
    case.ledger = round.app.state.contacts_of(&case.key).await?;
    deliver::purge_copies(round, case, copies).await?;
    ends.map_or(Ok(()), |error| Err(error.into()))
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
    settle_late(round, case).await?;
    let Some(evaluation) = round.evaluation(case) else { return Ok(()) };
    follow_address(round, case, evaluation, bindings).await?;
    if case.adds_nothing || !matches!(case.service, Service::Served | Service::Frozen) {
        return Ok(());
    }
    let outcome = see_to_folder(round, case, evaluation).await;
    match outcome {
        // Nothing is added to a folder that is not as the ledger says; what takes away does not need it.
        Err(DeliveryError::Graph(error)) if !error.is_for_all() => {
            case.fail(&error);
            (case.is_stopped, case.adds_nothing) = (false, true);
            Ok(())
        }
        outcome => outcome,
    }
}

/// Asks whether the address still leads to the mailbox, if contents are to go there.
async fn follow_address(round: &Round<'_>, case: &mut Case, evaluation: &Evaluation<'_>, bindings: &Bindings) -> Result<(), DeliveryError> {
    let has_contents = !case.additions.is_empty() || case.plan.withdrawals.iter().any(|change| matches!(change, Change::Update { .. }));
    let is_doubted = evaluation.snapshot().doubts().contains_key(&Relation::Users);
    let asks = (has_contents || round.order.verifies) && case.service == Service::Served && !is_doubted;
    let Some(binding) = bindings.active.get(&case.key.user).filter(|_| asks) else { return Ok(()) };
    match binding::still_leads_there(round, binding).await {
        Ok(Lead::Same) => return Ok(()),
        Ok(Lead::Other) => {
            let trouble = "his address leads to another mailbox now; the old folder is withdrawn, the new one waits for a person's yes";
            case.report.trouble = Some(trouble.to_owned());
            case.service = Service::Withdrawn(DeleteReason::BindingChanged);
        }
        Ok(Lead::Unclear(trouble)) => {
            case.report.trouble = Some(trouble);
            case.service = Service::Frozen;
        }
        Err(DeliveryError::Graph(error)) if !error.is_for_all() => {
            case.fail(&error);
            (case.is_stopped, case.service) = (false, Service::Frozen);
        }
        Err(error) => return Err(error),
    }
    case.decide(evaluation);
    Ok(())
}

/// Finds the folder where it is needed, makes the ledger true, and makes the folder if there is something to put into it.
async fn see_to_folder(round: &Round<'_>, case: &mut Case, evaluation: &Evaluation<'_>) -> Result<(), DeliveryError> {
    let is_listed = round.app.is_listed(&case.key);
    if folder::is_misplaced(round, case) && case.service == Service::Served && evaluation.snapshot().doubts().is_empty() {
        folder::move_out(round, case).await?;
        case.decide(evaluation);
    }
    // After the loss of the state database nothing is known of a folder, and yet it may be there.
    let may_be_forgotten = !is_listed && case.folder.is_none() && case.ledger.is_empty();
    let adds = !case.additions.is_empty();
    let is_owed = round.app.owes_read_back(&case.key);
    if !(adds || may_be_forgotten || is_owed) {
        return Ok(());
    }
    let before = case.ledger.clone();
    let others = folder::find(round, case).await?;
    if case.folder.is_none() {
        round.app.note_listed(&case.key);
        round.app.note_read_back(&case.key);
    } else if is_owed || round.order.verifies {
        verify::read_back(round, case, evaluation).await?;
        round.app.note_read_back(&case.key);
    } else if !is_listed {
        folder::reconcile(round, case, evaluation).await?;
    }
    if case.ledger != before {
        case.decide(evaluation);
    }
    match others {
        Some(others) if !case.additions.is_empty() => folder::make(round, case, &others).await,
        Some(_) | None => Ok(()),
    }
}
