//! Taking the rows of a CRM as they come: what filters and order read is kept as numbers, of everything else only keyed digests.

use std::collections::{BTreeMap, BTreeSet};
use std::hash::Hasher;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use hashbrown::HashSet;
use siphasher::sip::SipHasher13;

use super::coding::{Coding, Scalar};
use super::keys::Keys;
use super::sources::{SourceSet, Sources};
use crate::book::Book;
use crate::crm::{RuleShape, Target};
use crate::digest::DigestKey;
use crate::filter::Filter;
use crate::key::{RecordKey, Source};
use crate::map::Input;
use crate::property::Property;
use crate::sight::Snapshot;
use crate::time::Period;
use crate::view::{ColumnId, FieldId, Formation, PartId, View};

/// In place of a principal: a row that does not count now, but lists its record all the same.
pub(super) const NOBODY: u32 = u32::MAX;

/// So many records are tried, from the last one, before one is looked up.
const NEAR: u32 = 4;

/// Why there is no index.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IndexError {
    /// More than numbers of 32 bits can tell apart.
    #[error(
        "there are more than two thousand million records, four thousand million rows or 4 GiB of keys; nobody's contacts can be told from that many"
    )]
    TooMuch,
    /// The rows of one record have more than 64 rights of their own.
    #[error("record {record} has more than 64 rows or sources with rights of their own; the records cannot be indexed")]
    TooVaried {
        /// The record.
        record: String,
    },
    /// A snapshot that was amended still holds the rows that were replaced.
    #[error("records were amended since they were read; they can be indexed when they are read again")]
    Amended,
}

/// What of a row goes into one digest, since the same viewers may read it.
#[derive(Clone, Debug)]
pub(super) struct Hashed {
    part: u16,
    pub(super) group: usize,
    /// The columns, each with a tag of its own.
    columns: Vec<(usize, u32)>,
}

/// What is kept of the rows of a part.
#[derive(Debug, Default)]
pub(super) struct Kept {
    /// The columns that fields are formed from which are filtered by or ordered by, with their numbers.
    pub(super) columns: Vec<(ColumnId, Coding)>,
    /// What goes into digests.
    pub(super) hashed: Vec<Hashed>,
    /// Whether the rows themselves are kept: fields are formed from them, or they have rights of their own.
    pub(super) has_rows: bool,
    /// The record of each row.
    pub(super) records: Vec<u32>,
    /// The key of each row, by its number in `keys`.
    pub(super) row_keys: Vec<u32>,
    pub(super) keys: Keys,
    /// For parts with rights: the digest of each row in each group of `hashed`, one behind the other.
    pub(super) sums: Vec<u64>,
    /// Whether right rules speak of the part.
    pub(super) is_ruled: bool,
    /// Record and key of every row, to find doubles; as keyed digests.
    seen: HashSet<u64>,
}

/// What became of a main row or a part's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Taken {
    /// It is the first with its key.
    New,
    /// Another one with its key came before: its record is doubtful.
    Double,
    /// The view does not have its record; it is passed over.
    Stray,
}

/// Takes the rows of a CRM as they come. Main rows come first, then the rows of parts, then everything that speaks of either.
#[derive(Debug)]
pub struct Builder {
    pub(super) view: Arc<View>,
    pub(super) rules: Vec<RuleShape>,
    /// The sources of single records that field rights speak of.
    pub(super) spoken_of: Vec<(RecordKey, Source)>,
    pub(super) sources: Sources,
    pub(super) classes: BTreeSet<SourceSet>,
    /// The fields that filters read.
    pub(super) filtered: BTreeSet<FieldId>,
    /// Those and the fields that the order reads.
    pub(super) fields: BTreeSet<FieldId>,
    /// The sources of each group of inputs that tell viewers apart.
    pub(super) groups: Vec<SourceSet>,
    /// By group: what tells that its inputs are read at all, whatever a record holds. What is masked is not what is empty.
    pub(super) read: Vec<u64>,
    pub(super) parts: Vec<Kept>,
    pub(super) records: Keys,
    /// Per record a keyed number and the digests of what it is made of, by group.
    pub(super) sums: Vec<u64>,
    pub(super) doubtful: BTreeSet<u32>,
    pub(super) principals: Keys,
    /// Per rule: the record or part row, and who is listed for it.
    pub(super) listed: Vec<Vec<(u32, u32)>>,
    pub(super) rule_parts: Vec<Option<PartId>>,
    pub(super) bars: Vec<(u32, u32)>,
    pub(super) subscriptions: BTreeMap<Option<String>, Vec<(u32, u32)>>,
    pub(super) next_turn: Option<DateTime<Utc>>,
    now: DateTime<Utc>,
    sip: SipHasher13,
    is_full: bool,
    /// The record that was looked for last; the rows of one often come together, and records in the order in which they came themselves.
    last: u32,
    buffer: Vec<u8>,
}

