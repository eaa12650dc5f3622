//! Seeds: the raw numbers that proptest draws and shrinks, and from which a world grows. Less seeds, fewer rows; smaller numbers, plainer rows.

use proptest::prelude::*;

/// The numbers from which one row grows.
pub type Seed = [u16; 12];

/// The numbers from which one filter grows.
pub type Wish = [u16; 32];

/// Reads a seed number by number; after the last one come zeros.
#[derive(Clone, Debug)]
pub struct Draw<'a> {
    numbers: &'a [u16],
}

impl<'a> Draw<'a> {
    /// Begins at the first number.
    pub fn new(numbers: &'a [u16]) -> Self {
        Self { numbers }
    }

    /// The next number below `count`; 0 if `count` is 0.
    pub fn below(&mut self, count: usize) -> usize {
        let Some((first, rest)) = self.numbers.split_first() else { return 0 };
        self.numbers = rest;
        usize::from(*first) % count.max(1)
    }

    /// The next number between two, both included.
    pub fn between(&mut self, low: usize, high: usize) -> usize {
        low + self.below(high - low + 1)
    }

    /// True in so many of a hundred draws; zero is always false.
    pub fn chance(&mut self, percent: usize) -> bool {
        self.below(100) >= 100 - percent
    }

    /// One of the choices, which are not none.
    pub fn of<'b, T>(&mut self, choices: &'b [T]) -> &'b T {
        &choices[self.below(choices.len())]
    }
}

/// The seeds of a whole world, one list per relation.
#[derive(Clone, Debug)]
pub struct Seeds {
    /// Settings: view, combining, book.
    pub settings: [u16; 32],
    /// Users.
    pub users: Vec<Seed>,
    /// Groups.
    pub groups: Vec<Seed>,
    /// Who holds what.
    pub holds: Vec<Seed>,
    /// Who stands for whom.
    pub deputies: Vec<Seed>,
    /// Records, each with its first right.
    pub records: Vec<[u16; 24]>,
    /// Phones.
    pub phones: Vec<Seed>,
    /// Companies.
    pub companies: Vec<Seed>,
    /// Rows of right rules.
    pub rights: Vec<Seed>,
    /// Exemptions.
    pub exemptions: Vec<Seed>,
    /// Bars.
    pub bars: Vec<Seed>,
    /// Field rights.
    pub field_rights: Vec<Seed>,
    /// Subscriptions.
    pub subscriptions: Vec<Seed>,
    /// Stored filters.
    pub filters: Vec<Wish>,
    /// The book's own filters: bound, default, suppressions.
    pub own_filters: [Wish; 4],
    /// Caps of users and groups.
    pub caps: Vec<Seed>,
    /// Erased records and doubtful ones.
    pub oddities: Vec<Seed>,
    /// Seats.
    pub seats: Vec<Seed>,
}

fn rows(least: usize, most: usize) -> impl Strategy<Value = Vec<Seed>> {
    prop::collection::vec(any::<Seed>(), least..=most)
}

/// Seeds of small worlds in which nearly everything happens.
pub fn seeds() -> impl Strategy<Value = Seeds> {
    let people = (rows(1, 8), rows(2, 6), rows(0, 16), rows(0, 4), rows(0, 8));
    let things = (prop::collection::vec(any::<[u16; 24]>(), 1..=26), rows(0, 40), rows(1, 4));
    let rights = (rows(0, 70), rows(0, 5), rows(0, 6), rows(0, 20));
    let wishes = (rows(0, 10), prop::collection::vec(any::<Wish>(), 0..=8), any::<[Wish; 4]>(), rows(0, 4), rows(0, 4));
    (any::<[u16; 32]>(), people, things, rights, wishes).prop_map(|(settings, people, things, rights, wishes)| Seeds {
        settings,
        users: people.0,
        groups: people.1,
        holds: people.2,
        deputies: people.3,
        seats: people.4,
        records: things.0,
        phones: things.1,
        companies: things.2,
        rights: rights.0,
        exemptions: rights.1,
        bars: rights.2,
        field_rights: rights.3,
        subscriptions: wishes.0,
        filters: wishes.1,
        own_filters: wishes.2,
        caps: wishes.3,
        oddities: wishes.4,
    })
}
