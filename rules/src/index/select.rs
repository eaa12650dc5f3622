//! Which records are due to a viewer: walked in his order, chunk by chunk, until the cap is reached.

use std::sync::{Mutex, PoisonError};

use super::appear::held;
use super::lists::{Bits, CHUNK, Walk};
use super::space::{Ranked, Space};
use super::{Class, Index, SeenEntry, SourceSet};
use crate::book::Book;
use crate::filter::{Access, Circumstances, CodeSet, Coded, Coder, Filter, Judged, Memo, join};
use crate::key::RecordKey;
use crate::ledger::Brought;
use crate::sight::{Snapshot, Viewer};
use crate::view::FieldId;

/// A set of values with at most this part of all ranks is taken from its lists instead of looking at each candidate.
const LISTED: usize = 16;

/// The bit of what a subscription brought. There are less than half as many records as 32 bits can tell.
const SUBSCRIBED: u32 = 1 << 31;

/// A book over an index.
#[derive(Debug)]
pub struct Shelf<'i> {
    index: &'i Index,
    book: &'i Book,
    /// Per space the ranks that are due to anybody: neither dead in the index nor suppressed in this book.
    alive: Vec<Bits>,
    memo: Mutex<Memo>,
}

/// What a walk needs to know of a viewer.
#[derive(Debug)]
pub struct Seer<'i> {
    shelf: &'i Shelf<'i>,
    viewer: &'i Viewer<'i>,
    readable: SourceSet,
    class: &'i Class,
    space: &'i Space,
    alive: &'i Bits,
    slots: Vec<u32>,
    /// Which conditions of records that look in several ways hold for him.
    holds: Vec<bool>,
    wants: Coded,
    bound: Coded,
    cap: usize,
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
    /// filters read.
    pub fn new(index: &'i Index, people: &Snapshot, book: &'i Book) -> Option<Self> {
        if !book.filters().all(|filter| index.holds(filter)) {
            return None;
        }
        let mut dead = index.dead.clone();
        let mut memo = Memo::default();
        let at = Circumstances { who: None, today: people.at().today, text: people.text() };
        let access = |field: FieldId| index.columns.get(&field).map_or(Access::Masked, |column| Access::Open(&column.dictionary));
        for suppression in &book.suppressions {
            let coded = Coder { at, access: &access, memo: &mut memo }.filter(suppression);
            let entries = (0..u32::try_from(index.records.len()).unwrap_or(u32::MAX)).map(|entry| SeenEntry { index, entry, readable: None });
            entries.filter(|seen| is_true(index, &coded, seen, at)).for_each(|seen| dead.add(seen.entry));
        }
        let alive = |space: &Space| {
            let mut alive = Bits::all(space.entries.len());
            let ranks = (0_u32..).zip(&space.entries);
            ranks.filter(|(_, entry)| dead.has(index.record_of(**entry))).for_each(|(rank, _)| alive.remove(rank));
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
    fn push(&mut self, rank: usize, brought: Brought) {
        let bit = if brought == Brought::Subscription { SUBSCRIBED } else { 0 };
        self.ranks.push(u32::try_from(rank).unwrap_or(u32::MAX) | bit);
    }

    /// The ranks, and what brought each.
    pub(super) fn ranks(&self) -> impl Iterator<Item = (u32, Brought)> {
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

/// The sets of one chunk.
struct Scratch {
    visible: Vec<u64>,
    subscribed: Vec<u64>,
    wanted: Vec<u64>,
    spare: Vec<Vec<u64>>,
}

/// What is left of the sets in one walk over a space.
struct Walks<'i> {
    /// Per rule on records from which he is not exempt: what it lists if it leaves the rest open, and what it lists for him.
    rules: Vec<(Option<&'i Bits>, Vec<Walk<'i>>)>,
    bars: Vec<Walk<'i>>,
    subscriptions: Vec<Walk<'i>>,
    wants: Step<'i>,
    bound: Step<'i>,
}

/// A filter as it is walked through. Of conditions that must all hold the quickest come first.
enum Step<'i> {
    Constant(bool),
    /// What few values have, from their lists; with the number of ranks.
    Listed(usize, Vec<Walk<'i>>),
    Among(&'i Ranked, CodeSet),
    Judged(&'i Judged),
    All(Vec<Step<'i>>),
    Any(Vec<Step<'i>>),
}

impl Step<'_> {
    /// A rank of what it costs.
    fn cost(&self) -> (u8, usize) {
        match self {
            Self::Constant(_) => (0, 0),
            Self::Listed(ranks, _) => (1, *ranks),
            Self::Among(..) => (2, 0),
            Self::All(_) | Self::Any(_) => (3, 0),
            Self::Judged(_) => (4, 0),
        }
    }
}

/// Which places a walk takes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Takes {
    All,
    Subscribed,
    Filtered,
}

impl<'i> Seer<'i> {
    pub(super) fn index(&self) -> &'i Index {
        self.shelf.index
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
        chosen.ranks().map(|(rank, brought)| (RecordKey::new(self.index().key_of(self.entry(rank))), brought)).collect()
    }

    /// The records due, up to the cap.
    pub fn choose(&self) -> Chosen {
        self.choose_up_to(self.cap)
    }

    /// The records that he wants, in the folder's order, up to a number that stands in for the cap.
    pub fn choose_up_to(&self, most: usize) -> Chosen {
        let mut chosen = Chosen::default();
        if self.shelf.book.is_pinned {
            self.walk(Takes::Subscribed, most, &mut |rank, brought| chosen.push(rank, brought));
            let rest = most.saturating_sub(chosen.len());
            self.walk(Takes::Filtered, rest, &mut |rank, brought| chosen.push(rank, brought));
        } else {
            self.walk(Takes::All, most, &mut |rank, brought| chosen.push(rank, brought));
        }
        chosen
    }

    /// The records due, up to the cap, and how they came about; walks over everything.
    pub fn count(&self) -> Chosen {
        Chosen { counts: Some(self.counts()), ..self.choose() }
    }

    /// How many records he sees, and wants; walks over everything.
    pub fn counts(&self) -> Counts {
        let mut counts = Counts::default();
        counts.visible = self.walk(Takes::All, usize::MAX, &mut |_, brought| {
            counts.matched += 1;
            counts.subscribed += usize::from(brought == Brought::Subscription);
        });
        counts
    }

    /// Walks through the space, hands on what is due until there are `most`, and gives how many records he sees, if there is no end to `most`.
    fn walk(&self, takes: Takes, most: usize, take: &mut impl FnMut(usize, Brought)) -> usize {
        let index = self.shelf.index;
        let (mut left, mut seen) = (most, 0);
        if left == 0 || !self.class.reads_any && index.appearances.varied.is_empty() {
            return 0;
        }
        let mut walks = self.walks();
        let mut scratch = Scratch { visible: Vec::new(), subscribed: Vec::new(), wanted: Vec::new(), spare: Vec::new() };
        for chunk in 0..self.space.entries.len().div_ceil(CHUNK) {
            self.see(chunk, &mut walks, &mut scratch);
            if most == usize::MAX {
                seen += each(&scratch.visible, chunk).filter(|rank| self.is_given(*rank)).count();
            }
            self.want(chunk, takes, (&mut walks, &mut scratch));
            for rank in each(&scratch.wanted, chunk).filter(|rank| self.is_given(*rank)) {
                let word = scratch.subscribed.get((rank % CHUNK) / 64).copied().unwrap_or(0);
                let is_subscribed = word & (1 << (rank % 64)) != 0;
                take(rank, if is_subscribed { Brought::Subscription } else { Brought::Filter });
                left -= 1;
                if left == 0 {
                    return seen;
                }
            }
        }
        seen
    }

    /// Of a record that looks in several ways: whether the entry at a rank is the one that he is given.
    fn is_given(&self, rank: usize) -> bool {
        let index = self.shelf.index;
        if index.appearances.varied.is_empty() || !self.space.varied.has(u32::try_from(rank).unwrap_or(u32::MAX)) {
            return true;
        }
        let Some(entry) = self.space.entries.get(rank).copied() else { return false };
        index.appearances.gives(index.record_of(entry), entry, &self.holds) && index.sources.reads_any(&index.readable(entry, &self.readable))
    }

    fn walks(&self) -> Walks<'_> {
        let space = self.space;
        let rules = space.rules.iter().filter(|rule| !self.viewer.is_exempt(rule.rule));
        let book = self.shelf.book.name.as_str();
        let subscriptions = space.subscriptions.iter().filter(|(of, _)| of.as_deref().is_none_or(|of| of == book));
        Walks {
            rules: rules.map(|rule| (rule.listed.as_ref(), self.slots.iter().filter_map(|slot| rule.lists.walk(*slot)).collect())).collect(),
            bars: self.slots.iter().filter_map(|slot| space.bars.walk(*slot)).collect(),
            subscriptions: subscriptions.flat_map(|(_, lists)| self.slots.iter().filter_map(|slot| lists.walk(*slot))).collect(),
            wants: self.step(&self.wants),
            bound: self.step(&self.bound),
        }
    }

    fn step<'s>(&'s self, filter: &'s Coded) -> Step<'s> {
        match filter {
            Coded::Constant(value) => Step::Constant(*value),
            Coded::Judged(judged) => Step::Judged(judged),
            Coded::Any(parts) => Step::Any(parts.iter().map(|part| self.step(part)).collect()),
            Coded::All(parts) => {
                let mut steps: Vec<Step<'_>> = parts.iter().map(|part| self.step(part)).collect();
                steps.sort_by_key(Step::cost);
                Step::All(steps)
            }
            Coded::Among(field, set) => {
                let Some(column) = self.space.columns.get(field) else { return Step::Constant(false) };
                let few =
                    if set.len() <= LISTED * 4 { column.postings.few(set.codes().into_iter(), self.space.entries.len() / LISTED) } else { None };
                few.map_or_else(|| Step::Among(column, set.clone().flat(column.values)), |(ranks, walks)| Step::Listed(ranks, walks))
            }
        }
    }

    /// What he sees of a chunk, and what of it is reserved for him.
    fn see(&self, chunk: usize, walks: &mut Walks<'_>, scratch: &mut Scratch) {
        let ranks = (self.space.entries.len() - chunk * CHUNK).min(CHUNK);
        let Scratch { visible, subscribed, spare, .. } = scratch;
        visible.clear();
        visible.extend_from_slice(self.alive.chunk(chunk));
        if !self.class.reads_any {
            visible.iter_mut().zip(self.space.varied.chunk(chunk)).for_each(|(word, varied)| *word &= varied);
        }
        for (listed, lists) in &mut walks.rules {
            let mut admitted = spare.pop().unwrap_or_default();
            fill(&mut admitted, ranks, listed.is_some());
            if let Some(listed) = listed {
                admitted.iter_mut().zip(listed.chunk(chunk)).for_each(|(word, listed)| *word &= !listed);
            }
            lists.iter_mut().for_each(|list| list.add_to(chunk, &mut admitted));
            visible.iter_mut().zip(&admitted).for_each(|(word, admitted)| *word &= admitted);
            spare.push(admitted);
        }
        if !walks.bars.is_empty() {
            let mut barred = spare.pop().unwrap_or_default();
            fill(&mut barred, ranks, false);
            walks.bars.iter_mut().for_each(|list| list.add_to(chunk, &mut barred));
            visible.iter_mut().zip(&barred).for_each(|(word, barred)| *word &= !barred);
            spare.push(barred);
        }
        fill(subscribed, ranks, false);
        walks.subscriptions.iter_mut().for_each(|list| list.add_to(chunk, subscribed));
        subscribed.iter_mut().zip(&*visible).for_each(|(word, visible)| *word &= visible);
    }

    /// What he wants of what he sees of a chunk.
    fn want(&self, chunk: usize, takes: Takes, (walks, scratch): (&mut Walks<'_>, &mut Scratch)) {
        let Scratch { visible, subscribed, wanted, spare } = scratch;
        wanted.clear();
        wanted.extend(visible.iter().zip(&*subscribed).map(|(visible, subscribed)| visible & !subscribed));
        if takes == Takes::Subscribed {
            wanted.fill(0);
        } else {
            self.restrict(&mut walks.wants, chunk, wanted, spare);
        }
        if takes != Takes::Filtered {
            wanted.iter_mut().zip(&*subscribed).for_each(|(word, subscribed)| *word |= subscribed);
        }
        self.restrict(&mut walks.bound, chunk, wanted, spare);
    }

    /// Keeps of the ranks of a chunk those where a filter is true.
    fn restrict(&self, filter: &mut Step<'_>, chunk: usize, words: &mut [u64], spare: &mut Vec<Vec<u64>>) {
        match filter {
            Step::Constant(true) => {}
            Step::Constant(false) => words.fill(0),
            Step::Listed(_, walks) => {
                let mut found = spare.pop().unwrap_or_default();
                found.clear();
                found.resize(words.len(), 0);
                walks.iter_mut().for_each(|walk| walk.add_to(chunk, &mut found));
                words.iter_mut().zip(&found).for_each(|(word, found)| *word &= found);
                spare.push(found);
            }
            Step::Among(column, set) => column.keep(words, chunk, set),
            Step::All(parts) => parts.iter_mut().for_each(|part| self.restrict(part, chunk, words, spare)),
            Step::Any(parts) => {
                let (mut found, mut rest) = (spare.pop().unwrap_or_default(), spare.pop().unwrap_or_default());
                found.clear();
                found.resize(words.len(), 0);
                for part in parts {
                    rest.clear();
                    rest.extend(words.iter().zip(&found).map(|(word, found)| word & !found));
                    self.restrict(part, chunk, &mut rest, spare);
                    found.iter_mut().zip(&rest).for_each(|(found, rest)| *found |= rest);
                }
                words.copy_from_slice(&found);
                spare.extend([found, rest]);
            }
            Step::Judged(judged) => {
                let index = self.shelf.index;
                keep(words, chunk, |rank| {
                    let entry = self.space.entries.get(rank).copied().unwrap_or(u32::MAX);
                    judged.holds(&SeenEntry { index, entry, readable: Some(&self.readable) }, self.viewer.circumstances())
                });
            }
        }
    }
}

/// Makes a set of so many ranks: all of them or none.
fn fill(words: &mut Vec<u64>, ranks: usize, all: bool) {
    words.clear();
    words.resize(ranks.div_ceil(64), if all { u64::MAX } else { 0 });
    if let (Some(last), true, rest @ 1..) = (words.last_mut(), all, ranks % 64) {
        *last = u64::MAX >> (64 - rest);
    }
}

/// The ranks of a chunk that are in a set.
fn each(words: &[u64], chunk: usize) -> impl Iterator<Item = usize> {
    words.iter().enumerate().flat_map(move |(place, word)| {
        let mut left = *word;
        std::iter::from_fn(move || {
            let bit = left.trailing_zeros() as usize;
            left &= left.checked_sub(1)?;
            Some(chunk * CHUNK + place * 64 + bit)
        })
    })
}

/// Keeps the ranks that a function takes.
fn keep(words: &mut [u64], chunk: usize, takes: impl Fn(usize) -> bool) {
    for (place, word) in words.iter_mut().enumerate() {
        let mut left = *word;
        while left != 0 {
            let bit = left.trailing_zeros();
            left &= left - 1;
            if !takes(chunk * CHUNK + place * 64 + bit as usize) {
                *word &= !(1 << bit);
            }
        }
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
