//! `[as_user]`: what makes a session of the database one user's, where the database keeps the rights itself.

use std::collections::BTreeMap;

use adressbote_rules::value::Kind;

use super::Database;
use super::error::hint;
use super::section::{Entry, Section, Word};

/// The longest name of a setting; PostgreSQL would cut longer ones off, MariaDB refuse them.
const LONGEST_NAME: usize = 63;

/// Settings with a dot that are PostgreSQL's own or its modules', by what stands before the dot. All that begins with `pg` is taken for one too.
const SERVERS: [&str; 6] = ["auto_explain", "plperl", "plpgsql", "plpython3", "pltcl", "sepgsql"];

/// What of a user his session gets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Attribute {
    /// His key.
    Key,
    /// The name by which he logs in.
    Login,
    /// His mail address.
    Mail,
    /// A column of the profile's own.
    Column(String),
}

/// What a session gets while it is one user's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct AsUser {
    /// Settings (PostgreSQL) or variables (MariaDB, MySQL) and what each gets.
    pub(crate) settings: Vec<(String, Attribute)>,
    /// The database role that it takes on; PostgreSQL alone.
    pub(crate) role: Option<Attribute>,
}

impl AsUser {
    /// Whether a setting is one of those that the session gets.
    pub(super) fn sets(&self, name: &str) -> bool {
        self.settings.iter().any(|(one, _)| one.eq_ignore_ascii_case(name))
    }
}

/// Reads `[as_user]`, with the place where it stands.
pub(super) fn read(root: &mut Section<'_>, databases: &[Database], columns: &BTreeMap<String, Kind>) -> Option<(AsUser, usize)> {
    let mut section = root.section("as_user")?;
    if databases.contains(&Database::Sqlite) {
        let what = "SQLite keeps no rights, and has no session that could be a user's".to_owned();
        section.refuse(what, Some("say the rights as rows, in rule_NAME.sql and field_rights.sql".to_owned()));
    }
    let entries = section.section("settings").map(|mut names| (names.take_all(), names));
    let role = section.text("role");
    if role.is_none() && entries.as_ref().is_none_or(|(entries, _)| entries.is_empty()) {
        let what = "`settings` is missing in [as_user]: every user would be asked for as the account itself".to_owned();
        section.refuse(what, Some("say settings = { \"crm.user_id\" = \"user\" } with the setting that the CRM's policies or views read".to_owned()));
    }
    let settings = entries.into_iter().flat_map(|(entries, names)| {
        let each = entries.into_iter().filter_map(|entry| setting(&names, entry, databases, columns));
        each.collect::<Vec<_>>()
    });
    let settings = settings.collect();
    if let (Some(word), true) = (role, databases.contains(&Database::Mysql)) {
        let what = "only on PostgreSQL can a session take on another role".to_owned();
        section.notes().at(word.at, what, Some("tell the user apart by `settings` alone".to_owned()));
    }
    let role = role.and_then(|word| attribute(&section, word, columns));
    let at = section.at();
    section.end();
    Some((AsUser { settings, role }, at))
}

fn setting(names: &Section<'_>, entry: Entry<'_>, databases: &[Database], columns: &BTreeMap<String, Kind>) -> Option<(String, Attribute)> {
    let name = entry.key;
    let is_word = |word: &str| {
        let begins = word.starts_with(|first: char| first.is_ascii_lowercase() || first == '_');
        begins && word.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
    };
    if name.text.len() > LONGEST_NAME || !name.text.split('.').all(is_word) {
        let how = format!("use a-z, 0-9 and _, at most {LONGEST_NAME}, and no digit first");
        names.notes().at(name.at, format!("`{}` is no name of a setting", name.text), Some(how));
    } else {
        for (what, how) in databases.iter().filter_map(|database| refusal(*database, name.text)) {
            names.notes().at(name.at, what, Some(how));
        }
    }
    let attribute = attribute(names, names.text_of(entry)?, columns)?;
    Some((name.text.to_owned(), attribute))
}

/// Why a database must not get a setting of a name: what is the server's own decides about more than who asks.
fn refusal(database: Database, name: &str) -> Option<(String, String)> {
    match (database, name.split_once('.')) {
        (Database::Sqlite, _) | (Database::Mysql, None) => None,
        (Database::Mysql, Some(_)) => {
            let what = format!("`{name}` is no variable of a session on MariaDB or MySQL");
            Some((what, format!("write it without a dot, as `@{}` is read", name.replace('.', "_"))))
        }
        (Database::Postgres, None) => {
            let what = format!("`{name}` is, or may become, a setting of PostgreSQL itself");
            Some((what, "those of a CRM have a dot, such as `crm.user_id`".to_owned()))
        }
        (Database::Postgres, Some((module, _))) => (SERVERS.contains(&module) || module.starts_with("pg"))
            .then(|| (format!("`{name}` is a setting of PostgreSQL's own modules"), "name the one that the CRM's policies read".to_owned())),
    }
}

/// What of a user is meant by a word.
fn attribute(section: &Section<'_>, word: Word<'_>, columns: &BTreeMap<String, Kind>) -> Option<Attribute> {
    match (word.text, columns.get(word.text)) {
        ("user", _) => Some(Attribute::Key),
        ("login", _) => Some(Attribute::Login),
        ("mail", _) => Some(Attribute::Mail),
        (name, Some(Kind::Text | Kind::Int)) => Some(Attribute::Column(name.to_owned())),
        (name, Some(Kind::Real | Kind::Bool | Kind::Date | Kind::Moment)) => {
            let what = format!("`{name}` is neither text nor a whole number, and so could be written in several ways");
            section.notes().at(word.at, what, Some("declare it as text in [users.columns], and write it in users.sql as the CRM does".to_owned()));
            None
        }
        (name, None) => {
            let known = ["user", "login", "mail"].into_iter().chain(columns.keys().map(String::as_str));
            let what = format!("a user has no `{name}`");
            section.notes().at(word.at, what, hint(name, known));
            None
        }
    }
}
