//! The appearances of records: what a record looks like depends on which of its rows and sources with rights of their own a viewer is given.
//!
//! Most records look alike to all viewers but for masks and have one entry. One whose rows or sources have rights of their own has an entry for each way it can
//! look, and each viewer gets exactly one of them.

use hashbrown::{HashMap, HashSet};

use super::build::{Builder, IndexError};
use super::keys::Keys;
use super::lists::{Bits, Grouped};
use super::sources::{SourceSet, Sources};
use crate::crm::Target;
use crate::key::{RecordKey, Source};
use crate::sight::{Snapshot, Viewer};
use crate::view::PartId;

/// Up to so many conditions every combination gets an entry; beyond, those that some viewer is given.
const ALL_WAYS: usize = 3;

/// Something that one viewer is given and another one is not.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Condition {
    /// Rows of a part for which these are listed, by rule; none where the rule does not list anybody for it.
    Rows(Vec<(usize, Option<Box<[u32]>>)>),
    /// A source of records for which a rule lists these, or does not list anybody.
    Listed(usize, Option<Box<[u32]>>),
    /// A source of which field rights of one record speak.
    Spoken(Source, RecordKey),
}

/// What a condition decides about.
#[derive(Clone, Copy, Debug)]
pub(super) enum Given {
    /// A row of a part, by its place among those kept.
    Row(PartId, usize),
    /// A source: without the condition it cannot be read.
    Source(usize),
    /// A source: the condition alone says whether it can be read.
    Alone(usize),
}

/// A record with several entries.
#[derive(Debug)]
pub(super) struct Varied {
    /// Its conditions and what they decide about.
    conditions: Vec<(u32, Vec<Given>)>,
    /// The entry of each way it can look: a bit per condition that holds. The first has all.
    pub(super) ways: Vec<(u64, u32)>,
}

/// A record with its conditions.
type Conditioned = (u32, Vec<(u32, Vec<Given>)>);

/// All records that can look in several ways.
#[derive(Debug, Default)]
pub(super) struct Appearances {
    conditions: Vec<Condition>,
    pub(super) varied: HashMap<u32, Varied>,
    /// The records of the entries beyond the first of each record, in order, and how they look.
    pub(super) further: Vec<(u32, u64)>,
}

impl Condition {
    fn holds(&self, viewer: &Viewer<'_>, (held, defaults): (&Bits, &[bool])) -> bool {
        let admits = |rule: usize, listed: &Option<Box<[u32]>>| {
            let is_listed = |slots: &[u32]| slots.iter().any(|slot| held.has(*slot));
            viewer.is_exempt(rule) || listed.as_deref().map_or_else(|| defaults.get(rule).copied().unwrap_or(false), is_listed)
        };
        match self {
            Self::Rows(rules) => rules.iter().all(|(rule, listed)| admits(*rule, listed)),
            Self::Listed(rule, listed) => admits(*rule, listed),
            Self::Spoken(source, record) => viewer.reads_by_field_rights(source, Some(record)),
        }
    }
}

impl Varied {
    /// Whether an entry that looks so is given a row; rows without conditions are given to all.
    pub(super) fn gives_row(&self, way: u64, part: PartId, row: usize) -> bool {
        let holds = |bit: usize| way & (1 << bit) != 0;
        let decides = |given: &Given| matches!(given, Given::Row(of, place) if (*of, *place) == (part, row));
        self.conditions.iter().enumerate().all(|(bit, (_, given))| holds(bit) || !given.iter().any(decides))
    }

    /// The sources that can be read in an entry that looks so, by who reads `general` elsewhere.
    pub(super) fn readable(&self, way: u64, general: &SourceSet) -> SourceSet {
        let mut readable = general.clone();
        let told = || self.conditions.iter().enumerate().flat_map(|(bit, (_, given))| given.iter().map(move |given| (way & (1 << bit) != 0, given)));
        for (holds, given) in told() {
            if let Given::Alone(source) = given {
                readable.set(*source, holds);
            }
        }
        for (holds, given) in told() {
            if let (Given::Source(source), false) = (given, holds) {
                readable.set(*source, false);
            }
        }
        readable
    }
}

impl Appearances {
    /// Works out in which ways the records can look. `defaults` tells of each rule whether what it does not list is open.
    pub(super) fn new(builder: &Builder, people: &Snapshot, (by_record, defaults): (&[Grouped], &[bool])) -> Result<Self, IndexError> {
        let mut found = Finder { builder, by_record, defaults, numbers: HashMap::new(), of_record: HashMap::new() };
        found.rows();
        found.sources();
        let Finder { numbers, of_record, .. } = found;
        let mut conditions: Vec<(Condition, u32)> = numbers.into_iter().collect();
        conditions.sort_unstable_by_key(|(_, number)| *number);
        let mut all = Self { conditions: conditions.into_iter().map(|(condition, _)| condition).collect(), ..Self::default() };
        let mut records: Vec<Conditioned> = of_record.into_iter().collect();
        records.sort_unstable_by_key(|(record, _)| *record);
        let crowded = records.iter().find(|(_, conditions)| conditions.len() > 64);
        if let Some((record, _)) = crowded {
            return Err(IndexError::TooVaried { record: builder.records.text(*record).to_owned() });
        }
        let seen = all.seen_ways(builder, people, (&records, defaults));
        for (record, conditions) in records {
            let full = u64::MAX >> (64 - conditions.len());
            let mut ways: Vec<u64> = match seen.get(&record) {
                Some(ways) => ways.iter().copied().filter(|way| *way != full).collect(),
                None => (0..full).collect(),
            };
            ways.sort_unstable_by(|left, right| right.cmp(left));
            let first = u32::try_from(builder.records.len() + all.further.len()).map_err(|_| IndexError::TooMuch)?;
            let entries = [(full, record)].into_iter().chain(ways.iter().copied().zip(first..)).collect();
            all.further.extend(ways.iter().map(|way| (record, *way)));
            all.varied.insert(record, Varied { conditions, ways: entries });
        }
        Ok(all)
    }

