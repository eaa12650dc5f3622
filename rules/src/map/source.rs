//! Takes texts out of a document: expressions evaluated, values cleaned, and on a list what was wrong with them.

use std::borrow::Cow;

use serde_json::Value as Json;

use super::expression::Expression;
use super::filled::What;
use super::recipe::One;
use super::text;

/// What becomes of line breaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Lines {
    /// They become spaces.
    Joined,
    /// They stay.
    Kept,
}

/// A document, read for one property.
pub(super) struct Source<'a> {
    document: &'a Json,
    lines: Lines,
    /// What was wrong so far.
    pub(super) found: Vec<What>,
}

impl<'a> Source<'a> {
    pub(super) fn new(document: &'a Json, lines: Lines) -> Self {
        Self { document, lines, found: Vec::new() }
    }

    /// The text that a recipe makes; none if there is nothing to make it of.
    pub(super) fn one(&mut self, one: &One) -> Option<String> {
        let text = match one {
            One::First(expressions) => return self.first(expressions),
            One::Constant(text) => return Some(text.clone()),
            One::Join { parts, with } => parts.iter().flat_map(|part| self.texts(part)).collect::<Vec<_>>().join(with),
            One::Lines(lines) => {
                let lines = lines.iter().filter_map(|(label, first)| Some(format!("{label}{}", self.first(first)?)));
                lines.collect::<Vec<_>>().join("\n")
            }
        };
        // What joins may be a line break, which only a note keeps.
        let text = if self.lines == Lines::Kept { text } else { text::line(&text).0.into_owned() };
        (!text.is_empty()).then_some(text)
    }

    /// Constants, then every value of every expression.
    pub(super) fn many(&mut self, constants: &[String], all: &[Expression]) -> Vec<String> {
        let mut texts = constants.to_vec();
        texts.extend(all.iter().flat_map(|expression| self.texts(expression)));
        texts
    }

    /// Whether an expression gives anything.
    pub(super) fn feeds(&mut self, expression: &Expression) -> bool {
        !self.texts(expression).is_empty()
    }

    fn first(&mut self, expressions: &[Expression]) -> Option<String> {
        expressions.iter().find_map(|expression| self.texts(expression).into_iter().next())
    }

    /// The values of an expression as clean texts, none of them empty. The values of a multi-valued field count one by one.
    fn texts(&mut self, expression: &Expression) -> Vec<String> {
        if expression.is_masked(self.document) {
            return Vec::new();
        }
        let nodes = expression.select(self.document);
        let values = nodes.iter().flat_map(|node| node.as_array().map_or(std::slice::from_ref(*node), Vec::as_slice));
        values.filter_map(|value| self.text(value)).collect()
    }

    fn text(&mut self, value: &Json) -> Option<String> {
        let raw = match value {
            Json::Null => return None,
            Json::String(text) => Cow::Borrowed(text.as_str()),
            Json::Number(number) => Cow::Owned(number.to_string()),
            Json::Bool(_) | Json::Array(_) | Json::Object(_) => {
                self.found.push(What::NotText);
                return None;
            }
        };
        let (text, had_controls) = match self.lines {
            Lines::Joined => text::line(&raw),
            Lines::Kept => text::note(&raw),
        };
        if had_controls {
            self.found.push(What::ControlCharacters);
        }
        (!text.is_empty()).then(|| text.into_owned())
    }
}
