//! Which tables are the users, groups, memberships and records, and what hangs on a record.

use super::catalogue::Table;
use super::members::{Counts, Membership, memberships};
use super::scope::{Link, Number, Scope, class_of, column_for, key};
use super::words::{Class, Means, class};

/// A table with why it was taken.
#[derive(Clone, Debug)]
pub(super) struct Chosen {
    pub(super) table: Number,
    pub(super) because: String,
}

/// Who shares which record.
#[derive(Clone, Debug)]
pub(super) struct Between<'c> {
    pub(super) table: Number,
    pub(super) user: Option<Link<'c>>,
    pub(super) group: Option<Link<'c>>,
}

/// What hangs on a record.
#[derive(Clone, Debug)]
pub(super) struct Hanging<'c> {
    /// The part's name.
    pub(super) part: &'static str,
    pub(super) class: Class,
    pub(super) table: Number,
    pub(super) way: Way<'c>,
    pub(super) because: String,
}

/// How a row is found from a record.
#[derive(Clone, Copy, Debug)]
pub(super) enum Way<'c> {
    /// The row points to the record.
    Child(Link<'c>),
    /// The record points to the row.
    LookedUp(Link<'c>),
    /// A row between points to both: to the record, and to the row.
    Through(Number, Link<'c>, Link<'c>),
}

/// What the tables of a database are.
#[derive(Debug)]
pub(super) struct Roles<'c> {
    pub(super) users: Option<Chosen>,
    pub(super) groups: Option<Chosen>,
    pub(super) memberships: Vec<Membership<'c>>,
    pub(super) records: Chosen,
    pub(super) hanging: Vec<Hanging<'c>>,
    pub(super) shares: Vec<(Link<'c>, Between<'c>)>,
}

/// Finds the roles; none without anything like a person.
pub(super) fn roles<'c>(scope: &Scope<'c>) -> Option<Roles<'c>> {
    let users = best(scope, user_score);
    let user = users.as_ref().map(|users| users.table);
    let groups = best(scope, |scope, number, table| group_score(scope, number, table, user));
    let group = groups.as_ref().map(|groups| groups.table);
    let taken = [user, group];
    let records = best(scope, |scope, number, table| if taken.contains(&Some(number)) { None } else { record_score(scope, number, table) })?;
    let memberships = user.zip(group).map(|(user, group)| memberships(scope, user, group)).unwrap_or_default();
    let hanging = hanging(scope, records.table, &taken);
    let parts: Vec<Number> = hanging.iter().map(|part| part.table).collect();
    let shares = scope.tables().filter(|(number, table)| !table.is_view && !parts.contains(number) && *number != records.table);
    let shares = shares.filter_map(|(number, table)| share(scope, (number, table), records.table, (user, group))).collect();
    Some(Roles { users, groups, memberships, records, hanging, shares })
}

/// The table with the highest score, of several the one with more rows; the second is why.
fn best<'c>(scope: &Scope<'c>, score: impl Fn(&Scope<'c>, Number, &'c Table) -> Option<(u32, Vec<String>)>) -> Option<Chosen> {
    let scored = scope.tables().filter_map(|(number, table)| {
        let (points, because) = score(scope, number, table)?;
        let rank = (points, !table.is_view, table.rows.unwrap_or(0), std::cmp::Reverse(number));
        Some((rank, Chosen { table: number, because: because.join(", ") }))
    });
    scored.max_by_key(|(rank, _)| *rank).map(|(_, chosen)| chosen)
}

/// What speaks for a table: points and words.
struct For {
    points: u32,
    because: Vec<String>,
}

impl For {
    fn name(table: &Table, wanted: &[(Class, u32)]) -> Self {
        let found = class(&table.name).and_then(|(class, word)| wanted.iter().find(|(one, _)| *one == class).map(|(_, points)| (*points, word)));
        let because = found.iter().map(|(_, word)| format!("its name says `{word}`")).collect();
        Self { points: found.map_or(0, |(points, _)| points), because }
    }

    fn columns(mut self, table: &Table, wanted: &[(Means, u32)]) -> Self {
        let found: Vec<(&str, u32)> =
            wanted.iter().filter_map(|(means, points)| column_for(table, *means).map(|column| (column.name.as_str(), *points))).collect();
        self.points += found.iter().map(|(_, points)| points).sum::<u32>();
        if !found.is_empty() {
            let names: Vec<String> = found.iter().map(|(name, _)| format!("`{name}`")).collect();
            self.because.push(format!("it has {}", names.join(", ")));
        }
        self
    }

    fn enough(self, least: u32) -> Option<(u32, Vec<String>)> {
        (self.points >= least).then_some((self.points, self.because))
    }
}

fn user_score<'c>(_: &Scope<'c>, _: Number, table: &'c Table) -> Option<(u32, Vec<String>)> {
    key(table).filter(|key| key.is_key_like())?;
    let has_name = [Means::Login, Means::Mail, Means::LastName, Means::Name, Means::FullName].iter().any(|means| column_for(table, *means).is_some());
    let columns = [(Means::Login, 6), (Means::Password, 4), (Means::Mail, 2), (Means::Active, 2)];
    if has_name { For::name(table, &[(Class::User, 10)]).columns(table, &columns).enough(10) } else { None }
}

fn group_score<'c>(scope: &Scope<'c>, number: Number, table: &'c Table, user: Option<Number>) -> Option<(u32, Vec<String>)> {
    key(table).filter(|key| key.is_key_like())?;
    column_for(table, Means::Name)?;
    let mut speaks = For::name(table, &[(Class::Group, 10)]).columns(table, &[(Means::Name, 1)]);
    if speaks.points < 11 {
        return None;
    }
    if user.is_some_and(|user| user != number && memberships(scope, user, number).iter().any(|one| !matches!(one.counts, Counts::Never(_)))) {
        speaks.points += 10;
        speaks.because.push("users are members of it".to_owned());
    }
    speaks.enough(11)
}

