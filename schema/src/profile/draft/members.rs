//! Who is in which group: at most one table is taken for it, what else could be it is proposed.

use std::cmp::Reverse;

use adressbote_rules::value::Kind;

use super::catalogue::{Column, Table};
use super::marks::{unclear, unknown_flags};
use super::scope::{Link, Number, Scope, bare, is_named_like, key, meaning};
use super::vocabulary::{CLASSES, JOINTS, NO_MEMBERS};
use super::words::{Class, Means, is_word, tokens};

/// A table that may say who is in which group.
#[derive(Clone, Debug)]
pub(super) struct Membership<'c> {
    pub(super) table: Number,
    /// None: the user's own row names his group.
    pub(super) user: Option<Link<'c>>,
    pub(super) group: Link<'c>,
    pub(super) counts: Counts,
}

/// Whether a table's rows are memberships.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Counts {
    /// They are, as far as names tell.
    Yes,
    /// They could be: what is to be decided.
    Ask(Vec<String>),
    /// They are something else, as this word of its name says.
    Never(&'static str),
}

/// The tables that may say who is in which group; at most one counts. A view says no more than its tables do.
pub(super) fn memberships<'c>(scope: &Scope<'c>, user: Number, group: Number) -> Vec<Membership<'c>> {
    let tables = scope.tables().filter(|(number, table)| !table.is_view && *number != group);
    let mut found: Vec<Membership<'c>> = tables.flat_map(|(number, table)| candidates(scope, (number, table), (user, group))).collect();
    let certain = |one: &&Membership<'_>| one.counts == Counts::Yes;
    let best = found.iter().filter(certain).map(|one| rank(scope, one)).max();
    let is_best = |one: &Membership<'_>| best == Some(rank(scope, one));
    let are_several = found.iter().filter(certain).filter(|one| is_best(one)).count() > 1;
    let places: Vec<bool> = found.iter().map(is_best).collect();
    for (one, is_best) in found.iter_mut().zip(places).filter(|(one, _)| one.counts == Counts::Yes) {
        if are_several && is_best {
            one.counts = Counts::Ask(vec!["several tables look like the memberships: which one does the CRM go by?".to_owned()]);
        } else if !is_best {
            one.counts = Counts::Ask(vec!["another table looks more like the memberships: does the CRM go by this one too?".to_owned()]);
        }
    }
    found
}

/// What speaks for a table, the more the better.
fn rank(scope: &Scope<'_>, one: &Membership<'_>) -> (bool, usize, Reverse<bool>) {
    let links: Vec<&Link<'_>> = one.user.iter().chain([&one.group]).collect();
    let declared = links.iter().filter(|link| link.is_declared).count();
    let is_keyed = scope.table(one.table).is_some_and(|table| links.iter().all(|link| table.key.contains(&link.column.name)));
    (one.user.is_some(), declared, Reverse(!is_keyed))
}

