//! How each property is filled: the draft's keys, checked against what the property holds.

use super::draft::{LineDraft, MemberDraft, PropertyDraft};
use super::error::MappingError;
use super::expression::Expression;
use super::text;
use crate::property::{Property, Shape};
use crate::view::View;

/// How a property is filled.
#[derive(Clone, Debug)]
pub(super) enum Recipe {
    /// One text.
    One(One),
    /// Many texts: constants, then the values of expressions.
    Many { constants: Vec<String>, all: Vec<Expression> },
    /// An address, in the order of [`MEMBERS`].
    Address(Box<[Option<One>; 5]>),
}

/// How one text is made.
#[derive(Clone, Debug)]
pub(super) enum One {
    /// The first value of the first expression that gives one.
    First(Vec<Expression>),
    /// All values, joined.
    Join { parts: Vec<Expression>, with: String },
    /// Always the same.
    Constant(String),
    /// One line per entry that has a value.
    Lines(Vec<(String, Vec<Expression>)>),
}

/// The members of an address in alphabetical order, which is the order of canonical JSON.
pub(super) const MEMBERS: [&str; 5] = ["city", "countryOrRegion", "postalCode", "state", "street"];

/// Reads the keys of one entry; `name` is where they stand.
struct Reader<'a> {
    name: &'a str,
    view: &'a View,
}

impl Recipe {
    /// Checks the entry of a property.
    pub(super) fn new(property: Property, draft: &PropertyDraft, view: &View) -> Result<Self, MappingError> {
        let reader = Reader { name: property.name(), view };
        let PropertyDraft { first, all, join, with, text, lines, street, city, state, postal_code, country_or_region } = draft;
        let members = [city, country_or_region, postal_code, state, street];
        let shape = property.shape();
        if shape == Shape::Address {
            if first.is_some() || all.is_some() || join.is_some() || with.is_some() || text.is_some() || lines.is_some() {
                return Err(reader.bad(format!("is an address; fill its members: {}", MEMBERS.join(", "))));
            }
            return reader.address(members);
        }
        if members.iter().any(|member| member.is_some()) {
            return Err(reader.bad("is no address and has no members; use the keys `first`, `all`, `join` or `text`"));
        }
        if lines.is_some() && shape != Shape::Note {
            return Err(reader.bad("holds no lines; only a note such as `personalNotes` is filled by `lines`"));
        }
        match shape {
            Shape::Lines | Shape::Phones | Shape::Mails => reader.many(draft),
            Shape::Phone if all.is_some() => reader.many(draft),
            Shape::Line | Shape::Note | Shape::Phone | Shape::Day | Shape::Address => {
                if all.is_some() {
                    return Err(reader.bad("holds one value; use `first` or `join` instead of `all`"));
                }
                let one = MemberDraft { first: first.clone(), join: join.clone(), with: with.clone(), text: text.clone() };
                reader.one(&one, lines.as_deref()).map(Self::One)
            }
        }
    }

    /// Checks how the country of numbers is found.
    pub(super) fn country(draft: &MemberDraft, view: &View) -> Result<One, MappingError> {
        Reader { name: "country", view }.one(draft, None)
    }

    /// Its expressions.
    pub(super) fn expressions(&self) -> Vec<&Expression> {
        match self {
            Self::One(one) => one.expressions(),
            Self::Many { all, .. } => all.iter().collect(),
            Self::Address(members) => members.iter().flatten().flat_map(One::expressions).collect(),
        }
    }

    /// Its expressions with where they stand: nothing, or the member of an address.
    pub(super) fn placed(&self) -> Vec<(&'static str, &Expression)> {
        match self {
            Self::One(_) | Self::Many { .. } => self.expressions().into_iter().map(|expression| ("", expression)).collect(),
            Self::Address(members) => {
                let filled = members.iter().zip(MEMBERS).filter_map(|(one, name)| Some((name, one.as_ref()?)));
                filled.flat_map(|(name, one)| one.expressions().into_iter().map(move |expression| (name, expression))).collect()
            }
        }
    }

    /// Whether something stands there for everybody.
    pub(super) fn has_constants(&self) -> bool {
        match self {
            Self::One(one) => matches!(one, One::Constant(_)),
            Self::Many { constants, .. } => !constants.is_empty(),
            Self::Address(members) => members.iter().flatten().any(|one| matches!(one, One::Constant(_))),
        }
    }
}

