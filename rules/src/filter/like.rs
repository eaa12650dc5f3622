//! Patterns of `LIKE`: `%` for any text, `_` for one character.

use std::sync::Arc;

use super::tree::Matching;
use crate::text::{composed, fold, fold_character};

/// The most characters of a pattern; with it the cost of matching is bounded.
pub(super) const LONGEST: usize = 1_000;

/// A pattern, read once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Pattern {
    text: Arc<str>,
    escape: Option<char>,
    matching: Matching,
    parts: Vec<Part>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    /// This character, folded if the pattern is.
    Character(char),
    /// Any one character.
    One,
    /// Any text, the empty one too.
    Many,
}

impl Pattern {
    /// Reads a pattern; the error says what is wrong with it.
    pub(super) fn new(text: &str, escape: Option<char>, matching: Matching) -> Result<Self, String> {
        if text.chars().nth(LONGEST).is_some() {
            return Err(format!("the pattern is longer than {LONGEST} characters"));
        }
        let spelled = match matching {
            Matching::Folded => composed(text),
            Matching::Exact => text.into(),
        };
        let mut parts = Vec::new();
        let mut characters = spelled.chars();
        while let Some(one) = characters.next() {
            let part = if Some(one) == escape {
                let escaped = characters.next().filter(|next| matches!(next, '%' | '_') || Some(*next) == escape);
                Part::Character(escaped.ok_or("after the escape character `%`, `_` or itself was expected")?)
            } else {
                match one {
                    '%' => Part::Many,
                    '_' => Part::One,
                    other => Part::Character(other),
                }
            };
            match (part, matching) {
                (Part::Character(one), Matching::Folded) => parts.push(Part::Character(fold_character(one))),
                (Part::Many, _) if parts.last() == Some(&Part::Many) => {}
                (part, _) => parts.push(part),
            }
        }
        Ok(Self { text: Arc::from(text), escape, matching, parts })
    }

    /// For a pattern `%text%`, compared folded: the text that must stand somewhere, folded.
    pub(super) fn within(&self) -> Option<String> {
        let [Part::Many, inner @ .., Part::Many] = self.parts.as_slice() else { return None };
        let character = |part: &Part| if let Part::Character(one) = part { Some(*one) } else { None };
        inner.iter().map(character).collect::<Option<String>>().filter(|text| self.matching == Matching::Folded && !text.is_empty())
    }

    /// Whether a text that is folded already fits; only for a pattern that is compared folded.
    pub(super) fn fits_folded(&self, folded: &str) -> bool {
        fits(&self.parts, folded.chars())
    }

    /// The pattern as written.
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// The escape character, if one was named.
    pub(super) fn escape(&self) -> Option<char> {
        self.escape
    }

    /// How text is compared with it.
    pub(super) fn matching(&self) -> Matching {
        self.matching
    }

    /// Whether the whole text fits.
    pub(super) fn fits(&self, text: &str) -> bool {
        match self.matching {
            Matching::Exact => fits(&self.parts, text.chars()),
            Matching::Folded if text.is_ascii() => fits(&self.parts, text.chars().map(|one| one.to_ascii_lowercase())),
            Matching::Folded => fits(&self.parts, fold(text).chars()),
        }
    }
}

/// Matches from left to right; on a mismatch the last `%` takes one character more, which is enough: an earlier one need not change.
fn fits(parts: &[Part], text: impl Iterator<Item = char> + Clone) -> bool {
    let (mut rest, mut text) = (parts, text);
    let mut last_many = None;
    loop {
        let next = text.clone().next();
        match (rest, next) {
            ([Part::Many], _) | ([], None) => return true,
            ([Part::Many, after @ ..], _) => {
                last_many = Some((after, text.clone()));
                rest = after;
            }
            ([Part::One, after @ ..], Some(_)) => {
                text.next();
                rest = after;
            }
            ([Part::Character(wanted), after @ ..], Some(one)) if *wanted == one => {
                text.next();
                rest = after;
            }
            ([Part::One | Part::Character(_), ..], None) => return false,
            ([Part::Character(_), ..] | [], Some(_)) => match &mut last_many {
                Some((after, from)) => {
                    from.next();
                    rest = after;
                    text = from.clone();
                }
                None => return false,
            },
        }
    }
}
