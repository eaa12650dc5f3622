//! Texts numbered as they come, each once, and found again.

use std::hash::BuildHasher;

use hashbrown::{DefaultHashBuilder, HashTable};

/// Texts with numbers from 0.
#[derive(Debug, Default)]
pub(super) struct Keys {
    bytes: String,
    ends: Vec<u32>,
    table: HashTable<u32>,
    hasher: DefaultHashBuilder,
}

impl Keys {
    /// The number of a text, and whether it is new. None when 4 GiB of texts are exceeded.
    pub(super) fn number(&mut self, text: &str) -> Option<(u32, bool)> {
        let hash = self.hasher.hash_one(text);
        let Self { bytes, ends, table, hasher } = self;
        if let Some(found) = table.find(hash, |number| at(bytes, ends, *number) == text) {
            return Some((*found, false));
        }
        let number = u32::try_from(ends.len()).ok()?;
        let end = u32::try_from(bytes.len() + text.len()).ok()?;
        bytes.push_str(text);
        ends.push(end);
        table.insert_unique(hash, number, |number| hasher.hash_one(at(bytes, ends, *number)));
        Some((number, true))
    }

    /// The number of a text that came.
    pub(super) fn find(&self, text: &str) -> Option<u32> {
        self.table.find(self.hasher.hash_one(text), |number| self.text(*number) == text).copied()
    }

    /// The text with a number; empty for a number that was not given.
    pub(super) fn text(&self, number: u32) -> &str {
        at(&self.bytes, &self.ends, number)
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.ends.len()
    }
}

fn at<'a>(bytes: &'a str, ends: &[u32], number: u32) -> &'a str {
    let number = number as usize;
    let begin = number.checked_sub(1).and_then(|before| ends.get(before)).copied().unwrap_or(0);
    let end = ends.get(number).copied().unwrap_or(begin);
    bytes.get(begin as usize..end as usize).unwrap_or_default()
}
