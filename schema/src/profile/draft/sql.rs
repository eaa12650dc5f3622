//! The SQL files of a draft.

use std::fmt::Write;

use adressbote_rules::value::Kind;
use sqlparser::keywords::ALL_KEYWORDS;

use super::catalogue::{Column, Table};
use super::fields::{Field, Fields};
use super::roles::{Between, Chosen, Hanging, Roles, Way};
use super::scope::{Link, Scope, column_for, key};
use super::words::{Means, is_secret};
use crate::profile::Database;

/// Words of SQL that no database here reserves, and that many tables have for names: without quotes they read better.
const FREE: [&str; 23] = [
    "id", "name", "number", "type", "kind", "value", "code", "owner", "place", "position", "login", "role", "title", "active", "mail", "email",
    "contact", "part", "record", "state", "street", "country", "until",
];

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
    fn is_set(self, short: &str, column: &Column) -> String {
        let name = self.column(short, &column.name);
        match (self.database(), column.kind()) {
            (Database::Postgres, Some(Kind::Bool)) => name,
            (_, Some(Kind::Bool | Kind::Int)) => format!("{name} = 1"),
            (_, _) => format!("{name} IS NOT NULL"),
        }
    }

    /// The condition that a flag is not set.
    fn is_unset(self, short: &str, column: &Column) -> String {
        let name = self.column(short, &column.name);
        match (self.database(), column.kind()) {
            (Database::Postgres, Some(Kind::Bool)) => format!("NOT coalesce({name}, false)"),
            (_, Some(Kind::Bool | Kind::Int)) => format!("coalesce({name}, 0) = 0"),
            (_, _) => format!("{name} IS NULL"),
        }
    }

    fn truths(self) -> (&'static str, &'static str) {
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
    fn key(self, short: &str, table: &Table) -> String {
        match key(table) {
            Some(only) => self.column(short, &only.name),
            None => table.key.iter().map(|column| self.column(short, column)).collect::<Vec<_>>().join(" || '/' || "),
        }
    }

    /// `AS NAME`, where the name is one of the form's.
    fn named(self, expression: &str, name: &str) -> String {
        format!("{expression} AS {}", self.name(name))
    }
}

/// A text that stands in a comment: on one line.
pub(super) fn comment(text: &str) -> String {
    let line: String = text.chars().map(|one| if one.is_control() { ' ' } else { one }).collect();
    // MariaDB and MySQL carry out what stands in some comments; it is refused wherever it stands.
    line.replace("/*", "/ *")
}

/// A SELECT, its columns one a line with a remark behind each.
struct Select {
    columns: Vec<(String, String)>,
    /// Columns to be filled in.
    open: Vec<String>,
    rest: String,
}

impl Select {
    fn text(&self, head: &[String]) -> String {
        let mut text = String::new();
        for line in head {
            let _ = writeln!(text, "-- {}", comment(line));
        }
        let last = self.columns.len().saturating_sub(1);
        for (place, (column, remark)) in self.columns.iter().enumerate() {
            let begin = if place == 0 { "SELECT" } else { "      " };
            let end = if place == last { "" } else { "," };
            let remark = if remark.is_empty() { String::new() } else { format!(" -- {}", comment(remark)) };
            let _ = writeln!(text, "{begin} {column}{end}{remark}");
        }
        for open in &self.open {
            let _ = writeln!(text, "       -- fill in or leave out: {}", comment(open));
        }
        let _ = writeln!(text, "{}", self.rest);
        text
    }
}

