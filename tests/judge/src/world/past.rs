//! Ledgers: what an earlier pass over an earlier world has pushed, with what may have happened to it since.

use std::collections::BTreeMap;

use adressbote_rules::digest::DigestKey;
use adressbote_rules::due::{Due, Evaluation};
use adressbote_rules::key::{ContactId, RecordKey, UserKey};
use adressbote_rules::ledger::{Brought, Pushed};
use adressbote_rules::property::Property;

use super::World;
use crate::seed::{Draw, Wish};

/// What the ledger keeps of one folder.
pub type Folder = BTreeMap<RecordKey, Pushed>;

impl World {
    /// The installation's key in every test.
    pub fn digest_key() -> DigestKey {
        DigestKey::new([7; 32])
    }

    /// An earlier state of this world; the edits lead back to it.
    pub fn earlier(&self, edits: &[Wish]) -> Self {
        let mut earlier = self.clone();
        edits.iter().for_each(|edit| earlier.edit(edit));
        earlier
    }
}

/// What a pass over an earlier world pushed to the user, and what may have happened to it since.
pub fn ledger(earlier: &Evaluation<'_>, user: &UserKey, odd: &Wish) -> Folder {
    let Some(viewer) = earlier.snapshot().viewer(user) else { return Folder::new() };
    let mut folder = pushed(&earlier.due(&viewer));
    age(&mut folder, &mut Draw::new(odd));
    folder
}

/// The ledger after everything due was pushed.
pub fn pushed(due: &Due) -> Folder {
    let one = |(number, contact): (usize, &adressbote_rules::due::DueContact)| {
        let pushed = Pushed {
            contact: ContactId::new(format!("c{number}")),
            digest: Some(contact.digest()),
            owned: contact.values().map(|(property, _)| property).collect(),
            filled: contact.filled(),
            brought: contact.brought(),
        };
        (contact.record().clone(), pushed)
    };
    due.contacts().iter().enumerate().map(one).collect()
}

/// Adopted by marker, mapped otherwise, brought otherwise, of a record that is long gone.
fn age(folder: &mut Folder, draw: &mut Draw<'_>) {
    let last = folder.values().next_back().cloned();
    for pushed in folder.values_mut() {
        match draw.below(14) {
            10 => pushed.digest = None,
            11 => {
                pushed.owned.insert(Property::Manager);
                pushed.filled.insert(Property::Manager);
            }
            12 => pushed.brought = Brought::Subscription,
            13 => pushed.brought = Brought::Filter,
            _ => {}
        }
    }
    if let Some(pushed) = last.filter(|_| draw.chance(30)) {
        folder.insert(RecordKey::new("long gone"), Pushed { contact: ContactId::new("old"), ..pushed });
    }
}
