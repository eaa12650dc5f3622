//! Filters by the book: SQL's three truth values, and masked, which makes every atom that touches it unknown.

use std::cmp::Ordering;

use adressbote_rules::value::Value;
use chrono::{NaiveTime, TimeDelta};

use super::text::{folded, ordered};
use crate::world::World;
use crate::world::tree::{Atom, Comparison, Operand, Source, Tree};

/// True, false, or none for unknown.
pub type Truth = Option<bool>;

/// What a filter says, where `read` gives what a source holds, none for masked.
pub fn truth(tree: &Tree, locale: &str, read: &dyn Fn(&Source) -> Option<Value>) -> Truth {
    match tree {
        Tree::All(parts) => {
            let truths: Vec<Truth> = parts.iter().map(|part| truth(part, locale, read)).collect();
            if truths.contains(&Some(false)) {
                Some(false)
            } else if truths.contains(&None) {
                None
            } else {
                Some(true)
            }
        }
        Tree::Any(parts) => {
            let truths: Vec<Truth> = parts.iter().map(|part| truth(part, locale, read)).collect();
            if truths.contains(&Some(true)) {
                Some(true)
            } else if truths.contains(&None) {
                None
            } else {
                Some(false)
            }
        }
        Tree::Not(inner) => truth(inner, locale, read).map(|truth| !truth),
        Tree::Atom(atom) if atom.sources().into_iter().any(|source| read(source).is_none()) => None,
        Tree::Atom(atom) => atom_truth(atom, locale, &|source| read(source).unwrap()),
    }
}

fn atom_truth(atom: &Atom, locale: &str, read: &dyn Fn(&Source) -> Value) -> Truth {
    match atom {
        Atom::Constant(value) => Some(*value),
        Atom::Holds(source) => match read(source) {
            Value::Bool(value) => Some(value),
            _ => None,
        },
        Atom::IsNull(source) => Some(read(source) == Value::Null),
        Atom::Compare { left, comparison, right, is_exact } => compare(&operand(left, read), *comparison, &operand(right, read), *is_exact, locale),
        Atom::Between { what, low, high } => {
            let (what, low, high) = (operand(what, read), operand(low, read), operand(high, read));
            let above = compare(&what, Comparison::GreaterOrEqual, &low, false, locale);
            let below = compare(&what, Comparison::LessOrEqual, &high, false, locale);
            if above == Some(false) || below == Some(false) { Some(false) } else { above.and(below) }
        }
        Atom::In { what, values } => {
            let what = operand(what, read);
            let truths: Vec<Truth> = values.iter().map(|value| compare(&what, Comparison::Equal, value, false, locale)).collect();
            if truths.contains(&Some(true)) {
                Some(true)
            } else if truths.contains(&None) {
                None
            } else {
                Some(false)
            }
        }
        Atom::Like { what, pattern } => match read(what) {
            Value::Text(text) => Some(fits(&folded(pattern).chars().collect::<Vec<_>>(), &folded(&text).chars().collect::<Vec<_>>())),
            _ => None,
        },
        Atom::Member { what, set } => match read(set) {
            Value::List(values) => {
                let what = operand(what, read);
                let truths: Vec<Truth> = values.iter().map(|value| compare(&what, Comparison::Equal, value, false, locale)).collect();
                if truths.contains(&Some(true)) {
                    Some(true)
                } else if truths.contains(&None) {
                    None
                } else {
                    Some(false)
                }
            }
            _ => None,
        },
    }
}

fn operand(operand: &Operand, read: &dyn Fn(&Source) -> Value) -> Value {
    match operand {
        Operand::Of(source) => read(source),
        Operand::Count(source) => match read(source) {
            Value::List(values) => Value::Int(i64::try_from(values.len()).unwrap()),
            _ => Value::Null,
        },
        Operand::Literal(value) => value.clone(),
        Operand::Today(days) => Value::Date(World::at().today + TimeDelta::days(i64::from(*days))),
    }
}

fn compare(left: &Value, comparison: Comparison, right: &Value, is_exact: bool, locale: &str) -> Truth {
    let ordering = match (left, right) {
        (Value::Null, _) | (_, Value::Null) => return None,
        (Value::Text(left), Value::Text(right)) if is_exact => left.cmp(right),
        (Value::Text(left), Value::Text(right)) if folded(left) == folded(right) => Ordering::Equal,
        (Value::Text(left), Value::Text(right)) => ordered(&folded(left), &folded(right), locale),
        (Value::Bool(left), Value::Bool(right)) => left.cmp(right),
        (left, right) => number(left).partial_cmp(&number(right)).unwrap(),
    };
    Some(match comparison {
        Comparison::Equal => ordering.is_eq(),
        Comparison::NotEqual => ordering.is_ne(),
        Comparison::Less => ordering.is_lt(),
        Comparison::LessOrEqual => ordering.is_le(),
        Comparison::Greater => ordering.is_gt(),
        Comparison::GreaterOrEqual => ordering.is_ge(),
    })
}

/// Numbers, days and instants as one number; those of the worlds are small.
fn number(value: &Value) -> f64 {
    match value {
        Value::Int(value) => f64::from(i32::try_from(*value).unwrap()),
        Value::Real(value) => *value,
        Value::Date(day) => number(&Value::Moment(day.and_time(NaiveTime::MIN).and_utc())),
        Value::Moment(moment) => moment.timestamp() as f64,
        other => panic!("{other:?} is no number"),
    }
}

/// Whether a text fits a pattern with `%`, `_` and `!` before what is meant literally.
fn fits(pattern: &[char], text: &[char]) -> bool {
    match (pattern, text) {
        ([], text) => text.is_empty(),
        (['!', literal, rest @ ..], [one, text @ ..]) => one == literal && fits(rest, text),
        (['%', rest @ ..], text) => (0..=text.len()).any(|skipped| fits(rest, &text[skipped..])),
        (['_', rest @ ..], [_, text @ ..]) => fits(rest, text),
        ([letter, rest @ ..], [one, text @ ..]) => one == letter && fits(rest, text),
        (_, []) => false,
    }
}
