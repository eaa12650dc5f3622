//! Taking the rows of a CRM as they come: what filters and order read is kept as numbers, of everything else only keyed digests.

use std::collections::{BTreeMap, BTreeSet};
use std::hash::Hasher;

use chrono::{DateTime, Utc};
use hashbrown::HashSet;
use siphasher::sip::SipHasher13;

use super::coding::{Coding, Scalar};
use super::keys::Keys;
use super::sources::{SourceSet, Sources};
use crate::book::Book;
use crate::crm::{Crm, Target};
use crate::digest::DigestKey;
use crate::filter::Filter;
use crate::map::Input;
use crate::property::Property;
use crate::sight::Snapshot;
use crate::time::Period;
use crate::value::Value;
use crate::view::{ColumnId, FieldId, Formation, PartId, View};

/// A principal that nobody holds.
pub(super) const NOBODY: u32 = u32::MAX;

/// Why there is no index.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IndexError {
    /// More than numbers of 32 bits can tell apart.
    #[error("there are more than four thousand million rows or 4 GiB of keys; nobody's contacts can be told from that many")]
    TooMuch,
    /// The rows of one record have more than 64 rights of their own.
    #[error("record {record} has more than 64 rows or sources with rights of their own; the records cannot be indexed")]
    TooVaried {
        /// The record.
        record: String,
    },
}

/// What of a column goes into digests: under which tag, in which group.
#[derive(Clone, Copy, Debug)]
pub(super) struct Hashed {
    column: usize,
    tag: u32,
    pub(super) group: usize,
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

/// Takes the rows of a CRM as they come. Main rows come first, then the rows of parts, then everything that speaks of either.
#[derive(Debug)]
pub struct Builder<'p> {
    pub(super) people: &'p Snapshot,
    pub(super) sources: Sources,
    pub(super) classes: BTreeSet<SourceSet>,
    /// The fields that filters and order read.
    pub(super) fields: BTreeSet<FieldId>,
    /// The sources of each group of inputs that tell viewers apart.
    pub(super) groups: Vec<SourceSet>,
    pub(super) parts: Vec<Kept>,
    pub(super) records: Keys,
    /// A keyed number of each record.
    pub(super) numbers: Vec<u64>,
    /// Per record the digests of what it is made of, by group.
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
}

