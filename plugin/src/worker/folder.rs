//! The folder of a case: found again or made, and what stands in it unknown taken in, so that the ledger is true before anything is added.

use std::collections::{BTreeMap, BTreeSet};

use adressbote_rules::crm::Relation;
use adressbote_rules::digest::Digest;
use adressbote_rules::due::{Evaluation, Verdict};
use adressbote_rules::key::{ContactId, RecordKey};
use adressbote_rules::ledger::Pushed;
use adressbote_rules::plan::Service;
use adressbote_schema::state;

use super::case::Case;
use super::deliver::unknown_contents;
use super::error::DeliveryError;
use super::pass::Round;
use crate::config::Target;
use crate::graph::{Folder, FolderId, FolderState, Found, GraphError, Listing, MarkedContact, Place, Search};

/// Why nothing is added to a folder in which our contacts are listed as if they were not ours.
const WITHOUT_MARKERS: &str = "the list of his folder came without the markers of our contacts, so that it cannot be told what stands there; what stands \
                               stays, nothing is added; if it lasts, check the proxy between here and Microsoft Graph";

/// Why a disclosure ends whose contact is no longer where we put it.
const DELETED_THERE: &str = "deleted in the mailbox";

/// Whether the contacts stand elsewhere than the configuration now says.
pub fn is_misplaced(round: &Round<'_>, case: &Case) -> bool {
    let is_wanted = |place: &Place| match &round.book(case).config.target {
        Target::Folder(_) => *place != Place::Default,
        Target::DefaultFolder => *place == Place::Default,
    };
    case.folder.is_some() && !is_wanted(&case.place())
}

/// Takes everything of ours away from where it stood, so that the next plan makes it where it now belongs.
///
/// # Errors
/// When the state database or Graph fails.
pub async fn move_out(round: &Round<'_>, case: &mut Case) -> Result<(), DeliveryError> {
    let all = case.ledger.iter().map(|(record, pushed)| (record.clone(), pushed.contact.clone())).collect();
    forget(round, case, all, "moved with its book").await?;
    leave(round, case).await
}

/// Finds the folder, without making one. What its user deleted of it is purged where it lies. Returns the other folders, if there is none of ours.
///
/// # Errors
/// When the state database or Graph fails.
pub async fn find(round: &Round<'_>, case: &mut Case) -> Result<Option<Vec<Folder>>, DeliveryError> {
    if is_in_default_folder(round, case) {
        if case.folder.is_none() {
            put(round, case, Place::Default.id(), String::new()).await?;
        }
        return Ok(None);
    }
    let known = case.folder.as_ref().map(|folder| folder.id.clone());
    let search = round.graph.find_folder(&case.key.mailbox, known.as_ref(), &case.marker.folder()).await?;
    case.is_reached = true;
    match search {
        Search::Found(state) if state.found == Found::Known => {
            round.app.state.verified_folder(&case.key, round.now).await?;
            empty_doubles(round, case, &state).await?;
            Ok(None)
        }
        Search::Found(state) => {
            if known.is_some() {
                forget_lost(round, case, state.trashed.as_ref()).await?;
            }
            put(round, case, state.id.clone(), state.name.clone()).await?;
            empty_doubles(round, case, &state).await?;
            Ok(None)
        }
        Search::Nowhere { trashed, others } => {
            if known.is_some() {
                forget_lost(round, case, trashed.as_ref()).await?;
                round.app.state.remove_folder(&case.key).await?;
                case.folder = None;
            }
            Ok(Some(others))
        }
    }
}

/// Whether the contacts stand in the default folder, or will.
fn is_in_default_folder(round: &Round<'_>, case: &Case) -> bool {
    match &case.folder {
        Some(_) => case.place() == Place::Default,
        None => matches!(round.book(case).config.target, Target::DefaultFolder),
    }
}

/// Makes the folder beside the `others` that there are.
///
/// # Errors
/// When the state database or Graph fails.
pub async fn make(round: &Round<'_>, case: &mut Case, others: &[Folder]) -> Result<(), DeliveryError> {
    let Target::Folder(name) = &round.book(case).config.target else { return Ok(()) };
    let made = round.graph.make_folder(&case.key.mailbox, name, &case.marker.folder(), others).await?;
    put(round, case, made.id, made.name).await?;
    round.app.note_listed(&case.key);
    Ok(())
}

async fn put(round: &Round<'_>, case: &mut Case, id: FolderId, display_name: String) -> Result<(), DeliveryError> {
    let folder = state::Folder { id, display_name, created_at: round.now, verified_at: Some(round.now) };
    round.app.state.put_folder(&case.key, &folder).await?;
    case.folder = Some(folder);
    Ok(())
}

