//! A filter as sets of codes: the second execution of its one definition, for many records at once.
//!
//! A wish is fulfilled only where a filter is true, so no third truth value is needed here: `NOT` is pushed down to the conditions, and each of them becomes
//! the set of codes for which it is true, or false, as asked. What is unknown, because of null or of a mask, is in neither. Whatever has no quick way is judged
//! value by value with [`Atom::judge`], so both executions rest on the same rules.

use std::collections::HashMap;

use super::compare::Item;
use super::dictionary::{CodeSet, Dictionary};
use super::tree::{Atom, Comparison, Matching, Node, Operand, Origin, Source};
use super::{Circumstances, Filter, Readable, Truth};
use crate::value::{Seen, Value};
use crate::view::FieldId;

/// Where a filter is true, for one viewer.
#[derive(Clone, Debug)]
pub(crate) enum Coded {
    /// Everywhere or nowhere.
    Constant(bool),
    /// Where all of them are.
    All(Vec<Coded>),
    /// Where any of them is.
    Any(Vec<Coded>),
    /// Where the field has one of the codes.
    Among(FieldId, CodeSet),
    /// Where a condition on several fields, or on one that is masked in some records only, has this truth.
    Judged(Judged),
}

/// A condition that is judged record by record.
#[derive(Clone, Debug)]
pub(crate) struct Judged {
    atom: Atom,
    truth: Truth,
}

impl Judged {
    /// Whether the condition has the truth that is asked for.
    pub(crate) fn holds(&self, record: &impl Readable, at: Circumstances<'_>) -> bool {
        self.atom.judge(record, at) == self.truth
    }
}

/// How a field can be read by a viewer.
pub(crate) enum Access<'a> {
    /// In no record.
    Masked,
    /// In every record; these are its values.
    Open(&'a Dictionary),
    /// In some records.
    Mixed,
}

/// What of the values of a field fulfils a condition that asks nothing of the user, by field, condition and truth.
pub(crate) type Memo = HashMap<(FieldId, String, bool), CodeSet>;

/// A filter on its way.
pub(crate) struct Coder<'a, 'm> {
    /// For whom and when.
    pub(crate) at: Circumstances<'a>,
    /// How each field can be read.
    pub(crate) access: &'m dyn Fn(FieldId) -> Access<'a>,
    /// What was found before.
    pub(crate) memo: &'m mut Memo,
}

impl Coder<'_, '_> {
    /// Where a filter is true.
    pub(crate) fn filter(&mut self, filter: &Filter) -> Coded {
        self.node(&filter.root, true)
    }

    fn node(&mut self, node: &Node, truth: bool) -> Coded {
        match node {
            Node::Not(inner) => self.node(inner, !truth),
            Node::All(nodes) | Node::Any(nodes) => {
                let nodes: Vec<Coded> = nodes.iter().map(|node| self.node(node, truth)).collect();
                join(nodes, matches!(node, Node::All(_)) == truth)
            }
            Node::Atom(atom) => self.atom(atom, truth),
        }
    }

    fn atom(&mut self, atom: &Atom, truth: bool) -> Coded {
        let wanted = if truth { Truth::True } else { Truth::False };
        let fields: Vec<FieldId> = atom.fields().into_iter().collect();
        let [field] = fields.as_slice() else {
            let (mut is_masked, mut judged) = (false, false);
            for field in fields {
                is_masked |= matches!((self.access)(field), Access::Masked);
                judged = true;
            }
            return match (is_masked, judged) {
                // What touches something masked is unknown.
                (true, _) => Coded::Constant(false),
                (false, true) => Coded::Judged(Judged { atom: atom.clone(), truth: wanted }),
                (false, false) => Coded::Constant(atom.judge(&Nothing, self.at) == wanted),
            };
        };
        let set = match (self.access)(*field) {
            Access::Masked => return Coded::Constant(false),
            Access::Mixed => return Coded::Judged(Judged { atom: atom.clone(), truth: wanted }),
            Access::Open(dictionary) => {
                let quick = Quick { dictionary, field: *field, at: self.at };
                quick.atom(atom, truth).unwrap_or_else(|| self.each(dictionary, (*field, atom), wanted))
            }
        };
        if set.is_empty() { Coded::Constant(false) } else { Coded::Among(*field, set) }
    }

    /// Judges every value of the field.
    fn each(&mut self, dictionary: &Dictionary, (field, atom): (FieldId, &Atom), wanted: Truth) -> CodeSet {
        let judge = || dictionary.taken(|value| atom.judge(&One { field, value }, self.at) == wanted);
        if atom.sources().any(|source| source.origin == Origin::User) {
            return judge();
        }
        let key = (field, Node::Atom(atom.clone()).to_string(), wanted == Truth::True);
        if let Some(found) = self.memo.get(&key) {
            return found.clone();
        }
        let found = judge();
        self.memo.insert(key, found.clone());
        found
    }
}

/// Joins conditions by AND (`all`) or OR.
pub(crate) fn join(nodes: Vec<Coded>, all: bool) -> Coded {
    let mut kept = Vec::with_capacity(nodes.len());
    for node in nodes {
        match (node, all) {
            (Coded::Constant(value), all) if value != all => return Coded::Constant(value),
            (Coded::Constant(_), _) => {}
            (Coded::All(inner), true) | (Coded::Any(inner), false) => kept.extend(inner),
            (other, _) => kept.push(other),
        }
    }
    match (kept.len(), all) {
        (0, _) => Coded::Constant(all),
        (1, _) => kept.pop().unwrap_or(Coded::Constant(all)),
        (_, true) => Coded::All(kept),
        (_, false) => Coded::Any(kept),
    }
}

