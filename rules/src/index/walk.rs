//! Which records are due to a viewer: walked in his order, chunk by chunk, until the cap is reached.

use super::SeenEntry;
use super::lists::{Bits, CHUNK, Union, WORDS};
use super::select::{Chosen, Counts, Seer};
use super::step::{Lead, Step};
use crate::filter::Judged;

/// The sets of one chunk.
struct Scratch {
    visible: Vec<u64>,
    subscribed: Vec<u64>,
    wanted: Vec<u64>,
    /// Ranks to be looked at one by one.
    candidates: Vec<usize>,
    spare: Vec<Vec<u64>>,
}

/// What is left of the sets in one walk over a space.
struct Walks<'i> {
    /// Per rule on records from which he is not exempt: what it lists if it leaves the rest open, and what it lists for him.
    rules: Vec<(Option<&'i Bits>, Union<'i>)>,
    bars: Union<'i>,
    subscriptions: Union<'i>,
    wants: Wants<'i>,
    bound: Step<'i>,
}

/// How what a filter takes is found.
enum Wants<'i> {
    /// Among few candidates, each by itself.
    Led(Lead<'i>),
    /// Among all that he sees.
    Any(Step<'i>),
}

/// Which places a walk takes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Takes {
    All,
    Subscribed,
    Filtered,
}

impl Scratch {
    /// Empty sets.
    fn new() -> Self {
        Self { visible: vec![0; WORDS], subscribed: vec![0; WORDS], wanted: vec![0; WORDS], candidates: Vec::new(), spare: Vec::new() }
    }

    /// Makes the sets as large as the last chunk.
    fn fit(&mut self, words: usize) {
        [&mut self.visible, &mut self.subscribed, &mut self.wanted].into_iter().chain(&mut self.spare).for_each(|set| set.truncate(words));
    }

    /// A set to work with, whatever it holds.
    fn spare(spare: &mut Vec<Vec<u64>>, words: usize) -> Vec<u64> {
        spare.pop().unwrap_or_else(|| vec![0; words])
    }
}

