//! A catalogue with what its columns mean and where they point.

use adressbote_rules::value::Kind;

use super::catalogue::{Catalogue, Column, Table};
use super::words::{Class, Means, POINTS, class, is_word, means, tokens};

/// The number of a table within its catalogue.
pub(super) type Number = usize;

/// A column that points to another table.
#[derive(Clone, Copy, Debug)]
pub(super) struct Link<'c> {
    pub(super) column: &'c Column,
    pub(super) table: Number,
    pub(super) to: &'c str,
    /// Whether the database says so; otherwise the column is only named like the table.
    pub(super) is_declared: bool,
}

/// A catalogue, looked through.
#[derive(Debug)]
pub(super) struct Scope<'c> {
    pub(super) catalogue: &'c Catalogue,
    links: Vec<Vec<Link<'c>>>,
}

impl<'c> Scope<'c> {
    pub(super) fn new(catalogue: &'c Catalogue) -> Self {
        let mut scope = Self { catalogue, links: Vec::new() };
        scope.links = catalogue.tables.iter().map(|table| scope.found_links(table)).collect();
        scope
    }

    pub(super) fn tables(&self) -> impl Iterator<Item = (Number, &'c Table)> {
        self.catalogue.tables.iter().enumerate()
    }

    pub(super) fn table(&self, number: Number) -> Option<&'c Table> {
        self.catalogue.tables.get(number)
    }

    /// Where the columns of a table point to.
    pub(super) fn links(&self, number: Number) -> &[Link<'c>] {
        self.links.get(number).map_or(&[], Vec::as_slice)
    }

    /// The first link between two tables that is no note of who wrote the row.
    pub(super) fn link(&self, from: Number, to: Number) -> Option<Link<'c>> {
        let table = self.table(from)?;
        let is_meta = |link: &&Link<'_>| meaning(table, link.column) == Some(Means::Meta);
        self.links(from).iter().filter(|link| !is_meta(link)).find(|link| link.table == to).copied()
    }

    fn found_links(&self, table: &'c Table) -> Vec<Link<'c>> {
        let place = |schema: &Option<String>, name: &str| self.catalogue.tables.iter().position(|one| one.schema == *schema && one.name == name);
        let declared = table.foreign.iter().filter_map(|foreign| {
            let column = table.column(&foreign.column)?;
            Some(Link { column, table: place(&foreign.schema, &foreign.table)?, to: &foreign.to, is_declared: true })
        });
        let mut links: Vec<Link<'c>> = declared.collect();
        let others = table.columns.iter().filter(|column| !table.foreign.iter().any(|foreign| foreign.column == column.name));
        let guessed: Vec<Link<'c>> = others.filter_map(|column| self.guessed_link(table, column)).collect();
        links.extend(guessed);
        links
    }

    /// A column such as `kontakt_id`, or a number called `kontakt`, points to the table `kontakte`; of several tables to the one that the name of its own
    /// table speaks of, as `res_user-res_group` does of `res_group`.
    fn guessed_link(&self, table: &Table, column: &'c Column) -> Option<Link<'c>> {
        let mut words = tokens(&column.name);
        let point = words.iter().position(|word| POINTS.contains(&word.as_str()));
        match point {
            Some(place) => drop(words.remove(place)),
            None if column.kind() == Some(Kind::Int) => {}
            None => return None,
        }
        let joined = words.concat();
        if joined.is_empty() || table.key == [column.name.clone()] {
            return None;
        }
        let fits = |one: &Table| {
            let names = tokens(&one.name);
            let is_named = is_word(&names.concat(), &joined) || names.last().is_some_and(|last| is_word(last, &joined));
            one.name != table.name && is_named && key(one).is_some_and(|key| key.is_key_like() && is_alike(key, column))
        };
        let found: Vec<(Number, &'c Table)> = self.catalogue.tables.iter().enumerate().filter(|(_, one)| !one.is_view && fits(one)).collect();
        let own = tokens(&table.name);
        let is_spoken_of = |one: &Table| tokens(&one.name).iter().all(|word| own.contains(word) || is_word(word, &joined));
        let spoken: Vec<(Number, &'c Table)> = found.iter().copied().filter(|(_, one)| is_spoken_of(one)).collect();
        let (number, target) = match (found.as_slice(), spoken.as_slice()) {
            ([only], _) | (_, [only]) => *only,
            (_, _) => return None,
        };
        Some(Link { column, table: number, to: &key(target)?.name, is_declared: false })
    }
}

/// Whether two columns could hold the same keys.
fn is_alike(left: &Column, right: &Column) -> bool {
    (left.kind() == Some(Kind::Text)) == (right.kind() == Some(Kind::Text))
}

/// The key of a table, if it is one column: its primary key, or what is named like one where none is declared.
pub(super) fn key(table: &Table) -> Option<&Column> {
    match table.key.as_slice() {
        [only] => table.column(only),
        [] => table.columns.iter().find(|column| {
            let words = tokens(&column.name);
            let is_own = |rest: &str| tokens(&table.name).last().is_some_and(|last| is_word(last, rest));
            match words.as_slice() {
                [id] => POINTS.contains(&id.as_str()),
                [own, id] => POINTS.contains(&id.as_str()) && is_own(own),
                _ => false,
            }
        }),
        _ => None,
    }
}

/// What a column of a table means.
pub(super) fn meaning(table: &Table, column: &Column) -> Option<Means> {
    means(&table.name, &column.name).map(|(means, _)| means)
}

/// The first column of a table that means something and can be read.
pub(super) fn column_for(table: &Table, wanted: Means) -> Option<&Column> {
    table.columns.iter().find(|column| meaning(table, column) == Some(wanted) && column.kind().is_some())
}

/// What a table is about.
pub(super) fn class_of(table: &Table) -> Option<Class> {
    class(&table.name).map(|(class, _)| class)
}