impl<'p> Builder<'p> {
    /// Prepares for the rows of a CRM whose people, field rights and filters were read: `people` needs no records. What `books` ask for is kept.
    pub fn new<'b>(people: &'p Snapshot, books: impl IntoIterator<Item = &'b Book>, key: &DigestKey) -> Self {
        let sources = Sources::new(people);
        let active = people.users().filter(|user| user.is_active).filter_map(|user| people.viewer(&user.key));
        let classes: BTreeSet<SourceSet> = active.map(|viewer| sources.readable(&viewer)).collect();
        let books: Vec<&Book> = books.into_iter().collect();
        let stored = people.crm().filters.rows().iter().filter_map(|row| row.filter.as_ref().ok());
        let filters = stored.chain(books.iter().flat_map(|book| book.filters()));
        let fields: BTreeSet<FieldId> = filters.flat_map(Filter::fields).chain(people.view().order().iter().map(|key| key.field)).collect();
        let mut principals = Keys::default();
        let is_full = people.principal_names().iter().any(|name| principals.number(name.as_str()).is_none());
        let parts_of = people.rule_shapes().map(|shape| if let Target::Part(part) = shape.target { Some(part) } else { None });
        let rule_parts: Vec<Option<PartId>> = parts_of.collect();
        let mut groups = Vec::new();
        let mut shape = Shape { view: people.view(), sources: &sources, classes: &classes, groups: &mut groups };
        let inputs = inputs(people.view(), &books);
        let mut parts: Vec<Kept> = (0_u16..).map(PartId).take(people.view().parts().len()).map(|part| shape.part(part, &fields, &inputs)).collect();
        for part in rule_parts.iter().flatten() {
            if let Some(kept) = parts.get_mut(usize::from(part.0)) {
                (kept.is_ruled, kept.has_rows) = (true, true);
            }
        }
        Self {
            people,
            classes,
            fields,
            groups,
            parts,
            records: Keys::default(),
            numbers: Vec::new(),
            sums: Vec::new(),
            doubtful: BTreeSet::new(),
            principals,
            listed: vec![Vec::new(); rule_parts.len()],
            rule_parts,
            bars: Vec::new(),
            subscriptions: BTreeMap::new(),
            next_turn: people.next_turn(),
            now: people.at().now,
            sip: SipHasher13::new_with_key(&key.digest("index", []).0),
            is_full,
            sources,
        }
    }

    /// The main row of a record, its values in the order of the main part's columns. A key that comes twice makes the record doubtful.
    pub fn record(&mut self, key: &str, values: &[Scalar<'_>]) {
        let Some((number, is_new)) = self.records.number(key) else {
            self.is_full = true;
            return;
        };
        if !is_new {
            self.doubtful.insert(number);
            return;
        }
        let mut hasher = self.sip;
        hasher.write(key.as_bytes());
        self.numbers.push(hasher.finish());
        let begin = self.sums.len();
        self.sums.resize(begin + self.groups.len(), 0);
        let Some(main) = self.parts.first_mut() else { return };
        for (column, coding) in &mut main.columns {
            self.is_full |= !coding.push(value(values, usize::from(column.0)));
        }
        for hashed in &main.hashed {
            if let Some(sum) = self.sums.get_mut(begin + hashed.group) {
                *sum = sum.wrapping_add(digest(self.sip, hashed.tag, "", value(values, hashed.column)));
            }
        }
    }

    /// A row of another part than the main one. Rows of records that the view does not have are passed over; false says so.
    pub fn part(&mut self, part: PartId, record: &str, key: &str, values: &[Scalar<'_>]) -> bool {
        let Some(record) = self.records.find(record) else { return false };
        let Some(kept) = self.parts.get_mut(usize::from(part.0)) else { return false };
        let mut hasher = self.sip;
        hasher.write_u32(record);
        hasher.write(key.as_bytes());
        if !kept.seen.insert(hasher.finish()) {
            self.doubtful.insert(record);
            return true;
        }
        let sums = self.sums.get_mut(record as usize * self.groups.len()..).unwrap_or_default();
        for hashed in &kept.hashed {
            let digest = digest(self.sip, hashed.tag, key, value(values, hashed.column));
            if kept.is_ruled {
                kept.sums.push(digest);
            } else if let Some(sum) = sums.get_mut(hashed.group) {
                *sum = sum.wrapping_add(digest);
            }
        }
        if kept.has_rows {
            let Some((key, _)) = kept.keys.number(key) else {
                self.is_full = true;
                return true;
            };
            kept.records.push(record);
            kept.row_keys.push(key);
            for (column, coding) in &mut kept.columns {
                self.is_full |= !coding.push(value(values, usize::from(column.0)));
            }
        }
        true
    }

    /// A row of the right rule with this number: the principal is listed for the record or part row.
    pub fn right(&mut self, rule: usize, of: &str, principal: &str, during: Period) {
        let slot = self.slot(principal, during).unwrap_or(NOBODY);
        let part = self.rule_parts.get(rule).copied().flatten();
        let keys = part.map_or(Some(&self.records), |part| self.parts.get(usize::from(part.0)).map(|kept| &kept.keys));
        if let (Some(of), Some(listed)) = (keys.and_then(|keys| keys.find(of)), self.listed.get_mut(rule)) {
            listed.push((of, slot));
        }
    }

    /// Whoever holds the principal does not see the record.
    pub fn bar(&mut self, record: &str, principal: &str, during: Period) {
        if let (Some(slot), Some(record)) = (self.slot(principal, during), self.records.find(record)) {
            self.bars.push((record, slot));
        }
    }

    /// The record is reserved for the principal, in one book or every one.
    pub fn subscription(&mut self, record: &str, principal: &str, book: Option<&str>, during: Period) {
        if let (Some(slot), Some(record)) = (self.slot(principal, during), self.records.find(record)) {
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

    /// Takes rows that are in memory.
    pub fn take(&mut self, crm: &Crm) {
        for row in crm.records.rows() {
            self.record(row.key.as_str(), &scalars(&row.values));
        }
        for (part, reading) in (1_u16..).zip(&crm.parts) {
            for row in reading.rows() {
                self.part(PartId(part), row.record.as_str(), row.key.as_str(), &scalars(&row.values));
            }
        }
        for (number, rule) in crm.rules.iter().enumerate() {
            rule.rows.rows().iter().for_each(|row| self.right(number, &row.of, row.principal.as_str(), row.during));
        }
        crm.bars.rows().iter().for_each(|row| self.bar(row.record.as_str(), row.principal.as_str(), row.during));
        for row in crm.subscriptions.rows() {
            self.subscription(row.record.as_str(), row.principal.as_str(), row.book.as_deref(), row.during);
        }
        crm.doubtful_records.iter().for_each(|doubt| self.doubtful(doubt.record.as_str()));
    }

    /// The slot of a principal whose row counts now; none if it does not, or nobody holds it.
    fn slot(&mut self, principal: &str, during: Period) -> Option<u32> {
        self.next_turn = self.next_turn.into_iter().chain(during.next_turn(self.now)).min();
        self.principals.find(principal).filter(|_| during.covers(self.now))
    }

    /// Whether more came than can be numbered.
    pub(super) fn is_full(&self) -> bool {
        self.is_full
    }
}

fn scalars(values: &[Value]) -> Vec<Scalar<'_>> {
    values.iter().map(Scalar::of).collect()
}

/// A keyed digest of one value: of which input, of which part row.
fn digest(sip: SipHasher13, tag: u32, row: &str, value: Scalar<'_>) -> u64 {
    let mut hasher = sip;
    let (kind, bits, rest) = value.bits();
    hasher.write_u32(tag);
    hasher.write_u32(u32::try_from(row.len()).unwrap_or(u32::MAX));
    hasher.write(row.as_bytes());
    hasher.write_u8(kind);
    match value {
        Scalar::Text(text) => hasher.write(text.as_bytes()),
        Scalar::List(values) => hasher.write(format!("{values:?}").as_bytes()),
        _ => {
            hasher.write_u64(bits);
            hasher.write_u32(rest);
        }
    }
    hasher.finish()
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
            if let (Formation::Column { part: PartId::MAIN, column }, false) = (&field.formation, field.sealed) {
                let sources = self.sources.set(&field.sources);
                hashed.extend(self.group(&sources).map(|group| Hashed { column: usize::from(column.0), tag: u32::from(id.0), group }));
            }
        }
        hashed
    }

    /// The columns of another part: each under the part's number and its own.
    fn part_inputs(&mut self, part: PartId, inputs: &BTreeSet<Input>) -> Vec<Hashed> {
        let sources = self.sources.columns(self.view, part);
        let columns = inputs.iter().filter_map(|input| if let Input::Column(of, column) = input { Some((*of, *column)) } else { None });
        let mut hashed = Vec::new();
        for (_, column) in columns.filter(|(of, _)| *of == part) {
            let Some(sources) = sources.get(usize::from(column.0)) else { continue };
            let tag = u32::from(part.0) << 16 | u32::from(column.0);
            hashed.extend(self.group(sources).map(|group| Hashed { column: usize::from(column.0), tag, group }));
        }
        hashed
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
