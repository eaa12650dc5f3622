//! The same decisions as [`crate::sight`] and [`crate::due`], for a million records and ten thousand users: what is large is kept as numbers in the view's
//! order, and everybody is decided in one walk.
//!
//! [`Builder`] takes the rows as they come and keeps no payload. The [`Index`] that it makes tells for each viewer which records are due, in order, and a digest
//! of what each contact is made of. Contents are mapped elsewhere, from rows, through the rights check of [`crate::sight`].
//!
//! Both executions of the semantics rest on one definition wherever they can: principals and masks come from [`crate::sight::Viewer`], conditions that have no
//! quick way are judged by the filter itself. The rest is held together by properties over random CRMs.

mod appear;
mod build;
mod coding;
mod collected;
mod form;
mod keys;
mod lists;
mod mark;
mod select;
mod sources;
mod space;
mod step;
mod walk;

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use chrono::{DateTime, Utc};

use crate::crm::Target;
use crate::filter::{Filter, Readable};
use crate::sight::Snapshot;
use crate::text::TextOrder;
use crate::value::Seen;
use crate::view::{FieldId, View};

use appear::Appearances;
pub use build::{Builder, IndexError, Taken};
pub use coding::Scalar;
use form::Column;
use keys::Keys;
use lists::{Bits, Grouped};
pub use mark::Mark;
pub use select::{Chosen, Counts, Seer, Shelf};
use sources::{SourceSet, Sources};
use space::{Listed, Pairs, Space};

/// The most entries: ranks have a bit to spare.
const MOST: usize = 1 << 31;

/// What was read of a CRM, as numbers. An entry is a record as it can look; most records have one.
#[derive(Debug)]
pub struct Index {
    view: Arc<View>,
    principals: Keys,
    sources: Sources,
    records: Keys,
    appearances: Appearances,
    /// Of each rule whether it leaves open what it does not list.
    defaults: Vec<bool>,
    /// The fields that filters read.
    filtered: BTreeSet<FieldId>,
    /// Those and the fields that the order reads, by entry.
    columns: BTreeMap<FieldId, Column>,
    /// One space for each way in which the order can look.
    spaces: Vec<Space>,
    /// What the viewers who read the same have in common.
    classes: BTreeMap<SourceSet, Class>,
    next_turn: Option<DateTime<Utc>>,
}

/// What viewers who read the same sources have in common.
#[derive(Debug)]
struct Class {
    /// The number of their space.
    space: usize,
    /// Whether they read anything at all, where nothing speaks of records alone.
    reads_any: bool,
    /// By rank: the keyed digest of what a contact is made of for them.
    inputs: Vec<u64>,
}

/// How somebody reads a sort key.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Reads {
    Everywhere,
    Nowhere,
    /// In some records: as who reads these sources, of those that reading it takes.
    As(SourceSet),
}

impl Builder {
    /// Makes the index of what was taken. `people` are those for whom it was begun; they may know of more doubts now.
    ///
    /// # Errors
    /// [`IndexError`] when the records cannot be indexed.
    pub fn finish(mut self, people: &Snapshot) -> Result<Index, IndexError> {
        let records = u32::try_from(self.records.len()).map_err(|_| IndexError::TooMuch)?;
        if self.is_full() {
            return Err(IndexError::TooMuch);
        }
        let defaults: Vec<bool> = self.rules.iter().map(|shape| shape.is_open_by_default).collect();
        let of_rule = |(pairs, part): (&Vec<(u32, u32)>, &Option<crate::view::PartId>)| {
            let keys = part.map_or(self.records.len(), |part| self.parts.get(usize::from(part.0)).map_or(0, |kept| kept.keys.len()));
            Grouped::new(keys, pairs)
        };
        let rules: Vec<Grouped> = self.listed.iter().zip(&self.rule_parts).map(of_rule).collect();
        let appearances = Appearances::new(&self, people, (&rules, &defaults))?;
        if self.records.len() + appearances.further.len() >= MOST {
            return Err(IndexError::TooMuch);
        }
        let mut columns = BTreeMap::new();
        for field in &self.fields {
            columns.insert(*field, form::column(&self, &appearances, *field)?);
        }
        let taken = std::mem::take(&mut self.sums);
        let sums = sums(&self, &appearances, taken);
        let numbers = sums.chunks_exact(self.groups.len() + 1).take(records as usize).filter_map(|row| row.first()).copied().collect();
        let pairs = self.pairs((rules, numbers), people, &appearances);
        let classes = self.classes;
        let mut index = Index {
            view: self.view,
            principals: self.principals,
            sources: self.sources,
            records: self.records,
            appearances,
            defaults,
            filtered: self.filtered,
            columns,
            spaces: Vec::new(),
            classes: BTreeMap::new(),
            next_turn: self.next_turn,
        };
        let mut numbers = BTreeMap::new();
        for (kind, space) in index.spaces_of(people.text(), &classes, &pairs) {
            numbers.insert(kind, index.spaces.len());
            index.spaces.push(space);
        }
        for class in classes {
            if let Some(space) = numbers.get(&index.order_of(&class)) {
                let inputs = index.inputs(&class, *space, (&self.groups, &self.read, &sums));
                index.classes.insert(class.clone(), Class { space: *space, reads_any: index.sources.reads_any(&class), inputs });
            }
        }
        Ok(index)
    }

