//! A book over an index, and each viewer before it: what a walk over the records needs to know.

use std::sync::{Mutex, PoisonError};

use super::appear::held;
use super::lists::{Bits, CHUNK};
use super::space::Space;
use super::{Class, Index, SeenEntry, SourceSet};
use crate::book::Book;
use crate::filter::{Access, Circumstances, Coded, Coder, Filter, Memo, join};
use crate::key::RecordKey;
use crate::ledger::Brought;
use crate::sight::{Snapshot, Viewer};
use crate::view::FieldId;

/// The bit of what a subscription brought. There are less than half as many records as 32 bits can tell.
const SUBSCRIBED: u32 = 1 << 31;

/// A book over an index.
#[derive(Debug)]
pub struct Shelf<'i> {
    index: &'i Index,
    pub(super) book: &'i Book,
    /// Per space the ranks that are due to anybody: neither dead in the index nor amended since, nor suppressed in this book.
    alive: Vec<Bits>,
    memo: Mutex<Memo>,
}

/// What a walk needs to know of a viewer.
#[derive(Debug)]
pub struct Seer<'i> {
    pub(super) shelf: &'i Shelf<'i>,
    pub(super) viewer: &'i Viewer<'i>,
    pub(super) readable: SourceSet,
    pub(super) class: &'i Class,
    pub(super) space: &'i Space,
    pub(super) alive: &'i Bits,
    pub(super) slots: Vec<u32>,
    /// Which conditions of records that look in several ways hold for him.
    pub(super) holds: Vec<bool>,
    pub(super) wants: Coded,
    pub(super) bound: Coded,
    pub(super) cap: usize,
}

/// The records due to a viewer, in order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Chosen {
    /// The ranks in the order of the folder; the highest bit tells what a subscription brought.
    ranks: Vec<u32>,
    /// How many there would be, and how many the viewer sees, where that was asked for.
    pub counts: Option<Counts>,
}

/// How a folder came about, in numbers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Records that the viewer may see.
    pub visible: usize,
    /// Of these, those he wants, before the cap.
    pub matched: usize,
    /// Of these, those that a subscription brought.
    pub subscribed: usize,
}

impl<'i> Shelf<'i> {
    /// Prepares a book: suppressions look at every record once, whole. None if the index was made for other books, so that it does not hold what this one's
    /// filters read. Records that were amended since the index was made are due to nobody here.
    pub fn new(index: &'i Index, people: &Snapshot, book: &'i Book) -> Option<Self> {
        if !book.filters().all(|filter| index.holds(filter)) {
            return None;
        }
        let mut gone: Vec<u32> = people.amended().iter().filter_map(|record| index.records.find(record.as_str())).collect();
        let mut memo = Memo::default();
        let at = Circumstances { who: None, today: people.at().today, text: people.text() };
        let access = |field: FieldId| index.columns.get(&field).map_or(Access::Masked, |column| Access::Open(&column.dictionary));
        for suppression in &book.suppressions {
            let coded = Coder { at, access: &access, memo: &mut memo }.filter(suppression);
            let entries = (0..u32::try_from(index.records.len()).unwrap_or(u32::MAX)).map(|entry| SeenEntry { index, entry, readable: None });
            gone.extend(entries.filter(|seen| is_true(index, &coded, seen, at)).map(|seen| seen.entry));
        }
        let alive = |space: &Space| {
            let mut alive = space.alive.clone();
            let entries = gone.iter().flat_map(|record| index.entries_of(*record));
            entries.filter_map(|entry| space.ranks.get(entry as usize)).for_each(|rank| alive.remove(*rank));
            alive
        };
        Some(Self { index, book, alive: index.spaces.iter().map(alive).collect(), memo: Mutex::default() })
    }

