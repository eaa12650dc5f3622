//! A profile's SQL by database: which file speaks for which, and the tables that its files share.

use std::collections::{BTreeMap, BTreeSet};

use adressbote_rules::crm::Relation;

use super::changes::{self, Changes};
use super::error::{Notes, nearest};
use super::{AsUser, Database, Query};
use crate::crm::relation::named;

/// The databases as files name them: `view.postgres.sql` beside `view.sql`.
const DIALECTS: [(&str, Database); 3] = [("sqlite", Database::Sqlite), ("postgres", Database::Postgres), ("mysql", Database::Mysql)];

/// A file of SQL, and the database that it is for; none: every one that has no file of its own.
struct Variant<'t> {
    database: Option<Database>,
    file: &'t str,
    text: &'t str,
}

/// What the settings ask of the statements.
pub(super) struct Wanted<'s> {
    pub(super) databases: &'s [Database],
    /// What the session of a user gets, and the names of the relations that are asked for as each user.
    pub(super) as_user: Option<(&'s AsUser, BTreeSet<String>)>,
}

impl<'s> Wanted<'s> {
    /// What a statement's session gets, if it is asked as each user.
    fn session_of(&self, stem: &str) -> Option<&'s AsUser> {
        self.as_user.as_ref().filter(|(_, asked)| asked.contains(stem)).map(|(as_user, _)| *as_user)
    }
}

/// The statements for one database.
#[derive(Clone, Debug, Default)]
pub(super) struct Statements {
    /// The shared tables, as statements of their own.
    pub(super) tables: Vec<Query>,
    pub(super) queries: BTreeMap<Relation, Query>,
    pub(super) doubts: BTreeMap<Relation, Query>,
    /// What `changes.sql` says, until it is known what it means.
    pub(super) changed: Option<Query>,
    pub(super) changes: Option<Changes>,
}

/// The name of a file without `.sql` and without its database, and which database that is.
pub(super) fn parted(file: &str) -> Option<(&str, Option<Database>)> {
    let name = file.strip_suffix(".sql")?;
    let dialect = DIALECTS.iter().find_map(|(word, database)| Some((name.strip_suffix(word)?.strip_suffix('.')?, Some(*database))));
    Some(dialect.unwrap_or((name, None)))
}

/// The name of a shared table, by the name of its file.
pub(super) fn shared(stem: &str) -> Option<&str> {
    let name = stem.strip_prefix("with_")?;
    let is_plain = |one: u8| one.is_ascii_lowercase() || one.is_ascii_digit() || one == b'_';
    (!name.is_empty() && name.bytes().all(is_plain)).then_some(name)
}

/// Checks every file for each database that it speaks for. What is wrong with one goes to `found` under its name, what is missing to `notes`.
pub(super) fn check(
    notes: &Notes<'_>,
    wanted: &Wanted<'_>,
    texts: &BTreeMap<String, String>,
    found: &mut Vec<super::Mistake>,
) -> Vec<(Database, Statements)> {
    let databases = wanted.databases;
    let mut files: BTreeMap<&str, Vec<Variant<'_>>> = BTreeMap::new();
    for (file, text) in texts {
        if let Some((stem, database)) = parted(file) {
            files.entry(stem).or_default().push(Variant { database, file, text });
        }
    }
    files.iter().for_each(|(stem, variants)| cover(notes, databases, stem, variants));
    if databases.contains(&Database::Mysql) {
        for name in files.keys().filter(|stem| shared(stem).is_some()) {
            let hint = "MariaDB does not find such a table in a statement that has a WITH of its own; write it there".to_owned();
            notes.line(None, format!("{name}.sql cannot be used for {}", Database::Mysql), Some(hint));
        }
    }
    let mut used = BTreeSet::new();
    let mut all = Vec::new();
    for database in databases {
        let mut queries: BTreeMap<&str, Query> = BTreeMap::new();
        for (stem, variants) in &files {
            let own = variants.iter().find(|one| one.database == Some(*database));
            let Some(Variant { file, text, .. }) = own.or_else(|| variants.iter().find(|one| one.database.is_none())) else { continue };
            let notes = Notes::new(file, text);
            queries.extend(Query::check(&notes, *database, wanted.session_of(stem)).map(|query| (*stem, query)));
            found.extend(notes.into_found());
        }
        all.push((*database, joined(notes, queries, &mut used)));
    }
    for name in files.keys().filter_map(|stem| shared(stem)).filter(|name| !used.contains(*name)) {
        notes.line(None, format!("no file reads the table `{name}` that with_{name}.sql gives"), Some("remove the file".to_owned()));
    }
    all
}

