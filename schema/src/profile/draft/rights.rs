//! rule_records.sql and field_rights.sql of a draft: both give no row.

use std::fmt::Write;

use super::catalogue::Column;
use super::marks::{above_name, unclear, unknown_flags};
use super::members::never;
use super::roles::Roles;
use super::scope::{Link, Number, column_for, meaning};
use super::sql::{Writer, commented};
use super::words::Means;

impl Writer<'_, '_> {
    /// rule_records.sql: it gives no row; what it could give stands above it.
    pub(super) fn rule(self, roles: &Roles<'_>) -> Option<String> {
        let main = self.scope.table(roles.records.table)?;
        let mut text = "-- FILL IN: who sees which record. As it stands it gives no row, and nobody sees anything: this is never guessed.\n\
            -- Write what your CRM really does. What the tables suggest, each of it a SELECT to be joined with UNION ALL:\n"
            .to_owned();
        let proposals = [self.by_owner(roles), self.by_share(roles)].concat();
        for proposal in &proposals {
            text.push_str(&commented(proposal));
        }
        if proposals.is_empty() {
            text.push_str(&commented(&[format!("(nothing: no column points from {} to the users, and no table joins the two)", main.name)]));
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

    fn by_owner(self, roles: &Roles<'_>) -> Vec<Vec<String>> {
        let records = roles.records.table;
        let Some((main, user)) = self.scope.table(records).zip(roles.users.as_ref().map(|users| users.table)) else { return Vec::new() };
        let joins = self.joins_above("p", records);
        let mut found = Vec::new();
        let above = self.scope.above(records);
        for (place, number) in std::iter::once(records).chain(above.iter().map(|link| link.table)).enumerate() {
            let Some(table) = self.scope.table(number) else { continue };
            let is_linked = |column: &Column| self.scope.links(number).iter().any(|link| link.column.name == column.name);
            let links = self.scope.links_to(number, user).into_iter().map(|link| (link.column, "points to the users"));
            let named =
                table.columns.iter().filter(|column| meaning(table, column) == Some(Means::Owner) && column.is_key_like() && !is_linked(column));
            for (column, why) in links.chain(named.map(|column| (column, "is named so; fill in: does it hold keys of users, and of them alone?"))) {
                let owner = self.column(&above_name("p", place), &column.name);
                let joins = if place == 0 { "" } else { &joins };
                found.push(vec![
                    format!("proposal, by owner (because `{}` {why}):", column.name),
                    format!("  SELECT {}, 'user:' || {owner} AS principal", self.named(&self.key("p", main), "record")),
                    format!("  FROM {} p{joins} WHERE {owner} IS NOT NULL", self.table(main)),
                ]);
            }
        }
        found
    }

    fn by_share(self, roles: &Roles<'_>) -> Vec<Vec<String>> {
        let each =
            roles.shares.iter().flat_map(|(record, between)| [("user", between.user), ("group", between.group)].map(|one| (record, between, one)));
        let each = each.filter_map(|(record, between, (word, holder))| self.shared(between.table, record, (word, holder?)));
        each.collect()
    }

    fn shared(self, number: Number, record: &Link<'_>, (word, holder): (&str, Link<'_>)) -> Option<Vec<String>> {
        let table = self.scope.table(number)?;
        if let Some(no) = never(table) {
            return Some(vec![format!(
                "not proposed: {} joins records and {word}s, but its name says `{no}`: does it take rights away (bars.sql)?",
                table.name
            )]);
        }
        let (record, column, marks) = (self.column("s", &record.column.name), self.column("s", &holder.column.name), self.marks("s", number));
        let periods = [(Means::From, "from"), (Means::Until, "until")].map(|(means, name)| {
            let column = column_for(table, means)?;
            Some(format!(", {}", self.named(&self.column("s", &column.name), name)))
        });
        let mut lines = vec![format!("proposal, by share (because {} joins records and {word}s):", table.name)];
        let asked = unclear(table).into_iter().chain(unknown_flags(table));
        lines.extend(asked.map(|column| format!("fill in: does `{}` say that a row does not count, or since or until when?", column.name)));
        lines.push(format!(
            "  SELECT {}, '{word}:' || {column} AS principal{}",
            self.named(&record, "record"),
            periods.into_iter().flatten().collect::<String>()
        ));
        lines.push(format!("  FROM {} s{} WHERE {column} IS NOT NULL{}", self.table(table), marks.needed_joins(), marks.and()));
        Some(lines)
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
