//! The columns of a part: what is recognised, by which column of which table, and what is left to be filled in.

use adressbote_rules::value::Kind;

use super::catalogue::{Column, Table};
use super::marks::above_name;
use super::roles::Roles;
use super::scope::{Link, Number, Scope, column_for, key, meaning};
use super::sql::Writer;
use super::words::{Class, Means, is_secret, means};

/// A column of a part.
#[derive(Clone, Debug)]
pub(super) struct Field {
    /// Its name in the profile.
    pub(super) column: &'static str,
    /// How it is read.
    pub(super) expression: String,
    pub(super) kind: Kind,
    /// Other columns of the part that it is made of.
    pub(super) made_of: Vec<&'static str>,
    pub(super) because: String,
}

/// The columns of a part.
#[derive(Clone, Debug, Default)]
pub(super) struct Fields {
    pub(super) found: Vec<Field>,
    /// Tables that are looked up for them.
    pub(super) joins: Vec<String>,
    /// What was not recognised.
    pub(super) open: Vec<String>,
}

impl Fields {
    pub(super) fn has(&self, column: &str) -> bool {
        self.found.iter().any(|field| field.column == column)
    }
}

/// What is looked for in a part: the column's name, and what may be it.
type Wanted = &'static [(&'static str, &'static [Means])];

const MAIN: Wanted = &[
    ("salutation", &[Means::Salutation]),
    ("title", &[Means::Title]),
    ("first_name", &[Means::FirstName]),
    ("last_name", &[Means::LastName]),
    ("full_name", &[Means::FullName, Means::Name]),
    ("company", &[Means::Company]),
    ("department", &[Means::Department]),
    ("job_title", &[Means::JobTitle]),
    ("phone", &[Means::Phone]),
    ("mobile", &[Means::Mobile]),
    ("home_phone", &[Means::HomePhone]),
    ("fax", &[Means::Fax]),
    ("mail", &[Means::Mail]),
    ("street", &[Means::Street]),
    ("house_number", &[Means::HouseNumber]),
    ("postcode", &[Means::Postcode]),
    ("city", &[Means::City]),
    ("state", &[Means::State]),
    ("country", &[Means::Country]),
    ("birthday", &[Means::Birthday]),
    ("website", &[Means::Website]),
    ("number", &[Means::Number, Means::Code]),
    ("owner", &[Means::Owner]),
    ("notes", &[Means::Notes]),
    ("changed_at", &[Means::ChangedAt]),
];
const PHONE: Wanted = &[("place", &[Means::Place]), ("kind", &[Means::Kind]), ("number", &[Means::Phone, Means::Value])];
const MAIL: Wanted = &[("place", &[Means::Place]), ("kind", &[Means::Kind]), ("address", &[Means::Mail, Means::Value])];
const MECHANISM: Wanted = &[("place", &[Means::Place]), ("kind", &[Means::Kind]), ("value", &[Means::Value])];
const ADDRESS: Wanted = &[
    ("place", &[Means::Place]),
    ("kind", &[Means::Kind]),
    ("street", &[Means::Street]),
    ("house_number", &[Means::HouseNumber]),
    ("postcode", &[Means::Postcode]),
    ("city", &[Means::City]),
    ("state", &[Means::State]),
    ("country", &[Means::Country]),
];
const CATEGORY: Wanted = &[("name", &[Means::Name])];
const COMPANY: Wanted = &[("name", &[Means::Company, Means::Name, Means::FullName]), ("website", &[Means::Website])];

/// How a column is read.
struct Read {
    expression: String,
    kind: Kind,
    /// The table that it is looked up in, with the join.
    joined: Option<(String, String)>,
}

/// Finds the columns of parts.
pub(super) struct Finder<'s, 'c> {
    pub(super) scope: &'s Scope<'c>,
    pub(super) roles: &'s Roles<'c>,
}