impl Builder {
    /// Prepares for the rows of a CRM whose people, field rights and filters were read: `people` needs no records. What `books` ask for is kept.
    pub fn new<'b>(people: &Snapshot, books: impl IntoIterator<Item = &'b Book>, key: &DigestKey) -> Self {
        let sources = Sources::new(people);
        let active = people.users().filter(|user| user.is_active).filter_map(|user| people.viewer(&user.key));
        let classes: BTreeSet<SourceSet> = active.map(|viewer| sources.readable(&viewer)).collect();
        let books: Vec<&Book> = books.into_iter().collect();
        let stored = people.crm().filters.rows().iter().filter_map(|row| row.filter.as_ref().ok());
        let filters = stored.chain(books.iter().flat_map(|book| book.filters()));
        let filtered: BTreeSet<FieldId> = filters.flat_map(Filter::fields).collect();
        let fields: BTreeSet<FieldId> = filtered.iter().copied().chain(people.view().order().iter().map(|key| key.field)).collect();
        let rules: Vec<RuleShape> = people.rule_shapes().cloned().collect();
        let parts_of = rules.iter().map(|shape| if let Target::Part(part) = shape.target { Some(part) } else { None });
        let rule_parts: Vec<Option<PartId>> = parts_of.collect();
        let (mut groups, mut read) = (Vec::new(), Vec::new());
        let sip = SipHasher13::new_with_key(&key.digest("index", []).0);
        let mut shape = Shape { view: people.view(), sources: &sources, classes: &classes, groups: &mut groups };
        let inputs = inputs(people.view(), &books);
        let mut parts: Vec<Kept> = (0_u16..).map(PartId).take(people.view().parts().len()).map(|part| shape.part(part, &fields, &inputs)).collect();
        shape.read(&inputs, sip, &mut read);
        for part in rule_parts.iter().flatten() {
            if let Some(kept) = parts.get_mut(usize::from(part.0)) {
                (kept.is_ruled, kept.has_rows) = (true, true);
            }
        }
        Self {
            view: people.shared_view(),
            rules,
            spoken_of: people.sources_of_records().map(|(record, source)| (record.clone(), source.clone())).collect(),
            classes,
            filtered,
            fields,
            groups,
            read,
            parts,
            records: Keys::default(),
            sums: Vec::new(),
            doubtful: BTreeSet::new(),
            principals: Keys::default(),
            listed: vec![Vec::new(); rule_parts.len()],
            rule_parts,
            bars: Vec::new(),
            subscriptions: BTreeMap::new(),
            next_turn: people.next_turn(),
            now: people.at().now,
            sip,
            is_full: false,
            last: 0,
            buffer: Vec::new(),
            sources,
        }
    }

    /// The main row of a record, its values in the order of the main part's columns. A key that comes twice makes the record doubtful.
    pub fn record(&mut self, key: &str, values: &[Scalar<'_>]) -> Taken {
        let Some((number, is_new)) = self.records.number(key) else {
            self.is_full = true;
            return Taken::New;
        };
        if !is_new {
            self.doubtful.insert(number);
            return Taken::Double;
        }
        let Some(main) = self.parts.first_mut() else { return Taken::New };
        self.sums.push(self.sip.hash(key.as_bytes()));
        let begin = self.sums.len();
        self.sums.resize(begin + self.groups.len(), 0);
        for (column, coding) in &mut main.columns {
            self.is_full |= !coding.push(value(values, usize::from(column.0)));
        }
        for hashed in &main.hashed {
            if let Some(sum) = self.sums.get_mut(begin + hashed.group) {
                *sum = hashed.digest(self.sip, "", values, &mut self.buffer);
            }
        }
        Taken::New
    }

    /// A row of another part than the main one.
    pub fn part(&mut self, part: PartId, record: &str, key: &str, values: &[Scalar<'_>]) -> Taken {
        let Some(record) = self.find(record) else { return Taken::Stray };
        let Some(kept) = self.parts.get_mut(usize::from(part.0)) else { return Taken::Stray };
        let mut hasher = self.sip;
        hasher.write_u32(record);
        hasher.write(key.as_bytes());
        if !kept.seen.insert(hasher.finish()) {
            self.doubtful.insert(record);
            return Taken::Double;
        }
        let sums = self.sums.get_mut(record as usize * (self.groups.len() + 1) + 1..).unwrap_or_default();
        for hashed in &kept.hashed {
            let digest = hashed.digest(self.sip, key, values, &mut self.buffer);
            if kept.is_ruled {
                kept.sums.push(digest);
            } else if let Some(sum) = sums.get_mut(hashed.group) {
                *sum = sum.wrapping_add(digest);
            }
        }
        if kept.has_rows {
            let Some((key, _)) = kept.keys.number(key) else {
                self.is_full = true;
                return Taken::New;
            };
            kept.records.push(record);
            kept.row_keys.push(key);
            for (column, coding) in &mut kept.columns {
                self.is_full |= !coding.push(value(values, usize::from(column.0)));
            }
        }
        Taken::New
    }

    /// A row of the right rule with this number: the principal is listed for the record or part row.
    pub fn right(&mut self, rule: usize, of: &str, principal: &str, during: Period) {
        let slot = self.principal(principal, during).unwrap_or(NOBODY);
        let part = self.rule_parts.get(rule).copied().flatten();
        let of = match part {
            None => self.find(of),
            Some(part) => self.parts.get(usize::from(part.0)).and_then(|kept| kept.keys.find(of)),
        };
        if let (Some(of), Some(listed)) = (of, self.listed.get_mut(rule)) {
            listed.push((of, slot));
        }
    }

    /// Whoever holds the principal does not see the record.
    pub fn bar(&mut self, record: &str, principal: &str, during: Period) {
        if let (Some(slot), Some(record)) = (self.principal(principal, during), self.find(record)) {
            self.bars.push((record, slot));
        }
    }

    /// The record is reserved for the principal, in one book or every one.
    pub fn subscription(&mut self, record: &str, principal: &str, book: Option<&str>, during: Period) {
        if let (Some(slot), Some(record)) = (self.principal(principal, during), self.find(record)) {
            match self.subscriptions.get_mut(&book.map(str::to_owned)) {
                Some(pairs) => pairs.push((record, slot)),
                None => {
                    self.subscriptions.insert(book.map(str::to_owned), vec![(record, slot)]);
                }
            }
        }
    }

    /// The record is doubtful alone. One that the view does not have is passed over.
    pub fn doubtful(&mut self, record: &str) {
        self.doubtful.extend(self.records.find(record));
    }

    /// Whether a main row of the record was taken.
    pub fn has(&self, record: &str) -> bool {
        self.records.find(record).is_some()
    }

    /// Record and key of each row that was taken of a part that right rules speak of.
    pub fn rows(&self, part: PartId) -> impl Iterator<Item = (&str, &str)> {
        let kept = self.parts.get(usize::from(part.0));
        kept.into_iter()
            .flat_map(|kept| kept.records.iter().zip(&kept.row_keys).map(|(record, key)| (self.records.text(*record), kept.keys.text(*key))))
    }

    /// The number of a record.
    fn find(&mut self, record: &str) -> Option<u32> {
        let near = (self.last..self.last.saturating_add(NEAR)).find(|number| !record.is_empty() && self.records.text(*number) == record);
        self.last = near.or_else(|| self.records.find(record))?;
        Some(self.last)
    }

    /// The number of a principal whose row counts now; none if it does not.
    fn principal(&mut self, principal: &str, during: Period) -> Option<u32> {
        self.next_turn = self.next_turn.into_iter().chain(during.next_turn(self.now)).min();
        if !during.covers(self.now) {
            return None;
        }
        let number = self.principals.number(principal);
        self.is_full |= number.is_none();
        number.map(|(number, _)| number)
    }

    /// Whether more came than can be numbered.
    pub(super) fn is_full(&self) -> bool {
        self.is_full
    }
}

impl Hashed {
    /// A keyed digest of what it takes of a row, with the row's key.
    fn digest(&self, sip: SipHasher13, row: &str, values: &[Scalar<'_>], buffer: &mut Vec<u8>) -> u64 {
        buffer.clear();
        let text = |text: &str, buffer: &mut Vec<u8>| {
            buffer.extend_from_slice(&u32::try_from(text.len()).unwrap_or(u32::MAX).to_le_bytes());
            buffer.extend_from_slice(text.as_bytes());
        };
        buffer.extend_from_slice(&self.part.to_le_bytes());
        text(row, buffer);
        for (column, tag) in &self.columns {
            let value = value(values, *column);
            let (kind, bits, rest) = value.bits();
            buffer.extend_from_slice(&tag.to_le_bytes());
            buffer.push(kind);
            match value {
                Scalar::Null => {}
                Scalar::Text(one) => text(one, buffer),
                Scalar::List(values) => text(&format!("{values:?}"), buffer),
                _ => {
                    buffer.extend_from_slice(&bits.to_le_bytes());
                    buffer.extend_from_slice(&rest.to_le_bytes());
                }
            }
        }
        sip.hash(buffer)
    }
}

fn value<'v>(values: &[Scalar<'v>], column: usize) -> Scalar<'v> {
    values.get(column).copied().unwrap_or(Scalar::Null)
}

