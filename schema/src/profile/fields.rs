//! `[fields]` and `[view]`: how fields are formed from parts, and in which order records stand.

use std::collections::BTreeSet;

use adressbote_rules::key::Source;
use adressbote_rules::text::TextOrder;
use adressbote_rules::value::{Kind, Type, Value};
use adressbote_rules::view::{ColumnId, Field, FieldId, Formation, Part, PartId, RowCondition, SortKey, View};
use chrono_tz::Tz;
use toml::de::DeValue;

use super::error::hint;
use super::section::{Entry, Section, Word};
use crate::crm::value::{Cell, convert};

/// The parts of the view with their numbers, which of them have right rules of their own, and where their days begin.
pub(super) struct Parts<'p> {
    pub(super) parts: &'p [(PartId, Part)],
    pub(super) ruled: &'p BTreeSet<String>,
    pub(super) zone: Tz,
}

/// A column found by its name.
#[derive(Clone, Copy)]
struct Found<'p> {
    part: PartId,
    rows: &'p Part,
    column: ColumnId,
    kind: Kind,
}

impl<'p> Parts<'p> {
    fn part(&self, name: &str) -> Option<(PartId, &'p Part)> {
        self.parts.iter().find(|(_, part)| part.name == name).map(|(id, part)| (*id, part))
    }

    fn column(&self, name: &str) -> Option<Found<'p>> {
        let (part, column) = name.split_once('.')?;
        let (id, rows) = self.part(part)?;
        let number = rows.column_named(column)?;
        let found = rows.columns.iter().find(|one| one.name == column)?;
        Some(Found { part: id, rows, column: number, kind: found.kind })
    }

    fn column_or_mistake(&self, section: &Section<'_>, word: Word<'_>) -> Option<Found<'p>> {
        let found = self.column(word.text);
        if found.is_none() {
            let known: Vec<String> =
                self.parts.iter().flat_map(|(_, part)| part.columns.iter().map(|column| format!("{}.{}", part.name, column.name))).collect();
            section.notes().at(word.at, format!("no part has a column `{}`", word.text), hint(word.text, known.iter().map(String::as_str)));
        }
        found
    }

    fn part_or_mistake(&self, section: &Section<'_>, word: Word<'_>) -> Option<(PartId, &'p Part)> {
        let found = self.part(word.text);
        if found.is_none() {
            let what = format!("there is no part `{}`", word.text);
            section.notes().at(word.at, what, hint(word.text, self.parts.iter().map(|(_, part)| part.name.as_str())));
        }
        found
    }
}

/// Reads `[fields]`, in the order of the file.
pub(super) fn fields(root: &mut Section<'_>, parts: &Parts<'_>) -> Vec<Field> {
    let Some(mut all) = root.required_section("fields") else { return Vec::new() };
    let entries = all.take_all();
    if entries.is_empty() {
        all.refuse("the view has no fields".to_owned(), None);
    }
    entries.into_iter().filter_map(|entry| field(&all, entry, parts)).collect()
}

fn field(all: &Section<'_>, entry: Entry<'_>, parts: &Parts<'_>) -> Option<Field> {
    let name = entry.key.text;
    let mut section = all.open(entry)?;
    if name.trim() != name || name.is_empty() || name.chars().any(char::is_control) || name.starts_with('-') {
        section.refuse(format!("`{name}` is no name for a field"), Some("no space at its ends, no control characters, no `-` in front".to_owned()));
    }
    if parts.part(name).is_some() {
        let what = format!("the name `{name}` is given to a field and to a part: a mapping could not tell them apart");
        section.refuse(what, Some("give the field another name".to_owned()));
        return None;
    }
    let formed = formation(&mut section, parts);
    let sealed = sealed(&mut section, parts);
    section.end();
    let (formation, ty, sources) = formed?;
    Some(Field { name: name.to_owned(), ty, formation, sources, sealed })
}

/// A formation, its type, and sources beyond those of its columns, which the view adds by itself.
type Formed = (Formation, Type, Vec<Source>);

fn formation(section: &mut Section<'_>, parts: &Parts<'_>) -> Option<Formed> {
    let ways = [section.text("column"), section.text("first"), section.text("all"), section.text("count")];
    let when = section.section("when");
    if ways.iter().flatten().count() != 1 {
        section.refuse("a field is formed in exactly one way".to_owned(), Some("give one of `column`, `first`, `all`, `count`".to_owned()));
        return None;
    }
    match ways {
        [Some(word), None, None, None] => {
            if let Some(when) = when {
                when.refuse("`when` does not go with `column`".to_owned(), Some("`first` takes the first row that fits".to_owned()));
            }
            let found = parts.column_or_mistake(section, word)?;
            let formation = Formation::Column { part: found.part, column: found.column };
            Some((formation, Type { kind: found.kind, many: false }, Vec::new()))
        }
        [None, first, all, None] => {
            let found = parts.column_or_mistake(section, first.or(all)?)?;
            let when = conditions(when, found.rows, parts.zone)?;
            let (part, column) = (found.part, found.column);
            let formation = if all.is_some() { Formation::All { part, column, when } } else { Formation::First { part, column, when } };
            Some((formation, Type { kind: found.kind, many: all.is_some() }, Vec::new()))
        }
        [None, None, None, Some(word)] => {
            let (part, rows) = parts.part_or_mistake(section, word)?;
            let when = conditions(when, rows, parts.zone)?;
            Some((Formation::Count { part, when }, Type { kind: Kind::Int, many: false }, vec![Source::new(&rows.name)]))
        }
        _ => None,
    }
}

