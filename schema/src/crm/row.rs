//! One row while it is decoded, and what is said about it when it cannot be.

use std::fmt;
use std::sync::Arc;

use adressbote_rules::index::Scalar;
use adressbote_rules::time::Period;
use adressbote_rules::value::{Kind, Value};
use chrono_tz::Tz;

use super::value::{self, Cell, Unfit};
use crate::profile::{Expected, Notation};

/// A row that could not be read.
#[derive(Clone, Debug)]
pub(super) struct Bad {
    /// The key of the record or part row that it belongs to, if that much could be read.
    pub(super) of: Option<Arc<str>>,
    /// What is wrong, without contents.
    pub(super) why: String,
}

/// A row of a relation, its cells in the order of the expected columns.
#[derive(Clone, Copy)]
pub(super) struct Row<'r> {
    pub(super) columns: &'r [Expected],
    pub(super) cells: &'r [Cell<'r>],
    /// Where days begin.
    pub(super) zone: Tz,
}

/// Where texts of a row are written that stand in no cell as they are taken; kept from row to row.
#[derive(Debug, Default)]
pub(super) struct Room {
    pub(super) keys: [String; 4],
    pub(super) values: Vec<String>,
    pub(super) scalars: Vec<Scalar<'static>>,
}

/// The room of some items, for others of the same size.
pub(super) fn emptied<T, U>(mut items: Vec<T>) -> Vec<U> {
    items.clear();
    // Nothing is left that could be changed; what collects keeps the room.
    items.into_iter().filter_map(|_| None).collect()
}

impl<'r> Row<'r> {
    fn cell(&self, place: usize) -> Cell<'r> {
        self.cells.get(place).copied().unwrap_or(Cell::Absent)
    }

    fn bad(&self, place: usize, why: impl fmt::Display) -> Bad {
        let name = self.columns.get(place).map_or("?", |column| column.name.as_str());
        Bad { of: None, why: format!("`{name}` {why}") }
    }

    /// Text that may be NULL.
    pub(super) fn text(&self, place: usize) -> Result<Option<String>, Bad> {
        value::text(&self.cell(place)).map_err(|unfit| self.bad(place, unfit))
    }

    /// Text that may not be NULL.
    pub(super) fn required(&self, place: usize) -> Result<String, Bad> {
        self.required_in(place, &mut String::new()).map(str::to_owned)
    }

    /// As [`Row::required`], lent.
    pub(super) fn required_in<'l>(&self, place: usize, room: &'l mut String) -> Result<&'l str, Bad>
    where
        'r: 'l,
    {
        let text = value::lent(&self.cell(place), room).and_then(|text| text.ok_or(Unfit::Null));
        text.map_err(|unfit| self.bad(place, unfit))
    }

    /// A key: text that is neither NULL nor empty.
    pub(super) fn key(&self, place: usize) -> Result<String, Bad> {
        self.key_in(place, &mut String::new()).map(str::to_owned)
    }

    /// As [`Row::key`], lent.
    pub(super) fn key_in<'l>(&self, place: usize, room: &'l mut String) -> Result<&'l str, Bad>
    where
        'r: 'l,
    {
        let key = self.required_in(place, room)?;
        if key.is_empty() { Err(self.bad(place, "is empty")) } else { Ok(key) }
    }

    /// True or false.
    pub(super) fn flag(&self, place: usize) -> Result<bool, Bad> {
        value::flag(&self.cell(place)).map_err(|unfit| self.bad(place, unfit))
    }

    /// Whether the relation does not give the column at all.
    pub(super) fn is_absent(&self, place: usize) -> bool {
        matches!(self.cell(place), Cell::Absent)
    }

    /// A key that may be NULL.
    pub(super) fn key_or_null(&self, place: usize) -> Result<Option<String>, Bad> {
        Ok(self.key_or_null_in(place, &mut String::new())?.map(str::to_owned))
    }

    /// As [`Row::key_or_null`], lent.
    pub(super) fn key_or_null_in<'l>(&self, place: usize, room: &'l mut String) -> Result<Option<&'l str>, Bad>
    where
        'r: 'l,
    {
        match self.cell(place) {
            Cell::Absent | Cell::Null => Ok(None),
            Cell::Int(_) | Cell::Real(_) | Cell::Text(_) | Cell::Day(_) | Cell::Instant(_) | Cell::Blob => self.key_in(place, room).map(Some),
        }
    }

    /// A value of a declared kind.
    pub(super) fn value(&self, place: usize, kind: Kind) -> Result<Value, Bad> {
        value::convert(&self.cell(place), kind, self.zone).map_err(|unfit| self.bad(place, unfit))
    }

    /// The values of declared columns that begin at `first`, lent, put into `values`.
    pub(super) fn values<'l>(
        &self,
        first: usize,
        notations: &[Notation],
        rooms: &'l mut Vec<String>,
        mut values: Vec<Scalar<'l>>,
    ) -> Result<Vec<Scalar<'l>>, Bad>
    where
        'r: 'l,
    {
        if rooms.len() < notations.len() {
            rooms.resize_with(notations.len(), String::new);
        }
        for ((place, notation), room) in (first..).zip(notations).zip(rooms) {
            values.push(value::noted(&self.cell(place), *notation, self.zone, room).map_err(|unfit| self.bad(place, unfit))?);
        }
        Ok(values)
    }

    /// The period whose beginning stands at `first` and its end behind it.
    pub(super) fn period(&self, first: usize) -> Result<Period, Bad> {
        let period = value::period(&self.cell(first), &self.cell(first + 1), self.zone);
        period.map_err(|(is_from, unfit)| self.bad(if is_from { first } else { first + 1 }, unfit))
    }

    /// A word among those that the form knows.
    pub(super) fn word<T: Copy>(&self, place: usize, words: &[(&str, T)]) -> Result<T, Bad> {
        let found = self.required(place)?;
        let known = || words.iter().map(|(word, _)| format!("`{word}`")).collect::<Vec<_>>().join(" nor ");
        words.iter().find(|(word, _)| *word == found).map(|(_, value)| *value).ok_or_else(|| self.bad(place, format!("is neither {}", known())))
    }
}

/// Adds to a bad row the key that could be read.
pub(super) fn keyed<T>(of: &str, read: Result<T, Bad>) -> Result<T, Bad> {
    read.map_err(|bad| Bad { of: Some(Arc::from(of)), ..bad })
}