/// What mappings read of records.
fn inputs(view: &View, books: &[&Book]) -> BTreeSet<Input> {
    let of_book = |book: &&Book| Property::ALL.iter().flat_map(|property| book.mapping.inputs(*property)).collect::<Vec<_>>();
    let direct: BTreeSet<Input> = books.iter().flat_map(of_book).collect();
    let mut inputs = direct.clone();
    for input in direct {
        let part = input.part(view);
        let order = view.part(part).into_iter().flat_map(|part| &part.order);
        if let Input::Field(field) = input
            && let Some(field) = view.field(field)
            && part != PartId::MAIN
        {
            inputs.extend(columns_of(view, &field.formation).into_iter().map(|column| Input::Column(part, column)));
        }
        inputs.extend(order.filter(|_| part != PartId::MAIN).map(|column| Input::Column(part, *column)));
    }
    inputs
}

/// The columns that a field is formed from; for a count all of them: whoever reads any counts the rows.
pub(super) fn columns_of(view: &View, formation: &Formation) -> BTreeSet<ColumnId> {
    let part = view.part(formation.part());
    let order = part.into_iter().flat_map(|part| &part.order).copied();
    match formation {
        Formation::Column { column, .. } => order.chain([*column]).collect(),
        Formation::First { column, when, .. } | Formation::All { column, when, .. } => {
            order.chain([*column]).chain(when.iter().map(|one| one.column)).collect()
        }
        Formation::Count { .. } => part.into_iter().flat_map(|part| part.numbered_columns()).map(|(column, _)| column).collect(),
    }
}