impl<'c> Writer<'_, 'c> {
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
        let (condition, why) = self.left_out("p", table);
        head.extend(why);
        let condition = condition.map(|condition| format!("\nWHERE {condition}")).unwrap_or_default();
        let rest = format!("FROM {} p{joins}{condition}", self.table(table));
        Some(Select { columns, open: fields.open.clone(), rest }.text(&head))
    }

    /// The conditions that a row is not put away, all of which must hold, with the columns that say so. What a text means cannot be told: whatever it says,
    /// a row with it counts as put away.
    fn living(self, short: &str, table: &Table) -> (Vec<String>, Vec<String>) {
        let flags = table.columns.iter().filter_map(|column| match (super::scope::meaning(table, column)?, column.kind()?) {
            (Means::Inactive, _) => Some((self.is_unset(short, column), column.name.clone())),
            (Means::Active, Kind::Bool | Kind::Int) => Some((self.is_set(short, column), column.name.clone())),
            (Means::Active, _) => Some((format!("{} IS NULL", self.column(short, &column.name)), column.name.clone())),
            (_, _) => None,
        });
        flags.unzip()
    }

    /// The same as the end of a WHERE, with the remark that it is a guess.
    fn left_out(self, short: &str, table: &Table) -> (Option<String>, Option<String>) {
        let (conditions, columns) = self.living(short, table);
        let condition = (!conditions.is_empty()).then(|| conditions.join(" AND "));
        (condition, (!columns.is_empty()).then(|| format!("guess: what the CRM has put away is left out, because of {}", columns.join(", "))))
    }

    /// part_NAME.sql
    pub(super) fn part(self, records: &Chosen, part: &Hanging<'_>, fields: &Fields) -> Option<String> {
        let (main, table) = (self.scope.table(records.table)?, self.scope.table(part.table)?);
        let (record, from) = match part.way {
            Way::Child(link) => (self.column("c", &link.column.name), format!("FROM {} c", self.table(table))),
            Way::LookedUp(link) => {
                let on = format!("{} = {}", self.column("c", link.to), self.column("p", &link.column.name));
                (self.key("p", main), format!("FROM {} p\nJOIN {} c ON {on}", self.table(main), self.table(table)))
            }
            Way::Through(between, to_record, to_row) => {
                let on = format!("{} = {}", self.column("c", to_row.to), self.column("b", &to_row.column.name));
                let between = self.scope.table(between)?;
                (self.column("b", &to_record.column.name), format!("FROM {} b\nJOIN {} c ON {on}", self.table(between), self.table(table)))
            }
        };
        let (own, joins) = self.fields(fields);
        let mut columns = vec![(self.named(&record, "record"), String::new()), (self.named(&self.key("c", table), "part"), String::new())];
        columns.extend(own);
        let mut head = vec![format!("guess: the rows of {} are the part `{}`, because {}", table.name, part.part, part.because)];
        let (condition, why) = self.left_out("c", table);
        head.extend(why);
        let condition = condition.map(|condition| format!(" AND {condition}")).unwrap_or_default();
        let rest = format!("{from}{joins}\nWHERE {record} IS NOT NULL{condition}");
        Some(Select { columns, open: fields.open.clone(), rest }.text(&head))
    }

    /// users.sql
    pub(super) fn users(self, roles: &Roles<'_>) -> Option<String> {
        let Some(chosen) = &roles.users else {
            let main = self.scope.table(roles.records.table)?;
            let (yes, _) = self.truths();
            let columns = [("'nobody'", "user"), ("'nobody'", "login"), ("NULL", "mail"), (yes, "active")];
            let columns = columns.iter().map(|(expression, name)| (self.named(expression, name), String::new())).collect();
            let head = vec!["fill in: no table looked like the CRM's users. Until this gives rows, nobody is served.".to_owned()];
            return Some(Select { columns, open: Vec::new(), rest: format!("FROM {} p\nWHERE 1 = 0", self.table(main)) }.text(&head));
        };
        let table = self.scope.table(chosen.table)?;
        let first = |wanted: &[Means]| wanted.iter().find_map(|means| column_for(table, *means));
        let login = first(&[Means::Login, Means::Mail, Means::LastName, Means::FullName, Means::Name])?;
        let mail = first(&[Means::Mail]);
        let (active, why) = self.active(table);
        let said = |column: &Column| format!("guess: because the column is named {}", column.name);
        let columns = vec![
            (self.named(&self.key("u", table), "user"), String::new()),
            (self.named(&self.column("u", &login.name), "login"), said(login)),
            match mail {
                Some(mail) => (self.named(&self.column("u", &mail.name), "mail"), said(mail)),
                None => {
                    (self.named("NULL", "mail"), "fill in: no column looked like a mail address, without one nobody's mailbox is found".to_owned())
                }
            },
            (self.named(&active, "active"), why),
        ];
        let used = [Some(login), mail, column_for(table, Means::Active), column_for(table, Means::Inactive), key(table)];
        let open = table.columns.iter().filter(|column| !used.iter().flatten().any(|used| used.name == column.name));
        let is_noise = |column: &Column| is_secret(&column.name) || super::scope::meaning(table, column) == Some(Means::Meta);
        let open = open.filter(|column| column.kind().is_some() && !is_noise(column));
        let open =
            open.map(|column| format!("{}, and declare it in [users.columns] (or AS internal: who is a guest?)", self.column("u", &column.name)));
        let head = vec![format!("guess: the users are the rows of {}, because {}", table.name, chosen.because)];
        Some(Select { columns, open: open.collect(), rest: format!("FROM {} u", self.table(table)) }.text(&head))
    }

    /// Who may still work with the CRM.
    fn active(self, table: &Table) -> (String, String) {
        let (yes, no) = self.truths();
        match self.living("u", table) {
            (conditions, columns) if !conditions.is_empty() => {
                (format!("CASE WHEN {} THEN {yes} ELSE {no} END", conditions.join(" AND ")), format!("guess: because of {}", columns.join(", ")))
            }
            _ => (yes.to_owned(), "fill in: no column says who has left, so nobody has".to_owned()),
        }
    }

    /// groups.sql
    pub(super) fn groups(self, chosen: &Chosen) -> Option<String> {
        let table = self.scope.table(chosen.table)?;
        let name = column_for(table, Means::Name)?;
        let columns = vec![
            (self.named(&self.key("g", table), "group"), String::new()),
            (self.named(&self.column("g", &name.name), "name"), format!("guess: because the column is named {}", name.name)),
        ];
        let head = vec![format!("guess: the groups are the rows of {}, because {}", table.name, chosen.because)];
        Some(Select { columns, open: Vec::new(), rest: format!("FROM {} g", self.table(table)) }.text(&head))
    }

    /// holds.sql
    pub(super) fn holds(self, roles: &Roles<'_>) -> Option<String> {
        let each = roles.memberships.iter().filter_map(|one| self.membership(one));
        let each: Vec<String> = each.collect();
        let mut text = if each.is_empty() {
            let (table, user) = match roles.users.as_ref().and_then(|users| self.scope.table(users.table)) {
                Some(table) => (table, self.key("u", table)),
                None => (self.scope.table(roles.records.table)?, "'nobody'".to_owned()),
            };
            format!(
                "-- fill in: no table looked like memberships of users in groups. Who holds which principal, such as 'group:7' or 'region:north'?\n\
                 SELECT {}, {}\nFROM {} u\nWHERE 1 = 0\n",
                self.named(&user, "user"),
                self.named("'nobody'", "principal"),
                self.table(table)
            )
        } else {
            each.join("UNION ALL\n")
        };
        if let Some((table, parent)) = roles.groups.as_ref().and_then(|groups| self.nesting(groups)) {
            let _ = write!(
                text,
                "-- Groups in groups, because `{}` points from {} to itself: if members of a group count as members of the one above, write implies.sql:\n\
                 --   SELECT 'group:' || {} AS principal, 'group:' || {parent} AS implied FROM {} g WHERE {parent} IS NOT NULL\n",
                comment(&parent),
                comment(&table.name),
                self.key("g", table),
                comment(&self.table(table)),
            );
        }
        Some(text)
    }

    fn nesting(self, groups: &Chosen) -> Option<(&'c Table, String)> {
        let table = self.scope.table(groups.table)?;
        let link = self.scope.link(groups.table, groups.table)?;
        Some((table, self.column("g", &link.column.name)))
    }

    fn membership(self, between: &Between<'_>) -> Option<String> {
        let table = self.scope.table(between.table)?;
        let group = between.group?;
        let user = between.user.map_or_else(|| self.key("m", table), |user| self.column("m", &user.column.name));
        let group = self.column("m", &group.column.name);
        // Whatever it holds: what is no instant makes its user doubtful, to leave it out would let the membership go on for ever.
        let period = |means: Means| column_for(table, means).map_or_else(|| "NULL".to_owned(), |column| self.column("m", &column.name));
        let because = if between.user.is_some() { "it joins users and groups" } else { "a user points to his group" };
        let (condition, why) = if between.user.is_some() { self.left_out("m", table) } else { (None, None) };
        let why = why.map(|why| format!("-- {}\n", comment(&why))).unwrap_or_default();
        let condition = condition.map(|condition| format!(" AND {condition}")).unwrap_or_default();
        let is_open = |column: &&Column| column.kind() == Some(Kind::Bool) && super::scope::meaning(table, column).is_none();
        let open = table.columns.iter().filter(is_open).filter(|_| between.user.is_some());
        let open = open.map(|column| format!("-- fill in: does {} say that a membership does not count?\n", comment(&column.name)));
        Some(format!(
            "-- guess: memberships are the rows of {}, because {because}. `until` is the first instant at which one no longer counts.\n{why}{}\
             SELECT {}, {},\n       {}, {}\nFROM {} m\nWHERE {user} IS NOT NULL AND {group} IS NOT NULL{condition}\n",
            comment(&table.name),
            open.collect::<String>(),
            self.named(&user, "user"),
            self.named(&format!("'group:' || {group}"), "principal"),
            self.named(&period(Means::From), "from"),
            self.named(&period(Means::Until), "until"),
            self.table(table),
        ))
    }

    /// rule_records.sql: it gives no row; what it could give stands above it.
    pub(super) fn rule(self, roles: &Roles<'_>) -> Option<String> {
        let main = self.scope.table(roles.records.table)?;
        let mut text = "-- FILL IN: who sees which record. As it stands it gives no row, and nobody sees anything: this is never guessed.\n\
            -- Write what your CRM really does. What the tables suggest, each of it a SELECT to be joined with UNION ALL:\n"
            .to_owned();
        let proposals = [self.by_owner(roles), self.by_share(roles)].concat();
        for proposal in &proposals {
            let _ = writeln!(text, "-- {proposal}");
        }
        if proposals.is_empty() {
            let _ = writeln!(text, "-- (nothing: no column points from {} to the users, and no table joins the two)", comment(&main.name));
        }
        let key = self.key("p", main);
        let _ = write!(
            text,
            "SELECT {}, {}\nFROM {} p\nWHERE 1 = 0\n",
            self.named(&key, "record"),
            self.named("'nobody'", "principal"),
            self.table(main)
        );
        Some(text)
    }

    fn by_owner(self, roles: &Roles<'_>) -> Vec<String> {
        let Some((main, user)) = self.scope.table(roles.records.table).zip(roles.users.as_ref().map(|users| users.table)) else { return Vec::new() };
        let owners = self.scope.links(roles.records.table).iter().filter(|link| link.table == user);
        let owner = |link: &Link<'_>| {
            let (column, record) = (self.column("p", &link.column.name), self.key("p", main));
            format!(
                "proposal, by owner (because `{}` points to the users):\n--   SELECT {} , 'user:' || {column} AS principal FROM {} p WHERE {column} IS NOT NULL",
                comment(&link.column.name),
                comment(&self.named(&record, "record")),
                comment(&self.table(main))
            )
        };
        owners.map(owner).collect()
    }

    fn by_share(self, roles: &Roles<'_>) -> Vec<String> {
        let mut found = Vec::new();
        for (record, between) in &roles.shares {
            let Some(table) = self.scope.table(between.table) else { continue };
            for (word, holder) in [("user", between.user), ("group", between.group)] {
                let Some(holder) = holder else { continue };
                let (record, column) = (self.column("s", &record.column.name), self.column("s", &holder.column.name));
                found.push(format!(
                    "proposal, by share (because {} joins records and {word}s):\n--   SELECT {} , '{word}:' || {column} AS principal FROM {} s WHERE {column} IS NOT NULL",
                    comment(&table.name),
                    comment(&self.named(&record, "record")),
                    comment(&self.table(table))
                ));
            }
        }
        found
    }

    /// field_rights.sql: it gives no row.
    pub(super) fn field_rights(self, roles: &Roles<'_>) -> Option<String> {
        let main = self.scope.table(roles.records.table)?;
        Some(format!(
            "-- FILL IN: who may read which field. As it stands it gives no row, silence means masked, and nobody reads anything: this is never guessed.\n\
             -- If your CRM keeps no field back: remove this file, and say silence = \"readable\" under [field_rights] in profile.toml.\n\
             -- Otherwise one row for each grant or denial; a source is PART.COLUMN, such as 'main.last_name':\n\
             --   SELECT 'everyone' AS principal, 'main.last_name' AS source, 'grant' AS answer\n\
             SELECT {}, {}, {}\nFROM {} p\nWHERE 1 = 0\n",
            self.named("'nobody'", "principal"),
            self.named("'main.nothing'", "source"),
            self.named("'deny'", "answer"),
            self.table(main)
        ))
    }
}
