//! The values of an `IN`: thousands are searched by halves, not one by one.

use std::cmp::Ordering;

use super::compare::{Item, equal, order_key};
use super::tree::{Literal, Matching};

/// The values of an `IN`, all of one kind (numbers of both kinds may stand together).
#[derive(Clone, Debug)]
pub(super) struct List {
    written: Vec<Literal>,
    has_null: bool,
    matching: Matching,
    /// The values in the order of [`order_key`].
    sorted: Vec<Literal>,
}

impl PartialEq for List {
    fn eq(&self, other: &Self) -> bool {
        (&self.written, self.has_null, self.matching) == (&other.written, other.has_null, other.matching)
    }
}

impl List {
    /// Takes the values; `has_null` if NULL was among them.
    pub(super) fn new(written: Vec<Literal>, has_null: bool, matching: Matching) -> Self {
        let mut sorted = written.clone();
        sorted.sort_by(|left, right| order_key(Item::from(left), Item::from(right), matching).unwrap_or(Ordering::Equal));
        sorted.dedup_by(|left, right| equal(Item::from(&*left), Item::from(&*right), matching) == Some(true));
        Self { written, has_null, matching, sorted }
    }

    /// The values as written, without NULL.
    pub(super) fn written(&self) -> &[Literal] {
        &self.written
    }

    /// Whether NULL is among them.
    pub(super) fn has_null(&self) -> bool {
        self.has_null
    }

    /// How their text is compared.
    pub(super) fn matching(&self) -> Matching {
        self.matching
    }

    /// Whether the item is one of the values; none when it cannot be compared with them.
    pub(super) fn contains(&self, item: Item<'_>) -> Option<bool> {
        let mut is_comparable = true;
        let found = self.sorted.binary_search_by(|value| {
            order_key(Item::from(value), item, self.matching).unwrap_or_else(|| {
                is_comparable = false;
                Ordering::Equal
            })
        });
        is_comparable.then_some(found.is_ok())
    }
}