impl Seer<'_> {
    /// The records due, up to the cap.
    pub fn choose(&self) -> Chosen {
        self.choose_up_to(self.cap)
    }

    /// The records that he wants, in the folder's order, up to a number that stands in for the cap.
    pub fn choose_up_to(&self, most: usize) -> Chosen {
        let mut chosen = Chosen::default();
        if self.shelf.book.is_pinned {
            self.take(Takes::Subscribed, most, &mut chosen);
            self.take(Takes::Filtered, most, &mut chosen);
        } else {
            self.take(Takes::All, most, &mut chosen);
        }
        chosen
    }

    /// The records due, up to the cap, and how they came about; walks over everything.
    pub fn count(&self) -> Chosen {
        let mut chosen = self.choose();
        chosen.counts = Some(self.counts());
        chosen
    }

    /// How many records he sees, and wants; walks over everything.
    pub fn counts(&self) -> Counts {
        let mut counts = Counts::default();
        let size = |words: &[u64]| words.iter().map(|word| word.count_ones() as usize).sum::<usize>();
        self.walk(|chunk, walks, scratch| {
            self.give(chunk, &mut scratch.visible);
            counts.visible += size(&scratch.visible);
            scratch.subscribed.iter_mut().zip(&scratch.visible).for_each(|(subscribed, visible)| *subscribed &= visible);
            self.want(chunk, Takes::All, (walks, scratch));
            counts.matched += size(&scratch.wanted);
            let subscribed = scratch.wanted.iter().zip(&scratch.subscribed).map(|(wanted, subscribed)| (wanted & subscribed).count_ones() as usize);
            counts.subscribed += subscribed.sum::<usize>();
            true
        });
        counts
    }

    /// Adds what is due until there are so many.
    fn take(&self, takes: Takes, most: usize, chosen: &mut Chosen) {
        if chosen.len() >= most {
            return;
        }
        self.walk(|chunk, walks, scratch| {
            self.want(chunk, takes, (walks, scratch));
            self.give(chunk, &mut scratch.wanted);
            chosen.extend(chunk, (&scratch.wanted, &scratch.subscribed), most);
            chosen.len() < most
        });
    }

    /// Walks through the space as long as a function, which is told what he sees, asks for more.
    fn walk(&self, mut more: impl FnMut(usize, &mut Walks<'_>, &mut Scratch) -> bool) {
        if !self.class.reads_any && self.index().appearances.varied.is_empty() {
            return;
        }
        let mut walks = self.walks();
        let mut scratch = Scratch::new();
        for chunk in 0..self.space.entries.len().div_ceil(CHUNK) {
            self.see(chunk, &mut walks, &mut scratch);
            if !more(chunk, &mut walks, &mut scratch) {
                return;
            }
        }
    }

    /// Takes from a set what looks otherwise to him: of a record that looks in several ways he is given one entry.
    fn give(&self, chunk: usize, words: &mut [u64]) {
        let index = self.index();
        if index.appearances.varied.is_empty() {
            return;
        }
        let is_given = |rank: usize| {
            let Some(entry) = self.space.entries.get(rank).copied() else { return false };
            index.appearances.gives(index.record_of(entry), entry, &self.holds) && index.sources.reads_any(&index.readable(entry, &self.readable))
        };
        for ((place, word), varied) in words.iter_mut().enumerate().zip(self.space.varied.chunk(chunk)) {
            *word = *word & !varied | taken(*word & varied, chunk * CHUNK + place * 64, is_given);
        }
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
            wants: space.lead(&self.wants).map_or_else(|| Wants::Any(space.step(&self.wants)), Wants::Led),
            bound: space.step(&self.bound),
        }
    }

    /// What he sees of a chunk, and what of it is reserved for him.
    fn see(&self, chunk: usize, walks: &mut Walks<'_>, scratch: &mut Scratch) {
        let alive = self.alive.chunk(chunk);
        scratch.fit(alive.len());
        let Scratch { visible, subscribed, spare, .. } = scratch;
        visible.copy_from_slice(alive);
        if !self.class.reads_any {
            visible.iter_mut().zip(self.space.varied.chunk(chunk)).for_each(|(word, varied)| *word &= varied);
        }
        let mut set = Scratch::spare(spare, alive.len());
        for (listed, lists) in &mut walks.rules {
            match (listed, lists.is_empty()) {
                (Some(listed), true) => visible.iter_mut().zip(listed.chunk(chunk)).for_each(|(word, listed)| *word &= !listed),
                (Some(listed), false) => {
                    lists.write(chunk, &mut set);
                    let sets = set.iter().zip(listed.chunk(chunk));
                    visible.iter_mut().zip(sets).for_each(|(word, (admitted, listed))| *word &= admitted | !listed);
                }
                (None, _) => {
                    lists.write(chunk, &mut set);
                    visible.iter_mut().zip(&set).for_each(|(word, admitted)| *word &= admitted);
                }
            }
        }
        if !walks.bars.is_empty() {
            walks.bars.write(chunk, &mut set);
            visible.iter_mut().zip(&set).for_each(|(word, barred)| *word &= !barred);
        }
        spare.push(set);
        walks.subscriptions.write(chunk, subscribed);
        subscribed.iter_mut().zip(&*visible).for_each(|(word, visible)| *word &= visible);
    }

    /// What he wants of what he sees of a chunk.
    fn want(&self, chunk: usize, takes: Takes, (walks, scratch): (&mut Walks<'_>, &mut Scratch)) {
        let Scratch { visible, subscribed, wanted, candidates, spare } = scratch;
        match (&mut walks.wants, takes) {
            (_, Takes::Subscribed) => wanted.copy_from_slice(subscribed),
            (Wants::Led(lead), _) => {
                wanted.iter_mut().zip(visible.iter().zip(&*subscribed)).for_each(|(word, (visible, subscribed))| *word = visible & !subscribed);
                candidates.clear();
                lead.lists.each(chunk, |rank| {
                    if wanted.get(rank % CHUNK / 64).is_some_and(|word| word & (1 << (rank % 64)) != 0) {
                        candidates.push(rank);
                    }
                });
                wanted.fill(0);
                for ranks in candidates.chunks(64) {
                    let fitting = self.fitting(&lead.rest, ranks, u64::MAX >> (64 - ranks.len()));
                    for (place, rank) in ranks.iter().enumerate() {
                        let bit = (fitting >> place & 1) << (rank % 64);
                        wanted.get_mut(rank % CHUNK / 64).into_iter().for_each(|word| *word |= bit);
                    }
                }
            }
            (Wants::Any(step), _) => {
                let sets = visible.iter().zip(&*subscribed);
                wanted.iter_mut().zip(sets).for_each(|(word, (visible, subscribed))| *word = visible & !subscribed);
                self.restrict(step, chunk, wanted, spare);
            }
        }
        if takes == Takes::All {
            wanted.iter_mut().zip(&*subscribed).for_each(|(word, subscribed)| *word |= subscribed);
        }
        self.restrict(&walks.bound, chunk, wanted, spare);
    }

    /// Of some of 64 ranks, a bit each, those where a filter is true. They are looked up condition by condition, none waiting for what another one gives.
    fn fitting(&self, filter: &Step<'_>, ranks: &[usize], some: u64) -> u64 {
        match filter {
            Step::Constant(value) => some * u64::from(*value),
            Step::Among(column, set) => taken(some, 0, |place| ranks.get(place).is_some_and(|rank| column.has(*rank, set))),
            Step::All(parts) => parts.iter().fold(some, |left, part| self.fitting(part, ranks, left)),
            Step::Any(parts) => parts.iter().fold(0, |found, part| found | self.fitting(part, ranks, some & !found)),
            Step::Judged(judged) => taken(some, 0, |place| ranks.get(place).is_some_and(|rank| self.holds_at(judged, *rank))),
        }
    }

    /// Whether a condition is true at a rank.
    fn holds_at(&self, judged: &Judged, rank: usize) -> bool {
        let entry = self.space.entries.get(rank).copied().unwrap_or(u32::MAX);
        judged.holds(&SeenEntry { index: self.index(), entry, readable: Some(&self.readable) }, self.viewer.circumstances())
    }

    /// Keeps of the ranks of a chunk those where a filter is true.
    fn restrict(&self, filter: &Step<'_>, chunk: usize, words: &mut [u64], spare: &mut Vec<Vec<u64>>) {
        match filter {
            Step::Constant(true) => {}
            Step::Constant(false) => words.fill(0),
            Step::Among(column, set) => column.keep(words, chunk, set),
            Step::All(parts) => parts.iter().for_each(|part| self.restrict(part, chunk, words, spare)),
            Step::Any(parts) => {
                let (mut found, mut rest) = (Scratch::spare(spare, words.len()), Scratch::spare(spare, words.len()));
                found.fill(0);
                for part in parts {
                    rest.iter_mut().zip(words.iter().zip(&found)).for_each(|(rest, (word, found))| *rest = word & !found);
                    self.restrict(part, chunk, &mut rest, spare);
                    found.iter_mut().zip(&rest).for_each(|(found, rest)| *found |= rest);
                }
                words.copy_from_slice(&found);
                spare.extend([found, rest]);
            }
            Step::Judged(judged) => {
                for (place, word) in words.iter_mut().enumerate() {
                    *word = taken(*word, chunk * CHUNK + place * 64, |rank| self.holds_at(judged, rank));
                }
            }
        }
    }
}

/// Of the ranks of a word those that a function takes.
fn taken(word: u64, first: usize, takes: impl Fn(usize) -> bool) -> u64 {
    let (mut left, mut taken) = (word, 0);
    while left != 0 {
        let bit = left.trailing_zeros();
        left &= left - 1;
        taken |= u64::from(takes(first + bit as usize)) << bit;
    }
    taken
}
