//! A second version of the evaluation, slow and obvious: it copies everything, masks first, and tries every way to match a pattern.

use std::cmp::Ordering;

use chrono::Days;

use super::Row;
use crate::filter::Readable;
use crate::filter::compare::midnight;
use crate::filter::tree::{Atom, Comparison, Literal, Matching, Node, Operand, Origin, Source};
use crate::filter::{Circumstances, Truth};
use crate::text::fold;
use crate::value::{Seen, Value};

/// Judges as the design says it, without care for time.
pub(super) fn judge(node: &Node, row: &Row, at: Circumstances<'_>) -> Truth {
    match truth(node, row, at) {
        Some(true) => Truth::True,
        Some(false) => Truth::False,
        None => Truth::Unknown,
    }
}

fn truth(node: &Node, row: &Row, at: Circumstances<'_>) -> Option<bool> {
    match node {
        Node::All(parts) => parts.iter().map(|part| truth(part, row, at)).fold(Some(true), and),
        Node::Any(parts) => parts.iter().map(|part| truth(part, row, at)).fold(Some(false), or),
        Node::Not(inner) => truth(inner, row, at).map(|value| !value),
        Node::Atom(atom) if atom.sources().any(|source| matches!(seen(source, row, at), Seen::Masked)) => None,
        Node::Atom(atom) => atom_truth(atom, row, at),
    }
}

fn and(left: Option<bool>, right: Option<bool>) -> Option<bool> {
    if left == Some(false) || right == Some(false) { Some(false) } else { Some(left? && right?) }
}

fn or(left: Option<bool>, right: Option<bool>) -> Option<bool> {
    if left == Some(true) || right == Some(true) { Some(true) } else { Some(left? || right?) }
}

fn seen<'a>(source: &'a Source, row: &'a Row, at: Circumstances<'a>) -> Seen<'a> {
    match (source.origin, at.who) {
        (Origin::Field(field), _) => row.field(field),
        (Origin::User, Some(person)) => person.attribute(&source.name),
        (Origin::User, None) => Seen::Masked,
    }
}

/// The value of something that is not masked.
fn value(source: &Source, row: &Row, at: Circumstances<'_>) -> Value {
    match seen(source, row, at) {
        Seen::Masked => panic!("masked atoms are unknown before this"),
        Seen::Value(value) => value.into_owned(),
    }
}

fn operand(operand: &Operand, row: &Row, at: Circumstances<'_>) -> Value {
    match operand {
        Operand::Of(source) => value(source, row, at),
        Operand::Count(source) => match value(source, row, at) {
            Value::List(values) => Value::Int(values.len() as i64),
            _ => Value::Null,
        },
        Operand::Literal(literal) => plain(literal),
        Operand::Today(days) if *days < 0 => Value::Date(at.today - Days::new(u64::from(days.unsigned_abs()))),
        Operand::Today(days) => Value::Date(at.today + Days::new(u64::from(days.unsigned_abs()))),
    }
}

fn plain(literal: &Literal) -> Value {
    match literal {
        Literal::Bool(value) => Value::Bool(*value),
        Literal::Int(value) => Value::Int(*value),
        Literal::Real(value) => Value::Real(*value),
        Literal::Text(text) => Value::text(&text.raw),
        Literal::Date(day) => Value::Date(*day),
        Literal::Moment(moment) => Value::Moment(*moment),
    }
}

