//! The filter language from outside: what is understood, what is refused, and what comes out.

mod explained;
mod hostile;
mod properties;
mod refused;
mod slow;
mod truth;
mod understood;
mod wording;

use std::borrow::Cow;
use std::collections::BTreeSet;

use chrono::{DateTime, Utc};

use super::*;
use crate::key::{GroupKey, Source, UserKey};
use crate::value::{Type, Value};
use crate::view::{Column, ColumnId, Field, Formation, Part, PartId};

impl tree::Node {
    /// Calls `visit` with each atom, from left to right.
    fn each_atom<'a>(&'a self, visit: &mut impl FnMut(&'a tree::Atom)) {
        match self {
            Self::All(parts) | Self::Any(parts) => parts.iter().for_each(|part| part.each_atom(visit)),
            Self::Not(inner) => inner.each_atom(visit),
            Self::Atom(atom) => visit(atom),
        }
    }
}

/// The fields that a filter touches.
fn touched(filter: &Filter) -> BTreeSet<FieldId> {
    let mut fields = BTreeSet::new();
    filter.root.each_atom(&mut |atom| fields.append(&mut atom.fields()));
    fields
}

/// The fields of the view that the tests speak of, in its order.
const FIELDS: [(&str, Kind, bool); 13] = [
    ("name", Kind::Text, false),
    ("city", Kind::Text, false),
    ("owner", Kind::Text, false),
    ("Straße 1", Kind::Text, false),
    ("größe", Kind::Int, false),
    ("score", Kind::Real, false),
    ("active", Kind::Bool, false),
    ("birthday", Kind::Date, false),
    ("last_activity", Kind::Moment, false),
    ("categories", Kind::Text, true),
    ("numbers", Kind::Int, true),
    ("date", Kind::Date, false),
    ("like", Kind::Text, false),
];

fn view() -> View {
    let column = |(name, kind, _): &(&str, Kind, bool)| Column { name: (*name).to_owned(), kind: *kind, sources: vec![Source::new(name)] };
    let main = Part { name: "main".to_owned(), columns: FIELDS.iter().map(column).collect(), order: Vec::new() };
    let fields = (0..).zip(&FIELDS).map(|(number, (name, kind, many))| Field {
        name: (*name).to_owned(),
        ty: Type { kind: *kind, many: *many },
        formation: Formation::Column { part: PartId::MAIN, column: ColumnId(number) },
        sources: vec![Source::new(name)],
        sealed: false,
    });
    View::new("contacts", "de", vec![main], fields.collect(), Vec::new()).unwrap()
}

fn user_columns() -> BTreeMap<String, Kind> {
    [("region", Kind::Text), ("level", Kind::Int), ("is_boss", Kind::Bool), ("hired", Kind::Date)].map(|(name, kind)| (name.to_owned(), kind)).into()
}

fn person() -> Person {
    let columns = [("region", Some(Value::text("Süd"))), ("level", Some(Value::Int(3))), ("is_boss", Some(Value::Bool(true))), ("hired", None)];
    Person {
        id: UserKey::new("7"),
        login: "Änne".to_owned(),
        mail: None,
        groups: vec![GroupKey::new("g1"), GroupKey::new("G2")],
        stands_for: Vec::new(),
        columns: columns.map(|(name, value)| (name.to_owned(), value)).into(),
    }
}

/// A record: a field that is not given is NULL, one given as none is masked.
#[derive(Clone, Debug, Default)]
struct Row(BTreeMap<String, Option<Value>>);

impl Row {
    fn with(mut self, name: &str, value: impl Into<Option<Value>>) -> Self {
        assert!(FIELDS.iter().any(|(field, ..)| *field == name), "{name}");
        self.0.insert(name.to_owned(), value.into());
        self
    }

    fn text(self, name: &str, value: &str) -> Self {
        self.with(name, Value::text(value))
    }

    fn masked(self, name: &str) -> Self {
        self.with(name, None)
    }

    fn list(self, name: &str, values: &[&str]) -> Self {
        self.with(name, Value::List(values.iter().map(Value::text).collect()))
    }
}

impl Readable for Row {
    fn field(&self, field: FieldId) -> Seen<'_> {
        match self.0.get(FIELDS[usize::from(field.0)].0) {
            Some(Some(value)) => Seen::Value(Cow::Borrowed(value)),
            Some(None) => Seen::Masked,
            None => Seen::Value(Cow::Owned(Value::Null)),
        }
    }
}

fn parse_knowing(text: &str, known: Option<&FieldMask>) -> Result<Filter, FilterError> {
    Filter::parse(text, Names { view: &view(), user_columns: &user_columns(), known })
}

fn parse(text: &str) -> Result<Filter, FilterError> {
    parse_knowing(text, None)
}

fn parsed(text: &str) -> Filter {
    parse(text).unwrap_or_else(|error| panic!("{text}: {error}"))
}

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn moment(text: &str) -> Value {
    Value::Moment(text.parse::<DateTime<Utc>>().unwrap())
}

fn judged_for(text: &str, row: &Row, who: Option<&Person>) -> Truth {
    let order = TextOrder::new("de").unwrap();
    parsed(text).judge(row, Circumstances { who, today: day("2026-03-01"), text: &order })
}

fn judged(text: &str, row: &Row) -> Truth {
    judged_for(text, row, Some(&person()))
}
