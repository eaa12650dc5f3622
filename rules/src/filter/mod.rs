//! The filter language: SQL's boolean expressions over a view's fields, in three-valued logic with *masked*.
//!
//! ```sql
//! city = 'Konstanz' AND (owner = user.id OR 'VIP' = ANY(categories)) AND last_activity >= today() - 90
//! ```
//!
//! - Conditions: `= <> != < <= > >=`, `[NOT] IN (..)`, `[NOT] BETWEEN .. AND ..`, `[NOT] LIKE '..' [ESCAPE '.']`, `IS [NOT] NULL`, `= ANY(..)` for
//!   membership, a field of kind bool by itself, `TRUE`, `FALSE`; joined by `AND`, `OR`, `NOT` and parentheses.
//! - Values: fields, `user.NAME`, text in single quotes, numbers, days and instants as ISO 8601 text, `today()` plus or minus days,
//!   `cardinality(..)`, which is how many values a multi-valued field has. A day compared with an instant is its beginning in UTC.
//! - Names are found without regard to case; in double quotes they are exact and may hold spaces and points.
//! - Text is equal after NFC and simple case folding, and ordered by the locale; `COLLATE binary` after a text asks for its bytes.
//!   Numbers are compared exactly, whole ones with fractions too.
//! - Unknown is what touches NULL, as in SQL. What touches something masked is unknown too, `IS NULL`, membership and counting included: nothing
//!   can be learned of it. Membership in an empty set is false.
//!
//! A filter prints as the text that [`Filter::parse`] reads as the same filter; store that text, for it names every field exactly.
//! Start reading at `tree`; `sql` builds it, `judge` evaluates it, `print` writes it.

mod coded;
mod compare;
mod dictionary;
mod error;
mod explain;
mod judge;
mod like;
mod list;
mod names;
mod print;
mod sql;
mod tree;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use chrono::NaiveDate;

use crate::mask::FieldMask;
use crate::person::Person;
use crate::text::TextOrder;
use crate::value::{Kind, Seen};
use crate::view::{FieldId, View};

pub(crate) use coded::{Access, Coded, Coder, Judged, Memo, join};
pub(crate) use dictionary::{CodeSet, Dictionary};
pub use error::FilterError;
pub use explain::ClauseTruth;

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
    /// The user's own columns, as far as the asker may know them.
    pub user_columns: &'a BTreeMap<String, Kind>,
    /// The fields that the asker may know; none: all (an operator). Others are unknown to him, as if they did not exist.
    pub known: Option<&'a FieldMask>,
}

/// A filter that was understood. It belongs to the view by which its names were read.
#[derive(Clone, Debug, PartialEq)]
pub struct Filter {
    root: tree::Node,
}

impl Filter {
    /// Reads a filter of at most 64 KiB, 1,000 conditions and a depth of 50; the values of an `IN` do not count as conditions.
    ///
    /// # Errors
    /// [`FilterError`] with the place, what was expected, and the nearest name the asker may know.
    pub fn parse(text: &str, names: Names<'_>) -> Result<Self, FilterError> {
        let filter = Self { root: sql::read(text, names)? };
        let printed = filter.to_string().len();
        if printed > sql::LONGEST {
            let message = format!("the filter has {printed} bytes when it is printed with spaces; at most {} are possible", sql::LONGEST);
            return Err(FilterError::new(0, message));
        }
        Ok(filter)
    }

    /// The fields that it reads.
    pub fn fields(&self) -> BTreeSet<FieldId> {
        self.root.fields()
    }

    /// Evaluates it.
    pub(crate) fn judge(&self, record: &impl Readable, at: Circumstances<'_>) -> Truth {
        self.root.judge(record, at)
    }

    /// The clauses that make the filter true, false or unknown for a record, in their order in the filter.
    pub(crate) fn clauses(&self, record: &impl Readable, at: Circumstances<'_>) -> Vec<ClauseTruth> {
        let mut clauses = Vec::new();
        self.root.deciding(record, at, &mut clauses);
        clauses
    }
}

impl fmt::Display for Filter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.root.fmt(f)
    }
}

#[cfg(test)]
mod tests;
