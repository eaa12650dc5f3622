//! The values of one column as numbers, in the order in which they come.

use std::sync::Arc;

use chrono::{DateTime, NaiveDate, Utc};
use hashbrown::HashMap;

use super::keys::Keys;
use crate::value::Value;

/// A value of a row while it is taken, lent: as [`Value`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Scalar<'a> {
    /// No value.
    Null,
    /// True or false.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A number with a fraction; never NaN.
    Real(f64),
    /// Text, as it stands in the CRM.
    Text(&'a str),
    /// A day without a time.
    Date(NaiveDate),
    /// An instant.
    Moment(DateTime<Utc>),
    /// The values of a multi-valued column.
    List(&'a [Value]),
}

impl<'a> Scalar<'a> {
    /// The value, lent.
    pub fn of(value: &'a Value) -> Self {
        match value {
            Value::Null => Self::Null,
            Value::Bool(value) => Self::Bool(*value),
            Value::Int(value) => Self::Int(*value),
            Value::Real(value) => Self::Real(*value),
            Value::Text(text) => Self::Text(text),
            Value::Date(day) => Self::Date(*day),
            Value::Moment(moment) => Self::Moment(*moment),
            Value::List(values) => Self::List(values),
        }
    }

    /// The value, owned.
    pub fn to_value(self) -> Value {
        match self {
            Self::Null => Value::Null,
            Self::Bool(value) => Value::Bool(value),
            Self::Int(value) => Value::Int(value),
            Self::Real(value) => Value::Real(value),
            Self::Text(text) => Value::Text(Arc::from(text)),
            Self::Date(day) => Value::Date(day),
            Self::Moment(moment) => Value::Moment(moment),
            Self::List(values) => Value::List(values.to_vec()),
        }
    }

    /// What kind of value it is and, but for text and lists, which one; two values have the same bits only if they are the same.
    pub(super) fn bits(self) -> (u8, u64, u32) {
        match self {
            Self::Null => (0, 0, 0),
            Self::Bool(value) => (1, u64::from(value), 0),
            Self::Int(value) => (2, value.cast_unsigned(), 0),
            Self::Real(value) => (3, value.to_bits(), 0),
            Self::Text(_) => (4, 0, 0),
            Self::Date(day) => (5, (day - NaiveDate::MIN).num_days().cast_unsigned(), 0),
            Self::Moment(moment) => (6, moment.timestamp().cast_unsigned(), moment.timestamp_subsec_nanos()),
            Self::List(_) => (7, 0, 0),
        }
    }
}

/// The values of a column in the order in which they come: 0 is null, every other number a value of its own.
#[derive(Debug, Default)]
pub(super) struct Coding {
    texts: Keys,
    of_text: Vec<u32>,
    others: HashMap<(u8, u64, u32), u32>,
    lists: HashMap<String, u32>,
    /// The value of each number; texts stand in `texts`.
    values: Vec<Kept>,
    /// The number of the value of each row.
    pub(super) codes: Vec<u32>,
}

#[derive(Clone, Debug)]
enum Kept {
    Text(u32),
    Other(Value),
}

impl Coding {
    /// Adds a row. False when there are too many values.
    pub(super) fn push(&mut self, value: Scalar<'_>) -> bool {
        let Some(code) = self.code(value) else { return false };
        self.codes.push(code);
        true
    }

    fn code(&mut self, value: Scalar<'_>) -> Option<u32> {
        let next = u32::try_from(self.values.len() + 1).ok()?;
        match value {
            Scalar::Null => Some(0),
            Scalar::Text(text) => {
                let (number, is_new) = self.texts.number(text)?;
                if is_new {
                    self.of_text.push(next);
                    self.values.push(Kept::Text(number));
                }
                self.of_text.get(number as usize).copied()
            }
            Scalar::List(values) => Some(*self.lists.entry(format!("{values:?}")).or_insert_with(|| {
                self.values.push(Kept::Other(value.to_value()));
                next
            })),
            other => Some(*self.others.entry(other.bits()).or_insert_with(|| {
                self.values.push(Kept::Other(other.to_value()));
                next
            })),
        }
    }

    /// The values but null, by number less one.
    pub(super) fn values(&self) -> Vec<Value> {
        self.values.iter().map(|kept| self.owned(kept)).collect()
    }

    /// The value of a number; none for null.
    pub(super) fn value(&self, code: u32) -> Option<Value> {
        self.values.get((code as usize).checked_sub(1)?).map(|kept| self.owned(kept))
    }

    fn owned(&self, kept: &Kept) -> Value {
        match kept {
            Kept::Text(number) => Value::text(self.texts.text(*number)),
            Kept::Other(value) => value.clone(),
        }
    }
}