impl<'c> Finder<'_, 'c> {
    /// The columns of the main part.
    pub(super) fn main(&self) -> Fields {
        let mut fields = self.find(self.roles.records.table, "p", "main", MAIN);
        for (place, link) in self.scope.above(self.roles.records.table).iter().enumerate() {
            let more = self.find(link.table, &above_name("p", place + 1), "main", MAIN);
            let (new, had): (Vec<Field>, Vec<Field>) = more.found.into_iter().partition(|field| !fields.has(field.column));
            fields.found.extend(new);
            fields.joins.extend(more.joins);
            fields.open.extend(more.open.into_iter().chain(had.iter().map(|field| format!("{}, beside `{}`", field.expression, field.column))));
        }
        // `name` beside `vorname` is the last name.
        if fields.has("first_name") && !fields.has("last_name") {
            fields.found.iter_mut().filter(|field| field.column == "full_name").for_each(|field| field.column = "last_name");
        }
        if let Some(full) = full_name(&fields).filter(|_| !fields.has("full_name")) {
            fields.found.push(full);
        }
        if !["last_name", "full_name"].iter().any(|name| fields.has(name)) {
            fields.found.extend(self.key_for_name());
        }
        fields
    }

    /// The key, where nothing that could be a name can be read.
    fn key_for_name(&self) -> Option<Field> {
        let table = self.scope.table(self.roles.records.table)?;
        let expression = Writer { scope: self.scope }.key("p", table);
        let because = "fill in: the key stands for it, because no column could be read as a name".to_owned();
        Some(Field { column: "full_name", expression, kind: Kind::Text, made_of: Vec::new(), because })
    }

    /// The columns of a part that hangs on records.
    pub(super) fn part(&self, class: Class, table: Number, part: &str) -> Fields {
        let wanted = match class {
            Class::Phone => PHONE,
            Class::Mail => MAIL,
            Class::Mechanism => MECHANISM,
            Class::Category => CATEGORY,
            Class::Company => COMPANY,
            Class::Address | Class::User | Class::Group | Class::Person | Class::Share => ADDRESS,
        };
        self.find(table, "c", part, wanted)
    }

    fn find(&self, number: Number, short: &str, part: &str, wanted: Wanted) -> Fields {
        let mut fields = Fields::default();
        let Some(table) = self.scope.table(number) else { return fields };
        let mut used: Vec<&str> = Vec::new();
        for (name, any_of) in wanted {
            let column = any_of.iter().find_map(|means| {
                let mut columns = table.columns.iter().filter(|column| meaning(table, column) == Some(*means) && column.kind().is_some());
                // A number or an address stands in the row itself.
                let is_elsewhere = |column: &Column| {
                    matches!(means, Means::Value | Means::Phone | Means::Mail) && self.linked(number, column).is_some()
                        || self.is_part(number, column)
                };
                columns.find(|column| !used.contains(&column.name.as_str()) && fits(*means, column) && !is_elsewhere(column))
            });
            let Some(column) = column else { continue };
            let of = if short == "p" || short == "c" { "" } else { short };
            let join = format!("{of}l{}", fields.joins.len() + 1);
            let Some(Read { expression, kind, joined }) = self.read(number, column, (short, &join)) else { continue };
            let word = means(&table.name, &column.name).map_or("", |(_, word)| word);
            let because = match &joined {
                Some((of, _)) => format!("because {} points to {of}", column.name),
                None if column.name.eq_ignore_ascii_case(word) => format!("because the column is named {}", column.name),
                None => format!("because `{word}` is in the name of {}", column.name),
            };
            fields.joins.extend(joined.map(|(_, join)| join));
            used.push(&column.name);
            fields.found.push(Field { column: name, expression, kind, made_of: Vec::new(), because });
        }
        fields.open = self.open(number, table, (short, part), &used);
        fields
    }

    /// Whether a column leads to a part of its own, which gives what it means.
    fn is_part(&self, number: Number, column: &Column) -> bool {
        let target = self.linked(number, column).map(|link| link.table);
        target.is_some() && self.roles.hanging.iter().any(|part| Some(part.table) == target && part.table != number)
    }

    fn linked(&self, number: Number, column: &Column) -> Option<Link<'c>> {
        self.scope.links(number).iter().find(|link| link.column.name == column.name).copied()
    }

    /// How a column is read: itself, or what it points to.
    fn read(&self, number: Number, column: &Column, (short, join): (&str, &str)) -> Option<Read> {
        let table = self.scope.table(number)?;
        let writer = Writer { scope: self.scope };
        let own = writer.column(short, &column.name);
        let means = meaning(table, column)?;
        let is_user = |link: &Link<'_>| self.roles.users.as_ref().is_some_and(|users| users.table == link.table);
        match self.linked(number, column).filter(|link| !is_user(link)) {
            None => {
                let kind = kind(means, column)?;
                let expression = if means == Means::Birthday { writer.day(&own, column.kind()?) } else { own };
                Some(Read { expression, kind, joined: None })
            }
            Some(link) => {
                let target = self.scope.table(link.table)?;
                let code = column_for(target, Means::Code).filter(|_| means == Means::Country);
                let shown = code.or_else(|| column_for(target, Means::Name)).or_else(|| column_for(target, Means::FullName))?;
                // What the CRM has put away is looked up no more.
                let marks = writer.marks(join, link.table);
                let marks = if marks.joins.is_empty() { marks.and() } else { String::new() };
                let on = format!("{} = {own}{marks}", writer.column(join, link.to));
                let join_text = format!("LEFT JOIN {} {join} ON {on}", writer.table(target));
                Some(Read { expression: writer.column(join, &shown.name), kind: Kind::Text, joined: Some((target.name.clone(), join_text)) })
            }
        }
    }

    /// What was not recognised and could be filled in.
    fn open(&self, number: Number, table: &Table, (short, part): (&str, &str), used: &[&str]) -> Vec<String> {
        let writer = Writer { scope: self.scope };
        let is_key = |column: &Column| table.key.contains(&column.name) || key(table).is_some_and(|key| key.name == column.name);
        let is_own = |column: &Column| self.linked(number, column).is_some_and(|link| link.table == self.roles.records.table);
        let is_said = |means: Option<Means>| matches!(means, Some(Means::Meta | Means::ChangedAt | Means::Active | Means::Inactive));
        let is_noise = |column: &Column| is_said(meaning(table, column)) || is_secret(&column.name);
        let open = table.columns.iter().filter(|column| {
            let is_left = !used.contains(&column.name.as_str()) && column.kind().is_some();
            is_left && !is_key(column) && !is_own(column) && !is_noise(column) && !self.is_part(number, column)
        });
        let said = |column: &Column| {
            let kind = column.kind().map_or("text", Kind::word);
            format!("{}, of kind {kind}, and declare it in [parts.{part}.columns]", writer.column(short, &column.name))
        };
        open.map(said).collect()
    }
}

