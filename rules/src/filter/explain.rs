//! Why a filter is true, false or unknown for a record: the clauses that decide.

use std::collections::BTreeSet;

use super::tree::Node;
use super::{Circumstances, Readable, Truth};
use crate::view::FieldId;

/// One clause of a filter and what it came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClauseTruth {
    /// The clause as it is printed, with its `NOT` if it has one.
    pub text: String,
    /// What it came to.
    pub truth: Truth,
    /// The fields it looks at.
    pub touches: BTreeSet<FieldId>,
}

impl Node {
    /// Adds the clauses that made the node what it is: of a true `AND` all, of a false one those that are false, of an unknown one those that
    /// are unknown; of an `OR` the other way round.
    pub(super) fn deciding(&self, record: &impl Readable, at: Circumstances<'_>, clauses: &mut Vec<ClauseTruth>) {
        let truth = self.judge(record, at);
        match self {
            Self::All(parts) | Self::Any(parts) => {
                for part in parts.iter().filter(|part| part.judge(record, at) == truth) {
                    part.deciding(record, at, clauses);
                }
            }
            Self::Not(inner) => match inner.as_ref() {
                Self::Atom(atom) => clauses.push(ClauseTruth { text: self.to_string(), truth, touches: atom.fields() }),
                Self::All(_) | Self::Any(_) | Self::Not(_) => inner.deciding(record, at, clauses),
            },
            Self::Atom(atom) => clauses.push(ClauseTruth { text: self.to_string(), truth, touches: atom.fields() }),
        }
    }
}
