use std::collections::BTreeSet;

use super::*;
use crate::app::load_profile;
use crate::config::Config;

fn load(text: &str) -> Config {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("adressbote.toml");
    std::fs::write(&path, text).unwrap();
    Config::load(&path).unwrap()
}

/// The key that a line sets, in a comment or not.
fn key(line: &str) -> Option<&str> {
    let (key, _) = line.trim_start_matches("# ").split_once(" = ")?;
    key.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_').then_some(key)
}

/// The text with every key in force, the last of several that exclude each other.
fn everything(text: &str) -> String {
    let mut lines: Vec<&str> = Vec::new();
    for line in text.lines() {
        if let Some(key_of_line) = key(line) {
            let section = lines.iter().rposition(|line| line.starts_with('[')).unwrap_or(0);
            if let Some(before) = (section..lines.len()).find(|place| key(lines[*place]) == Some(key_of_line)) {
                lines.remove(before);
            }
            lines.push(line.trim_start_matches("# "));
        } else {
            // A section that is off has its heading in a comment.
            lines.push(if line.starts_with("# [") { line.trim_start_matches("# ") } else { line });
        }
    }
    lines.join("\n")
}

/// The keys that the configuration has, by its own source text.
fn keys_of_config() -> BTreeSet<&'static str> {
    let source = include_str!("../../config.rs");
    let structs = source.split("#[cfg(test)]").next().unwrap().split("/// Why a configuration cannot be used.").next().unwrap();
    let field = |line: &'static str| {
        let line = line.trim();
        let (name, rest) = line.strip_prefix("pub ").unwrap_or(line).split_once(": ")?;
        let is_name = name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_') && rest.ends_with(',');
        is_name.then_some(name)
    };
    structs.lines().filter_map(field).collect()
}

#[test]
fn it_loads_as_it_is_and_with_every_key_in_force() {
    let text = configuration("reference").unwrap();
    assert_eq!(load(&text).worker.every_s.get(), 300);
    let full = load(&everything(&text));
    let book = full.books.get("contacts").unwrap();
    assert!(book.bound.is_some() && book.default_filter.is_some() && book.suppressions.len() == 1 && book.caps.len() == 2);
    assert!(matches!(full.graph.credential, crate::config::Credential::Certificate { .. }));
    assert!(full.api.is_some_and(|api| !api.behind_tls_proxy && api.listen.ip().is_loopback()));
    assert!(load(&text).api.is_none(), "nothing listens unless it is wished");
    assert!(full.worker.seats.is_some() && full.worker.time_zone.is_some() && full.worker.doubt_deadline_h.is_some());
}

#[test]
fn the_values_in_comments_are_the_defaults() {
    let text = configuration("reference").unwrap();
    let (bare, full) = (load(&text), load(&everything(&text)));
    let book = |config: &Config| config.books.get("contacts").map(|book| (book.cap, book.pinned));
    assert_eq!(book(&bare), book(&full));
    assert_eq!(
        (bare.graph.base, bare.worker.every_s, bare.worker.verify_every_s),
        (full.graph.base, full.worker.every_s, full.worker.verify_every_s)
    );
}

#[test]
fn every_key_of_the_configuration_is_in_it() {
    let keys = keys_of_config();
    assert!(keys.len() > 30, "{keys:?}");
    let text = configuration("reference").unwrap();
    let is_there = |name: &str| {
        let heading = text.contains(&format!("[{name}]")) || text.contains(&format!("[{name}."));
        heading
            || text.lines().any(|line| key(line) == Some(name))
            || text.contains(&format!("{{ {name} = "))
            || text.contains(&format!(", {name} = "))
    };
    let missing: Vec<&&str> = keys.iter().filter(|name| !is_there(name)).collect();
    assert!(missing.is_empty(), "not in the configuration that init writes: {missing:?}");
}

#[test]
fn the_filters_in_comments_are_filters_of_every_shipped_profile() {
    for name in adressbote_schema::profile::shipped() {
        let full = load(&everything(&configuration(name).unwrap()));
        let profile = load_profile(name).unwrap();
        let names = adressbote_rules::filter::Names { view: profile.view(), user_columns: profile.user_columns(), known: None };
        let book = full.books.get("contacts").unwrap();
        adressbote_rules::filter::Filter::parse(book.bound.as_ref().unwrap(), names).unwrap();
    }
}