fn atom_truth(atom: &Atom, row: &Row, at: Circumstances<'_>) -> Option<bool> {
    match atom {
        Atom::Constant(value) => Some(*value),
        Atom::Holds(source) => match value(source, row, at) {
            Value::Bool(value) => Some(value),
            _ => None,
        },
        Atom::Compare { left, comparison, right, matching } => compare(&operand(left, row, at), *comparison, &operand(right, row, at), *matching, at),
        Atom::Between { what, low, high, matching } => {
            let (what, low, high) = (operand(what, row, at), operand(low, row, at), operand(high, row, at));
            and(compare(&what, Comparison::GreaterOrEqual, &low, *matching, at), compare(&what, Comparison::LessOrEqual, &high, *matching, at))
        }
        Atom::In { what, list } => {
            let what = operand(what, row, at);
            let values = list.written().iter().map(plain).chain(list.has_null().then_some(Value::Null));
            values.map(|value| compare(&what, Comparison::Equal, &value, list.matching(), at)).fold(Some(false), or)
        }
        Atom::Like { what, pattern } => match (operand(what, row, at), pattern.matching()) {
            (Value::Text(text), Matching::Exact) => Some(like(pattern.text(), pattern.escape(), &text)),
            (Value::Text(text), Matching::Folded) => Some(like(&fold(pattern.text()), pattern.escape(), &fold(&text))),
            _ => None,
        },
        Atom::IsNull(source) => Some(value(source, row, at) == Value::Null),
        Atom::Member { what, set, matching } => match value(set, row, at) {
            Value::List(values) => {
                let what = operand(what, row, at);
                values.iter().map(|value| compare(&what, Comparison::Equal, value, *matching, at)).fold(Some(false), or)
            }
            _ => None,
        },
    }
}

fn compare(left: &Value, comparison: Comparison, right: &Value, matching: Matching, at: Circumstances<'_>) -> Option<bool> {
    let order = match (left, right) {
        (Value::Text(left), Value::Text(right)) => match matching {
            Matching::Exact => left.as_bytes().cmp(right.as_bytes()),
            Matching::Folded if fold(left) == fold(right) => Ordering::Equal,
            Matching::Folded => at.text.order(&fold(left), &fold(right)),
        },
        (Value::Bool(left), Value::Bool(right)) => left.cmp(right),
        (Value::Int(_) | Value::Real(_), Value::Int(_) | Value::Real(_)) => quarters(left).cmp(&quarters(right)),
        (Value::Date(_) | Value::Moment(_), Value::Date(_) | Value::Moment(_)) => instant(left).cmp(&instant(right)),
        _ => return None,
    };
    Some(match comparison {
        Comparison::Equal => order == Ordering::Equal,
        Comparison::NotEqual => order != Ordering::Equal,
        Comparison::Less => order == Ordering::Less,
        Comparison::LessOrEqual => order != Ordering::Greater,
        Comparison::Greater => order == Ordering::Greater,
        Comparison::GreaterOrEqual => order != Ordering::Less,
    })
}

/// A number in quarters: exact for the numbers that the tests make.
fn quarters(value: &Value) -> i128 {
    match value {
        Value::Int(value) => i128::from(*value) * 4,
        Value::Real(value) => (value * 4.0) as i128,
        other => panic!("{other:?} is no number"),
    }
}

fn instant(value: &Value) -> chrono::DateTime<chrono::Utc> {
    match value {
        Value::Date(day) => midnight(*day),
        Value::Moment(moment) => *moment,
        other => panic!("{other:?} is no day"),
    }
}

/// Tries every way. The escape character of the tests is no letter, so that folding leaves it as it is.
fn like(pattern: &str, escape: Option<char>, text: &str) -> bool {
    let (mut pattern_rest, mut text_rest) = (pattern.chars(), text.chars());
    match (pattern_rest.next(), text_rest.next()) {
        (None, one) => one.is_none(),
        (one, next) if one == escape => {
            let wanted = pattern_rest.next();
            wanted == next && like(pattern_rest.as_str(), escape, text_rest.as_str())
        }
        (Some('%'), next) => like(pattern_rest.as_str(), escape, text) || (next.is_some() && like(pattern, escape, text_rest.as_str())),
        (Some(_), None) => false,
        (Some(one), Some(next)) => (one == '_' || one == next) && like(pattern_rest.as_str(), escape, text_rest.as_str()),
    }
}
