//! Chance that repeats itself: the same seed gives the same throws.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{RngCore, SeedableRng};

/// A seeded source of throws. The slight bias of the remainder does not matter here.
pub(super) struct Dice(ChaCha8Rng);

impl Dice {
    pub(super) fn new(seed: u64) -> Self {
        Self(ChaCha8Rng::seed_from_u64(seed))
    }

    /// A number from 0 to `bound` - 1; 0 for a bound of 0.
    pub(super) fn below(&mut self, bound: u64) -> u64 {
        self.0.next_u64().checked_rem(bound).unwrap_or(0)
    }

    /// A number from `low` to `high`, both included.
    pub(super) fn between(&mut self, low: u64, high: u64) -> u64 {
        low + self.below(high.saturating_sub(low) + 1)
    }

    /// True in `share` of 100 throws.
    pub(super) fn percent(&mut self, share: u64) -> bool {
        self.below(100) < share
    }

    /// One of the list; none if it is empty.
    pub(super) fn one<'a, T>(&mut self, list: &'a [T]) -> Option<&'a T> {
        let number = self.below(list.len() as u64);
        list.get(usize::try_from(number).ok()?)
    }

    /// One of the list, those at its beginning more often.
    pub(super) fn early_one<'a, T>(&mut self, list: &'a [T]) -> Option<&'a T> {
        let number = self.below(list.len() as u64).min(self.below(list.len() as u64));
        list.get(usize::try_from(number).ok()?)
    }
}

/// The lines of a data file.
pub(super) struct Words(Vec<&'static str>);

impl Words {
    pub(super) fn of(file: &'static str) -> Self {
        Self(file.lines().filter(|line| !line.is_empty()).collect())
    }

    /// The lines that begin with `country` and a bar, without both.
    pub(super) fn of_country(file: &'static str, country: &str) -> Self {
        let rest = |line: &'static str| line.strip_prefix(country)?.strip_prefix('|');
        Self(file.lines().filter_map(rest).collect())
    }

    /// Any line. INVARIANT: data files are not empty (tested), so the empty text does not occur.
    pub(super) fn pick(&self, dice: &mut Dice) -> &'static str {
        dice.one(&self.0).copied().unwrap_or_default()
    }

    /// Any line, those at the beginning more often.
    pub(super) fn pick_early(&self, dice: &mut Dice) -> &'static str {
        dice.early_one(&self.0).copied().unwrap_or_default()
    }

    /// All lines.
    pub(super) fn all(&self) -> &[&'static str] {
        &self.0
    }
}
