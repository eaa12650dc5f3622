//! Checks the names in an expression against the view, as far as they can be told without a document.

use std::collections::BTreeSet;

use jsonpath_rust::parser::model::{
    Comparable, Filter, FilterAtom, FnArg, JpQuery, Segment, Selector, SingularQuery, SingularQuerySegment, Test, TestFunction,
};

use super::error::{MappingError, nearest};
use crate::view::{FieldId, Part, PartId, View};

/// What an expression reads of a record's document.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Input {
    /// A field.
    Field(FieldId),
    /// The visible rows of a part.
    Part(PartId),
}

/// Where a path has come to.
#[derive(Clone, Copy, Debug)]
enum Place<'a> {
    Root,
    /// A multi-valued field.
    Values,
    /// The rows of a part.
    Rows(&'a Part),
    /// One row of a part.
    Row(&'a Part),
    /// A single value.
    Value,
    /// Somewhere below, after `..`.
    Anywhere,
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
            Place::Rows(part) | Place::Row(part) => {
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
                Ok(places.into_iter().next().unwrap_or(Place::Anywhere))
            }
            Segment::Descendant(_) if matches!(place, Place::Root) => Err(self.bad("searches the whole record; name a field or part behind `$.`")),
            Segment::Descendant(inner) => self.segment(Place::Anywhere, inner).map(|_| Place::Anywhere),
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
            Place::Row(part) if part.column_named(name).is_some() => Ok(Place::Value),
            Place::Row(part) => Err(self.unknown(name, &format!("part `{}`", part.name), part.columns.iter().map(|column| column.name.as_str()))),
            Place::Rows(part) => {
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
                self.inputs.insert(Input::Part(id));
                Ok(Place::Rows(part))
            }
            None => {
                let fields = view.fields().iter().map(|field| field.name.as_str());
                let parts = view.parts().iter().skip(1).map(|part| part.name.as_str());
                Err(self.unknown(name, &format!("view `{}`", view.name()), fields.chain(parts)))
            }
        }
    }

    /// One element of what `place` holds.
    fn element(&self, place: Place<'a>) -> Result<Place<'a>, MappingError> {
        match place {
            Place::Root => Err(self.bad("reads the whole record; name a field or part behind `$.`")),
            Place::Rows(part) => Ok(Place::Row(part)),
            Place::Row(_) | Place::Values => Ok(Place::Value),
            Place::Value => Err(self.bad("takes an element of a value, which is not multi-valued")),
            Place::Anywhere => Ok(Place::Anywhere),
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
            Test::RelQuery(segments) => self.walk(at, segments).map(|_| ()),
            Test::AbsQuery(query) => match self.walk(Place::Root, &query.segments)? {
                // A bare `$` is the whole record.
                Place::Root => self.element(Place::Root).map(|_| ()),
                _ => Ok(()),
            },
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
        if matches!(place, Place::Root) { self.element(place).map(|_| ()) } else { Ok(()) }
    }
}
