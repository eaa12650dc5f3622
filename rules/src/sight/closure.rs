//! Principals as private slots, and what follows from holding one.

use std::collections::{BTreeSet, HashMap};

use crate::key::Principal;

/// The number of a principal within one snapshot.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Slot(u32);

/// The principals of a snapshot and what each implies directly at its instant.
#[derive(Debug, Default)]
pub(super) struct Principals {
    slots: HashMap<Principal, Slot>,
    implied: Vec<Vec<Slot>>,
    names: Vec<Principal>,
}

impl Principals {
    /// The slot of a principal, given on first sight.
    pub(super) fn slot(&mut self, principal: &Principal) -> Slot {
        if let Some(slot) = self.slots.get(principal) {
            return *slot;
        }
        let slot = Slot(u32::try_from(self.names.len()).unwrap_or(u32::MAX));
        self.slots.insert(principal.clone(), slot);
        self.names.push(principal.clone());
        self.implied.push(Vec::new());
        slot
    }

    /// The slot of a principal that the snapshot knows.
    pub(super) fn known(&self, principal: &Principal) -> Option<Slot> {
        self.slots.get(principal).copied()
    }

    /// The principal of a slot.
    pub(super) fn name(&self, slot: Slot) -> Option<&Principal> {
        self.names.get(slot.0 as usize)
    }

    /// States that holding `slot` means holding `implied` too.
    pub(super) fn imply(&mut self, slot: Slot, implied: Slot) {
        if let Some(list) = self.implied.get_mut(slot.0 as usize) {
            list.push(implied);
        }
    }

    /// Everything held by who holds `direct` and the principal of his own.
    pub(super) fn closure(&self, direct: impl IntoIterator<Item = Slot>, own: Option<Slot>) -> Held {
        let mut slots = BTreeSet::new();
        let mut open: Vec<Slot> = direct.into_iter().chain(own).collect();
        while let Some(slot) = open.pop() {
            if slots.insert(slot) {
                open.extend(self.implied.get(slot.0 as usize).into_iter().flatten());
            }
        }
        Held { slots: slots.into_iter().collect(), own }
    }

    /// A chain of principals that implies itself, if there is one, from its smallest member on.
    pub(super) fn cycle(&self) -> Option<Vec<Principal>> {
        let mut state = vec![Visit::New; self.names.len()];
        (0..self.names.len()).find_map(|start| self.cycle_from(start, &mut state))
    }

    /// Depth-first search without recursion: the path of open slots is the chain.
    fn cycle_from(&self, start: usize, state: &mut [Visit]) -> Option<Vec<Principal>> {
        let mut path: Vec<(usize, usize)> = vec![(start, 0)];
        if !matches!(state.get(start), Some(Visit::New)) {
            return None;
        }
        while let Some((slot, next)) = path.last().copied() {
            if let Some(visit) = state.get_mut(slot) {
                *visit = Visit::Open;
            }
            let Some(follower) = self.implied.get(slot).and_then(|list| list.get(next)).map(|slot| slot.0 as usize) else {
                if let Some(visit) = state.get_mut(slot) {
                    *visit = Visit::Done;
                }
                path.pop();
                continue;
            };
            if let Some(top) = path.last_mut() {
                top.1 += 1;
            }
            match state.get(follower) {
                Some(Visit::Open) => {
                    let chain = path.iter().map(|(slot, _)| *slot).skip_while(|slot| *slot != follower).chain([follower]);
                    return Some(chain.filter_map(|slot| self.names.get(slot).cloned()).collect());
                }
                Some(Visit::New) => path.push((follower, 0)),
                Some(Visit::Done) | None => {}
            }
        }
        None
    }
}

/// How far the search for cycles is with a slot.
#[derive(Clone, Copy)]
enum Visit {
    New,
    Open,
    Done,
}

/// The principals that one user holds.
#[derive(Debug, Clone)]
pub(super) struct Held {
    /// Ascending. A set of all principals would be quicker to ask, and slower to make: for a record that changed, the perspective of everybody who may see it
    /// is made.
    slots: Vec<Slot>,
    own: Option<Slot>,
}

impl Held {
    /// Whether the user holds it.
    pub(super) fn has(&self, slot: Slot) -> bool {
        self.slots.binary_search(&slot).is_ok()
    }

    /// Whether it is the principal that stands for the user himself.
    pub(super) fn is_own(&self, slot: Slot) -> bool {
        self.own == Some(slot)
    }

    /// The slots held, ascending.
    pub(super) fn slots(&self) -> impl Iterator<Item = Slot> {
        self.slots.iter().copied()
    }
}
