//! The fields that filters and order read, formed from the numbers of their columns: the second execution of [`crate::view::Formation`].

use std::cmp::Ordering;

use hashbrown::HashMap;

use super::appear::Appearances;
use super::build::{Builder, IndexError, Kept};
use super::coding::Coding;
use super::lists::Grouped;
use crate::filter::Dictionary;
use crate::sight::order_values;
use crate::value::Value;
use crate::view::{ColumnId, FieldId, Formation, PartId, RowCondition, View};

/// A field by entry.
#[derive(Debug)]
pub(super) struct Column {
    pub(super) dictionary: Dictionary,
    /// The code of each entry.
    pub(super) codes: Vec<u32>,
}

/// Forms a field for every entry.
pub(super) fn column(builder: &Builder, appearances: &Appearances, id: FieldId) -> Result<Column, IndexError> {
    let view = builder.view.as_ref();
    let (Some(field), Some(records)) = (view.field(id), u32::try_from(builder.records.len()).ok()) else { return Err(IndexError::TooMuch) };
    let part = field.formation.part();
    let Some(kept) = builder.parts.get(usize::from(part.0)) else { return Err(IndexError::TooMuch) };
    let (values, mut codes) = match &field.formation {
        Formation::Column { part: PartId::MAIN, column } => {
            let coding = coding(kept, *column);
            let of = |record: u32| coding.and_then(|coding| coding.codes.get(record as usize)).copied().unwrap_or(0);
            let all = (0..records).chain(appearances.further.iter().map(|(record, _)| *record));
            (coding.map(Coding::values).unwrap_or_default(), all.map(of).collect::<Vec<u32>>())
        }
        formation => {
            let mut former = Former::new(view, (part, kept), formation, records);
            let all = (0..records).map(|record| (record, u64::MAX)).chain(appearances.further.iter().copied());
            let codes = all.map(|(record, way)| former.form(record, appearances, way)).collect();
            (former.values(), codes)
        }
    };
    let (dictionary, recoded) = Dictionary::new(values);
    for code in &mut codes {
        *code = code.checked_sub(1).and_then(|place| recoded.get(place as usize)).copied().unwrap_or(0);
    }
    Ok(Column { dictionary, codes })
}

fn coding(kept: &Kept, column: ColumnId) -> Option<&Coding> {
    kept.columns.iter().find(|(id, _)| *id == column).map(|(_, coding)| coding)
}