    /// What speaks of records, by entry.
    fn pairs(&self, (rules, numbers): (Vec<Grouped>, Vec<u64>), people: &Snapshot, appearances: &Appearances) -> Pairs {
        let records = u32::try_from(self.records.len()).unwrap_or(u32::MAX);
        let listed = |by_record: Grouped| {
            let further = appearances.further.iter().map(|(record, _)| *record);
            Listed::new(by_record, self.principals.len(), (0..records).chain(further))
        };
        let grouped = |pairs: &Vec<(u32, u32)>| listed(Grouped::new(records as usize, pairs));
        let shapes = rules.into_iter().zip(&self.rules).enumerate().filter(|(_, (_, shape))| shape.target == Target::Record);
        Pairs {
            numbers,
            dead: self.dead(people),
            rules: shapes.map(|(rule, (by_record, shape))| (rule, shape.is_open_by_default, listed(by_record))).collect(),
            bars: grouped(&self.bars),
            subscriptions: self.subscriptions.iter().map(|(book, pairs)| (book.clone(), grouped(pairs))).collect(),
        }
    }

    /// The records that are due to nobody: taken out, or doubtful alone.
    fn dead(&self, people: &Snapshot) -> Bits {
        let mut dead = Bits::none(self.records.len());
        let erased = people.erased_records().filter_map(|record| self.records.find(record.as_str()));
        let doubtful = people.doubtful_records().keys().filter_map(|record| self.records.find(record.as_str()));
        erased.chain(doubtful).chain(self.doubtful.iter().copied()).for_each(|record| dead.add(record));
        dead
    }
}

/// The digests of what each entry is made of, by group: those of the records, and of the rows of parts with rights those that the entry is given.
fn sums(builder: &Builder, appearances: &Appearances, mut sums: Vec<u64>) -> Vec<u64> {
    let width = builder.groups.len() + 1;
    for (record, _) in &appearances.further {
        let begin = *record as usize * width;
        sums.extend_from_within(begin..begin + width);
    }
    for (number, kept) in (0_u16..).zip(&builder.parts).filter(|(_, kept)| kept.is_ruled && !kept.hashed.is_empty()) {
        let part = crate::view::PartId(number);
        for (row, (record, digests)) in kept.records.iter().zip(kept.sums.chunks_exact(kept.hashed.len())).enumerate() {
            let mut add = |entry: u32| {
                for (hashed, digest) in kept.hashed.iter().zip(digests) {
                    if let Some(sum) = sums.get_mut(entry as usize * width + 1 + hashed.group) {
                        *sum = sum.wrapping_add(*digest);
                    }
                }
            };
            match appearances.varied.get(record) {
                None => add(*record),
                Some(varied) => varied.ways.iter().filter(|(way, _)| varied.gives_row(*way, part, row)).for_each(|(_, entry)| add(*entry)),
            }
        }
    }
    sums
}

impl Index {
    /// The next instant at which something that was read turns.
    pub fn next_turn(&self) -> Option<DateTime<Utc>> {
        self.next_turn
    }

    /// Whether it holds what a filter reads.
    fn holds(&self, filter: &Filter) -> bool {
        filter.fields().is_subset(&self.filtered)
    }

    /// How many entries there are.
    fn len(&self) -> u32 {
        u32::try_from(self.records.len() + self.appearances.further.len()).unwrap_or(u32::MAX)
    }

    /// The record of an entry.
    fn record_of(&self, entry: u32) -> u32 {
        let further = (entry as usize).checked_sub(self.records.len());
        further.and_then(|place| self.appearances.further.get(place)).map_or(entry, |(record, _)| *record)
    }

    /// The entries of a record, its own first.
    fn entries_of(&self, record: u32) -> impl Iterator<Item = u32> {
        let ways = self.appearances.varied.get(&record).map_or(&[][..], |varied| &varied.ways);
        std::iter::once(record).chain(ways.iter().skip(1).map(|(_, entry)| *entry))
    }

    /// The key of an entry's record.
    fn key_of(&self, entry: u32) -> &str {
        self.records.text(self.record_of(entry))
    }