/// Whether each database has exactly one file of a name, and each file a database.
fn cover(notes: &Notes<'_>, databases: &[Database], stem: &str, variants: &[Variant<'_>]) {
    let word = |database: Database| DIALECTS.iter().find(|(_, one)| *one == database).map_or("", |(word, _)| word);
    let has = |database| variants.iter().any(|one| one.database == database);
    for Variant { database: of, file, .. } in variants {
        match of {
            Some(database) if !databases.contains(database) => {
                let hint = format!("name `{}` in `database`, or remove the file", word(*database));
                notes.line(None, format!("the file {file} is for {database}, and the profile is not"), Some(hint));
            }
            None if databases.iter().all(|database| has(Some(*database))) => {
                notes.line(None, format!("the file {file} is for no database: each has one of its own"), Some("remove it".to_owned()));
            }
            _ => {}
        }
    }
    for database in databases.iter().filter(|_| !has(None)).filter(|database| !has(Some(**database))) {
        let hint = format!("write {stem}.{}.sql, or {stem}.sql for every database that has none of its own", word(*database));
        notes.line(None, format!("there is no {stem}.sql for {database}"), Some(hint));
    }
}

/// Puts the shared tables before the statements that read them.
fn joined<'f>(notes: &Notes<'_>, queries: BTreeMap<&'f str, Query>, used: &mut BTreeSet<&'f str>) -> Statements {
    let tables: BTreeMap<&str, &Query> = queries.iter().filter_map(|(stem, query)| Some((shared(stem)?, query))).collect();
    let mut all = Statements::default();
    for (stem, query) in &queries {
        let mut needed = Vec::new();
        let circle = collect(&tables, query, &mut vec![shared(stem).unwrap_or_default()], &mut needed);
        if let Some(name) = circle {
            notes.line(None, format!("with_{name}.sql reads itself, perhaps through other tables"), Some("use WITH RECURSIVE inside it".to_owned()));
            continue;
        }
        used.extend(needed.iter().map(|(name, _)| *name));
        let query = query.behind(&needed);
        match (shared(stem), stem.strip_prefix("doubt_")) {
            (Some(_), _) => all.tables.push(query),
            (None, Some(relation)) => all.doubts.extend(named(relation).map(|relation| (relation, query))),
            (None, None) if *stem == changes::STEM => all.changed = Some(query),
            (None, None) => all.queries.extend(named(stem).map(|relation| (relation, query))),
        }
    }
    all
}

/// Collects the tables that a statement reads, each after those that it reads itself. Gives the name of one that reads itself.
fn collect<'f, 'q>(
    tables: &BTreeMap<&'f str, &'q Query>,
    query: &Query,
    path: &mut Vec<&'f str>,
    needed: &mut Vec<(&'f str, &'q Query)>,
) -> Option<&'f str> {
    for (name, table) in tables.iter().filter(|(name, _)| query.reads(name)) {
        if path.contains(name) {
            return Some(name);
        }
        if needed.iter().all(|(before, _)| before != name) {
            path.push(name);
            if let Some(circle) = collect(tables, table, path, needed) {
                return Some(circle);
            }
            path.pop();
            needed.push((name, table));
        }
    }
    None
}

/// The name of the file that a wrongly named one was meant to be.
pub(super) fn meant<'n>(unknown: &str, names: impl Iterator<Item = &'n str>) -> Option<String> {
    nearest(unknown, names).map(|name| format!("did you mean `{name}`?"))
}
