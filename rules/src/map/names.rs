//! Checks the names in an expression against the view, as far as they can be told without a document.

use std::collections::BTreeSet;

use jsonpath_rust::parser::model::{
    Comparable, Filter, FilterAtom, FnArg, JpQuery, Segment, Selector, SingularQuery, SingularQuerySegment, Test, TestFunction,
};

use super::error::{MappingError, nearest};
use crate::view::{ColumnId, FieldId, Part, PartId, View};

/// What an expression reads of a record's document.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Input {
    /// A field.
    Field(FieldId),
    /// A column of the visible rows of a part: one that is taken or tested, or that orders the rows.
    Column(PartId, ColumnId),
}

impl Input {
    /// The part whose rows it is taken from.
    pub fn part(&self, view: &View) -> PartId {
        match self {
            Self::Field(field) => view.field(*field).map_or(PartId::MAIN, |field| field.formation.part()),
            Self::Column(part, _) => *part,
        }
    }
}

/// Where a path has come to.
#[derive(Clone, Copy, Debug)]
enum Place<'a> {
    Root,
    /// A multi-valued field.
    Values,
    /// The rows of a part.
    Rows(PartId, &'a Part),
    /// One row of a part.
    Row(PartId, &'a Part),
    /// A single value.
    Value,
    /// Somewhere below, after `..`.
    Anywhere,
}

impl Place<'_> {
    /// Whether the same can follow on both.
    fn is_like(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Rows(one, _), Self::Rows(other, _)) | (Self::Row(one, _), Self::Row(other, _)) => one == other,
            (one, other) => std::mem::discriminant(one) == std::mem::discriminant(other),
        }
    }
}

/// The check of one expression.
pub(super) struct Names<'a> {
    view: &'a View,
    property: &'a str,
    path: &'a str,
    inputs: BTreeSet<Input>,
}

impl<'a> Names<'a> {
    /// Begins the check of `path`, which stands under `property`.
    pub(super) fn new(view: &'a View, property: &'a str, path: &'a str) -> Self {
        Self { view, property, path, inputs: BTreeSet::new() }
    }

    /// Checks the query; gives what it reads.
    pub(super) fn check(mut self, query: &JpQuery) -> Result<BTreeSet<Input>, MappingError> {
        match self.walk(Place::Root, &query.segments)? {
            Place::Root => Err(self.bad("reads the whole record; name a field or part behind `$.`")),
            Place::Rows(_, part) | Place::Row(_, part) => {
                let column = part.columns.first().map_or("COLUMN", |column| &column.name);
                Err(self.bad(&format!("gives whole rows of part `{0}`; name a column, such as `$.{0}[*].{column}`", part.name)))
            }
            Place::Values | Place::Value | Place::Anywhere => Ok(self.inputs),
        }
    }

    fn bad(&self, why: &str) -> MappingError {
        MappingError::BadPath { property: self.property.to_owned(), path: self.path.to_owned(), why: why.to_owned() }
    }

