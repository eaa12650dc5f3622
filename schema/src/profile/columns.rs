//! Which columns each relation must give, and whether the database agrees: known only once it has prepared the SQL.

use adressbote_rules::crm::{Relation, Target};

use super::error::{Mistake, ProfileErrors, nearest};
use super::{Changes, Profile, Query};
use crate::crm::{CrmError, CrmSource, Session};

/// A column that a relation gives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Expected {
    /// Its name in the SQL's result.
    pub(crate) name: String,
    /// Whether the relation may be without it.
    pub(crate) is_optional: bool,
}

/// Why a profile and a database do not fit.
#[derive(Debug, thiserror::Error)]
pub enum CheckError {
    /// The profile is wrong.
    #[error(transparent)]
    Profile(#[from] ProfileErrors),
    /// The database did not answer.
    #[error(transparent)]
    Crm(#[from] CrmError),
}

impl Profile {
    /// Lets the database prepare every statement and compares the columns with the declared ones. Reads no rows.
    ///
    /// # Errors
    /// Every mistake found, or that the database could not be asked.
    pub async fn check_columns(&self, source: &CrmSource) -> Result<(), CheckError> {
        let Some(statements) = self.statements(source.kind()) else {
            let written: Vec<String> = self.databases().map(|database| database.to_string()).collect();
            let what = format!("the profile is written for {}, but the CRM's database is {}", written.join(" and "), source.kind());
            let hint = "name another profile, or check the address of the database";
            return Err(ProfileErrors::single(&self.name, what, Some(hint.to_owned())).into());
        };
        let mut session = source.begin().await?;
        let mut mistakes = Vec::new();
        for table in &statements.tables {
            mistakes.extend(prepare(&mut session, table, None).await?);
        }
        // What is wrong with a shared table is said once, not again by everything that reads it.
        ProfileErrors::check(&self.name, std::mem::take(&mut mistakes))?;
        for (relation, query) in &statements.queries {
            mistakes.extend(prepare(&mut session, query, Some(&self.expected(relation))).await?);
        }
        let what = [Expected { name: "what".to_owned(), is_optional: false }];
        for query in statements.doubts.values() {
            mistakes.extend(prepare(&mut session, query, Some(&what)).await?);
        }
        if let Some(changes) = &statements.changes {
            mistakes.extend(prepare(&mut session, &changes.query, Some(&Changes::expected())).await?);
        }
        session.end().await?;
        Ok(ProfileErrors::check(&self.name, mistakes)?)
    }

    /// The columns that a relation's statement gives, in the order in which rows are decoded. One that is asked as each user gives no principal: it is the
    /// user's own.
    pub(crate) fn expected(&self, relation: &Relation) -> Vec<Expected> {
        let is_as_user = self.is_as_user(relation);
        self.decoded(relation).into_iter().filter(|column| !is_as_user || column.name != "principal").collect()
    }

    /// The columns of a relation's rows, whoever gives them, in the order in which rows are decoded.
    pub(crate) fn decoded(&self, relation: &Relation) -> Vec<Expected> {
        let (needed, optional): (Vec<&str>, &[&str]) = match relation {
            Relation::Users => (vec!["user", "login", "mail", "active"], &["internal"]),
            Relation::Groups => (vec!["group", "name"], &[]),
            Relation::Holds => (vec!["user", "principal"], &["from", "until"]),
            Relation::Implies => (vec!["principal", "implied"], &["from", "until"]),
            Relation::Deputies => (vec!["user", "stands_for"], &["from", "until"]),
            Relation::View => (vec!["record"], &[]),
            Relation::Part(_) => (vec!["record", "part"], &[]),
            Relation::Rule(name) => (vec![self.rule_key(name), "principal"], &["from", "until"]),
            Relation::Bars => (vec!["record", "principal"], &["from", "until"]),
            Relation::RuleExempt(_) | Relation::FieldRightsExempt => (vec!["principal"], &["from", "until"]),
            Relation::FieldRights => (vec!["principal", "source", "answer"], &["record", "from", "until"]),
            Relation::Seats => (vec!["user"], &["from", "until"]),
            Relation::Subscriptions => (vec!["record", "principal", "by"], &["from", "until", "book"]),
            Relation::Filters => (vec!["holder", "filter"], &["book"]),
            Relation::Erased => (vec!["record"], &[]),
        };
        let column = |name: &str, is_optional| Expected { name: name.to_owned(), is_optional };
        let mut found: Vec<Expected> = needed.into_iter().map(|name| column(name, false)).collect();
        found.extend(optional.iter().map(|name| column(name, true)));
        found.extend(self.declared(relation).into_iter().map(|name| column(name, false)));
        found
    }

    /// The columns that the profile declares for a relation by itself.
    fn declared(&self, relation: &Relation) -> Vec<&str> {
        let part = match relation {
            Relation::Users => return self.user_columns.keys().map(String::as_str).collect(),
            Relation::View => "main",
            Relation::Part(name) => name,
            _ => return Vec::new(),
        };
        let part = self.view.part_named(part).and_then(|part| self.view.part(part));
        part.map(|part| part.columns.iter().map(|column| column.name.as_str()).collect()).unwrap_or_default()
    }

    fn rule_key(&self, name: &str) -> &'static str {
        let rule = self.rules.iter().find(|rule| rule.shape.name == name);
        match rule.map(|rule| &rule.shape.target) {
            Some(Target::Part(_)) => "part",
            Some(Target::Record | Target::Source(_)) | None => "record",
        }
    }
}

/// Prepares one statement; gives what is wrong with it. A shared table may have any columns.
async fn prepare(session: &mut Session, query: &Query, expected: Option<&[Expected]>) -> Result<Vec<Mistake>, CrmError> {
    match session.columns(query).await? {
        Ok(found) => Ok(expected.map(|expected| compare(query, expected, &found)).unwrap_or_default()),
        Err(refused) => {
            let line = refused.name.as_deref().and_then(|name| query.line_of(name));
            let hint = session.hint(&refused).await?;
            let what = format!("the database refuses the statement: {}", refused.message);
            Ok(vec![mistake(query, line, what, hint)])
        }
    }
}

fn mistake(query: &Query, line: Option<usize>, what: String, hint: Option<String>) -> Mistake {
    Mistake { file: query.file.clone(), line: line.or(Some(1)), what, hint }
}

/// Compares the columns that a statement gives with the expected ones.
fn compare(query: &Query, expected: &[Expected], found: &[String]) -> Vec<Mistake> {
    let is_expected = |name: &str| expected.iter().any(|one| one.name == name);
    let mut missing: Vec<&str> = expected.iter().filter(|one| !one.is_optional && !found.contains(&one.name)).map(|one| one.name.as_str()).collect();
    let absent: Vec<&str> = expected.iter().map(|one| one.name.as_str()).filter(|name| !found.iter().any(|one| one == name)).collect();
    let mut mistakes = Vec::new();
    for (place, name) in found.iter().enumerate() {
        let line = query.line_of(name);
        if found.iter().take(place).any(|before| before == name) {
            mistakes.push(mistake(query, line, format!("two columns are named `{name}`"), Some("name each with AS".to_owned())));
        } else if !is_expected(name) {
            let near = nearest(name, absent.iter().copied());
            missing.retain(|one| Some(*one) != near);
            let hint = near.map_or_else(|| format!("the columns are {}", listed(expected)), |near| format!("did you mean `{near}`?"));
            mistakes.push(mistake(query, line, format!("the column `{name}` is not one that the profile knows here"), Some(hint)));
        }
    }
    for name in missing {
        let hint = format!("the columns are {}", listed(expected));
        mistakes.push(mistake(query, None, format!("the column `{name}` is missing in the result"), Some(hint)));
    }
    mistakes
}

fn listed(expected: &[Expected]) -> String {
    let one = |column: &Expected| if column.is_optional { format!("[{}]", column.name) } else { column.name.clone() };
    expected.iter().map(one).collect::<Vec<_>>().join(", ")
}
