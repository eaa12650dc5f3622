//! Writing a filter as SQL; reading what is written gives the same filter.

use std::fmt::{self, Display, Formatter, Write as _};

use chrono::{DateTime, NaiveTime, SecondsFormat, Utc};

use super::tree::{Atom, Comparison, Literal, Matching, Node, Operand, Origin, Source};

/// The words with a meaning of their own; a field of such a name is quoted.
pub(super) const WORDS: [&str; 14] =
    ["and", "any", "between", "collate", "escape", "false", "in", "is", "like", "not", "null", "or", "select", "true"];

/// How tightly a condition holds together.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Binding {
    Any,
    All,
    Not,
    Atom,
}

impl Node {
    fn binding(&self) -> Binding {
        match self {
            Self::Any(_) => Binding::Any,
            Self::All(_) => Binding::All,
            Self::Not(inner) => inner.negated_atom().map_or(Binding::Not, |_| Binding::Atom),
            Self::Atom(_) => Binding::Atom,
        }
    }

    /// The atom, if the language has a word for its negation.
    fn negated_atom(&self) -> Option<&Atom> {
        match self {
            Self::Atom(atom @ (Atom::In { .. } | Atom::Between { .. } | Atom::Like { .. } | Atom::IsNull(_))) => Some(atom),
            Self::Atom(Atom::Constant(_) | Atom::Holds(_) | Atom::Compare { .. } | Atom::Member { .. })
            | Self::All(_)
            | Self::Any(_)
            | Self::Not(_) => None,
        }
    }

    fn write_within(&self, f: &mut Formatter<'_>, least: Binding) -> fmt::Result {
        if self.binding() < least { write!(f, "({self})") } else { write!(f, "{self}") }
    }
}

impl Display for Node {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let (parts, word, least) = match self {
            Self::All(parts) => (parts, " AND ", Binding::Not),
            Self::Any(parts) => (parts, " OR ", Binding::All),
            Self::Atom(atom) => return atom.write(f, ""),
            Self::Not(inner) => match inner.negated_atom() {
                Some(atom) => return atom.write(f, "NOT "),
                None => {
                    f.write_str("NOT ")?;
                    return inner.write_within(f, Binding::Not);
                }
            },
        };
        let mut separator = "";
        for part in parts {
            f.write_str(separator)?;
            part.write_within(f, least)?;
            separator = word;
        }
        Ok(())
    }
}

impl Atom {
    /// Writes the atom; `not` stands before `IN`, `BETWEEN`, `LIKE` and `NULL`.
    fn write(&self, f: &mut Formatter<'_>, not: &str) -> fmt::Result {
        match self {
            Self::Constant(value) => f.write_str(if *value { "TRUE" } else { "FALSE" }),
            Self::Holds(source) => write!(f, "{source}"),
            Self::Compare { left, comparison, right, matching } => write!(f, "{left}{matching} {comparison} {right}"),
            Self::Between { what, low, high, matching } => write!(f, "{what}{matching} {not}BETWEEN {low} AND {high}"),
            Self::In { what, list } => {
                write!(f, "{what}{} {not}IN (", list.matching())?;
                let mut separator = "";
                for value in list.written() {
                    write!(f, "{separator}{value}")?;
                    separator = ", ";
                }
                if list.has_null() {
                    write!(f, "{separator}NULL")?;
                }
                f.write_char(')')
            }
            Self::Like { what, pattern } => {
                write!(f, "{what}{} {not}LIKE {}", pattern.matching(), Quoted(pattern.text(), '\''))?;
                match pattern.escape() {
                    Some(escape) => write!(f, " ESCAPE {}", Quoted(escape.encode_utf8(&mut [0; 4]), '\'')),
                    None => Ok(()),
                }
            }
            Self::IsNull(source) => write!(f, "{source} IS {not}NULL"),
            Self::Member { what, set, matching } => write!(f, "{what}{matching} = ANY({set})"),
        }
    }
}

impl Display for Matching {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Folded => "",
            Self::Exact => " COLLATE binary",
        })
    }
}

impl Display for Comparison {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
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

impl Display for Operand {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Of(source) => write!(f, "{source}"),
            Self::Count(source) => write!(f, "cardinality({source})"),
            Self::Literal(literal) => write!(f, "{literal}"),
            Self::Today(0) => f.write_str("today()"),
            Self::Today(days) => write!(f, "today() {} {}", if *days < 0 { '-' } else { '+' }, days.unsigned_abs()),
        }
    }
}

impl Display for Source {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self.origin {
            Origin::Field(_) => write!(f, "{}", Name(&self.name)),
            Origin::User => write!(f, "user.{}", Name(&self.name)),
        }
    }
}

impl Display for Literal {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bool(value) => f.write_str(if *value { "TRUE" } else { "FALSE" }),
            Self::Int(value) => write!(f, "{value}"),
            // The shortest form that reads back as the same number; it has a point or an exponent.
            Self::Real(value) => write!(f, "{value:?}"),
            Self::Text(text) => write!(f, "{}", Quoted(&text.raw, '\'')),
            Self::Date(day) => write!(f, "'{}'", day.format("%Y-%m-%d")),
            Self::Moment(moment) => write!(f, "'{}'", written_moment(moment)),
        }
    }
}

/// Midnight is written as its day.
fn written_moment(moment: &DateTime<Utc>) -> String {
    if moment.time() == NaiveTime::MIN { moment.format("%Y-%m-%d").to_string() } else { moment.to_rfc3339_opts(SecondsFormat::AutoSi, true) }
}

/// A name as it is written in a filter: in quotes, unless it is plain.
pub(super) struct Name<'a>(pub(super) &'a str);

impl Display for Name<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let starts_plain = self.0.starts_with(|first: char| first.is_ascii_lowercase() || first == '_');
        let is_plain = starts_plain && self.0.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_');
        if is_plain && self.0 != "user" && !WORDS.contains(&self.0) { f.write_str(self.0) } else { write!(f, "{}", Quoted(self.0, '"')) }
    }
}

/// A text between quotes, with quotes in it doubled.
struct Quoted<'a>(&'a str, char);

impl Display for Quoted<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let Self(text, quote) = *self;
        f.write_char(quote)?;
        for one in text.chars() {
            if one == quote {
                f.write_char(quote)?;
            }
            f.write_char(one)?;
        }
        f.write_char(quote)
    }
}
