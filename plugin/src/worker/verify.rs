//! Reading folders back: what a user changed, deleted or moved of what is ours is restored; what is his own is counted, never read.

use std::collections::BTreeMap;

use adressbote_rules::due::{DueContact, Evaluation};
use adressbote_rules::key::{ContactId, RecordKey};

use super::case::Case;
use super::error::DeliveryError;
use super::folder;
use super::pass::Round;
use crate::graph::{GraphError, ReadBack, differs};

/// Compares the folder with what we wrote, and makes the ledger forget what is no longer so: the next plan writes or makes it again.
///
/// # Errors
/// When the state database or Graph fails.
pub async fn read_back(round: &Round<'_>, case: &mut Case, evaluation: &Evaluation<'_>) -> Result<(), DeliveryError> {
    folder::reconcile(round, case, evaluation).await?;
    case.report.restored += folder::purge_elsewhere(round, case).await?;
    compare(round, case, evaluation).await
}

/// Contacts whose contents are no longer what is due though the ledger says that they were written so.
async fn compare(round: &Round<'_>, case: &mut Case, evaluation: &Evaluation<'_>) -> Result<(), DeliveryError> {
    let Some(viewer) = evaluation.snapshot().viewer(&case.key.user) else { return Ok(()) };
    let due = evaluation.due(&viewer);
    let contacts: BTreeMap<&RecordKey, &DueContact> = due.contacts().iter().map(|contact| (contact.record(), contact)).collect();
    let pairs: Vec<(&RecordKey, &ContactId, &DueContact)> = case
        .ledger
        .iter()
        .filter_map(|(record, pushed)| {
            let due = contacts.get(record)?;
            (pushed.digest == Some(due.digest())).then_some((record, &pushed.contact, *due))
        })
        .collect();
    let ids: Vec<ContactId> = pairs.iter().map(|(_, contact, _)| (*contact).clone()).collect();
    let properties = round.book(case).rules.mapping.properties().clone();
    let read = round.graph.read_back(&case.key.mailbox, &ids, &properties).await;
    let (mut same, mut changed) = (Vec::new(), Vec::new());
    for ((record, _, due), read) in pairs.into_iter().zip(read) {
        match read {
            Ok(read) if is_as_due(due, &read) => same.push(record.clone()),
            Ok(_) => changed.push(record.clone()),
            // It left the folder since it was listed: the next reading back finds it.
            Err(GraphError::ItemMissing { .. }) => {}
            Err(error) => return Err(error.into()),
        }
    }
    round.app.state.verified(&case.key, &same, round.now).await?;
    round.app.state.changed_outside(&case.key, &changed).await?;
    case.report.restored += changed.len();
    case.ledger = round.app.state.contacts_of(&case.key).await?;
    Ok(())
}

fn is_as_due(due: &DueContact, read: &ReadBack) -> bool {
    due.values().all(|(property, sent)| !differs(property, sent, read.value(property)))
}
