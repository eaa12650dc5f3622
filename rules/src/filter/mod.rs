//! The filter language: SQL's boolean expressions over a view's fields, in three-valued logic with *masked*.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;

use crate::mask::FieldMask;
use crate::person::Person;
use crate::text::TextOrder;
use crate::value::{Kind, Seen};
use crate::view::{FieldId, View};

/// SQL's three truth values; unknown is not wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Truth {
    /// It holds.
    True,
    /// It does not hold.
    False,
    /// It cannot be said: null or masked is involved.
    Unknown,
}

/// What a filter is evaluated over; implemented by a viewer's visible record only (and, for suppressions, the whole record inside `sight`).
pub(crate) trait Readable {
    /// The field as the viewer sees it.
    fn field(&self, field: FieldId) -> Seen<'_>;
}

/// Who and when a filter is evaluated for.
#[derive(Clone, Copy)]
pub(crate) struct Circumstances<'a> {
    /// `user.*`; none for suppressions, which know no user: there every `user.*` is masked.
    pub(crate) who: Option<&'a Person>,
    /// `today()`
    pub(crate) today: NaiveDate,
    /// How text is compared.
    pub(crate) text: &'a TextOrder,
}

/// The names that a filter may use, as its asker may know them.
#[derive(Clone, Copy, Debug)]
pub struct Names<'a> {
    /// The view.
    pub view: &'a View,
    /// The user's own columns.
    pub user_columns: &'a BTreeMap<String, Kind>,
    /// The fields that the asker may know; none: all (an operator). Others are unknown to him, as if they did not exist.
    pub known: Option<&'a FieldMask>,
}

/// A filter that was understood.
#[derive(Clone, Debug, PartialEq)]
pub struct Filter {}

/// Why a text is no filter.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message} at character {place}")]
pub struct FilterError {
    /// Where, as a character offset from 0.
    pub place: usize,
    /// What is wrong and what was expected.
    pub message: String,
}

impl Filter {
    /// Reads a filter.
    ///
    /// # Errors
    /// [`FilterError`] with the place, what was expected, and the nearest name the asker may know.
    pub fn parse(_text: &str, _names: Names<'_>) -> Result<Self, FilterError> {
        Ok(Self {})
    }

    /// The fields it touches.
    pub fn fields(&self) -> BTreeSet<FieldId> {
        BTreeSet::new()
    }

    /// Evaluates it.
    pub(crate) fn judge(&self, _record: &impl Readable, _at: Circumstances<'_>) -> Truth {
        Truth::Unknown
    }
}