    /// For records with many conditions: the ways in which some viewer is given them.
    fn seen_ways(&self, builder: &Builder, people: &Snapshot, (records, defaults): (&[Conditioned], &[bool])) -> HashMap<u32, HashSet<u64>> {
        let many: Vec<_> = records.iter().filter(|(_, conditions)| conditions.len() > ALL_WAYS).collect();
        let mut seen: HashMap<u32, HashSet<u64>> = many.iter().map(|(record, _)| (*record, HashSet::new())).collect();
        if many.is_empty() {
            return seen;
        }
        for viewer in people.users().filter_map(|user| people.viewer(&user.key)) {
            let holds = self.holds(&viewer, &held(&builder.principals, &viewer), defaults);
            for (record, conditions) in &many {
                seen.entry(*record).or_default().insert(way(conditions, &holds));
            }
        }
        seen
    }

    /// Which conditions hold for a viewer who holds these principals.
    pub(super) fn holds(&self, viewer: &Viewer<'_>, held: &Bits, defaults: &[bool]) -> Vec<bool> {
        self.conditions.iter().map(|condition| condition.holds(viewer, (held, defaults))).collect()
    }

    /// Whether the entry is the one that a viewer is given for whom these conditions hold.
    pub(super) fn gives(&self, record: u32, entry: u32, holds: &[bool]) -> bool {
        self.varied.get(&record).is_none_or(|varied| {
            let way = way(&varied.conditions, holds);
            varied.ways.iter().any(|(of, number)| *number == entry && *of == way)
        })
    }
}

/// The numbers of the principals that a viewer holds.
pub(super) fn held(principals: &Keys, viewer: &Viewer<'_>) -> Bits {
    let mut held = Bits::none(principals.len());
    viewer.principals().filter_map(|principal| principals.find(principal.as_str())).for_each(|number| held.add(number));
    held
}

/// A bit for each condition that holds.
fn way(conditions: &[(u32, Vec<Given>)], holds: &[bool]) -> u64 {
    let bits = conditions.iter().enumerate().filter(|(_, (condition, _))| holds.get(*condition as usize).copied().unwrap_or(false));
    bits.fold(0, |way, (bit, _)| way | 1 << bit)
}

/// Looks for what not everybody is given.
struct Finder<'a> {
    builder: &'a Builder,
    by_record: &'a [Grouped],
    defaults: &'a [bool],
    numbers: HashMap<Condition, u32>,
    of_record: HashMap<u32, Vec<(u32, Vec<Given>)>>,
}

impl Finder<'_> {
    fn add(&mut self, record: u32, condition: Condition, given: Given) {
        let next = u32::try_from(self.numbers.len()).unwrap_or(u32::MAX);
        let number = *self.numbers.entry(condition).or_insert(next);
        let conditions = self.of_record.entry(record).or_default();
        match conditions.iter_mut().find(|(known, _)| *known == number) {
            Some((_, all)) => all.push(given),
            None => conditions.push((number, vec![given])),
        }
    }

    fn listed(&self, rule: usize, of: u32) -> Option<Box<[u32]>> {
        let slots = self.by_record.get(rule).map_or(&[][..], |listed| listed.of(of));
        let mut slots = Some(slots.to_vec()).filter(|slots| !slots.is_empty())?;
        slots.sort_unstable();
        slots.dedup();
        Some(slots.into())
    }

    fn is_open(&self, rule: usize, listed: Option<&[u32]>) -> bool {
        listed.is_none() && self.defaults.get(rule).copied().unwrap_or(false)
    }

    /// The rows of parts that have rights.
    fn rows(&mut self) {
        let builder = self.builder;
        for (number, kept) in (0_u16..).zip(&builder.parts).filter(|(_, kept)| kept.is_ruled) {
            let part = PartId(number);
            let rules = builder.rule_parts.iter().enumerate().filter(|(_, of)| **of == Some(part)).map(|(rule, _)| rule);
            let rules: Vec<usize> = rules.collect();
            for (place, (record, key)) in kept.records.iter().zip(&kept.row_keys).enumerate() {
                let listed: Vec<(usize, Option<Box<[u32]>>)> = rules.iter().map(|rule| (*rule, self.listed(*rule, *key))).collect();
                if listed.iter().any(|(rule, listed)| !self.is_open(*rule, listed.as_deref())) {
                    self.add(*record, Condition::Rows(listed), Given::Row(part, place));
                }
            }
        }
    }

    /// The sources that have rights in single records.
    fn sources(&mut self) {
        let (builder, sources): (_, &Sources) = (self.builder, &self.builder.sources);
        for (rule, shape) in builder.rules.iter().enumerate() {
            let Target::Source(source) = &shape.target else { continue };
            let Some(number) = sources.number(source) else { continue };
            for record in 0..u32::try_from(builder.records.len()).unwrap_or(u32::MAX) {
                let listed = self.listed(rule, record);
                if !self.is_open(rule, listed.as_deref()) {
                    self.add(record, Condition::Listed(rule, listed), Given::Source(number));
                }
            }
        }
        for (record, source) in &builder.spoken_of {
            if let (Some(place), Some(number)) = (builder.records.find(record.as_str()), sources.number(source)) {
                self.add(place, Condition::Spoken(source.clone(), record.clone()), Given::Alone(number));
            }
        }
    }
}
