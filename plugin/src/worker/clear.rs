//! What is emptied without the rest of a contact: held against the mailbox first, for the ledger knows no contents.

use adressbote_rules::key::ContactId;
use adressbote_rules::plan::{Change, NAMES};
use adressbote_rules::property::Properties;

use super::case::Case;
use super::pass::Round;
use crate::graph::{ReadBack, differs};

/// The changes with what the mailbox says of them: what may stay as it stands is not emptied, and names that are in doubt stay what they are. What cannot be
/// read is emptied.
pub async fn against_mailbox(round: &Round<'_>, case: &Case, batch: Vec<Change>) -> Vec<Change> {
    let asks = |change: &Change| matches!(change, Change::Clear { unless, names, .. } if !unless.is_empty() || names.is_empty());
    let (asking, mut open): (Vec<Change>, Vec<Change>) = batch.into_iter().partition(asks);
    if asking.is_empty() {
        return open;
    }
    let contact = |change: &Change| if let Change::Clear { contact, .. } = change { Some(contact.clone()) } else { None };
    let contacts: Vec<ContactId> = asking.iter().filter_map(contact).collect();
    let properties: Properties = round.book(case).rules.mapping.properties().into_iter().chain(NAMES).collect();
    let read = round.graph.read_back(&case.key.mailbox, &contacts, &properties).await;
    open.extend(asking.into_iter().zip(read).filter_map(|(change, read)| settled(change, read.ok().as_ref())));
    open
}

/// The change in the light of what stands in the mailbox; none if all of it may stay.
fn settled(change: Change, read: Option<&ReadBack>) -> Option<Change> {
    let Change::Clear { record, contact, mut cleared, unless, mut names } = change else { return Some(change) };
    if let Some(read) = read {
        cleared.retain(|property, _| unless.get(property).is_none_or(|due| differs(*property, due, read.value(*property))));
        if names.is_empty() {
            names = NAMES.into_iter().map(|name| (name, read.value(name).clone())).filter(|(_, name)| !name.is_null()).collect();
        }
    }
    (!cleared.is_empty()).then_some(Change::Clear { record, contact, cleared, unless: Default::default(), names })
}
