//! JSONPath expressions over a record's document: parsed once, their names checked against the view, evaluated fast.

use std::collections::BTreeSet;

use jsonpath_rust::parser::model::{
    Comparable, Comparison, Filter, FilterAtom, JpQuery, Literal, Segment, Selector, SingularQuery, SingularQuerySegment,
};
use jsonpath_rust::parser::parse_json_path;
use jsonpath_rust::query::js_path_process;
use serde_json::Value as Json;

use super::error::MappingError;
use super::names::{Input, Names};
use crate::view::View;

/// An expression that was understood.
#[derive(Clone, Debug)]
pub(super) struct Expression {
    /// As it is written.
    pub(super) path: String,
    plan: Plan,
    /// What it reads: takes, tests, or stands in the order of.
    pub(super) inputs: BTreeSet<Input>,
    /// The same by name: fields, or parts with a column.
    names: Vec<(String, Option<String>)>,
}

/// How an expression is evaluated. The library builds the path of every node as text; what mappings mostly need is done without.
#[derive(Clone, Debug)]
enum Plan {
    Steps(Vec<Step>),
    Library(JpQuery),
}

#[derive(Clone, Debug)]
enum Step {
    /// `.name`
    Name(String),
    /// `[0]`
    Index(i64),
    /// `[*]`
    Wildcard,
    /// `[?@.column == 'text' || …]`
    AnyOf(Vec<(String, String)>),
}

impl Expression {
    /// Reads an expression that stands under `property`.
    pub(super) fn new(path: &str, property: &str, view: &View) -> Result<Self, MappingError> {
        let query = parse_json_path(path.trim()).map_err(|error| MappingError::NoPath {
            property: property.to_owned(),
            path: path.to_owned(),
            why: plain_reason(&error.to_string()),
        })?;
        let inputs = Names::new(view, property, path).check(&query)?;
        let plan = query.segments.iter().map(step).collect::<Option<Vec<Step>>>().map_or(Plan::Library(query), Plan::Steps);
        let name = |input: &Input| match input {
            Input::Field(field) => Some((view.field(*field)?.name.clone(), None)),
            Input::Column(part, column) => Some((view.part(*part)?.name.clone(), Some(view.column(*part, *column)?.name.clone()))),
        };
        let names = inputs.iter().filter_map(name).collect();
        Ok(Self { path: path.to_owned(), plan, inputs, names })
    }

    /// Whether something that it reads is masked in the document: absent, where null would stand for no value. Then it gives nothing, for a test of what is
    /// absent may hold (`@.kind != 'private'`) and show what it was to keep out.
    pub(super) fn is_masked(&self, document: &Json) -> bool {
        let lacks = |row: &Json, column: &str| row.as_object().is_some_and(|row| !row.contains_key(column));
        self.names.iter().any(|(name, column)| match (document.get(name), column) {
            (None, _) => true,
            (Some(_), None) => false,
            (Some(rows), Some(column)) => rows.as_array().is_some_and(|rows| rows.iter().any(|row| lacks(row, column))),
        })
    }

    /// The nodes it selects, in order, whether or not something is masked.
    pub(super) fn select<'a>(&self, document: &'a Json) -> Vec<&'a Json> {
        match &self.plan {
            Plan::Steps(steps) => steps.iter().fold(vec![document], |nodes, step| nodes.into_iter().flat_map(|node| step.take(node)).collect()),
            // An error means that the result is no node of the document; then nothing is selected.
            Plan::Library(query) => js_path_process(query, document).unwrap_or_default().into_iter().map(|found| found.val()).collect(),
        }
    }
}

impl Step {
    fn take<'a>(&self, node: &'a Json) -> Vec<&'a Json> {
        match (self, node) {
            (Self::Name(name), Json::Object(members)) => members.get(name).into_iter().collect(),
            (Self::Index(index), Json::Array(items)) => at(items, *index).into_iter().collect(),
            (Self::Wildcard, Json::Array(items)) => items.iter().collect(),
            (Self::Wildcard, Json::Object(members)) => members.values().collect(),
            (Self::AnyOf(pairs), Json::Array(items)) => items.iter().filter(|item| fits(pairs, item)).collect(),
            (Self::AnyOf(pairs), Json::Object(members)) => members.values().filter(|item| fits(pairs, item)).collect(),
            (Self::Name(_) | Self::Index(_) | Self::Wildcard | Self::AnyOf(_), _) => Vec::new(),
        }
    }
}

fn at(items: &[Json], index: i64) -> Option<&Json> {
    let from_end = usize::try_from(index.unsigned_abs()).ok()?;
    if index < 0 { items.get(items.len().checked_sub(from_end)?) } else { items.get(from_end) }
}

fn fits(pairs: &[(String, String)], item: &Json) -> bool {
    pairs.iter().any(|(name, text)| item.as_object().and_then(|members| members.get(name)).and_then(Json::as_str) == Some(text))
}

/// The segment as a step of our own, if it is one of the common kinds.
fn step(segment: &Segment) -> Option<Step> {
    match segment {
        Segment::Selector(Selector::Name(name)) => Some(Step::Name(name.clone())),
        Segment::Selector(Selector::Index(index)) => Some(Step::Index(*index)),
        Segment::Selector(Selector::Wildcard) => Some(Step::Wildcard),
        Segment::Selector(Selector::Filter(filter)) => any_of(filter).map(Step::AnyOf),
        Segment::Selector(Selector::Slice(..)) | Segment::Selectors(_) | Segment::Descendant(_) => None,
    }
}

fn any_of(filter: &Filter) -> Option<Vec<(String, String)>> {
    match filter {
        Filter::Or(filters) => Some(filters.iter().map(any_of).collect::<Option<Vec<_>>>()?.concat()),
        Filter::And(filters) => match filters.as_slice() {
            [one] => any_of(one),
            _ => None,
        },
        Filter::Atom(FilterAtom::Filter { expr, not: false }) => any_of(expr),
        Filter::Atom(FilterAtom::Comparison(comparison)) => equality(comparison).map(|pair| vec![pair]),
        Filter::Atom(FilterAtom::Filter { .. } | FilterAtom::Test { .. }) => None,
    }
}

fn equality(comparison: &Comparison) -> Option<(String, String)> {
    let Comparison::Eq(left, right) = comparison else { return None };
    let (query, literal) = match (left, right) {
        (Comparable::SingularQuery(query), Comparable::Literal(literal)) | (Comparable::Literal(literal), Comparable::SingularQuery(query)) => {
            (query, literal)
        }
        _ => return None,
    };
    match (query, literal) {
        (SingularQuery::Current(segments), Literal::String(text)) => match segments.as_slice() {
            [SingularQuerySegment::Name(name)] => Some((name.clone(), text.clone())),
            _ => None,
        },
        _ => None,
    }
}

/// The parser draws its errors over several lines; this takes place and expectation out of the drawing.
fn plain_reason(drawn: &str) -> String {
    let place = drawn.split_once("--> 1:").and_then(|(_, rest)| rest.split_whitespace().next());
    let expectation = drawn.rsplit_once("\n  = ").map(|(_, rest)| rest.trim().replace('_', " "));
    match (place, expectation) {
        (Some(place), Some(expectation)) => format!("{expectation} at character {place}"),
        _ => drawn.lines().next().unwrap_or_default().to_owned(),
    }
}
