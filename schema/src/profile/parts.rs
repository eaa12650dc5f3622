//! `[parts]` and `[users.columns]`: which rows make a record, which columns they have, and from which sources.

use std::collections::{BTreeMap, BTreeSet};

use adressbote_rules::key::Source;
use adressbote_rules::value::Kind;
use adressbote_rules::view::{Column, Part};

use super::error::hint;
use super::section::{Entry, Section, Word};

/// The words for kinds.
const TEXT: (&str, Kind) = ("text", Kind::Text);
const KINDS: [(&str, Kind); 6] =
    [TEXT, ("int", Kind::Int), ("real", Kind::Real), ("bool", Kind::Bool), ("date", Kind::Date), ("moment", Kind::Moment)];

/// The word for texts that are kept as HTML, in parts alone.
const HTML: (&str, Kind) = ("html", Kind::Text);

/// How the values of a column are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Notation {
    /// As values of a kind.
    Value(Kind),
    /// As HTML whose text is meant.
    Html,
}

/// Column names that a relation of the form has already.
const USERS_OWN: [&str; 8] = ["user", "login", "mail", "active", "internal", "id", "groups", "stands_for"];
const PARTS_OWN: [&str; 2] = ["record", "part"];

/// Columns that are HTML, as part and column.
pub(super) type Html = BTreeSet<(String, String)>;

/// Reads `[parts]`: `main` first, then the others as they stand in the file, each with the place where it stands. The second are the columns that are HTML.
pub(super) fn parts(section: &mut Section<'_>) -> (Vec<(Part, usize)>, Html) {
    let mut html = BTreeSet::new();
    let Some(mut all) = section.required_section("parts") else { return (Vec::new(), html) };
    let mut parts: Vec<(Part, usize)> = all.take_all().into_iter().filter_map(|entry| part(&all, entry, &mut html)).collect();
    match parts.iter().position(|(part, _)| part.name == "main") {
        Some(place) => {
            let main = parts.remove(place);
            parts.insert(0, main);
        }
        None => all.refuse("`parts.main` is missing: the columns of view.sql are not declared".to_owned(), None),
    }
    (parts, html)
}

fn part(all: &Section<'_>, entry: Entry<'_>, html: &mut Html) -> Option<(Part, usize)> {
    check_name(all, entry.key);
    let mut section = all.open(entry)?;
    let columns: Vec<Column> = match section.required_section("columns") {
        Some(mut columns) => columns.take_all().into_iter().filter_map(|one| column(&columns, one, entry.key.text, html)).collect(),
        None => Vec::new(),
    };
    let mut part = Part { name: entry.key.text.to_owned(), columns, order: Vec::new() };
    for word in section.texts("order").unwrap_or_default() {
        match part.column_named(word.text) {
            Some(column) => part.order.push(column),
            None => {
                let known = part.columns.iter().map(|column| column.name.as_str());
                let what = format!("part `{}` has no column `{}` to be ordered by", part.name, word.text);
                section.notes().at(word.at, what, hint(word.text, known));
            }
        }
    }
    section.end();
    Some((part, entry.key.at))
}

fn column(columns: &Section<'_>, entry: Entry<'_>, part: &str, html: &mut Html) -> Option<Column> {
    let mut section = columns.open(entry)?;
    if PARTS_OWN.contains(&entry.key.text) {
        section.refuse(format!("`{}` cannot be declared: it is the key's column", entry.key.text), Some("give the column another name".to_owned()));
    }
    let (word, kind) = kind(&mut section, &[KINDS.as_slice(), &[HTML]].concat());
    if word == HTML.0 {
        html.insert((part.to_owned(), entry.key.text.to_owned()));
    }
    let own = || vec![Source::new(format!("{part}.{}", entry.key.text))];
    let sources = match section.texts("sources") {
        Some(words) if words.iter().all(|word| word.text.trim().is_empty()) => {
            section.refuse(format!("column `{}` has no sources", entry.key.text), Some("leave `sources` out for its own name".to_owned()));
            own()
        }
        Some(words) => words.iter().map(|word| Source::new(word.text)).collect(),
        None => own(),
    };
    section.end();
    Some(Column { name: entry.key.text.to_owned(), kind, sources })
}

/// The kind of a column and its word among those that are known; a mistake in it is noted, and text is taken so that what follows can be checked too.
fn kind(section: &mut Section<'_>, known: &[(&'static str, Kind)]) -> (&'static str, Kind) {
    let Some(word) = section.required_text("kind") else { return TEXT };
    known.iter().find(|(name, _)| *name == word.text).copied().unwrap_or_else(|| {
        section.notes().at(word.at, format!("`{}` is no kind", word.text), hint(word.text, known.iter().map(|(name, _)| *name)));
        TEXT
    })
}

/// Reads `[users.columns]`.
pub(super) fn user_columns(root: &mut Section<'_>) -> BTreeMap<String, Kind> {
    let mut found = BTreeMap::new();
    let Some(mut users) = root.section("users") else { return found };
    if let Some(mut columns) = users.section("columns") {
        for entry in columns.take_all() {
            let Some(mut section) = columns.open(entry) else { continue };
            if USERS_OWN.contains(&entry.key.text) {
                let what = format!("`{}` cannot be a column of the profile's own: every user has it", entry.key.text);
                section.refuse(what, Some("give the column another name".to_owned()));
            }
            found.insert(entry.key.text.to_owned(), kind(&mut section, &KINDS).1);
            section.end();
        }
    }
    users.end();
    found
}

/// Names of parts and rules are names of files too.
pub(super) fn check_name(section: &Section<'_>, name: Word<'_>) {
    let is_plain = !name.text.is_empty() && name.text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_');
    if !is_plain || name.text.ends_with("_exempt") {
        let what = format!("`{}` is no name for a part or rule: it becomes part of a file's name", name.text);
        section.notes().at(name.at, what, Some("use a-z, 0-9 and _; it must not end with `_exempt`".to_owned()));
    } else if let Some(short) = ["part_", "rule_"].iter().find_map(|prefix| name.text.strip_prefix(prefix)) {
        let what = format!("`{}` repeats what its file's name says already", name.text);
        section.notes().at(name.at, what, Some(format!("write `{short}`: its file is {}.sql", name.text)));
    }
}
