//! A record as one viewer may see it.

use std::borrow::Cow;
use std::cmp::Ordering;

use serde_json::{Map, Value as Json};

use super::viewer::Viewer;
use crate::crm::RecordRow;
use crate::filter::{Readable, Truth};
use crate::key::{RecordKey, UserKey};
use crate::mask::FieldMask;
use crate::value::{Seen, Value};
use crate::view::{ColumnId, FieldId, Formation, PartId, RowCondition, View};

/// A record as its viewer may see it: only readable fields, only visible rows. Filter, order, cap, mapping and plan take only this.
#[derive(Clone, Debug)]
pub struct VisibleRecord<'v> {
    viewer: &'v Viewer<'v>,
    main: &'v RecordRow,
    mask: FieldMask,
}

impl<'v> VisibleRecord<'v> {
    pub(super) fn new(viewer: &'v Viewer<'v>, main: &'v RecordRow, mask: FieldMask) -> Self {
        Self { viewer, main, mask }
    }

    /// Who sees it.
    pub fn viewer(&self) -> &UserKey {
        &self.viewer.person().id
    }

    /// Its key.
    pub fn key(&self) -> &'v RecordKey {
        &self.main.key
    }

    /// Which of its fields the viewer may read.
    pub fn mask(&self) -> &FieldMask {
        &self.mask
    }

    /// A field as the viewer sees it.
    pub fn see(&self, field: FieldId) -> Seen<'v> {
        let shape = self.viewer.snapshot().view().field(field).filter(|_| self.mask.reads(field));
        match shape {
            None => Seen::Masked,
            Some(shape) => Seen::Value(form(&shape.formation, |part| self.rows(part))),
        }
    }

    /// The columns of a part that the viewer may read.
    fn columns(&self, part: PartId) -> Vec<ColumnId> {
        self.viewer.readable_columns(self.key(), part)
    }

    /// Whether what orders the rows of a part is among the columns.
    fn has_order(&self, part: PartId, columns: &[ColumnId]) -> bool {
        self.viewer.snapshot().view().part(part).is_some_and(|part| part.order.iter().all(|column| columns.contains(column)))
    }

    /// The rows of a part that the viewer may see.
    fn rows(&self, part: PartId) -> Vec<&'v [Value]> {
        if part == PartId::MAIN { vec![&self.main.values] } else { self.hanging_rows(part, &self.columns(part)) }
    }

    /// The rows of another part than `main`, given the columns that he may read: in the part's order; without that by key, which is enough to count them.
    fn hanging_rows(&self, part: PartId, columns: &[ColumnId]) -> Vec<&'v [Value]> {
        if columns.is_empty() {
            return Vec::new();
        }
        let mut rows: Vec<&'v [Value]> = self.viewer.visible_rows(self.key(), part).map(|row| row.values.as_slice()).collect();
        if self.has_order(part, columns) {
            sort_rows(&mut rows, self.viewer.snapshot().view(), part);
        }
        rows
    }

    /// The record as one JSON document, as mappings see it: every readable field under its name, and every part but the main row as an array of
    /// objects of its visible rows. What is masked is absent; so is a part of which nothing may be read, or not what orders it: which of its rows comes
    /// first could not be told.
    pub fn document(&self) -> Json {
        let view = self.viewer.snapshot().view();
        let fields = view.numbered_fields().filter_map(|(id, field)| match self.see(id) {
            Seen::Masked => None,
            Seen::Value(value) => Some((field.name.clone(), value.to_json())),
        });
        let parts = view.numbered_parts().skip(1).filter_map(|(id, part)| {
            let columns = self.columns(id);
            let object = |row: &[Value]| {
                let readable = columns.iter().filter_map(|column| Some((view.column(id, *column)?.name.clone(), value(row, *column)?.to_json())));
                Json::Object(readable.collect())
            };
            let is_readable = !columns.is_empty() && self.has_order(id, &columns);
            is_readable.then(|| (part.name.clone(), self.hanging_rows(id, &columns).into_iter().map(object).collect()))
        });
        Json::Object(fields.chain(parts).collect::<Map<String, Json>>())
    }

    /// Its standing to another record of the same viewer in the view's order: sort keys with masked as null and nulls last, then the key.
    pub fn order(&self, other: &Self) -> Ordering {
        let snapshot = self.viewer.snapshot();
        let mut by_keys = snapshot.view().order().iter().map(|key| {
            let (left, right) = (self.sort_value(key.field), other.sort_value(key.field));
            match (left, right) {
                (None, None) => Ordering::Equal,
                (None, Some(_)) => Ordering::Greater,
                (Some(_), None) => Ordering::Less,
                (Some(left), Some(right)) => {
                    let ordering = order_values(&left, &right, &|left, right| snapshot.text().order(left, right));
                    if key.descending { ordering.reverse() } else { ordering }
                }
            }
        });
        by_keys.find(|ordering| ordering.is_ne()).unwrap_or_else(|| self.key().cmp(other.key()))
    }

    fn sort_value(&self, field: FieldId) -> Option<Cow<'v, Value>> {
        match self.see(field) {
            Seen::Masked => None,
            Seen::Value(value) => Some(value).filter(|value| **value != Value::Null),
        }
    }

    /// The record's sort key as the viewer may see it; masked and null are none.
    pub fn sort_key(&self) -> Vec<Option<Value>> {
        let keys = self.viewer.snapshot().view().order().iter();
        keys.map(|key| self.sort_value(key.field).map(Cow::into_owned)).collect()
    }

    /// What a filter says of the record, for its viewer.
    pub fn judge(&self, filter: &crate::filter::Filter) -> Truth {
        filter.judge(self, self.viewer.circumstances())
    }

    /// What each clause of a filter says of the record, for its viewer.
    pub fn clauses(&self, filter: &crate::filter::Filter) -> Vec<crate::filter::ClauseTruth> {
        filter.clauses(self, self.viewer.circumstances())
    }
}

