//! A profile says how a CRM's tables give users, groups, rights, records and their fields: a folder with `profile.toml` and one SELECT per relation.
//!
//! Loading checks all that can be known without the database; [`Profile::check_columns`] the rest. Every mistake has a file, a line and a hint.

mod as_user;
mod changes;
mod columns;
pub mod draft;
mod error;
mod fields;
mod load;
mod mapping;
mod parts;
mod rights;
mod section;
mod shipped;
mod sql;
mod statements;
mod steady;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::path::Path;
use std::sync::Arc;

use adressbote_rules::crm::{Combine, Relation, RuleShape, Silence};
use adressbote_rules::map::MappingDraft;
use adressbote_rules::value::Kind;
use adressbote_rules::view::{Column, View};
use chrono_tz::Tz;

pub(crate) use as_user::{AsUser, Attribute};
pub(crate) use changes::{At, Changes};
pub use columns::CheckError;
pub(crate) use columns::Expected;
pub(crate) use error::nearest;
pub use error::{Mistake, ProfileErrors};
pub(crate) use parts::Notation;
pub use shipped::{ExportError, shipped};
pub(crate) use sql::Query;
use statements::Statements;

/// The databases that a profile's SQL can be written for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Database {
    /// SQLite.
    Sqlite,
    /// PostgreSQL.
    Postgres,
    /// MariaDB or MySQL.
    Mysql,
}

impl fmt::Display for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Sqlite => "SQLite",
            Self::Postgres => "PostgreSQL",
            Self::Mysql => "MariaDB or MySQL",
        })
    }
}

/// Whose rows of a relation count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kept {
    /// The CRM's alone.
    Crm,
    /// Those of our state database alone.
    Ours,
    /// The CRM's and ours together.
    Both,
}

/// How much a relation may lose between two passes before it is doubtful.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Limits {
    /// In per cent of the rows before, for relations without a limit of their own.
    pub shrink_percent: u8,
    /// Limits of single relations; 100 lets a relation become empty too.
    pub relations: BTreeMap<Relation, u8>,
}

impl Limits {
    /// The limit of a relation, in per cent.
    pub fn of(&self, relation: &Relation) -> u8 {
        self.relations.get(relation).copied().unwrap_or(self.shrink_percent)
    }
}

/// A right rule as the profile declares it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleDeclared {
    /// What the rule is.
    pub shape: RuleShape,
    /// The name by which people know it.
    pub title: String,
    /// Whether the database keeps it: its rows are then what each user is given when he himself is asked for.
    pub is_as_user: bool,
}

/// A profile, checked as far as it can be without its database.
#[derive(Clone, Debug)]
pub struct Profile {
    name: String,
    description: String,
    statements: Vec<(Database, Statements)>,
    zone: Tz,
    view: Arc<View>,
    rules: Vec<RuleDeclared>,
    combine: Combine,
    silence: Silence,
    user_columns: BTreeMap<String, Kind>,
    /// Columns of parts whose text is kept as HTML, as part and column.
    html: BTreeSet<(String, String)>,
    as_user: Option<AsUser>,
    subscriptions_kept: Kept,
    filters_kept: Kept,
    limits: Limits,
    mapping: MappingDraft,
}

impl Profile {
    /// Loads the profile in a folder.
    ///
    /// # Errors
    /// Every mistake found in its files.
    pub fn load(folder: &Path) -> Result<Self, ProfileErrors> {
        load::from_folder(folder)
    }

    /// Loads a profile that is part of this program; [`shipped`] lists them.
    ///
    /// # Errors
    /// That there is none of the name, or every mistake found in its files.
    pub fn embedded(name: &str) -> Result<Self, ProfileErrors> {
        load::from_files(name, shipped::files(name)?)
    }

    /// Writes a profile that is part of this program into a folder, to be changed there. Never overwrites anything.
    ///
    /// # Errors
    /// That there is none of the name, that the folder is not empty, or that it could not be written.
    pub fn export(name: &str, folder: &Path) -> Result<(), ExportError> {
        shipped::export(name, folder)
    }

    /// Writes a drafted profile into a folder. Never overwrites anything.
    ///
    /// # Errors
    /// That the folder is not empty, or that it could not be written.
    pub fn write_draft(draft: &draft::Draft, folder: &Path) -> Result<(), ExportError> {
        let files = draft.files.iter().map(|(name, text)| (name.clone(), text.clone().into_bytes())).collect();
        shipped::write(&files, folder)
    }

