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
    plan: Plan,
    /// Fields and parts that it reads.
    pub(super) inputs: BTreeSet<Input>,
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
        Ok(Self { plan, inputs })
    }

    /// The nodes it selects, in order.
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