/// A record without fields.
struct Nothing;

impl Readable for Nothing {
    fn field(&self, _: FieldId) -> Seen<'_> {
        Seen::Masked
    }
}

/// A record with one field.
struct One<'a> {
    field: FieldId,
    value: &'a Value,
}

impl Readable for One<'_> {
    fn field(&self, field: FieldId) -> Seen<'_> {
        if field == self.field { Seen::Value(std::borrow::Cow::Borrowed(self.value)) } else { Seen::Masked }
    }
}

/// The quick ways: values that are looked up rather than judged one by one.
struct Quick<'a> {
    dictionary: &'a Dictionary,
    field: FieldId,
    at: Circumstances<'a>,
}

impl Quick<'_> {
    /// The codes for which the condition has the truth; none if there is no quick way.
    fn atom(&self, atom: &Atom, truth: bool) -> Option<CodeSet> {
        match atom {
            Atom::Compare { left, comparison, right, matching } => {
                let (other, comparison) = match (self.is_field(left), self.is_field(right)) {
                    (true, false) if is_free(right) => (right, *comparison),
                    (false, true) if is_free(left) => (left, mirrored(*comparison)),
                    _ => return None,
                };
                self.compare(other, (comparison, *matching), truth)
            }
            Atom::Between { what, low, high, matching } if self.is_field(what) && is_free(low) && is_free(high) => {
                let above = (if truth { Comparison::GreaterOrEqual } else { Comparison::Less }, *matching);
                let below = (if truth { Comparison::LessOrEqual } else { Comparison::Greater }, *matching);
                let masked = |operand: &Operand| operand.read(&Nothing, self.at).item() == Item::Masked;
                if masked(low) || masked(high) {
                    return Some(self.none());
                }
                let (above, below) = (self.compare(low, above, true)?, self.compare(high, below, true)?);
                Some(if truth { self.both(&above, &below) } else { self.dictionary.union([above, below]) })
            }
            Atom::In { what, list } if self.is_field(what) => {
                let found: Option<Vec<CodeSet>> = list.written().iter().map(|one| self.dictionary.equal(Item::from(one), list.matching())).collect();
                let found = self.dictionary.union(found?);
                Some(match truth {
                    true => found,
                    false if list.has_null() => self.none(),
                    false => self.dictionary.others(&found),
                })
            }
            Atom::Like { what, pattern } if self.is_field(what) => self.known(self.dictionary.like(pattern)?, truth),
            Atom::Member { what, set, matching } if self.is_source(set) && is_free(what) => {
                let what = what.read(&Nothing, self.at);
                match what.item() {
                    Item::Masked => Some(self.none()),
                    Item::Null | Item::List => None,
                    item => self.known(self.dictionary.holding(item, *matching)?, truth),
                }
            }
            Atom::Member { what, set, matching } if self.is_field(what) && set.origin == Origin::User => {
                let values = set.values(&Nothing, self.at)?;
                // Membership in an empty set is false, whatever is looked for.
                if values.is_empty() {
                    return None;
                }
                let found: Option<Vec<CodeSet>> = values.iter().map(|value| self.dictionary.equal(Item::from(value), *matching)).collect();
                self.known(self.dictionary.union(found?), truth)
            }
            _ => None,
        }
    }

    fn compare(&self, other: &Operand, (comparison, matching): (Comparison, Matching), truth: bool) -> Option<CodeSet> {
        let other = other.read(&Nothing, self.at);
        match (other.item(), comparison) {
            (Item::Masked | Item::Null, _) => Some(self.none()),
            (Item::List, _) => None,
            (item, Comparison::Equal) => self.known(self.dictionary.equal(item, matching)?, truth),
            (item, Comparison::NotEqual) => self.known(self.dictionary.equal(item, matching)?, !truth),
            (Item::Text(..), _) => None,
            (item, comparison) => self.dictionary.ordered(item, |order| comparison.accepts(order) == truth),
        }
    }

    /// Of the values that are not null those in the set, or those that are not.
    fn known(&self, set: CodeSet, truth: bool) -> Option<CodeSet> {
        Some(if truth { set } else { self.dictionary.others(&set) })
    }

    /// What is in both of two sets without null.
    fn both(&self, one: &CodeSet, other: &CodeSet) -> CodeSet {
        let outside = self.dictionary.union([self.dictionary.others(one), self.dictionary.others(other)]);
        self.dictionary.others(&outside)
    }

    fn none(&self) -> CodeSet {
        CodeSet::of(self.dictionary.len(), [])
    }

    fn is_field(&self, operand: &Operand) -> bool {
        matches!(operand, Operand::Of(source) if self.is_source(source) && !source.ty.many)
    }

    fn is_source(&self, source: &Source) -> bool {
        source.origin == Origin::Field(self.field)
    }
}

/// Whether a value asks nothing of the record.
fn is_free(operand: &Operand) -> bool {
    operand.source().is_none_or(|source| source.origin == Origin::User)
}

/// The comparison with its sides changed.
fn mirrored(comparison: Comparison) -> Comparison {
    match comparison {
        Comparison::Less => Comparison::Greater,
        Comparison::LessOrEqual => Comparison::GreaterOrEqual,
        Comparison::Greater => Comparison::Less,
        Comparison::GreaterOrEqual => Comparison::LessOrEqual,
        same @ (Comparison::Equal | Comparison::NotEqual) => same,
    }
}