    /// Prepares for a viewer. None if the index was made for others: nobody read the same, or his filters read what it does not hold.
    pub fn seer(&'i self, viewer: &'i Viewer<'i>) -> Option<Seer<'i>> {
        let index = self.index;
        let readable = index.sources.readable(viewer);
        let class = index.classes.get(&readable)?;
        let (space, alive) = (index.spaces.get(class.space)?, self.alive.get(class.space)?);
        let filter = |filter: &Filter| {
            let access = |field: FieldId| {
                if index.sources.is_alone(field) && !index.appearances.varied.is_empty() {
                    return Access::Mixed;
                }
                let column = index.columns.get(&field).filter(|_| index.sources.reads(field, &readable));
                column.map_or(Access::Masked, |column| Access::Open(&column.dictionary))
            };
            Coder { at: viewer.circumstances(), access: &access, memo: &mut self.memo.lock().unwrap_or_else(PoisonError::into_inner) }.filter(filter)
        };
        let stored = viewer.filters(&self.book.name);
        if !stored.iter().filter_map(|(_, stored)| stored.as_ref().ok()).all(|filter| index.holds(filter)) {
            return None;
        }
        let wants = if stored.is_empty() {
            self.book.default_filter.as_ref().map_or(Coded::Constant(false), filter)
        } else {
            join(stored.iter().filter_map(|(_, stored)| stored.as_ref().ok()).map(filter).collect(), false)
        };
        let bound = self.book.bound.as_ref().map_or(Coded::Constant(true), filter);
        Some(Seer {
            shelf: self,
            viewer,
            class,
            readable,
            space,
            alive,
            slots: viewer.principals().filter_map(|principal| index.principals.find(principal.as_str())).collect(),
            holds: index.appearances.holds(viewer, &held(&index.principals, viewer), &index.defaults),
            wants,
            bound,
            cap: usize::try_from(self.book.cap_of(viewer)).unwrap_or(usize::MAX),
        })
    }
}

impl Chosen {
    /// Adds the ranks of a chunk that are wanted, some of which a subscription brought, until there are `most`.
    pub(super) fn extend(&mut self, chunk: usize, (wanted, subscribed): (&[u64], &[u64]), most: usize) {
        let begin = u32::try_from(chunk * CHUNK).unwrap_or(u32::MAX);
        for (place, (word, subscribed)) in (0_u32..).zip(wanted.iter().zip(subscribed)) {
            let mut left = *word;
            while left != 0 {
                let bit = left.trailing_zeros();
                left &= left - 1;
                let is_subscribed = (subscribed >> bit) & 1 != 0;
                self.ranks.push((begin + place * 64 + bit) | (u32::from(is_subscribed) * SUBSCRIBED));
            }
        }
        self.ranks.truncate(most);
    }

    /// The ranks, and what brought each.
    pub(super) fn ranks(&self) -> impl DoubleEndedIterator<Item = (u32, Brought)> {
        let brought = |rank: u32| if rank & SUBSCRIBED == 0 { Brought::Filter } else { Brought::Subscription };
        self.ranks.iter().map(move |rank| (rank & !SUBSCRIBED, brought(*rank)))
    }

    /// How many they are.
    pub fn len(&self) -> usize {
        self.ranks.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.ranks.is_empty()
    }
}

impl<'i> Seer<'i> {
    pub(super) fn index(&self) -> &'i Index {
        self.shelf.index
    }

    /// How many contacts he may have.
    pub fn cap(&self) -> usize {
        self.cap
    }

    /// What he has in common with who reads the same.
    pub(super) fn class(&self) -> &'i Class {
        self.class
    }

    /// The entry at a rank of his order.
    pub(super) fn entry(&self, rank: u32) -> u32 {
        self.space.entries.get(rank as usize).copied().unwrap_or(u32::MAX)
    }

    /// The keys of the records chosen, in the folder's order, and what brought each.
    pub fn keys(&self, chosen: &Chosen) -> Vec<(RecordKey, Brought)> {
        chosen.ranks().map(|(rank, brought)| (self.key(rank), brought)).collect()
    }

    /// The key of the last record chosen.
    pub fn last(&self, chosen: &Chosen) -> Option<RecordKey> {
        chosen.ranks().next_back().map(|(rank, _)| self.key(rank))
    }

    fn key(&self, rank: u32) -> RecordKey {
        RecordKey::new(self.index().key_of(self.entry(rank)))
    }
}

/// Whether a filter is true for one entry.
fn is_true(index: &Index, filter: &Coded, seen: &SeenEntry<'_>, at: Circumstances<'_>) -> bool {
    match filter {
        Coded::Constant(value) => *value,
        Coded::All(parts) => parts.iter().all(|part| is_true(index, part, seen, at)),
        Coded::Any(parts) => parts.iter().any(|part| is_true(index, part, seen, at)),
        Coded::Among(field, set) => {
            let column = index.columns.get(field);
            column.and_then(|column| column.codes.get(seen.entry as usize)).is_some_and(|code| set.has(*code))
        }
        Coded::Judged(judged) => judged.holds(seen, at),
    }
}