    /// By rank of a space: the digest of what contacts are made of for those who read these sources.
    fn inputs(&self, readable: &SourceSet, space: usize, (groups, of_groups, sums): (&[SourceSet], &[u64], &[u64])) -> Vec<u64> {
        let width = groups.len() + 1;
        // The places of what is read in the row of an entry, and what tells that it is.
        let read = |readable: &SourceSet| {
            let read = (1..).zip(groups.iter().zip(of_groups)).filter(|(_, (group, _))| readable.has_all(group));
            read.fold((Vec::new(), 0_u64), |(mut places, sum), (place, (_, of_group))| {
                places.push(place);
                (places, sum.wrapping_add(*of_group))
            })
        };
        let add = |row: &[u64], (places, of_groups): &(Vec<usize>, u64)| {
            let value = |place: usize| row.get(place).copied().unwrap_or(0);
            places.iter().fold(value(0).rotate_left(32).wrapping_add(*of_groups), |sum, place| sum.wrapping_add(value(*place)))
        };
        let general = read(readable);
        let input = |entry: u32| {
            let row = sums.get(entry as usize * width..).unwrap_or_default();
            if self.is_varied(entry) { add(row, &read(&self.readable(entry, readable))) } else { add(row, &general) }
        };
        self.spaces.get(space).map_or(&[][..], |space| &space.entries).iter().map(|entry| input(*entry)).collect()
    }

    /// Whether the entry's record can look in several ways.
    fn is_varied(&self, entry: u32) -> bool {
        !self.appearances.varied.is_empty() && self.appearances.varied.contains_key(&self.record_of(entry))
    }

    /// How who reads these sources reads each sort key.
    fn order_of(&self, readable: &SourceSet) -> Vec<Reads> {
        let reads = |field: FieldId| {
            if self.sources.is_alone(field) && !self.appearances.varied.is_empty() {
                Reads::As(self.sources.needed_of(field, readable))
            } else if self.sources.reads(field, readable) {
                Reads::Everywhere
            } else {
                Reads::Nowhere
            }
        };
        self.view.order().iter().map(|key| reads(key.field)).collect()
    }

    fn spaces_of(&self, text: &TextOrder, classes: &BTreeSet<SourceSet>, pairs: &Pairs) -> BTreeMap<Vec<Reads>, Space> {
        let order = self.view.order();
        let places: Vec<Vec<u32>> = order
            .iter()
            .map(|key| {
                let Some(column) = self.columns.get(&key.field) else { return Vec::new() };
                let places = space::places(&column.dictionary, text, key);
                column.codes.iter().map(|code| places.get(*code as usize).copied().unwrap_or(u32::MAX)).collect()
            })
            .collect();
        let by_key = space::by_key(self);
        let mut spaces = BTreeMap::new();
        for kind in classes.iter().map(|class| self.order_of(class)).collect::<BTreeSet<_>>() {
            let keys = kind.iter().zip(order).zip(&places).filter_map(|((reads, key), places)| match reads {
                Reads::Everywhere => Some(Cow::Borrowed(places.as_slice())),
                // Without a value all are alike.
                Reads::Nowhere => None,
                Reads::As(readable) => {
                    let sees = |entry: u32| self.reads(key.field, entry, readable);
                    Some((0_u32..).zip(places).map(|(entry, place)| if sees(entry) { *place } else { u32::MAX }).collect())
                }
            });
            let keys: Vec<Cow<'_, [u32]>> = keys.collect();
            spaces.insert(kind, Space::new(self, &by_key, &keys, pairs));
        }
        spaces
    }

    /// Whether who reads these sources elsewhere reads a field of an entry.
    fn reads(&self, field: FieldId, entry: u32, readable: &SourceSet) -> bool {
        self.sources.reads(field, &self.readable(entry, readable))
    }

    /// The sources of an entry that can be read by who reads `general` elsewhere.
    fn readable(&self, entry: u32, general: &SourceSet) -> SourceSet {
        let varied = self.appearances.varied.get(&self.record_of(entry));
        let way = varied.and_then(|varied| varied.ways.iter().find(|(_, of)| *of == entry).map(|(way, _)| (varied, *way)));
        way.map_or_else(|| general.clone(), |(varied, way)| varied.readable(way, general))
    }
}

/// An entry as it is seen by who reads these sources elsewhere; none: by nobody in particular, who sees everything (suppressions).
struct SeenEntry<'a> {
    index: &'a Index,
    entry: u32,
    readable: Option<&'a SourceSet>,
}

impl Readable for SeenEntry<'_> {
    fn field(&self, field: FieldId) -> Seen<'_> {
        let is_read = self.readable.is_none_or(|readable| self.index.reads(field, self.entry, readable));
        let column = self.index.columns.get(&field).filter(|_| is_read);
        column.map_or(Seen::Masked, |column| {
            let code = column.codes.get(self.entry as usize).copied().unwrap_or(0);
            Seen::Value(Cow::Borrowed(column.dictionary.value(code)))
        })
    }
}
