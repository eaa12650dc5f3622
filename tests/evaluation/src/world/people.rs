//! Users, groups and what they hold.

use super::Size;
use super::dice::{Dice, Zipf};
use super::wish::Wish;
use super::words::{DEPARTMENTS, REGIONS, Vocabulary};

/// How many groups give a role, and with it a mask.
pub const ROLES: usize = 6;

/// What a user of a role may not read, by the number of the role: names of columns.
pub const MASKS: [&[&str]; ROLES] = [&[], &["mobile"], &["last_name"], &["first_name"], &["city"], &["notes", "birthday"]];

/// A group that is no role.
#[derive(Clone, Debug)]
pub struct Group {
    /// The group it belongs to.
    pub parent: Option<usize>,
}

/// A user.
#[derive(Clone, Debug)]
pub struct User {
    /// The number from which all else follows, from 0.
    pub number: usize,
    /// The region.
    pub region: &'static str,
    /// The department.
    pub department: &'static str,
    /// Whether he works here still.
    pub is_active: bool,
    /// Whether he is of the company.
    pub is_internal: bool,
    /// The role.
    pub role: usize,
    /// The groups that he is a member of himself.
    pub groups: Vec<usize>,
    /// The most contacts that he may have, if not the book's.
    pub cap: Option<u32>,
    /// What he wants beside what is subscribed.
    pub wish: Option<Wish>,
}

impl User {
    /// The key.
    pub fn key(&self) -> String {
        user_key(self.number)
    }

    /// The name used to log in.
    pub fn login(&self) -> String {
        format!("benutzer{:05}", self.number + 1)
    }

    /// The mail address.
    pub fn mail(&self) -> String {
        format!("{}@firma.example", self.login())
    }

    /// The columns that he may not read.
    pub fn masked(&self) -> &'static [&'static str] {
        MASKS.get(self.role).copied().unwrap_or_default()
    }
}

/// The key of a user.
pub fn user_key(number: usize) -> String {
    format!("U{:05}", number + 1)
}

/// The key of a group that is no role.
pub fn group_key(number: usize) -> String {
    format!("G{:04}", number + 1)
}

/// The key of the group that gives a role.
pub fn role_key(number: usize) -> String {
    format!("R{}", number + 1)
}

/// The groups: one in three belongs to one before it, so none contains itself.
pub(super) fn groups(size: Size, seed: u64) -> Vec<Group> {
    let mut dice = Dice::new(seed, 10, 0);
    let mut group = |number: usize| Group { parent: (number > 0 && dice.percent(33)).then(|| dice.below(number)) };
    (0..size.groups() - ROLES).map(&mut group).collect()
}

/// The users.
pub(super) fn users(size: Size, seed: u64, words: &Vocabulary) -> Vec<User> {
    let popular = Zipf::new(size.groups() - ROLES, 0.7);
    (0..size.users()).map(|number| user(number, &mut Dice::new(seed, 11, number as u64), &popular, words)).collect()
}

fn user(number: usize, dice: &mut Dice, popular: &Zipf, words: &Vocabulary) -> User {
    let pick = |list: &[&'static str], dice: &mut Dice| list.get(dice.below(list.len())).copied().unwrap_or_default();
    let (region, department) = (pick(&REGIONS, dice), pick(&DEPARTMENTS, dice));
    // One in a hundred has left, one in a hundred is a guest.
    let standing = dice.below(100);
    // Half of all may read everything.
    let role = dice.below(2 * (ROLES - 1)).saturating_sub(ROLES - 2);
    let memberships = match dice.below(10) {
        0..4 => 1,
        4..8 => 2,
        _ => 3 + dice.below(3),
    };
    let mut groups: Vec<usize> = (0..memberships).map(|_| popular.draw(dice)).collect();
    groups.sort_unstable();
    groups.dedup();
    let cap = match dice.below(100) {
        0..2 => Some(500),
        2 => Some(5_000),
        _ => None,
    };
    let wish = Wish::draw(dice, words);
    User { number, region, department, is_active: standing != 0, is_internal: standing != 1, role, groups, cap, wish }
}