fn grouped(PartId(part): PartId, columns: Vec<(usize, (usize, u32))>) -> Vec<Hashed> {
    let mut groups: BTreeMap<usize, Vec<(usize, u32)>> = BTreeMap::new();
    for (group, column) in columns {
        groups.entry(group).or_default().push(column);
    }
    groups.into_iter().map(|(group, columns)| Hashed { part, group, columns }).collect()
}

/// Lays out what is kept.
struct Shape<'a> {
    view: &'a View,
    sources: &'a Sources,
    classes: &'a BTreeSet<SourceSet>,
    groups: &'a mut Vec<SourceSet>,
}

impl Shape<'_> {
    fn part(&mut self, part: PartId, fields: &BTreeSet<FieldId>, inputs: &BTreeSet<Input>) -> Kept {
        let formations = fields.iter().filter_map(|field| self.view.field(*field)).map(|field| &field.formation);
        let here: Vec<&Formation> = formations.filter(|formation| formation.part() == part).collect();
        let columns: BTreeSet<ColumnId> = here.iter().flat_map(|formation| columns_of(self.view, formation)).collect();
        let has_rows = part != PartId::MAIN && !here.is_empty();
        let columns = columns.into_iter().map(|column| (column, Coding::default())).collect();
        let hashed = if part == PartId::MAIN { self.main_inputs(inputs) } else { self.part_inputs(part, inputs) };
        Kept { columns, hashed, has_rows, ..Kept::default() }
    }

    /// The fields of the main row: each under its own number.
    fn main_inputs(&mut self, inputs: &BTreeSet<Input>) -> Vec<Hashed> {
        let mut hashed = Vec::new();
        for input in inputs {
            let Input::Field(id) = input else { continue };
            let Some(field) = self.view.field(*id) else { continue };
            if field.formation.part() != PartId::MAIN || field.sealed {
                continue;
            }
            if let Some(group) = self.group(&self.sources.set(&field.sources)) {
                let columns = columns_of(self.view, &field.formation);
                hashed.extend(columns.into_iter().map(|column| (group, (usize::from(column.0), u32::from(id.0) << 16 | u32::from(column.0)))));
            }
        }
        grouped(PartId::MAIN, hashed)
    }

    /// Adds, for every input that somebody reads, a keyed number of its own to its group.
    fn read(&mut self, inputs: &BTreeSet<Input>, sip: SipHasher13, read: &mut Vec<u64>) {
        for input in inputs {
            let (name, sources) = match input {
                Input::Field(id) => {
                    let Some(field) = self.view.field(*id).filter(|field| !field.sealed) else { continue };
                    ([0, id.0, 0], self.sources.set(&field.sources))
                }
                Input::Column(part, column) => {
                    let Some(shape) = self.view.column(*part, *column) else { continue };
                    ([1, part.0, column.0], self.sources.set(&shape.sources))
                }
            };
            let Some(group) = self.group(&sources) else { continue };
            read.resize(self.groups.len(), 0);
            if let Some(sum) = read.get_mut(group) {
                *sum = sum.wrapping_add(sip.hash(name.map(u16::to_le_bytes).as_flattened()));
            }
        }
        read.resize(self.groups.len(), 0);
    }

    /// The columns of another part: each under its number.
    fn part_inputs(&mut self, part: PartId, inputs: &BTreeSet<Input>) -> Vec<Hashed> {
        let sources = self.sources.columns(self.view, part);
        let columns = inputs.iter().filter_map(|input| if let Input::Column(of, column) = input { Some((*of, *column)) } else { None });
        let mut hashed = Vec::new();
        for (_, column) in columns.filter(|(of, _)| *of == part) {
            let Some(sources) = sources.get(usize::from(column.0)) else { continue };
            hashed.extend(self.group(sources).map(|group| (group, (usize::from(column.0), u32::from(column.0)))));
        }
        grouped(part, hashed)
    }

    /// The group of what these sources give; none if nobody reads it.
    fn group(&mut self, sources: &SourceSet) -> Option<usize> {
        let telling = self.sources.telling(sources, self.classes)?;
        let known = self.groups.iter().position(|group| *group == telling);
        Some(known.unwrap_or_else(|| {
            self.groups.push(telling);
            self.groups.len() - 1
        }))
    }
}
