//! The SQL files of a draft.

use std::fmt::Write;

use adressbote_rules::value::Kind;
use sqlparser::keywords::ALL_KEYWORDS;

use super::catalogue::{Column, Table};
use super::fields::{Field, Fields};
use super::marks::unknown_flags;
use super::roles::{Chosen, Hanging, Way};
use super::scope::{Scope, key};
use crate::profile::Database;

/// Words of SQL that no database here reserves, and that many tables have for names: without quotes they read better.
const FREE: [&str; 23] = [
    "id", "name", "number", "type", "kind", "value", "code", "owner", "place", "position", "login", "role", "title", "active", "mail", "email",
    "contact", "part", "record", "state", "street", "country", "until",
];

/// The most columns that are listed to be filled in: a file of SQL has an end.
pub(super) const MOST_OPEN: usize = 150;

/// Writes names and conditions as a database takes them.
#[derive(Clone, Copy, Debug)]
pub(super) struct Writer<'s, 'c> {
    pub(super) scope: &'s Scope<'c>,
}

impl Writer<'_, '_> {
    fn database(self) -> Database {
        self.scope.catalogue.database
    }

    /// A name, in quotes where it must be.
    pub(super) fn name(self, name: &str) -> String {
        let is_plain = name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_');
        let is_word = name.bytes().next().is_some_and(|first| first.is_ascii_lowercase());
        if is_plain && is_word && (ALL_KEYWORDS.binary_search(&name.to_uppercase().as_str()).is_err() || FREE.contains(&name)) {
            return name.to_owned();
        }
        match self.database() {
            Database::Mysql => format!("`{}`", name.replace('`', "``")),
            Database::Sqlite | Database::Postgres => format!("\"{}\"", name.replace('"', "\"\"")),
        }
    }

    /// A table with its schema, where it needs one.
    pub(super) fn table(self, table: &Table) -> String {
        let schema = table.schema.as_ref().map(|schema| format!("{}.", self.name(schema))).unwrap_or_default();
        format!("{schema}{}", self.name(&table.name))
    }

    /// A column of a table's short name.
    pub(super) fn column(self, short: &str, column: &str) -> String {
        format!("{short}.{}", self.name(column))
    }

    /// The condition that a flag is set.
    pub(super) fn is_set(self, short: &str, column: &Column) -> String {
        let name = self.column(short, &column.name);
        match (self.database(), column.kind()) {
            (Database::Postgres, Some(Kind::Bool)) if is_bits(column) => format!("CAST({name} AS text) LIKE '%1%'"),
            (Database::Postgres, Some(Kind::Bool)) => name,
            (_, Some(Kind::Bool | Kind::Int)) => format!("{name} = 1"),
            (_, _) => format!("{name} IS NOT NULL"),
        }
    }

    /// The condition that a flag is not set.
    pub(super) fn is_unset(self, short: &str, column: &Column) -> String {
        let name = self.column(short, &column.name);
        match (self.database(), column.kind()) {
            (Database::Postgres, Some(Kind::Bool)) if is_bits(column) => format!("coalesce(CAST({name} AS text), '') NOT LIKE '%1%'"),
            (Database::Postgres, Some(Kind::Bool)) => format!("NOT coalesce({name}, false)"),
            (_, Some(Kind::Bool | Kind::Int)) => format!("coalesce({name}, 0) = 0"),
            (_, _) => format!("{name} IS NULL"),
        }
    }

    pub(super) fn truths(self) -> (&'static str, &'static str) {
        if self.database() == Database::Postgres { ("true", "false") } else { ("1", "0") }
    }

    /// The day of a column, whatever time stands with it.
    pub(super) fn day(self, expression: &str, kind: Kind) -> String {
        match (kind, self.database()) {
            (Kind::Moment, Database::Sqlite) => format!("substr({expression}, 1, 10)"),
            (Kind::Moment, Database::Postgres | Database::Mysql) => format!("CAST({expression} AS date)"),
            (_, _) => expression.to_owned(),
        }
    }

    /// The key of a row; several columns make one text.
    pub(super) fn key(self, short: &str, table: &Table) -> String {
        match key(table) {
            Some(only) => self.column(short, &only.name),
            None => table.key.iter().map(|column| self.column(short, column)).collect::<Vec<_>>().join(" || '/' || "),
        }
    }

    /// `AS NAME`, where the name is one of the form's.
    pub(super) fn named(self, expression: &str, name: &str) -> String {
        format!("{expression} AS {}", self.name(name))
    }
}

/// Whether a column of PostgreSQL keeps a flag as bits, which are no truth there.
fn is_bits(column: &Column) -> bool {
    column.ty.to_lowercase().starts_with("bit")
}