    /// The profile's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What the profile says about itself.
    pub fn description(&self) -> &str {
        &self.description
    }

    /// The databases its SQL is written for.
    pub fn databases(&self) -> impl Iterator<Item = Database> {
        self.statements.iter().map(|(database, _)| *database)
    }

    /// The IANA name of the company's time zone.
    pub fn time_zone(&self) -> &'static str {
        self.zone.name()
    }

    /// The company's time zone, in which a pass has its day and days in the CRM's rows begin.
    pub fn zone(&self) -> Tz {
        self.zone
    }

    /// The profile for a company in another time zone.
    #[must_use]
    pub fn in_zone(self, zone: Tz) -> Self {
        Self { zone, ..self }
    }

    /// The view.
    pub fn view(&self) -> &Arc<View> {
        &self.view
    }

    /// The right rules, in the order of the file.
    pub fn rules(&self) -> &[RuleDeclared] {
        &self.rules
    }

    /// How field rights combine.
    pub fn combine(&self) -> Combine {
        self.combine
    }

    /// What it means when no field right speaks.
    pub fn silence(&self) -> Silence {
        self.silence
    }

    /// The user's own columns and their kinds.
    pub fn user_columns(&self) -> &BTreeMap<String, Kind> {
        &self.user_columns
    }

    /// Whose subscriptions count.
    pub fn subscriptions_kept(&self) -> Kept {
        self.subscriptions_kept
    }

    /// Whose filters count.
    pub fn filters_kept(&self) -> Kept {
        self.filters_kept
    }

    /// How much relations may shrink.
    pub fn limits(&self) -> &Limits {
        &self.limits
    }

    /// How records become contacts; fits the view.
    pub fn mapping(&self) -> &MappingDraft {
        &self.mapping
    }

    /// The relations that the profile reads, with the files they come from, those for its first database where each has its own.
    pub fn relations(&self) -> impl Iterator<Item = (&Relation, &str)> {
        let first = self.statements.first();
        first.into_iter().flat_map(|(_, statements)| statements.queries.iter().map(|(relation, query)| (relation, query.file.as_str())))
    }

    /// How the values of a part's column are kept.
    pub(crate) fn notation(&self, part: &str, column: &Column) -> Notation {
        let is_html = self.html.iter().any(|(of, name)| of == part && *name == column.name);
        if is_html { Notation::Html } else { Notation::Value(column.kind) }
    }

    /// What makes a session one user's; none if nothing is asked as a user.
    pub(crate) fn as_user(&self) -> Option<&AsUser> {
        self.as_user.as_ref()
    }

    /// Whether the CRM is asked for a relation at all.
    pub(crate) fn reads(&self, relation: &Relation) -> bool {
        self.relations().any(|(one, _)| one == relation)
    }

    /// Whether a relation is asked for as each user.
    pub(crate) fn is_as_user(&self, relation: &Relation) -> bool {
        self.statements.iter().any(|(_, statements)| statements.queries.get(relation).is_some_and(|query| query.is_as_user))
    }

    pub(crate) fn queries(&self, database: Database) -> impl Iterator<Item = (&Relation, &Query)> {
        self.statements(database).into_iter().flat_map(|statements| &statements.queries)
    }

    pub(crate) fn doubt_queries(&self, database: Database) -> impl Iterator<Item = (&Relation, &Query)> {
        self.statements(database).into_iter().flat_map(|statements| &statements.doubts)
    }

    fn statements(&self, database: Database) -> Option<&Statements> {
        self.statements.iter().find(|(one, _)| *one == database).map(|(_, statements)| statements)
    }

    /// The channel on which the CRM's database tells that something changed; none: it does not.
    pub fn listens_to(&self) -> Option<&str> {
        self.statements.iter().find_map(|(_, statements)| statements.changes.as_ref()?.settings.listen.as_deref())
    }

    /// How changes are found; none: everything is read each time.
    pub(crate) fn changes(&self, database: Database) -> Option<&Changes> {
        self.statements(database)?.changes.as_ref()
    }

    pub(crate) fn query(&self, database: Database, relation: &Relation) -> Option<&Query> {
        self.statements(database)?.queries.get(relation)
    }

    pub(crate) fn doubt(&self, database: Database, relation: &Relation) -> Option<&Query> {
        self.statements(database)?.doubts.get(relation)
    }
}
