//! Texts numbered as they come, each once, and found again.

use std::hash::BuildHasher;

use hashbrown::{DefaultHashBuilder, HashTable};

/// Texts with numbers from 0.
#[derive(Debug, Default)]
pub(super) struct Keys {
    bytes: String,
    ends: Vec<u32>,
    /// The numbers, each with half of its text's hash, so that the table grows without looking at the texts again.
    table: HashTable<(u32, u32)>,
    hasher: DefaultHashBuilder,
}

impl Keys {
    /// The number of a text, and whether it is new. None when 4 GiB of texts are exceeded.
    pub(super) fn number(&mut self, text: &str) -> Option<(u32, bool)> {
        let half = self.half(text);
        if let Some(found) = self.found(text, half) {
            return Some((found, false));
        }
        let number = u32::try_from(self.ends.len()).ok()?;
        let end = u32::try_from(self.bytes.len() + text.len()).ok()?;
        self.bytes.push_str(text);
        self.ends.push(end);
        self.table.insert_unique(spread(half), (number, half), |(_, half)| spread(*half));
        Some((number, true))
    }

    /// The number of a text that came.
    pub(super) fn find(&self, text: &str) -> Option<u32> {
        self.found(text, self.half(text))
    }

    fn found(&self, text: &str, half: u32) -> Option<u32> {
        self.table.find(spread(half), |(number, of)| *of == half && self.text(*number) == text).map(|(number, _)| *number)
    }

    fn half(&self, text: &str) -> u32 {
        (self.hasher.hash_one(text) >> 32) as u32
    }

    /// The text with a number; empty for a number that was not given.
    pub(super) fn text(&self, number: u32) -> &str {
        let number = number as usize;
        let begin = number.checked_sub(1).and_then(|before| self.ends.get(before)).copied().unwrap_or(0);
        let end = self.ends.get(number).copied().unwrap_or(begin);
        self.bytes.get(begin as usize..end as usize).unwrap_or_default()
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.ends.len()
    }
}

/// Spreads half a hash over a whole one: a table takes the place from its lower bits and a mark from the upper ones.
fn spread(half: u32) -> u64 {
    u64::from(half).wrapping_mul(0x9e37_79b9_7f4a_7c15)
}