/// A text that stands in a comment: on one line.
pub(super) fn comment(text: &str) -> String {
    let breaks = |one: char| one.is_control() || matches!(one, '\u{2028}' | '\u{2029}');
    let line: String = text.chars().map(|one| if breaks(one) { ' ' } else { one }).collect();
    // MariaDB and MySQL carry out what stands in some comments; it is refused wherever it stands.
    line.replace("/*", "/ *")
}

/// Lines as comments, whatever stands in them.
pub(super) fn commented<S: AsRef<str>>(lines: &[S]) -> String {
    lines.iter().map(|line| format!("-- {}\n", comment(line.as_ref()))).collect()
}

/// A SELECT, its columns one a line with a remark behind each.
pub(super) struct Select {
    pub(super) columns: Vec<(String, String)>,
    /// Columns to be filled in.
    pub(super) open: Vec<String>,
    pub(super) rest: String,
}

impl Select {
    pub(super) fn text(&self, head: &[String]) -> String {
        let mut text = commented(head);
        let last = self.columns.len().saturating_sub(1);
        for (place, (column, remark)) in self.columns.iter().enumerate() {
            let begin = if place == 0 { "SELECT" } else { "      " };
            let end = if place == last { "" } else { "," };
            let remark = if remark.is_empty() { String::new() } else { format!(" -- {}", comment(remark)) };
            let _ = writeln!(text, "{begin} {column}{end}{remark}");
        }
        for open in self.open.iter().take(MOST_OPEN) {
            let _ = writeln!(text, "       -- fill in or leave out: {}", comment(open));
        }
        if self.open.len() > MOST_OPEN {
            let _ = writeln!(text, "       -- fill in or leave out: {} more columns of the table", self.open.len() - MOST_OPEN);
        }
        let _ = writeln!(text, "{}", self.rest);
        text
    }
}

impl Writer<'_, '_> {
    /// The columns of fields, as they stand in a SELECT, with the tables that they join.
    fn fields(self, fields: &Fields) -> (Vec<(String, String)>, String) {
        let column = |field: &Field| (self.named(&field.expression, field.column), format!("guess: {}", field.because));
        (fields.found.iter().map(column).collect(), fields.joins.iter().map(|join| format!("\n{join}")).collect())
    }

    /// view.sql
    pub(super) fn view(self, records: &Chosen, fields: &Fields) -> Option<String> {
        let table = self.scope.table(records.table)?;
        let mut columns = vec![(self.named(&self.key("p", table), "record"), String::new())];
        let (own, joins) = self.fields(fields);
        columns.extend(own);
        let mut head = vec![format!("guess: the records are the rows of {}, because {}", table.name, records.because)];
        let marks = self.marks("p", records.table);
        head.extend(marks.remarks(table));
        let condition = if marks.conditions.is_empty() { String::new() } else { format!("\nWHERE {}", marks.conditions.join(" AND ")) };
        let rest = format!("FROM {} p{}{joins}{condition}", self.table(table), marks.joins);
        Some(Select { columns, open: fields.open.clone(), rest }.text(&head))
    }

    /// part_NAME.sql
    pub(super) fn part(self, records: &Chosen, part: &Hanging<'_>, fields: &Fields) -> Option<String> {
        let (main, table) = (self.scope.table(records.table)?, self.scope.table(part.table)?);
        let mut head = vec![format!("guess: the rows of {} are the part `{}`, because {}", table.name, part.part, part.because)];
        let mut marks = self.marks("c", part.table);
        head.extend(marks.remarks(table));
        let (record, from) = match part.way {
            Way::Child(link) => (self.column("c", &link.column.name), format!("FROM {} c", self.table(table))),
            Way::LookedUp(link) => {
                let on = format!("{} = {}", self.column("c", link.to), self.column("p", &link.column.name));
                (self.key("p", main), format!("FROM {} p\nJOIN {} c ON {on}", self.table(main), self.table(table)))
            }
            Way::Through(number, to_record, to_row) => {
                let on = format!("{} = {}", self.column("c", to_row.to), self.column("b", &to_row.column.name));
                let between = self.scope.table(number)?;
                let joining = self.marks("b", number);
                head.extend(joining.remarks(between));
                let flags =
                    unknown_flags(between).map(|flag| format!("fill in: does `{}` say that a row of {} does not count?", flag.name, between.name));
                head.extend(flags);
                marks.conditions.extend(joining.conditions);
                marks.joins.push_str(&joining.joins);
                (self.column("b", &to_record.column.name), format!("FROM {} b\nJOIN {} c ON {on}", self.table(between), self.table(table)))
            }
        };
        let (own, joins) = self.fields(fields);
        let mut columns = vec![(self.named(&record, "record"), String::new()), (self.named(&self.key("c", table), "part"), String::new())];
        columns.extend(own);
        let rest = format!("{from}{}{joins}\nWHERE {record} IS NOT NULL{}", marks.needed_joins(), marks.and());
        Some(Select { columns, open: fields.open.clone(), rest }.text(&head))
    }
}
