//! Comparing two values that are at hand.

use std::cmp::Ordering;

use chrono::{DateTime, NaiveDate, NaiveTime, Utc};

use super::tree::{Comparison, Literal, Matching, Text};
use crate::text::{TextOrder, compare_to_folded, fold, is_same};
use crate::value::{Seen, Value};

/// One value while a filter is judged. A list is none: only membership and counting look into lists.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Item<'a> {
    Masked,
    Null,
    Bool(bool),
    Int(i64),
    Real(f64),
    /// Text; the second is its folded form if it is known.
    Text(&'a str, Option<&'a str>),
    Date(NaiveDate),
    Moment(DateTime<Utc>),
    List,
}

impl<'a> From<&'a Value> for Item<'a> {
    fn from(value: &'a Value) -> Self {
        match value {
            Value::Null => Self::Null,
            Value::Bool(value) => Self::Bool(*value),
            Value::Int(value) => Self::Int(*value),
            Value::Real(value) => Self::Real(*value),
            Value::Text(text) => Self::Text(text, None),
            Value::Date(day) => Self::Date(*day),
            Value::Moment(moment) => Self::Moment(*moment),
            Value::List(_) => Self::List,
        }
    }
}

impl<'a> From<&'a Seen<'_>> for Item<'a> {
    fn from(seen: &'a Seen<'_>) -> Self {
        match seen {
            Seen::Masked => Self::Masked,
            Seen::Value(value) => Self::from(value.as_ref()),
        }
    }
}

impl<'a> From<&'a Literal> for Item<'a> {
    fn from(literal: &'a Literal) -> Self {
        match literal {
            Literal::Bool(value) => Self::Bool(*value),
            Literal::Int(value) => Self::Int(*value),
            Literal::Real(value) => Self::Real(*value),
            Literal::Text(Text { raw, folded }) => Self::Text(raw, Some(folded)),
            Literal::Date(day) => Self::Date(*day),
            Literal::Moment(moment) => Self::Moment(*moment),
        }
    }
}

impl Comparison {
    /// Whether two values in this order fulfil the comparison.
    pub(super) fn accepts(self, order: Ordering) -> bool {
        match self {
            Self::Equal => order.is_eq(),
            Self::NotEqual => order.is_ne(),
            Self::Less => order.is_lt(),
            Self::LessOrEqual => order.is_le(),
            Self::Greater => order.is_gt(),
            Self::GreaterOrEqual => order.is_ge(),
        }
    }
}

/// Whether two values are equal; none when they cannot be compared.
pub(super) fn equal(left: Item<'_>, right: Item<'_>, matching: Matching) -> Option<bool> {
    match (left, right) {
        (Item::Text(left, _), Item::Text(right, _)) if matching == Matching::Exact => Some(left == right),
        (Item::Text(_, Some(left)), Item::Text(_, Some(right))) => Some(left == right),
        (Item::Text(text, None), Item::Text(_, Some(folded))) | (Item::Text(_, Some(folded)), Item::Text(text, None)) => {
            Some(compare_to_folded(text, folded).is_eq())
        }
        (Item::Text(left, None), Item::Text(right, None)) => Some(is_same(left, right)),
        (left, right) => order_plain(left, right).map(Ordering::is_eq),
    }
}

/// The order of two values; none when they cannot be compared.
pub(super) fn order(left: Item<'_>, right: Item<'_>, matching: Matching, text: &TextOrder) -> Option<Ordering> {
    match (left, right) {
        (Item::Text(left, _), Item::Text(right, _)) if matching == Matching::Exact => Some(left.cmp(right)),
        (Item::Text(left, left_folded), Item::Text(right, right_folded)) => {
            let left = left_folded.map_or_else(|| fold(left), Into::into);
            let right = right_folded.map_or_else(|| fold(right), Into::into);
            Some(text.order_folded(&left, &right))
        }
        (left, right) => order_plain(left, right),
    }
}

/// The order by which lists are searched: as `order`, but text by bytes, so that it needs no locale. `key` comes from a list and is folded already.
pub(super) fn order_key(key: Item<'_>, item: Item<'_>, matching: Matching) -> Option<Ordering> {
    match (key, item) {
        (Item::Text(key, _), Item::Text(text, _)) if matching == Matching::Exact => Some(key.cmp(text)),
        (Item::Text(_, Some(key)), Item::Text(_, Some(folded))) => Some(key.cmp(folded)),
        (Item::Text(_, Some(key)), Item::Text(text, None)) => Some(compare_to_folded(text, key).reverse()),
        (key, item) => order_plain(key, item),
    }
}

/// The order of two values that are not text.
pub(super) fn order_plain(left: Item<'_>, right: Item<'_>) -> Option<Ordering> {
    match (left, right) {
        (Item::Bool(left), Item::Bool(right)) => Some(left.cmp(&right)),
        (Item::Int(left), Item::Int(right)) => Some(left.cmp(&right)),
        (Item::Real(left), Item::Real(right)) => left.partial_cmp(&right),
        (Item::Int(left), Item::Real(right)) => order_mixed(left, right),
        (Item::Real(left), Item::Int(right)) => order_mixed(right, left).map(Ordering::reverse),
        (Item::Date(left), Item::Date(right)) => Some(left.cmp(&right)),
        (Item::Moment(left), Item::Moment(right)) => Some(left.cmp(&right)),
        (Item::Date(left), Item::Moment(right)) => Some(midnight(left).cmp(&right)),
        (Item::Moment(left), Item::Date(right)) => Some(left.cmp(&midnight(right))),
        _ => None,
    }
}

/// The instant at which a day begins, in UTC.
pub(super) fn midnight(day: NaiveDate) -> DateTime<Utc> {
    day.and_time(NaiveTime::MIN).and_utc()
}

/// The exact order of a whole number and one with a fraction: not every i64 has an f64 of its own.
fn order_mixed(whole: i64, real: f64) -> Option<Ordering> {
    /// 2^63, the first f64 above every i64; its negative is the least i64.
    const BOUND: f64 = 9_223_372_036_854_775_808.0;
    if real.is_nan() {
        return None;
    }
    if real >= BOUND {
        return Some(Ordering::Less);
    }
    if real < -BOUND {
        return Some(Ordering::Greater);
    }
    let truncated = real.trunc();
    // INVARIANT: within the bounds the cast is exact.
    Some(whole.cmp(&(truncated as i64)).then_with(|| truncated.partial_cmp(&real).unwrap_or(Ordering::Equal)))
}
