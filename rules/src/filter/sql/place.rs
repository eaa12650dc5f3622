//! Places in a filter: the parser counts lines and columns, we count characters from 0.

use sqlparser::tokenizer::Location;

/// Where each line begins.
#[derive(Clone, Debug)]
pub(super) struct Places {
    lines: Vec<usize>,
    end: usize,
}

impl Places {
    pub(super) fn new(text: &str) -> Self {
        let breaks = text.chars().enumerate().filter(|(_, one)| *one == '\n').map(|(place, _)| place + 1);
        Self { lines: std::iter::once(0).chain(breaks).collect(), end: text.chars().count() }
    }

    /// The end of the text.
    pub(super) fn end(&self) -> usize {
        self.end
    }

    /// The place of a location; an unknown one is the end.
    pub(super) fn at(&self, location: Location) -> usize {
        self.of(location.line, location.column).unwrap_or(self.end)
    }

    /// The place that one of the parser's messages names as `Line: 1, Column: 5`; the end if it names none.
    pub(super) fn named_in(&self, message: &str) -> usize {
        let named = message.rsplit_once("Line: ").and_then(|(_, rest)| rest.split_once(", Column: "));
        let place = named.and_then(|(line, column)| self.of(line.parse().ok()?, column.parse().ok()?));
        place.unwrap_or(self.end)
    }

    fn of(&self, line: u64, column: u64) -> Option<usize> {
        let start = self.lines.get(usize::try_from(line.checked_sub(1)?).ok()?)?;
        let place = start + usize::try_from(column.checked_sub(1)?).ok()?;
        Some(place.min(self.end))
    }
}