    fn unknown<'n>(&self, name: &str, place: &str, known: impl IntoIterator<Item = &'n str>) -> MappingError {
        MappingError::UnknownName {
            property: self.property.to_owned(),
            path: self.path.to_owned(),
            name: name.to_owned(),
            place: place.to_owned(),
            nearest: nearest(name, known),
        }
    }

    fn walk(&mut self, from: Place<'a>, segments: &[Segment]) -> Result<Place<'a>, MappingError> {
        segments.iter().try_fold(from, |place, segment| self.segment(place, segment))
    }

    fn segment(&mut self, place: Place<'a>, segment: &Segment) -> Result<Place<'a>, MappingError> {
        match segment {
            Segment::Selector(selector) => self.selector(place, selector),
            Segment::Selectors(selectors) => {
                let places = selectors.iter().map(|selector| self.selector(place, selector)).collect::<Result<Vec<_>, _>>()?;
                let is_value = |place: &Place<'_>| matches!(place, Place::Value | Place::Values | Place::Anywhere);
                match places.split_first() {
                    Some((first, rest)) if rest.iter().all(|place| place.is_like(first)) => Ok(*first),
                    Some(_) if places.iter().all(is_value) => Ok(Place::Value),
                    Some(_) | None => Err(self.bad("chooses things of different kinds in one `[..]`; write one expression for each")),
                }
            }
            Segment::Descendant(_) if matches!(place, Place::Root) => Err(self.bad("searches the whole record; name a field or part behind `$.`")),
            Segment::Descendant(inner) => {
                self.read_whole(place);
                self.segment(Place::Anywhere, inner).map(|_| Place::Anywhere)
            }
        }
    }

    fn selector(&mut self, place: Place<'a>, selector: &Selector) -> Result<Place<'a>, MappingError> {
        match selector {
            Selector::Name(name) => self.name(place, name),
            Selector::Index(_) | Selector::Wildcard | Selector::Slice(..) => self.element(place),
            Selector::Filter(filter) => {
                let element = self.element(place)?;
                self.filter(element, filter)?;
                Ok(element)
            }
        }
    }

    fn name(&mut self, place: Place<'a>, name: &str) -> Result<Place<'a>, MappingError> {
        match place {
            Place::Root => self.root(name),
            Place::Row(id, part) => match part.column_named(name) {
                Some(column) => {
                    self.inputs.insert(Input::Column(id, column));
                    Ok(Place::Value)
                }
                None => Err(self.unknown(name, &format!("part `{}`", part.name), part.columns.iter().map(|column| column.name.as_str()))),
            },
            Place::Rows(_, part) => {
                Err(self.bad(&format!("takes `{name}` of all rows of part `{0}` at once; write `$.{0}[*].{name}` or `$.{0}[0].{name}`", part.name)))
            }
            Place::Values | Place::Value => Err(self.bad(&format!("looks for `{name}` inside a value, which has no members"))),
            Place::Anywhere => Ok(Place::Anywhere),
        }
    }

    fn root(&mut self, name: &str) -> Result<Place<'a>, MappingError> {
        let view = self.view;
        if let Some(id) = view.field_named(name) {
            self.inputs.insert(Input::Field(id));
            return Ok(if view.field(id).is_some_and(|field| field.ty.many) { Place::Values } else { Place::Value });
        }
        match view.part_named(name).and_then(|id| Some((id, view.part(id)?))) {
            Some((PartId::MAIN, _)) => Err(self.bad("reads part `main`, whose columns are seen through the view's fields only; name the field")),
            Some((id, part)) => {
                self.inputs.extend(part.order.iter().map(|column| Input::Column(id, *column)));
                Ok(Place::Rows(id, part))
            }
            None => {
                let fields = view.fields().iter().map(|field| field.name.as_str());
                let parts = view.parts().iter().skip(1).map(|part| part.name.as_str());
                Err(self.unknown(name, &format!("view `{}`", view.name()), fields.chain(parts)))
            }
        }
    }

    /// One element of what `place` holds.
    fn element(&mut self, place: Place<'a>) -> Result<Place<'a>, MappingError> {
        match place {
            Place::Root => Err(self.bad("reads the whole record; name a field or part behind `$.`")),
            Place::Rows(id, part) => Ok(Place::Row(id, part)),
            Place::Row(..) => {
                self.read_whole(place);
                Ok(Place::Value)
            }
            Place::Values => Ok(Place::Value),
            Place::Value => Err(self.bad("takes an element of a value, which is not multi-valued")),
            Place::Anywhere => Ok(Place::Anywhere),
        }
    }

    /// Whole rows are read: all of their columns.
    fn read_whole(&mut self, place: Place<'a>) {
        if let Place::Rows(id, part) | Place::Row(id, part) = place {
            self.inputs.extend(part.numbered_columns().map(|(column, _)| Input::Column(id, column)));
        }
    }

    fn filter(&mut self, at: Place<'a>, filter: &Filter) -> Result<(), MappingError> {
        match filter {
            Filter::Or(filters) | Filter::And(filters) => filters.iter().try_for_each(|filter| self.filter(at, filter)),
            Filter::Atom(FilterAtom::Filter { expr, .. }) => self.filter(at, expr),
            Filter::Atom(FilterAtom::Test { expr, .. }) => self.test(at, expr),
            Filter::Atom(FilterAtom::Comparison(comparison)) => {
                let (left, right) = comparison.vals();
                self.comparable(at, left)?;
                self.comparable(at, right)
            }
        }
    }

    fn test(&mut self, at: Place<'a>, test: &Test) -> Result<(), MappingError> {
        match test {
            Test::RelQuery(segments) => self.walk(at, segments).and_then(|place| self.tested(place)),
            Test::AbsQuery(query) => self.walk(Place::Root, &query.segments).and_then(|place| self.tested(place)),
            Test::Function(function) => self.function(at, function),
        }
    }

    fn function(&mut self, at: Place<'a>, function: &TestFunction) -> Result<(), MappingError> {
        let mut argument = |argument: &FnArg| match argument {
            FnArg::Literal(_) => Ok(()),
            FnArg::Test(test) => self.test(at, test),
            FnArg::Filter(filter) => self.filter(at, filter),
        };
        match function {
            TestFunction::Custom(name, _) => Err(self.bad(&format!("calls `{name}`, which RFC 9535 does not have"))),
            TestFunction::Length(one) => argument(one),
            TestFunction::Value(one) | TestFunction::Count(one) => argument(one),
            TestFunction::Search(left, right) | TestFunction::Match(left, right) => {
                argument(left)?;
                argument(right)
            }
        }
    }

    fn comparable(&mut self, at: Place<'a>, comparable: &Comparable) -> Result<(), MappingError> {
        match comparable {
            Comparable::Literal(_) => Ok(()),
            Comparable::Function(function) => self.function(at, function),
            Comparable::SingularQuery(SingularQuery::Current(segments)) => self.singular(at, segments),
            Comparable::SingularQuery(SingularQuery::Root(segments)) => self.singular(Place::Root, segments),
        }
    }

    fn singular(&mut self, from: Place<'a>, segments: &[SingularQuerySegment]) -> Result<(), MappingError> {
        let mut place = from;
        for segment in segments {
            place = match segment {
                SingularQuerySegment::Name(name) => self.name(place, name)?,
                SingularQuerySegment::Index(_) => self.element(place)?,
            };
        }
        self.tested(place)
    }

    /// A filter looks at what a path has come to.
    fn tested(&mut self, place: Place<'a>) -> Result<(), MappingError> {
        self.read_whole(place);
        // A bare `$` is the whole record.
        if matches!(place, Place::Root) { self.element(place).map(|_| ()) } else { Ok(()) }
    }
}
