//! The tree of a filter: small, typed, with names resolved. It is well typed by construction; `sql` builds it.

use std::collections::BTreeSet;
use std::sync::Arc;

use chrono::{DateTime, NaiveDate, Utc};

use super::like::Pattern;
use super::list::List;
use crate::text::fold;
use crate::value::Type;
use crate::view::FieldId;

/// A condition. `All` and `Any` hold two or more, and never one of their own kind directly.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Node {
    /// `a AND b AND c`
    All(Vec<Node>),
    /// `a OR b OR c`
    Any(Vec<Node>),
    /// `NOT a`
    Not(Box<Node>),
    /// A condition without conditions in it.
    Atom(Atom),
}

/// A condition without conditions in it: it is unknown as a whole as soon as it touches something masked.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Atom {
    /// `TRUE`, `FALSE`
    Constant(bool),
    /// A field of kind bool by itself.
    Holds(Source),
    /// `left = right` and its like.
    Compare { left: Operand, comparison: Comparison, right: Operand, matching: Matching },
    /// `what BETWEEN low AND high`
    Between { what: Operand, low: Operand, high: Operand, matching: Matching },
    /// `what IN (..)`
    In { what: Operand, list: List },
    /// `what LIKE 'pattern'`
    Like { what: Operand, pattern: Pattern },
    /// `source IS NULL`
    IsNull(Source),
    /// `what = ANY(set)`
    Member { what: Operand, set: Source, matching: Matching },
}

/// How two values are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Comparison {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

/// How text is compared; other kinds are always folded, which means nothing to them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Matching {
    /// After NFC and simple case folding, ordered by the locale.
    Folded,
    /// `COLLATE binary`: byte by byte.
    Exact,
}

/// One value.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Operand {
    /// A field or an attribute of the user.
    Of(Source),
    /// `cardinality(source)`
    Count(Source),
    /// A value as written.
    Literal(Literal),
    /// `today()`, plus days.
    Today(i32),
}

/// Where a value comes from, with its name for printing.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Source {
    pub(super) origin: Origin,
    pub(super) name: Arc<str>,
    pub(super) ty: Type,
}

/// Whose value it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Origin {
    /// The record's.
    Field(FieldId),
    /// The user's, as `user.NAME`.
    User,
}

/// A value as written, of the kind that it is compared with.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Literal {
    Bool(bool),
    Int(i64),
    Real(f64),
    Text(Text),
    Date(NaiveDate),
    Moment(DateTime<Utc>),
}

/// A text as written, and folded once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Text {
    pub(super) raw: Arc<str>,
    pub(super) folded: Arc<str>,
}

impl Text {
    pub(super) fn new(raw: &str) -> Self {
        Self { raw: Arc::from(raw), folded: Arc::from(fold(raw)) }
    }
}

impl Node {
    /// The fields that its conditions read.
    pub(super) fn fields(&self) -> BTreeSet<FieldId> {
        match self {
            Self::All(nodes) | Self::Any(nodes) => nodes.iter().flat_map(Self::fields).collect(),
            Self::Not(node) => node.fields(),
            Self::Atom(atom) => atom.fields(),
        }
    }
}

impl Atom {
    /// What the atom reads.
    pub(super) fn sources(&self) -> impl Iterator<Item = &Source> {
        let source = match self {
            Self::Holds(source) | Self::IsNull(source) | Self::Member { set: source, .. } => Some(source),
            Self::Constant(_) | Self::Compare { .. } | Self::Between { .. } | Self::In { .. } | Self::Like { .. } => None,
        };
        source.into_iter().chain(self.operands().into_iter().flatten().filter_map(Operand::source))
    }

    /// The fields that the atom reads.
    pub(super) fn fields(&self) -> BTreeSet<FieldId> {
        let field = |source: &Source| match source.origin {
            Origin::Field(field) => Some(field),
            Origin::User => None,
        };
        self.sources().filter_map(field).collect()
    }

    fn operands(&self) -> [Option<&Operand>; 3] {
        match self {
            Self::Constant(_) | Self::Holds(_) | Self::IsNull(_) => [None; 3],
            Self::Compare { left, right, .. } => [Some(left), Some(right), None],
            Self::Between { what, low, high, .. } => [Some(what), Some(low), Some(high)],
            Self::In { what, .. } | Self::Like { what, .. } | Self::Member { what, .. } => [Some(what), None, None],
        }
    }
}

impl Operand {
    /// What it reads, if it reads anything.
    pub(super) fn source(&self) -> Option<&Source> {
        match self {
            Self::Of(source) | Self::Count(source) => Some(source),
            Self::Literal(_) | Self::Today(_) => None,
        }
    }
}
