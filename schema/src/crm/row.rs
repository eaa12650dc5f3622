//! One row while it is decoded, and what is said about it when it cannot be.

use std::fmt;
use std::sync::Arc;

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

impl Row<'_> {
    fn cell(&self, place: usize) -> Cell<'_> {
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
        self.text(place)?.ok_or_else(|| self.bad(place, Unfit::Null))
    }

    /// A key: text that is neither NULL nor empty.
    pub(super) fn key(&self, place: usize) -> Result<String, Bad> {
        let key = self.required(place)?;
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
        match self.cell(place) {
            Cell::Absent | Cell::Null => Ok(None),
            Cell::Int(_) | Cell::Real(_) | Cell::Text(_) | Cell::Blob => self.key(place).map(Some),
        }
    }

    /// A value of a declared kind.
    pub(super) fn value(&self, place: usize, kind: Kind) -> Result<Value, Bad> {
        value::convert(&self.cell(place), kind, self.zone).map_err(|unfit| self.bad(place, unfit))
    }

    /// The values of declared columns that begin at `first`.
    pub(super) fn values(&self, first: usize, notations: &[Notation]) -> Result<Vec<Value>, Bad> {
        let one =
            |(place, notation): (usize, &Notation)| value::noted(&self.cell(place), *notation, self.zone).map_err(|unfit| self.bad(place, unfit));
        (first..).zip(notations).map(one).collect()
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
pub(super) fn keyed<T>(of: &Arc<str>, read: Result<T, Bad>) -> Result<T, Bad> {
    read.map_err(|bad| Bad { of: Some(Arc::clone(of)), ..bad })
}
