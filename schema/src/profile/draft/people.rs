//! users.sql, groups.sql and holds.sql of a draft.

use super::catalogue::{Column, Table};
use super::marks::Marks;
use super::members::{Counts, Membership};
use super::roles::{Chosen, Roles};
use super::scope::{column_for, key};
use super::sql::{Select, Writer, commented};
use super::words::{Means, is_secret};

impl<'c> Writer<'_, 'c> {
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
        let marks = self.marks("u", chosen.table);
        let (active, why, decide) = self.active(table, &marks);
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
        let mut head = vec![format!("guess: the users are the rows of {}, because {}", table.name, chosen.because)];
        head.extend(decide);
        Some(Select { columns, open: open.collect(), rest: format!("FROM {} u{}", self.table(table), marks.joins) }.text(&head))
    }

    /// Who may still work with the CRM; nobody as long as there is a column that could say so and was not understood.
    fn active(self, table: &Table, marks: &Marks) -> (String, String, Vec<String>) {
        let (yes, no) = self.truths();
        let written = |conditions: &[String]| match conditions {
            [] => yes.to_owned(),
            all => format!("CASE WHEN {} THEN {yes} ELSE {no} END", all.join(" AND ")),
        };
        if marks.unclear.is_empty() {
            let why = if marks.conditions.is_empty() {
                "fill in: no column says who has left, so nobody has".to_owned()
            } else {
                format!("guess: because of {}", marks.because())
            };
            return (written(&marks.conditions), why, Vec::new());
        }
        let mut head: Vec<String> = marks.unclear.iter().map(|(column, _)| format!("fill in: does `{column}` say who has left?")).collect();
        let first = marks.unclear.first().map(|(_, column)| format!("{column} = 'the word for those who are there'"));
        let conditions: Vec<String> = marks.conditions.iter().cloned().chain(first).collect();
        head.push(format!("Until that is decided nobody of {} is active, and nobody is served. It may become such as", table.name));
        head.push(format!("  {}", self.named(&written(&conditions), "active")));
        (no.to_owned(), "fill in: see above".to_owned(), head)
    }

    /// groups.sql
    pub(super) fn groups(self, chosen: &Chosen) -> Option<String> {
        let table = self.scope.table(chosen.table)?;
        let name = column_for(table, Means::Name)?;
        let columns = vec![
            (self.named(&self.key("g", table), "group"), String::new()),
            (self.named(&self.column("g", &name.name), "name"), format!("guess: because the column is named {}", name.name)),
        ];
        let marks = self.marks("g", chosen.table);
        let mut head = vec![format!("guess: the groups are the rows of {}, because {}", table.name, chosen.because)];
        if !marks.conditions.is_empty() {
            head.push(format!("guess: what the CRM has put away is left out, because of {}", marks.because()));
        }
        let condition = if marks.conditions.is_empty() { String::new() } else { format!("\nWHERE {}", marks.conditions.join(" AND ")) };
        let rest = format!("FROM {} g{}{condition}", self.table(table), marks.needed_joins());
        Some(Select { columns, open: Vec::new(), rest }.text(&head))
    }

    /// holds.sql
    pub(super) fn holds(self, roles: &Roles<'_>) -> Option<String> {
        let live = roles.memberships.iter().find(|one| one.counts == Counts::Yes).and_then(|one| Some((one, self.membership(one)?)));
        let mut text = match live {
            Some((one, lines)) => {
                let because = if one.user.is_some() { "it joins users and groups" } else { "a user points to his group" };
                let name = self.scope.table(one.table).map_or("", |table| table.name.as_str());
                let mut head = vec![format!(
                    "guess: memberships are the rows of {name}, because {because}. `until` is the first instant at which one no longer counts."
                )];
                let columns = [self.marks("m", one.table), self.marks("g", one.group.table)].map(|marks| marks.because());
                let columns: Vec<String> = columns.into_iter().filter(|columns| !columns.is_empty()).collect();
                if !columns.is_empty() {
                    head.push(format!("guess: what the CRM has put away is left out, because of {}", columns.join(", ")));
                }
                format!("{}{}\n", commented(&head), lines.join("\n"))
            }
            None => self.nobody_holds(roles)?,
        };
        for one in &roles.memberships {
            text.push_str(&commented(&self.proposed(one)));
        }
        if let Some((table, parent)) = roles.groups.as_ref().and_then(|groups| self.nesting(groups)) {
            let lines = [
                format!(
                    "Groups in groups, because `{parent}` points from {} to itself: if members of a group count as members of the one above, write implies.sql:",
                    table.name
                ),
                format!(
                    "  SELECT 'group:' || {} AS principal, 'group:' || {parent} AS implied FROM {} g WHERE {parent} IS NOT NULL",
                    self.key("g", table),
                    self.table(table)
                ),
            ];
            text.push_str(&commented(&lines));
        }
        Some(text)
    }

    fn nobody_holds(self, roles: &Roles<'_>) -> Option<String> {
        let (table, user) = match roles.users.as_ref().and_then(|users| self.scope.table(users.table)) {
            Some(table) => (table, self.key("u", table)),
            None => (self.scope.table(roles.records.table)?, "'nobody'".to_owned()),
        };
        Some(format!(
            "-- fill in: no table is surely that of memberships of users in groups. Who holds which principal, such as 'group:7' or 'region:north'?\n\
             SELECT {}, {}\nFROM {} u\nWHERE 1 = 0\n",
            self.named(&user, "user"),
            self.named("'nobody'", "principal"),
            self.table(table)
        ))
    }

    /// What is said of a table that could be memberships and was not taken.
    fn proposed(self, one: &Membership<'_>) -> Vec<String> {
        let Some(table) = self.scope.table(one.table) else { return Vec::new() };
        match &one.counts {
            Counts::Yes => Vec::new(),
            Counts::Never(word) => vec![format!("not taken: {} joins users and groups, but its name says `{word}`", table.name)],
            Counts::Ask(asked) => {
                let mut lines = vec![format!("proposal, memberships in {}. Decide first, then join it with UNION ALL:", table.name)];
                lines.extend(asked.iter().map(|asked| format!("fill in: {asked}")));
                lines.extend(self.membership(one).unwrap_or_default().iter().map(|line| format!("  {line}")));
                lines
            }
        }
    }

    fn nesting(self, groups: &Chosen) -> Option<(&'c Table, String)> {
        let table = self.scope.table(groups.table)?;
        let link = self.scope.link(groups.table, groups.table)?;
        Some((table, self.column("g", &link.column.name)))
    }

    /// The statement, line by line.
    fn membership(self, one: &Membership<'_>) -> Option<Vec<String>> {
        let (table, groups) = (self.scope.table(one.table)?, self.scope.table(one.group.table)?);
        let user = one.user.map_or_else(|| self.key("m", table), |user| self.column("m", &user.column.name));
        let group = self.column("m", &one.group.column.name);
        // Whatever it holds: what is no instant makes its user doubtful, to leave it out would let the membership go on for ever.
        let period = |means: Means| {
            let column = column_for(table, means).filter(|_| one.user.is_some());
            column.map_or_else(|| "NULL".to_owned(), |column| self.column("m", &column.name))
        };
        let own = if one.user.is_some() { self.marks("m", one.table) } else { Marks::default() };
        let of_group = self.marks("g", one.group.table);
        let mut lines = vec![
            format!("SELECT {}, {},", self.named(&user, "user"), self.named(&format!("'group:' || {group}"), "principal")),
            format!("       {}, {}", self.named(&period(Means::From), "from"), self.named(&period(Means::Until), "until")),
            format!("FROM {} m{}", self.table(table), own.needed_joins()),
        ];
        if !of_group.conditions.is_empty() {
            lines.push(format!("JOIN {} g ON {} = {group}{}", self.table(groups), self.column("g", one.group.to), of_group.joins));
        }
        lines.push(format!("WHERE {user} IS NOT NULL AND {group} IS NOT NULL{}{}", own.and(), of_group.and()));
        Some(lines)
    }
}