/// The conditions on rows.
fn conditions(when: Option<Section<'_>>, rows: &Part, zone: Tz) -> Option<Vec<RowCondition>> {
    let Some(mut when) = when else { return Some(Vec::new()) };
    let mut conditions = Vec::new();
    let entries = when.take_all();
    let count = entries.len();
    for entry in entries {
        let known = rows.columns.iter().map(|column| column.name.as_str());
        let found = rows.columns.iter().find(|column| column.name == entry.key.text).zip(rows.column_named(entry.key.text));
        let Some((column, number)) = found else {
            let what = format!("part `{}` has no column `{}`", rows.name, entry.key.text);
            when.notes().at(entry.key.at, what, hint(entry.key.text, known));
            continue;
        };
        let any_of = values(&when, entry, column.kind, zone);
        if !any_of.is_empty() {
            conditions.push(RowCondition { column: number, any_of });
        }
    }
    (conditions.len() == count).then_some(conditions)
}

/// The values of a condition, of the column's kind; none of them if one is wrong.
fn values(when: &Section<'_>, entry: Entry<'_>, kind: Kind, zone: Tz) -> Vec<Value> {
    let DeValue::Array(items) = entry.value.get_ref() else {
        let what = format!("`{}` must be a list of values", entry.key.text);
        when.notes().at(entry.value.span().start, what, Some("write [\"…\"], also for a single value".to_owned()));
        return Vec::new();
    };
    let read = |item: &DeValue<'_>| match item {
        DeValue::String(text) => convert(&Cell::Text(text.as_bytes()), kind, zone).ok(),
        DeValue::Boolean(value) => (kind == Kind::Bool).then_some(Value::Bool(*value)),
        DeValue::Integer(number) if kind == Kind::Int => i64::from_str_radix(number.as_str(), number.radix()).ok().map(Value::Int),
        DeValue::Float(number) if kind == Kind::Real => number.as_str().parse().ok().map(Value::Real),
        _ => None,
    };
    let mut found = Vec::new();
    for item in items.iter() {
        match read(item.get_ref()) {
            Some(value) => found.push(value),
            None => when.notes().at(item.span().start, format!("this is no value of the kind `{}` that `{}` has", kind.word(), entry.key.text), None),
        }
    }
    if items.is_empty() {
        when.notes().at(entry.value.span().start, format!("no row can fulfil `{}` without values", entry.key.text), None);
    }
    if found.len() == items.len() { found } else { Vec::new() }
}

/// Whether a field computed in the CRM over other rows must be masked for everyone.
fn sealed(section: &mut Section<'_>, parts: &Parts<'_>) -> bool {
    let over = section.texts("over");
    let open = section.flag("open");
    if open && over.is_none() {
        section.refuse("`open` says nothing without `over`".to_owned(), Some("name in `over` the parts that the field is computed over".to_owned()));
    }
    let over: Vec<&Part> =
        over.unwrap_or_default().into_iter().filter_map(|word| parts.part_or_mistake(section, word)).map(|(_, part)| part).collect();
    !open && over.iter().any(|part| parts.ruled.contains(&part.name))
}

/// Reads `[view]` and puts the view together.
pub(super) fn view(root: &mut Section<'_>, parts: Vec<Part>, fields: Vec<Field>) -> Option<View> {
    let mut section = root.required_section("view")?;
    let name = section.required_text("name");
    let locale = section.required_text("locale");
    if let Some(word) = locale
        && TextOrder::new(word.text).is_none()
    {
        let what = format!("`{}` is no locale with a collation", word.text);
        section.notes().at(word.at, what, Some("write `de` (DIN 5007-1), `de-u-co-phonebk` (DIN 5007-2) or another BCP 47 name".to_owned()));
    }
    let words = section.texts("order").unwrap_or_default();
    // Only a view knows the numbers of its fields, so it is made once without order to look them up.
    let order = match View::new("", "", parts.clone(), fields.clone(), Vec::new()) {
        Ok(draft) => words.into_iter().filter_map(|word| sort_key(&section, &draft, word)).collect(),
        Err(error) => {
            section.refuse(error.to_string(), None);
            Vec::new()
        }
    };
    section.end();
    View::new(name?.text, locale?.text, parts, fields, order).ok()
}

fn sort_key(section: &Section<'_>, view: &View, word: Word<'_>) -> Option<SortKey> {
    let (name, descending) = word.text.strip_prefix('-').map_or((word.text, false), |name| (name, true));
    let Some(field) = view.field_named(name) else {
        let known = view.fields().iter().map(|field| field.name.as_str());
        section.notes().at(word.at, format!("the view has no field `{name}` to be ordered by"), hint(name, known));
        return None;
    };
    if is_many(view, field) {
        section.notes().at(word.at, format!("`{name}` holds many values, records cannot be ordered by it"), None);
        return None;
    }
    Some(SortKey { field, descending })
}

fn is_many(view: &View, field: FieldId) -> bool {
    view.field(field).is_some_and(|field| field.ty.many)
}