impl Readable for VisibleRecord<'_> {
    fn field(&self, field: FieldId) -> Seen<'_> {
        self.see(field)
    }
}

/// Forms a field from the rows of its parts.
pub(super) fn form<'a>(formation: &Formation, rows: impl Fn(PartId) -> Vec<&'a [Value]>) -> Cow<'a, Value> {
    let fitting = |part: PartId, when: &[RowCondition]| {
        let fits = |row: &&[Value]| when.iter().all(|one| value(row, one.column).is_some_and(|value| one.any_of.contains(value)));
        rows(part).into_iter().filter(fits).collect::<Vec<_>>()
    };
    let filled = |part: PartId, column: ColumnId, when: &[RowCondition]| {
        fitting(part, when).into_iter().filter_map(move |row| value(row, column)).filter(|value| **value != Value::Null)
    };
    match formation {
        Formation::Column { part, column } => rows(*part).first().and_then(|row| value(row, *column)).map_or(Cow::Owned(Value::Null), Cow::Borrowed),
        Formation::First { part, column, when } => filled(*part, *column, when).next().map_or(Cow::Owned(Value::Null), Cow::Borrowed),
        Formation::All { part, column, when } => Cow::Owned(Value::List(filled(*part, *column, when).cloned().collect())),
        Formation::Count { part, when } => Cow::Owned(Value::Int(i64::try_from(fitting(*part, when).len()).unwrap_or(i64::MAX))),
    }
}

fn value(row: &[Value], column: ColumnId) -> Option<&Value> {
    row.get(usize::from(column.0))
}

/// Sorts the rows of a part, which stand by key, by its order columns: ascending, nulls last; equal ones stay by key.
pub(super) fn sort_rows(rows: &mut [&[Value]], view: &View, part: PartId) {
    let Some(part) = view.part(part) else { return };
    rows.sort_by(|left, right| {
        let by_columns = part.order.iter().map(|column| match (value(left, *column), value(right, *column)) {
            (Some(left), Some(right)) => order_values(left, right, &str::cmp),
            (left, right) => left.is_none().cmp(&right.is_none()),
        });
        by_columns.fold(Ordering::Equal, Ordering::then)
    });
}

/// The order of two values of one kind, nulls last; text as `text` orders it.
pub(crate) fn order_values(left: &Value, right: &Value, text: &dyn Fn(&str, &str) -> Ordering) -> Ordering {
    match (left, right) {
        (Value::Null, Value::Null) => Ordering::Equal,
        (Value::Null, _) => Ordering::Greater,
        (_, Value::Null) => Ordering::Less,
        (Value::Text(left), Value::Text(right)) => text(left, right),
        (Value::Int(left), Value::Int(right)) => left.cmp(right),
        (Value::Real(left), Value::Real(right)) => left.total_cmp(right),
        (Value::Bool(left), Value::Bool(right)) => left.cmp(right),
        (Value::Date(left), Value::Date(right)) => left.cmp(right),
        (Value::Moment(left), Value::Moment(right)) => left.cmp(right),
        (Value::List(left), Value::List(right)) => {
            let pairs = left.iter().zip(right).map(|(left, right)| order_values(left, right, text));
            pairs.fold(Ordering::Equal, Ordering::then).then(left.len().cmp(&right.len()))
        }
        // A column holds values of one kind; values of two kinds never meet.
        (left, right) => rank(left).cmp(&rank(right)),
    }
}

fn rank(value: &Value) -> u8 {
    match value {
        Value::Bool(_) => 0,
        Value::Int(_) => 1,
        Value::Real(_) => 2,
        Value::Text(_) => 3,
        Value::Date(_) => 4,
        Value::Moment(_) => 5,
        Value::List(_) => 6,
        Value::Null => 7,
    }
}
