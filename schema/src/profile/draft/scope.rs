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

    /// The link between two tables: the only one, or of several the one that is named like the table.
    pub(super) fn link(&self, from: Number, to: Number) -> Option<Link<'c>> {
        let links = self.links_to(from, to);
        match (links.as_slice(), self.table(to)) {
            ([only], _) => Some(*only),
            (several, Some(target)) => {
                let mut named = several.iter().filter(|link| is_named_like(target, &bare(&link.column.name)));
                named.next().filter(|_| named.next().is_none()).copied()
            }
            (_, None) => None,
        }
    }

    /// The links between two tables that are no notes of who wrote the row.
    pub(super) fn links_to(&self, from: Number, to: Number) -> Vec<Link<'c>> {
        let is_note = |link: &&Link<'_>| self.table(from).is_none_or(|table| meaning(table, link.column) == Some(Means::Meta));
        self.links(from).iter().filter(|link| link.table == to && !is_note(link)).copied().collect()
    }

    /// The tables that share a table's key, nearest first, each with the link to it: what they say, they say of its rows too. Software made with Django
    /// keeps owner and deletion mark of a contact so.
    pub(super) fn above(&self, number: Number) -> Vec<Link<'c>> {
        let mut found: Vec<Link<'c>> = Vec::new();
        let mut from = number;
        while let Some(link) = self.shared_key(from).filter(|link| link.table != number && found.iter().all(|one| one.table != link.table)) {
            from = link.table;
            found.push(link);
        }
        found
    }

    fn shared_key(&self, number: Number) -> Option<Link<'c>> {
        let key = key(self.table(number)?)?;
        self.links(number).iter().find(|link| link.is_declared && link.column.name == key.name && self.is_key(link)).copied()
    }

    /// Whether a link points to the key of its table.
    pub(super) fn is_key(&self, link: &Link<'_>) -> bool {
        self.table(link.table).and_then(key).is_some_and(|key| key.name == link.to)
    }

    fn found_links(&self, table: &'c Table) -> Vec<Link<'c>> {
        let place = |schema: &Option<String>, name: &str| self.catalogue.tables.iter().position(|one| one.schema == *schema && one.name == name);
        let declared = table.foreign.iter().filter_map(|foreign| {
            let column = table.column(&foreign.column)?;
            Some(Link { column, table: place(&foreign.schema, &foreign.table)?, to: &foreign.to, is_declared: true })
        });
        let mut links: Vec<Link<'c>> = Vec::new();
        for link in declared {
            // One may be declared twice.
            if !links.iter().any(|one| (&one.column.name, one.table) == (&link.column.name, link.table)) {
                links.push(link);
            }
        }
        let others = table.columns.iter().filter(|column| !table.foreign.iter().any(|foreign| foreign.column == column.name));
        let guessed: Vec<Link<'c>> = others.filter_map(|column| self.guessed_link(table, column)).collect();
        links.extend(guessed);
        links
    }

    /// A column such as `kontakt_id`, or a number called `kontakt`, points to the table `kontakte`; of several tables to the one that the name of its own
    /// table speaks of, as `res_user-res_group` does of `res_group`.
    fn guessed_link(&self, table: &Table, column: &'c Column) -> Option<Link<'c>> {
        let joined = bare(&column.name);
        let is_point = joined != tokens(&column.name).concat() || column.kind() == Some(Kind::Int);
        if joined.is_empty() || !is_point || table.key == [column.name.clone()] {
            return None;
        }
        let fits = |one: &Table| {
            one.name != table.name && is_named_like(one, &joined) && key(one).is_some_and(|key| key.is_key_like() && is_alike(key, column))
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

/// What a column that points somewhere speaks of: `kontakt` of `Kontakt_ID` and of `kontaktid`.
pub(super) fn bare(column: &str) -> String {
    let mut words = tokens(column);
    match (words.iter().position(|word| POINTS.contains(&word.as_str())), words.as_slice()) {
        (Some(place), _) => drop(words.remove(place)),
        (None, [only]) => return only.strip_suffix("id").unwrap_or(only).to_owned(),
        (None, _) => {}
    }
    words.concat()
}

/// Whether a table has a name, the last word of its own being enough.
pub(super) fn is_named_like(table: &Table, joined: &str) -> bool {
    let names = tokens(&table.name);
    is_word(&names.concat(), joined) || names.last().is_some_and(|last| is_word(last, joined))
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
    let (means, word) = means(&table.name, &column.name)?;
    // `due_by` with a day in it notes nobody.
    let is_moment = matches!(column.kind(), Some(Kind::Date | Kind::Moment | Kind::Bool));
    (means != Means::Meta || !is_moment || !["by", "von"].contains(&word)).then_some(means)
}

/// The first column of a table that means something and can be read.
pub(super) fn column_for(table: &Table, wanted: Means) -> Option<&Column> {
    table.columns.iter().find(|column| meaning(table, column) == Some(wanted) && column.kind().is_some())
}

/// What a table is about.
pub(super) fn class_of(table: &Table) -> Option<Class> {
    class(&table.name).map(|(class, _)| class)
}
