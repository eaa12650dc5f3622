//! Drafting a profile: from what a database says of itself to a folder that loads, is all guesses, and lets nobody see anything.
//!
//! Pure: a [`Catalogue`] in, text out. `words` knows what names mean, `roles` which table is what, `sql` and `settings` write. A right is never
//! guessed: the rule on records and the field rights are written without a row, with what the tables suggest as comments.

mod catalogue;
mod fields;
mod marks;
mod members;
mod people;
mod rights;
mod roles;
mod scope;
mod settings;
mod sql;
#[cfg(test)]
mod tests;
mod vocabulary;
mod words;

use std::collections::{BTreeMap, BTreeSet};

pub use catalogue::{Catalogue, Column, Foreign, Table};
use serde::Serialize;

use self::fields::{Fields, Finder};
use self::members::Counts;
use self::roles::{Roles, roles};
use self::scope::{Number, Scope};
use self::settings::{PartFields, Settings};
use self::sql::Writer;
use super::load::from_files;

/// A profile, drafted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Draft {
    /// Its files by name.
    pub files: BTreeMap<String, String>,
    /// What was found and guessed.
    pub findings: DraftFindings,
}

/// What a draft rests on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DraftFindings {
    /// Tables and views that the account sees.
    pub tables: usize,
    /// The table of the records, with its rows.
    pub records: (String, Option<u64>),
    /// The table of the users.
    pub users: Option<String>,
    /// The table of the groups.
    pub groups: Option<String>,
    /// The table of who is in which group, if one is taken.
    pub memberships: Vec<String>,
    /// The tables that could say so too, about which something is to be decided.
    pub other_memberships: Vec<String>,
    /// The parts, each with its table.
    pub parts: Vec<[String; 2]>,
    /// How many guesses are marked.
    pub guesses: usize,
    /// How many lines are left to be filled in.
    pub open: usize,
    /// How many proposals stand above the rule on records.
    pub proposals: usize,
    /// What the reader of profiles finds wrong with the draft: nothing, unless the drafting itself is mistaken.
    pub mistakes: Vec<String>,
    /// What the database did not say of itself, and why.
    pub unread: Vec<String>,
}

/// Why no profile can be drafted; nothing was written.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DraftError {
    /// There is no table.
    #[error("the database holds no tables that the account may see; nothing was written")]
    Empty,
    /// There is nothing like people.
    #[error(
        "none of the {} tables looks like people or companies with names and a key ({}); nothing was written. Start from `adressbote profile export reference` and write its SQL by hand",
        tables,
        named.join(", ")
    )]
    NobodyThere {
        /// How many tables there are.
        tables: usize,
        /// The first of them.
        named: Vec<String>,
    },
}

/// Drafts a profile of what a database says of itself.
///
/// # Errors
/// That there is no table, or none like people.
pub fn draft(catalogue: &Catalogue, name: &str) -> Result<Draft, DraftError> {
    if catalogue.tables.is_empty() {
        return Err(DraftError::Empty);
    }
    let scope = Scope::new(catalogue);
    let nobody = || DraftError::NobodyThere {
        tables: catalogue.tables.len(),
        named: catalogue.tables.iter().take(5).map(|table| sql::comment(&table.name)).collect(),
    };
    let roles = roles(&scope).ok_or_else(nobody)?;
    let finder = Finder { scope: &scope, roles: &roles };
    let main = finder.main();
    let parts: Vec<PartFields> =
        roles.hanging.iter().map(|one| PartFields { part: one.part, fields: finder.part(one.class, one.table, one.part) }).collect();
    let files = files(&scope, &roles, name, (&main, &parts)).ok_or_else(nobody)?;
    let findings = findings(&scope, &roles, &files);
    Ok(Draft { files, findings })
}

/// The files; none if a table that was found is not in the catalogue.
fn files(scope: &Scope<'_>, roles: &Roles<'_>, name: &str, (main, parts): (&Fields, &[PartFields])) -> Option<BTreeMap<String, String>> {
    let writer = Writer { scope };
    let settings = Settings { name, scope, roles, main, parts };
    let mut files = BTreeMap::from([
        ("profile.toml".to_owned(), settings.text()),
        ("view.sql".to_owned(), writer.view(&roles.records, main)?),
        ("users.sql".to_owned(), writer.users(roles)?),
        ("holds.sql".to_owned(), writer.holds(roles)?),
        ("rule_records.sql".to_owned(), writer.rule(roles)?),
        ("field_rights.sql".to_owned(), writer.field_rights(roles)?),
    ]);
    if let Some(groups) = &roles.groups {
        files.insert("groups.sql".to_owned(), writer.groups(groups)?);
    }
    for (hanging, part) in roles.hanging.iter().zip(parts) {
        files.insert(format!("part_{}.sql", part.part), writer.part(&roles.records, hanging, &part.fields)?);
    }
    Some(files)
}

fn findings(scope: &Scope<'_>, roles: &Roles<'_>, files: &BTreeMap<String, String>) -> DraftFindings {
    let named = |number: Number| scope.table(number).map(|table| table.name.clone()).unwrap_or_default();
    let marked = |word: &str| files.values().map(|text| text.matches(word).count()).sum();
    let members = |is: &dyn Fn(&Counts) -> bool| {
        let tables: BTreeSet<Number> = roles.memberships.iter().filter(|one| is(&one.counts)).map(|one| one.table).collect();
        tables.into_iter().map(named).collect::<Vec<String>>()
    };
    DraftFindings {
        tables: scope.catalogue.tables.len(),
        records: (named(roles.records.table), scope.table(roles.records.table).and_then(|table| table.rows)),
        users: roles.users.as_ref().map(|users| named(users.table)),
        groups: roles.groups.as_ref().map(|groups| named(groups.table)),
        memberships: members(&|counts| *counts == Counts::Yes),
        other_memberships: members(&|counts| matches!(counts, Counts::Ask(_))),
        parts: roles.hanging.iter().map(|part| [part.part.to_owned(), named(part.table)]).collect(),
        guesses: marked("guess: "),
        open: marked("fill in"),
        proposals: files.get("rule_records.sql").map_or(0, |text| text.matches("-- proposal, ").count()),
        mistakes: mistakes(files),
        unread: scope.catalogue.unread.clone(),
    }
}

/// What the reader of profiles says of the files.
fn mistakes(files: &BTreeMap<String, String>) -> Vec<String> {
    let files = files.iter().map(|(name, text)| (name.clone(), text.clone().into_bytes())).collect();
    let found = from_files("the draft", files).err().map(|errors| errors.mistakes).unwrap_or_default();
    found.iter().map(|mistake| sql::comment(&mistake.to_string())).collect()
}