/// The user deleted our folder: what we put into it is purged where it lies, and the ledger forgets it.
async fn forget_lost(round: &Round<'_>, case: &mut Case, trashed: Option<&FolderId>) -> Result<(), DeliveryError> {
    let lost = case.ledger.iter().map(|(record, pushed)| (record.clone(), pushed.contact.clone())).collect();
    case.report.restored += forget(round, case, lost, DELETED_THERE).await?;
    if let Some(trashed) = trashed {
        empty(round, case, trashed).await?;
    }
    Ok(())
}

/// Makes the ledger true: what is no longer in the folder is purged wherever it lies and forgotten, and what stands there unknown is taken in, as after a
/// backup of the state database was restored.
///
/// # Errors
/// When the state database or Graph fails.
pub async fn reconcile(round: &Round<'_>, case: &mut Case, evaluation: &Evaluation<'_>) -> Result<(), DeliveryError> {
    let Listing { marked, unmarked } = round.graph.list_marked(&case.key.mailbox, &case.place()).await?;
    case.is_reached = true;
    let known: BTreeSet<&ContactId> = case.ledger.values().map(|pushed| &pushed.contact).collect();
    let bare = unmarked.iter().filter(|contact| known.contains(contact)).count();
    // In the default folder everything else is his own anyway.
    case.report.foreign = (case.place() != Place::Default).then_some(unmarked.len() - bare);
    if bare > 0 && marked.is_empty() {
        case.stop_adding(WITHOUT_MARKERS.to_owned());
        return Ok(());
    }
    // INVARIANT: what stands there is not missing, be it listed with its marker or without.
    let here: BTreeSet<&ContactId> = marked.iter().map(|contact| &contact.id).chain(&unmarked).collect();
    let missing = case.ledger.iter().filter(|(_, pushed)| !here.contains(&pushed.contact));
    let missing = missing.map(|(record, pushed)| (record.clone(), pushed.contact.clone())).collect();
    case.report.restored += forget(round, case, missing, DELETED_THERE).await?;
    let known: BTreeSet<&ContactId> = case.ledger.values().map(|pushed| &pushed.contact).collect();
    let is_stranger = |contact: &MarkedContact| !known.contains(&contact.id) && case.marker.is_ours(contact.marker);
    let strangers: Vec<MarkedContact> = marked.iter().filter(|contact| is_stranger(contact)).cloned().collect();
    if take_in(round, case, evaluation, strangers).await? {
        round.app.note_listed(&case.key);
    }
    Ok(())
}

/// Contacts that are no longer where they belong: purged wherever they lie, then made again by the next plan if they are due. Says how many.
async fn forget(round: &Round<'_>, case: &mut Case, missing: Vec<(RecordKey, ContactId)>, why: &'static str) -> Result<usize, DeliveryError> {
    let ids: Vec<ContactId> = missing.iter().map(|(_, contact)| contact.clone()).collect();
    let fates = round.graph.purge(&case.key.mailbox, &ids).await;
    let (mut gone, mut failure) = (Vec::new(), None);
    for (one, fate) in missing.into_iter().zip(fates) {
        match fate {
            Ok(fate) => {
                case.report.count_gone(fate);
                gone.push(one);
            }
            Err(error) => failure = Some(error),
        }
    }
    round.app.state.gone_outside(&case.key, &gone, why, round.now).await?;
    gone.iter().for_each(|(record, _)| drop(case.ledger.remove(record)));
    failure.map_or(Ok(gone.len()), |error| Err(error.into()))
}

/// Takes in contacts of ours that the ledger does not know: adopted if the record has none in the ledger, else purged as doubles. Says whether none was
/// left as it is, because the view is in doubt.
///
/// INVARIANT: unless something is in doubt, a record that is hidden from the user and one that does not exist are the same here.
async fn take_in(round: &Round<'_>, case: &mut Case, evaluation: &Evaluation<'_>, mut strangers: Vec<MarkedContact>) -> Result<bool, DeliveryError> {
    if strangers.is_empty() {
        return Ok(true);
    }
    strangers.sort_by(|left, right| left.id.cmp(&right.id));
    let records = adoptable(case, evaluation);
    let stand: BTreeSet<Digest> = case.ledger.keys().map(|record| case.marker.contact(record)).collect();
    let is_proven = !evaluation.snapshot().doubts().contains_key(&Relation::View);
    let mut adopted: BTreeMap<RecordKey, Pushed> = BTreeMap::new();
    let (mut surplus, mut left) = (Vec::new(), 0);
    for contact in strangers {
        match records.get(&contact.marker) {
            Some(record) if !stand.contains(&contact.marker) && !adopted.contains_key(record) => {
                adopted.insert(record.clone(), unknown_contents(round, case, contact.id));
            }
            None if !is_proven && !stand.contains(&contact.marker) => left += 1,
            Some(_) | None => surplus.push(contact.id),
        }
    }
    let adopted: Vec<(RecordKey, Pushed)> = adopted.into_iter().collect();
    round.app.state.adopt(&case.key, &adopted, round.now).await?;
    case.ledger.extend(adopted);
    case.report.restored += purge(round, case, &surplus).await?;
    if left > 0 {
        case.report.waiting.insert("unknown contacts of ours".to_owned(), left);
    }
    Ok(left == 0)
}