fn record_score<'c>(scope: &Scope<'c>, number: Number, table: &'c Table) -> Option<(u32, Vec<String>)> {
    key(table).filter(|key| key.is_key_like())?;
    let has_names = column_for(table, Means::FirstName).is_some() && column_for(table, Means::LastName).is_some();
    let is_named = [Means::LastName, Means::FullName, Means::Name].iter().any(|means| column_for(table, *means).is_some());
    let is_person = matches!(class_of(table), Some(Class::Person | Class::Company | Class::Address));
    if !is_named || !(is_person || has_names) {
        return None;
    }
    let columns = [
        (Means::LastName, 5),
        (Means::FirstName, 4),
        (Means::FullName, 4),
        (Means::Name, 3),
        (Means::Mail, 2),
        (Means::Phone, 2),
        (Means::Mobile, 2),
        (Means::City, 1),
        (Means::Birthday, 2),
    ];
    let mut speaks = For::name(table, &[(Class::Person, 10), (Class::Company, 6), (Class::Address, 3)]).columns(table, &columns);
    let children = scope.tables().filter(|(child, of)| {
        let hangs = matches!(class_of(of), Some(Class::Phone | Class::Mail | Class::Address | Class::Mechanism));
        *child != number && hangs && scope.link(*child, number).is_some()
    });
    let children: Vec<String> = children.map(|(_, child)| format!("`{}`", child.name)).collect();
    if !children.is_empty() {
        speaks.points += 3;
        speaks.because.push(format!("{} hang on it", children.join(", ")));
    }
    speaks.enough(9)
}

/// A table that may say who shares which record.
fn share<'c>(
    scope: &Scope<'c>,
    (number, table): (Number, &'c Table),
    records: Number,
    (user, group): (Option<Number>, Option<Number>),
) -> Option<(Link<'c>, Between<'c>)> {
    let record = scope.link(number, records)?;
    let holder = |to: Option<Number>| to.and_then(|to| scope.link(number, to));
    let (user, group) = (holder(user), holder(group));
    let keys = |link: &Option<Link<'_>>| link.is_some_and(|link| table.key.contains(&link.column.name));
    let is_between = table.key.contains(&record.column.name) && (keys(&user) || keys(&group));
    let is_share = class_of(table) == Some(Class::Share) || is_between;
    ((user.is_some() || group.is_some()) && is_share).then_some((record, Between { table: number, user, group }))
}

/// What hangs on a record, one table for each part.
fn hanging<'c>(scope: &Scope<'c>, records: Number, taken: &[Option<Number>]) -> Vec<Hanging<'c>> {
    let mut found: Vec<Hanging<'c>> = Vec::new();
    for (number, table) in scope.tables().filter(|(number, _)| *number != records && !taken.contains(&Some(*number))) {
        let Some((class, part)) = part_of(table) else { continue };
        let Some(way) = way(scope, records, number) else { continue };
        // A part's rows need a key.
        if key(table).is_none() && table.key.is_empty() || found.iter().any(|one| one.part == part) {
            continue;
        }
        let how = match way {
            Way::Child(link) | Way::LookedUp(link) if link.is_declared => format!("a foreign key joins them (`{}`)", link.column.name),
            Way::Child(link) | Way::LookedUp(link) => format!("`{}` is named like it", link.column.name),
            Way::Through(between, _, _) => format!("`{}` joins them", scope.table(between).map_or("", |table| table.name.as_str())),
        };
        let what = match super::words::class(&table.name) {
            Some((of, word)) if of == class => format!("its name says `{word}`"),
            _ => "of its columns".to_owned(),
        };
        found.push(Hanging { part, class, table: number, way, because: format!("{what}, and {how}") });
    }
    found
}

/// Which part a table could be.
fn part_of(table: &Table) -> Option<(Class, &'static str)> {
    let has = |means: Means| column_for(table, means).is_some();
    let class = class_of(table);
    let is_address = [Means::Street, Means::Postcode, Means::City].into_iter().filter(|means| has(*means)).count() >= 2;
    match class {
        Some(Class::Phone) if has(Means::Phone) || has(Means::Value) => Some((Class::Phone, "phone")),
        Some(Class::Mail) if has(Means::Mail) || has(Means::Value) => Some((Class::Mail, "mail")),
        Some(Class::Mechanism) if has(Means::Value) => Some((Class::Mechanism, "mechanism")),
        Some(Class::Category) if has(Means::Name) => Some((Class::Category, "category")),
        Some(Class::Company) if has(Means::Name) || has(Means::Company) => Some((Class::Company, "company")),
        _ if is_address => Some((Class::Address, "address")),
        _ => None,
    }
}

fn way<'c>(scope: &Scope<'c>, records: Number, number: Number) -> Option<Way<'c>> {
    let child = scope.link(number, records).map(Way::Child);
    // A record may point to several, such as a bill's address and a parcel's: the first of them is better than none.
    let looked_up = || scope.link(records, number).or_else(|| scope.links_to(records, number).first().copied()).map(Way::LookedUp);
    let through = || {
        let mut between = scope.tables().filter(|(between, _)| *between != records && *between != number);
        between.find_map(|(between, table)| {
            let (record, row) = (scope.link(between, records)?, scope.link(between, number)?);
            (table.columns.len() <= 10).then_some(Way::Through(between, record, row))
        })
    };
    match scope.table(number).and_then(class_of) {
        // A company may name a person too, the one to ask for; the record's own company is what it points to.
        Some(Class::Company | Class::Category) => looked_up().or_else(through).or(child),
        _ => child.or_else(looked_up).or_else(through),
    }
}
