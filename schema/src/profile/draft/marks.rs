//! What says that a row counts: marks that were understood, and what could be some.

use adressbote_rules::value::Kind;

use super::catalogue::{Column, Table};
use super::scope::{Number, column_for, key, meaning};
use super::sql::Writer;
use super::words::{Means, could_be_mark};

/// What a row's columns, and those of the tables that share its key, say of whether it counts.
#[derive(Debug, Default)]
pub(super) struct Marks {
    /// The conditions that it is not put away, all of which must hold.
    pub(super) conditions: Vec<String>,
    /// The columns that say so.
    columns: Vec<String>,
    /// Columns that could say so, in words that were not understood: the name, and how it is read.
    pub(super) unclear: Vec<(String, String)>,
    /// The joins of the tables that share its key.
    pub(super) joins: String,
}

impl Marks {
    /// The conditions as the end of a WHERE.
    pub(super) fn and(&self) -> String {
        self.conditions.iter().map(|condition| format!(" AND {condition}")).collect()
    }

    /// The joins, where a condition needs them.
    pub(super) fn needed_joins(&self) -> &str {
        if self.conditions.is_empty() { "" } else { &self.joins }
    }

    pub(super) fn because(&self) -> String {
        self.columns.join(", ")
    }

    /// What is said of them above a statement.
    pub(super) fn remarks(&self, table: &Table) -> Vec<String> {
        let found = match self.columns.as_slice() {
            [] => format!("fill in: no column was understood to say which rows of {} the CRM has put away; nothing is left out", table.name),
            _ => format!("guess: what the CRM has put away is left out, because of {}", self.because()),
        };
        let unclear = self.unclear.iter().map(|(column, _)| format!("fill in: does `{column}` say that a row of {} does not count?", table.name));
        std::iter::once(found).chain(unclear).collect()
    }
}

/// The columns of which it is not known whether they say that a row does not count.
pub(super) fn unclear(table: &Table) -> Vec<&Column> {
    let is_address = column_for(table, Means::City).is_some() || column_for(table, Means::Postcode).is_some();
    let is_marked = table.columns.iter().any(|column| is_mark(meaning(table, column)));
    let is_unclear = |column: &&Column| match meaning(table, column) {
        Some(Means::Active | Means::Inactive) => false,
        Some(Means::From | Means::Until) => true,
        Some(Means::State) => !is_address && could_be_mark(&table.name, &column.name),
        Some(Means::Meta) => !is_marked && could_be_mark(&table.name, &column.name),
        _ => could_be_mark(&table.name, &column.name),
    };
    table.columns.iter().filter(|column| column.kind().is_some()).filter(is_unclear).collect()
}

/// Flags that mean nothing known.
pub(super) fn unknown_flags(table: &Table) -> impl Iterator<Item = &Column> {
    let is_unknown = |column: &&Column| meaning(table, column).is_none() && !could_be_mark(&table.name, &column.name);
    table.columns.iter().filter(|column| column.kind() == Some(Kind::Bool)).filter(is_unknown)
}

fn is_mark(means: Option<Means>) -> bool {
    matches!(means, Some(Means::Active | Means::Inactive))
}

impl Writer<'_, '_> {
    /// What says whether a row of a table counts. What a text means cannot be told: whatever it says, a row with it counts as put away.
    pub(super) fn marks(self, short: &str, number: Number) -> Marks {
        let mut marks = Marks { joins: self.joins_above(short, number), ..Marks::default() };
        let above = self.scope.above(number);
        let numbers = std::iter::once(number).chain(above.iter().map(|link| link.table));
        for (place, table) in numbers.enumerate().filter_map(|(place, one)| Some((place, self.scope.table(one)?))) {
            let short = above_name(short, place);
            for column in &table.columns {
                let condition = match (meaning(table, column), column.kind()) {
                    (Some(Means::Inactive), Some(_)) => self.is_unset(&short, column),
                    (Some(Means::Active), Some(Kind::Bool | Kind::Int)) => self.is_set(&short, column),
                    (Some(Means::Active), Some(_)) => format!("{} IS NULL", self.column(&short, &column.name)),
                    (_, _) => continue,
                };
                marks.conditions.push(condition);
                marks.columns.push(column.name.clone());
            }
            marks.unclear.extend(unclear(table).into_iter().map(|column| (column.name.clone(), self.column(&short, &column.name))));
        }
        marks
    }

    /// The joins of the tables that share a table's key.
    pub(super) fn joins_above(self, short: &str, number: Number) -> String {
        let above = self.scope.above(number);
        let joins = above.iter().enumerate().filter_map(|(place, link)| {
            let table = self.scope.table(link.table)?;
            let (below, name) = (above_name(short, place), above_name(short, place + 1));
            let on = format!("{} = {}", self.column(&name, &key(table)?.name), self.column(&below, &link.column.name));
            Some(format!("\nJOIN {} {name} ON {on}", self.table(table)))
        });
        joins.collect()
    }
}

/// The short name of a table that shares another one's key.
pub(super) fn above_name(short: &str, place: usize) -> String {
    if place == 0 { short.to_owned() } else { format!("{short}{place}") }
}