/// The records whose contacts may be adopted, by their marker: those that the user may see; while something is in doubt, all, and the plan decides.
fn adoptable(case: &Case, evaluation: &Evaluation<'_>) -> BTreeMap<Digest, RecordKey> {
    let snapshot = evaluation.snapshot();
    let viewer = snapshot.viewer(&case.key.user).filter(|_| snapshot.doubts().is_empty());
    let may_adopt = |record: &&RecordKey| {
        let Some(viewer) = &viewer else { return true };
        let is_visible = || !matches!(evaluation.judge(viewer, record), Verdict::Erased | Verdict::Absent | Verdict::Hidden(_));
        snapshot.doubtful_records().contains_key(*record) || is_visible()
    };
    snapshot.record_keys().filter(may_adopt).map(|record| (case.marker.contact(record), record.clone())).collect()
}

/// Purges contacts of ours that the ledger does not know; says how many.
async fn purge(round: &Round<'_>, case: &mut Case, surplus: &[ContactId]) -> Result<usize, DeliveryError> {
    for fate in round.graph.purge(&case.key.mailbox, surplus).await {
        case.report.count_gone(fate?);
    }
    Ok(surplus.len())
}

/// Further folders with our mark, left by a crash: what is ours in them is purged, and they too if nothing else is in them.
async fn empty_doubles(round: &Round<'_>, case: &mut Case, state: &FolderState) -> Result<(), DeliveryError> {
    for double in &state.doubles {
        empty(round, case, double).await?;
    }
    Ok(())
}

/// Purges what is ours in a folder, and the folder too if nothing else is in it. Says how many contacts.
async fn empty(round: &Round<'_>, case: &mut Case, folder: &FolderId) -> Result<usize, DeliveryError> {
    let place = Place::from(folder.clone());
    let listing = match round.graph.list_marked(&case.key.mailbox, &place).await {
        Err(GraphError::FolderMissing { .. }) => return Ok(0),
        listing => listing?,
    };
    let ours: Vec<ContactId> = listing.marked.into_iter().filter(|contact| case.marker.is_ours(contact.marker)).map(|contact| contact.id).collect();
    let gone = purge(round, case, &ours).await?;
    if place != Place::Default {
        round.graph.remove_if_empty(&case.key.mailbox, folder).await?;
    }
    Ok(gone)
}

/// Purges copies of our contacts that lie elsewhere in the mailbox, wherever their user put them; says how many.
///
/// # Errors
/// When Graph fails.
pub async fn purge_elsewhere(round: &Round<'_>, case: &mut Case) -> Result<usize, DeliveryError> {
    let elsewhere = round.graph.marked_elsewhere(&case.key.mailbox, &case.place()).await?;
    let marked = elsewhere.into_iter().flat_map(|(_, listing)| listing.marked);
    let ours: Vec<ContactId> = marked.filter(|contact| case.marker.is_ours(contact.marker)).map(|contact| contact.id).collect();
    purge(round, case, &ours).await
}

/// After everything of ours was withdrawn: copies go too, wherever their user put them, and the folder if nothing else is in it, and the ledger forgets it.
///
/// # Errors
/// When the state database or Graph fails.
pub async fn leave(round: &Round<'_>, case: &mut Case) -> Result<(), DeliveryError> {
    if case.is_forgotten {
        find(round, case).await?;
        if case.folder.is_none() {
            return Ok(());
        }
    }
    let mut gone = purge_elsewhere(round, case).await?;
    if let Some(folder) = case.folder.take() {
        gone += empty(round, case, &folder.id).await?;
    }
    if let Service::Withdrawn(reason) = case.service {
        (0..gone).for_each(|_| case.report.count_deleted(reason));
    }
    round.app.state.remove_folder(&case.key).await?;
    round.app.note_read_back(&case.key);
    Ok(())
}