/// Whether a column can hold what its name says.
fn fits(means: Means, column: &Column) -> bool {
    kind(means, column).is_some()
}

/// The kind in which a column of a meaning is read; none where its type cannot hold it.
fn kind(means: Means, column: &Column) -> Option<Kind> {
    let found = column.kind()?;
    match (means, found) {
        (Means::Birthday, Kind::Date | Kind::Moment | Kind::Text) => Some(Kind::Date),
        (Means::ChangedAt, Kind::Moment | Kind::Date | Kind::Text) => Some(Kind::Moment),
        (Means::Birthday | Means::ChangedAt, _) => None,
        (Means::Place, Kind::Int) => Some(Kind::Int),
        (Means::Place, _) => None,
        (_, Kind::Text | Kind::Int) => Some(Kind::Text),
        (_, Kind::Bool | Kind::Real | Kind::Date | Kind::Moment) => None,
    }
}

/// First and last name in one.
fn full_name(fields: &Fields) -> Option<Field> {
    let read = |name: &str| fields.found.iter().find(|field| field.column == name).map(|field| field.expression.clone());
    let (first, last) = (read("first_name")?, read("last_name")?);
    Some(Field {
        column: "full_name",
        expression: format!("nullif(trim(coalesce({first} || ' ', '') || coalesce({last}, '')), '')"),
        kind: Kind::Text,
        made_of: vec!["first_name", "last_name"],
        because: "because first and last name make it".to_owned(),
    })
}