fn candidates<'c>(scope: &Scope<'c>, (number, table): (Number, &'c Table), (user, group): (Number, Number)) -> Vec<Membership<'c>> {
    let chosen = |to: Number| scope.link(number, to).map_or_else(|| scope.links_to(number, to), |only| vec![only]);
    let groups = chosen(group);
    if number == user {
        let own = |link: Link<'c>| Membership { table: number, user: None, group: link, counts: own_group(scope, &link, groups.len()) };
        return groups.iter().copied().map(own).collect();
    }
    let users = chosen(user);
    let pairs: Vec<(Link<'c>, Link<'c>)> = users.iter().flat_map(|user| groups.iter().map(|group| (*user, *group))).collect();
    let is_named = is_named_for(scope, table, (user, group));
    let each = |(user, group): (Link<'c>, Link<'c>)| {
        let strange = table.columns.iter().filter(|column| is_strange(table, column, &[user, group])).collect::<Vec<_>>();
        if !is_named && !strange.is_empty() {
            return None;
        }
        let mut ask: Vec<String> = Vec::new();
        if pairs.len() > 1 {
            ask.push(format!("several columns point to users or groups: are `{}` and `{}` the right ones?", user.column.name, group.column.name));
        }
        if !is_named {
            ask.push("its name says more than users and groups: does it make members?".to_owned());
        }
        ask.extend(doubts(scope, table, &strange, &[user, group]));
        let never = never(table);
        let counts = never.map_or_else(|| if ask.is_empty() { Counts::Yes } else { Counts::Ask(ask) }, Counts::Never);
        Some(Membership { table: number, user: Some(user), group, counts })
    };
    pairs.iter().copied().filter_map(each).collect()
}

/// Whether the group that a user's own row names is his.
fn own_group(scope: &Scope<'_>, link: &Link<'_>, several: usize) -> Counts {
    let word = bare(&link.column.name);
    let is_group = CLASSES.iter().any(|(class, words)| *class == Class::Group && words.contains(&word.as_str()));
    let is_named = is_group || scope.table(link.table).is_some_and(|group| is_named_like(group, &word));
    let mut ask = Vec::new();
    if several > 1 || !is_named {
        ask.push(format!("does `{}` make its user a member?", link.column.name));
    }
    ask.extend(group_doubts(scope, link));
    if ask.is_empty() { Counts::Yes } else { Counts::Ask(ask) }
}

/// What is to be decided before rows count.
fn doubts(scope: &Scope<'_>, table: &Table, strange: &[&Column], links: &[Link<'_>; 2]) -> Vec<String> {
    let period = |means: Means| table.columns.iter().filter(move |column| meaning(table, column) == Some(means)).collect::<Vec<_>>();
    let mut asked: Vec<String> = strange.iter().map(|column| column.name.clone()).collect();
    for columns in [period(Means::From), period(Means::Until)] {
        let is_odd = |column: &&Column| !matches!(column.kind(), Some(Kind::Date | Kind::Moment | Kind::Text));
        if columns.len() > 1 || columns.iter().any(is_odd) {
            asked.extend(columns.iter().map(|column| column.name.clone()));
        }
    }
    asked.extend(unknown_flags(table).map(|column| column.name.clone()));
    let is_period = |column: &Column| matches!(meaning(table, column), Some(Means::From | Means::Until));
    asked.extend(unclear(table).into_iter().filter(|column| !is_period(column)).map(|column| column.name.clone()));
    let mut seen = std::collections::BTreeSet::new();
    asked.retain(|name| seen.insert(name.clone()));
    let asked = asked.into_iter().map(|name| format!("does `{name}` say that a row does not count, or since or until when?"));
    let others =
        links.iter().filter(|link| !scope.is_key(link)).map(|link| format!("`{}` does not point to a key: what does it hold?", link.column.name));
    let group = links.last().map(|link| group_doubts(scope, link)).unwrap_or_default();
    asked.chain(others).chain(group).collect()
}

/// What is to be decided of the groups before anybody is in one.
fn group_doubts(scope: &Scope<'_>, link: &Link<'_>) -> Vec<String> {
    let table = scope.table(link.table);
    let asked = table.into_iter().flat_map(unclear).map(|column| format!("does `{}` of the groups say that one does not count?", column.name));
    asked.collect()
}

/// Whether a column of a table between is neither a link, nor a key, nor anything known.
fn is_strange(table: &Table, column: &Column, links: &[Link<'_>; 2]) -> bool {
    let is_link = links.iter().any(|link| link.column.name == column.name);
    let is_own = key(table).is_some_and(|key| key.name == column.name);
    let is_known = matches!(
        meaning(table, column),
        Some(Means::From | Means::Until | Means::Meta | Means::ChangedAt | Means::Place | Means::Active | Means::Inactive)
    );
    !is_link && !is_own && !is_known && column.kind() != Some(Kind::Bool)
}

/// The word of a table's name that says that its rows are no memberships, but invitations, exclusions, copies.
pub(super) fn never(table: &Table) -> Option<&'static str> {
    let is = |word: &str, no: &str| if no.len() > 4 { word.starts_with(no) } else { is_word(word, no) };
    tokens(&table.name).iter().find_map(|word| NO_MEMBERS.iter().find(|no| is(word, no))).copied()
}

/// Whether a table's name consists of the words of users, groups and their joining.
fn is_named_for(scope: &Scope<'_>, table: &Table, (user, group): (Number, Number)) -> bool {
    let of = |number: Number| scope.table(number).map(|table| tokens(&table.name)).unwrap_or_default();
    let known = [of(user), of(group)].concat();
    let classes = CLASSES.iter().filter(|(class, _)| matches!(class, Class::User | Class::Group)).flat_map(|(_, words)| words.iter());
    let known: Vec<&str> = known.iter().map(String::as_str).chain(classes.copied()).chain(JOINTS).collect();
    let is_known = |word: &str| known.iter().any(|one| is_word(word, one) || is_word(one, word));
    let is_split = |word: &str| (1..word.len()).filter_map(|at| word.split_at_checked(at)).any(|(begin, end)| is_known(begin) && is_known(end));
    tokens(&table.name).iter().all(|word| is_known(word) || is_split(word))
}
