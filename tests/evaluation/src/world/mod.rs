//! The CRM of the benchmark: seeded and invented. Users are kept, records are made by their number whenever they are asked for.

mod dice;
mod order;
mod people;
mod record;
pub mod wish;
mod words;

use std::collections::BTreeMap;

use chrono::NaiveDate;

use dice::Zipf;
pub use order::{Order, Ranks};
pub use people::{Group, MASKS, ROLES, User, group_key, role_key, user_key};
pub use record::{FIRST_KEY, Record, Spelled, Spelling};
pub use words::{Vocabulary, Words, fold};

/// Raised when the same seed gives another world or it is indexed otherwise, so that data kept from before are not taken for it.
pub const VERSION: u32 = 3;

/// The cap of a book where a user has none of his own.
pub const CAP: u32 = 2_000;

/// How large the world is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Size {
    /// For tests: 300 records, 40 users, 10 groups.
    Tiny,
    /// 10,000 records, 100 users, 20 groups.
    S,
    /// 200,000 records, 2,000 users, 100 groups.
    M,
    /// 1,000,000 records, 10,000 users, 300 groups.
    L,
}

impl Size {
    /// Whether what one run takes is too little for Linux's clock: then a sum of several is told.
    pub fn is_summed(self) -> bool {
        matches!(self, Self::Tiny | Self::S)
    }

    /// The records.
    pub fn records(self) -> usize {
        match self {
            Self::Tiny => 300,
            Self::S => 10_000,
            Self::M => 200_000,
            Self::L => 1_000_000,
        }
    }

    /// The users.
    pub fn users(self) -> usize {
        match self {
            Self::Tiny => 40,
            Self::S => 100,
            Self::M => 2_000,
            Self::L => 10_000,
        }
    }

    /// The groups, roles among them.
    pub fn groups(self) -> usize {
        match self {
            Self::Tiny => 10,
            Self::S => 20,
            Self::M => 100,
            Self::L => 300,
        }
    }

    /// The letter by which it is named.
    pub fn name(self) -> &'static str {
        match self {
            Self::Tiny => "tiny",
            Self::S => "S",
            Self::M => "M",
            Self::L => "L",
        }
    }
}

/// The day on which the world is looked at.
pub fn today() -> NaiveDate {
    // INVARIANT: it is a day of the calendar.
    NaiveDate::from_ymd_opt(2026, 6, 30).unwrap_or_default()
}

/// The CRM.
#[derive(Clone, Debug)]
pub struct World {
    /// How large it is.
    pub size: Size,
    /// The seed.
    pub seed: u64,
    /// The words it is made of.
    pub words: Vocabulary,
    /// The groups that are no roles.
    pub groups: Vec<Group>,
    /// The users.
    pub users: Vec<User>,
    /// Which groups records belong to.
    territories: Zipf,
    /// Which groups records are subscribed for.
    subscribers: Zipf,
}

impl World {
    /// Makes the world of a size and a seed.
    pub fn new(size: Size, seed: u64) -> Self {
        let words = Vocabulary::new();
        let groups = people::groups(size, seed);
        let users = people::users(size, seed, &words);
        Self {
            size,
            seed,
            groups,
            users,
            words,
            territories: Zipf::new(size.groups() - ROLES, 0.8),
            subscribers: Zipf::new(size.groups() - ROLES, 0.4),
        }
    }

    /// The principals that a user holds, sorted: himself, his role, his groups and those that they belong to, everyone. One who has left holds none.
    pub fn held(&self, user: &User) -> Vec<String> {
        if !user.is_active {
            return Vec::new();
        }
        let mut groups = Vec::new();
        let mut next: Vec<usize> = user.groups.clone();
        while let Some(group) = next.pop() {
            if !groups.contains(&group) {
                groups.push(group);
                next.extend(self.groups.get(group).and_then(|group| group.parent));
            }
        }
        let groups = groups.into_iter().map(|group| format!("group:{}", group_key(group)));
        let own = [format!("user:{}", user.key()), format!("group:{}", role_key(user.role))];
        let mut held: Vec<String> = groups.chain(own).chain(user.is_internal.then(|| "everyone".to_owned())).collect();
        held.sort();
        held
    }

    /// The caps of single users, by their principal, as an address book's configuration has them; all others have [`CAP`].
    pub fn caps(&self) -> BTreeMap<String, u32> {
        self.users.iter().filter_map(|user| Some((format!("user:{}", user.key()), user.cap?))).collect()
    }

    /// So many users, evenly spaced over all.
    pub fn sample(&self, count: usize) -> Vec<&User> {
        let count = count.min(self.users.len());
        (0..count).filter_map(|number| self.users.get(number * self.users.len() / count)).collect()
    }
}