/// Forms one field of another part than the main one.
struct Former<'a> {
    part: PartId,
    kept: &'a Kept,
    formation: &'a Formation,
    by_record: Grouped,
    /// Per order column: the codes of the rows, and the place of each code in the order.
    order: Vec<(&'a [u32], Vec<u32>)>,
    /// Per condition: the codes of the rows, and of each code whether it fits.
    when: Vec<(&'a [u32], Vec<bool>)>,
    /// The column whose values are taken.
    taken: Option<&'a Coding>,
    lists: HashMap<Vec<u32>, u32>,
    counts: HashMap<usize, u32>,
    made: Vec<Value>,
}

impl<'a> Former<'a> {
    fn new(view: &View, (part, kept): (PartId, &'a Kept), formation: &'a Formation, records: u32) -> Self {
        let pairs: Vec<(u32, u32)> = match part {
            PartId::MAIN => (0..records).map(|record| (record, record)).collect(),
            _ => kept.records.iter().copied().zip(0_u32..).collect(),
        };
        let order = view.part(part).into_iter().flat_map(|part| &part.order).filter_map(|column| coding(kept, *column));
        let (taken, when): (Option<ColumnId>, &[RowCondition]) = match formation {
            Formation::Column { column, .. } => (Some(*column), &[]),
            Formation::First { column, when, .. } | Formation::All { column, when, .. } => (Some(*column), when),
            Formation::Count { when, .. } => (None, when),
        };
        let fits = |condition: &RowCondition| {
            let coding = coding(kept, condition.column)?;
            let fits = std::iter::once(Value::Null).chain(coding.values()).map(|value| condition.any_of.contains(&value)).collect();
            Some((coding.codes.as_slice(), fits))
        };
        Self {
            part,
            kept,
            formation,
            by_record: Grouped::new(records as usize, &pairs),
            order: order.map(|coding| (coding.codes.as_slice(), places(coding))).collect(),
            when: when.iter().filter_map(fits).collect(),
            taken: taken.and_then(|column| coding(kept, column)),
            lists: HashMap::new(),
            counts: HashMap::new(),
            made: Vec::new(),
        }
    }

    /// The values by code less one.
    fn values(self) -> Vec<Value> {
        match self.formation {
            Formation::Column { .. } | Formation::First { .. } => self.taken.map(Coding::values).unwrap_or_default(),
            Formation::All { .. } | Formation::Count { .. } => self.made,
        }
    }

    /// The field of a record as it looks so; its code among [`Former::values`] plus one.
    fn form(&mut self, record: u32, appearances: &Appearances, way: u64) -> u32 {
        let varied = appearances.varied.get(&record);
        let is_given = |row: &u32| varied.is_none_or(|varied| varied.gives_row(way, self.part, *row as usize));
        let mut rows: Vec<u32> = self.by_record.of(record).iter().copied().filter(is_given).collect();
        rows.sort_by(|left, right| self.order_rows(*left, *right));
        let code = |row: &u32| self.taken.and_then(|taken| taken.codes.get(*row as usize)).copied().unwrap_or(0);
        if let Formation::Column { .. } = self.formation {
            return rows.first().map_or(0, code);
        }
        rows.retain(|row| {
            self.when.iter().all(|(codes, fits)| codes.get(*row as usize).and_then(|code| fits.get(*code as usize)).copied().unwrap_or(false))
        });
        let next = u32::try_from(self.made.len() + 1).unwrap_or(u32::MAX);
        match self.formation {
            Formation::Column { .. } | Formation::First { .. } => rows.iter().map(code).find(|code| *code != 0).unwrap_or(0),
            Formation::Count { .. } => *self.counts.entry(rows.len()).or_insert_with(|| {
                self.made.push(Value::Int(i64::try_from(rows.len()).unwrap_or(i64::MAX)));
                next
            }),
            Formation::All { .. } => {
                let codes: Vec<u32> = rows.iter().map(code).filter(|code| *code != 0).collect();
                if let Some(known) = self.lists.get(&codes) {
                    return *known;
                }
                let values = self.taken.map(|taken| codes.iter().filter_map(|code| taken.value(*code)).collect()).unwrap_or_default();
                self.made.push(Value::List(values));
                self.lists.insert(codes, next);
                next
            }
        }
    }

    /// Rows stand by the part's order columns, nulls last, then by key.
    fn order_rows(&self, left: u32, right: u32) -> Ordering {
        let by_columns = self.order.iter().map(|(codes, places)| {
            let place = |row: u32| codes.get(row as usize).and_then(|code| places.get(*code as usize)).copied().unwrap_or(u32::MAX);
            place(left).cmp(&place(right))
        });
        let key = |row: u32| self.kept.row_keys.get(row as usize).map(|key| self.kept.keys.text(*key));
        by_columns.fold(Ordering::Equal, Ordering::then).then_with(|| key(left).cmp(&key(right)))
    }
}

/// The place of each code of a column in the order of a part's rows; null last.
fn places(coding: &Coding) -> Vec<u32> {
    let values: Vec<Value> = std::iter::once(Value::Null).chain(coding.values()).collect();
    let mut sorted: Vec<(usize, &Value)> = values.iter().enumerate().collect();
    sorted.sort_by(|(_, left), (_, right)| order_values(left, right, &str::cmp));
    let mut places = vec![0; values.len()];
    for (place, (code, _)) in (0_u32..).zip(sorted) {
        if let Some(slot) = places.get_mut(code) {
            *slot = place;
        }
    }
    places
}
