//! Filters as the tests know them: trees that are written as text for the product and judged as they are by the judge.

use std::fmt;

use adressbote_rules::value::Value;

/// A condition.
#[derive(Clone, Debug, PartialEq)]
pub enum Tree {
    /// All of them.
    All(Vec<Tree>),
    /// Any of them.
    Any(Vec<Tree>),
    /// Not this.
    Not(Box<Tree>),
    /// A condition without conditions in it.
    Atom(Atom),
}

/// A condition without conditions in it.
#[derive(Clone, Debug, PartialEq)]
pub enum Atom {
    /// `left ? right`; `is_exact` with `COLLATE binary`.
    Compare {
        /// Left.
        left: Operand,
        /// How.
        comparison: Comparison,
        /// Right.
        right: Operand,
        /// Whether text is compared byte by byte.
        is_exact: bool,
    },
    /// `what BETWEEN low AND high`
    Between {
        /// What.
        what: Operand,
        /// From.
        low: Operand,
        /// To.
        high: Operand,
    },
    /// `what IN (values)`
    In {
        /// What.
        what: Operand,
        /// The values, NULL perhaps among them.
        values: Vec<Value>,
    },
    /// `what LIKE pattern`, with `!` to escape.
    Like {
        /// What.
        what: Source,
        /// The pattern.
        pattern: String,
    },
    /// `source IS NULL`
    IsNull(Source),
    /// `what = ANY(set)`
    Member {
        /// What.
        what: Operand,
        /// In what.
        set: Source,
    },
    /// A field of kind bool by itself.
    Holds(Source),
    /// `TRUE` or `FALSE`.
    Constant(bool),
}

/// How two values are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Comparison {
    /// `=`
    Equal,
    /// `<>`
    NotEqual,
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterOrEqual,
}

/// A value.
#[derive(Clone, Debug, PartialEq)]
pub enum Operand {
    /// Of a record or user.
    Of(Source),
    /// `cardinality(source)`
    Count(Source),
    /// As written.
    Literal(Value),
    /// `today()` plus days.
    Today(i32),
}

/// Where a value comes from.
#[derive(Clone, Debug, PartialEq)]
pub enum Source {
    /// A field of the record.
    Field(&'static str),
    /// `user.NAME`
    User(&'static str),
}

impl Tree {
    /// The fields that the condition reads.
    pub fn fields(&self) -> Vec<&'static str> {
        match self {
            Self::All(parts) | Self::Any(parts) => parts.iter().flat_map(Self::fields).collect(),
            Self::Not(inner) => inner.fields(),
            Self::Atom(atom) => {
                atom.sources().into_iter().filter_map(|source| if let Source::Field(name) = source { Some(*name) } else { None }).collect()
            }
        }
    }
}

impl Atom {
    /// What the atom reads.
    pub fn sources(&self) -> Vec<&Source> {
        let operands = match self {
            Self::Compare { left, right, .. } => vec![left, right],
            Self::Between { what, low, high } => vec![what, low, high],
            Self::In { what, .. } => vec![what],
            Self::Member { what, set } => return operand_source(what).into_iter().chain([set]).collect(),
            Self::Like { what: source, .. } | Self::IsNull(source) | Self::Holds(source) => return vec![source],
            Self::Constant(_) => Vec::new(),
        };
        operands.into_iter().filter_map(operand_source).collect()
    }
}

fn operand_source(operand: &Operand) -> Option<&Source> {
    match operand {
        Operand::Of(source) | Operand::Count(source) => Some(source),
        Operand::Literal(_) | Operand::Today(_) => None,
    }
}

impl fmt::Display for Tree {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let joined = |parts: &[Self], word: &str| parts.iter().map(|part| format!("({part})")).collect::<Vec<_>>().join(word);
        match self {
            Self::All(parts) => f.write_str(&joined(parts, " AND ")),
            Self::Any(parts) => f.write_str(&joined(parts, " OR ")),
            Self::Not(inner) => write!(f, "NOT ({inner})"),
            Self::Atom(atom) => write!(f, "{atom}"),
        }
    }
}

impl fmt::Display for Atom {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Compare { left, comparison, right, is_exact } => {
                let exact = if *is_exact { " COLLATE binary" } else { "" };
                write!(f, "{left}{exact} {comparison} {right}")
            }
            Self::Between { what, low, high } => write!(f, "{what} BETWEEN {low} AND {high}"),
            Self::In { what, values } => write!(f, "{what} IN ({})", values.iter().map(literal).collect::<Vec<_>>().join(", ")),
            Self::Like { what, pattern } => write!(f, "{what} LIKE {} ESCAPE '!'", literal(&Value::text(pattern))),
            Self::IsNull(source) => write!(f, "{source} IS NULL"),
            Self::Member { what, set } => write!(f, "{what} = ANY({set})"),
            Self::Holds(source) => write!(f, "{source}"),
            Self::Constant(value) => f.write_str(if *value { "TRUE" } else { "FALSE" }),
        }
    }
}

impl fmt::Display for Comparison {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Equal => "=",
            Self::NotEqual => "<>",
            Self::Less => "<",
            Self::LessOrEqual => "<=",
            Self::Greater => ">",
            Self::GreaterOrEqual => ">=",
        })
    }
}

impl fmt::Display for Operand {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Of(source) => write!(f, "{source}"),
            Self::Count(source) => write!(f, "cardinality({source})"),
            Self::Literal(value) => f.write_str(&literal(value)),
            Self::Today(0) => f.write_str("today()"),
            Self::Today(days) if *days < 0 => write!(f, "today() - {}", -days),
            Self::Today(days) => write!(f, "today() + {days}"),
        }
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Field(name) => write!(f, "\"{name}\""),
            Self::User(name) => write!(f, "user.{name}"),
        }
    }
}

fn literal(value: &Value) -> String {
    match value {
        Value::Null => "NULL".to_owned(),
        Value::Bool(value) => value.to_string().to_uppercase(),
        Value::Int(value) => value.to_string(),
        Value::Real(value) => format!("{value:?}"),
        Value::Text(text) => format!("'{}'", text.replace('\'', "''")),
        Value::Date(day) => format!("'{day}'"),
        Value::Moment(moment) => format!("'{}'", moment.format("%Y-%m-%dT%H:%M:%SZ")),
        Value::List(_) => panic!("a filter has no list literals"),
    }
}