impl One {
    /// Its expressions.
    pub(super) fn expressions(&self) -> Vec<&Expression> {
        match self {
            Self::First(expressions) | Self::Join { parts: expressions, .. } => expressions.iter().collect(),
            Self::Constant(_) => Vec::new(),
            Self::Lines(lines) => lines.iter().flat_map(|(_, first)| first).collect(),
        }
    }
}

impl Reader<'_> {
    fn bad(&self, why: impl Into<String>) -> MappingError {
        MappingError::BadShape { property: self.name.to_owned(), why: why.into() }
    }

    fn expressions(&self, paths: &[String]) -> Result<Vec<Expression>, MappingError> {
        if paths.is_empty() {
            return Err(self.bad("has an empty list of expressions; write one such as `$.name`, or leave the entry out"));
        }
        paths.iter().map(|path| Expression::new(path, self.name, self.view)).collect()
    }

    /// A constant as it will be written: what Exchange would not take is refused here rather than repaired for every contact.
    fn constant(&self, constant: &str) -> Result<String, MappingError> {
        let (line, had_controls) = text::line(constant);
        if had_controls || line != constant || constant.is_empty() {
            return Err(self.bad("has a constant text that is empty, has blank ends, line breaks or control characters"));
        }
        Ok(constant.to_owned())
    }

    fn many(&self, draft: &PropertyDraft) -> Result<Recipe, MappingError> {
        if draft.first.is_some() || draft.join.is_some() || draft.with.is_some() {
            return Err(self.bad("holds several values; use `all` instead of `first`, `join` and `with`"));
        }
        let constants: Vec<String> = draft.text.iter().flatten().map(|constant| self.constant(constant)).collect::<Result<_, _>>()?;
        let all = draft.all.as_deref().map(|paths| self.expressions(paths)).transpose()?.unwrap_or_default();
        if constants.is_empty() && all.is_empty() {
            return Err(self.bad("is not filled; give it `all` or `text`, or leave the entry out"));
        }
        Ok(Recipe::Many { constants, all })
    }

    fn one(&self, draft: &MemberDraft, lines: Option<&[LineDraft]>) -> Result<One, MappingError> {
        let MemberDraft { first, join, with, text, .. } = draft;
        if join.is_some() != with.is_some() {
            return Err(self.bad("needs `join` and `with` together: what is joined, and what stands between"));
        }
        match (first, join.as_deref().zip(with.as_deref()), text.as_deref(), lines) {
            (Some(first), None, None, None) => self.expressions(first).map(One::First),
            (None, Some((parts, with)), None, None) => self.joined(parts, with),
            (None, None, Some([constant]), None) => self.constant(constant).map(One::Constant),
            (None, None, Some(_), None) => Err(self.bad("holds one value; `text` takes exactly one here")),
            (None, None, None, Some(lines)) => self.lines(lines),
            (None, None, None, None) => Err(self.bad("is not filled; give it `first`, `join` or `text`, or leave the entry out")),
            _ => Err(self.bad("is filled in two ways; keep one of `first`, `join`, `text` and `lines`")),
        }
    }

    fn joined(&self, parts: &[String], with: &str) -> Result<One, MappingError> {
        if with.chars().any(|character| character.is_control() && character != '\n') {
            return Err(self.bad("joins with control characters; use a space, a comma or a line break"));
        }
        Ok(One::Join { parts: self.expressions(parts)?, with: with.to_owned() })
    }

    fn lines(&self, lines: &[LineDraft]) -> Result<One, MappingError> {
        let read = |LineDraft { label, first }: &LineDraft| {
            if label.chars().any(char::is_control) {
                return Err(self.bad("has a label with line breaks or control characters"));
            }
            Ok((label.clone(), self.expressions(first)?))
        };
        if lines.is_empty() {
            return Err(self.bad("has no lines; write one, or leave the entry out"));
        }
        lines.iter().map(read).collect::<Result<_, _>>().map(One::Lines)
    }

    /// `members` in the order of [`MEMBERS`].
    fn address(&self, members: [&Option<MemberDraft>; 5]) -> Result<Recipe, MappingError> {
        let mut filled = [const { None }; 5];
        for ((slot, draft), member) in filled.iter_mut().zip(members).zip(MEMBERS) {
            let name = format!("{}.{member}", self.name);
            *slot = draft.as_ref().map(|draft| Reader { name: &name, view: self.view }.one(draft, None)).transpose()?;
        }
        if filled.iter().all(Option::is_none) {
            return Err(self.bad(format!("is not filled; give it at least one of its members: {}", MEMBERS.join(", "))));
        }
        Ok(Recipe::Address(Box::new(filled)))
    }
}
