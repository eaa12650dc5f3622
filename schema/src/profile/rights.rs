//! `[rules]`, `[field_rights]`, `[subscriptions]`, `[filters]`, `[limits]`: what decides, and how much may change at once.

use std::collections::BTreeSet;

use adressbote_rules::crm::{Combine, Relation, RuleShape, Silence, Target};
use adressbote_rules::key::Source;
use adressbote_rules::view::{Part, PartId};

use super::error::hint;
use super::parts::check_name;
use super::section::{Entry, Section};
use super::{Kept, Limits, RuleDeclared};
use crate::crm::relation::{named, stem};

/// What a relation may lose where the profile says nothing.
const SHRINK_PERCENT: u8 = 50;

/// Reads `[rules]`, in the order of the file, each with the place where it stands.
pub(super) fn rules(root: &mut Section<'_>, parts: &[(PartId, Part)]) -> Vec<(RuleDeclared, usize)> {
    let Some(mut all) = root.section("rules") else { return Vec::new() };
    all.take_all().into_iter().filter_map(|entry| rule(&all, entry, parts)).collect()
}

fn rule(all: &Section<'_>, entry: Entry<'_>, parts: &[(PartId, Part)]) -> Option<(RuleDeclared, usize)> {
    check_name(all, entry.key);
    let mut section = all.open(entry)?;
    let target = target(&mut section, parts);
    let default = section.choice("default", &[("hidden", false), ("open", true)]);
    let title = section.text("title").map_or(entry.key.text, |word| word.text);
    let is_as_user = section.flag("as_user");
    if is_as_user && default == Some(true) {
        let what = "what no user is given would be open to all".to_owned();
        section.refuse(what, Some("leave `default` out where `as_user` is true: the database says for each user what he sees".to_owned()));
    }
    // A target or name that is wrong is noted; the rule goes on as one, so that its files are not refused as well.
    let target = target.unwrap_or(Target::Record);
    let name = entry.key.text.strip_prefix("rule_").unwrap_or(entry.key.text);
    let shape = RuleShape { name: name.to_owned(), target, is_open_by_default: default.unwrap_or(false) };
    let declared = RuleDeclared { shape, title: title.to_owned(), is_as_user };
    section.end();
    Some((declared, entry.key.at))
}

#[derive(Clone, Copy)]
enum Word {
    Record,
    Part,
    Source,
}

fn target(section: &mut Section<'_>, parts: &[(PartId, Part)]) -> Option<Target> {
    let target = section.choice("target", &[("record", Word::Record), ("part", Word::Part), ("source", Word::Source)]);
    let (part, source) = (section.text("part"), section.text("source"));
    let kind = target.unwrap_or(Word::Record);
    if let (Some(word), Word::Record | Word::Source) = (part, kind) {
        section.notes().at(word.at, "`part` goes with target = \"part\" only".to_owned(), None);
    }
    if let (Some(word), Word::Record | Word::Part) = (source, kind) {
        section.notes().at(word.at, "`source` goes with target = \"source\" only".to_owned(), None);
    }
    match target {
        Some(Word::Record) => Some(Target::Record),
        Some(Word::Part) => {
            let Some(word) = part else {
                section.refuse("`part` is missing: the part whose rows the rule is about".to_owned(), None);
                return None;
            };
            let known = || parts.iter().map(|(_, part)| part.name.as_str()).filter(|name| *name != "main");
            let found = parts.iter().find(|(id, part)| *id != PartId::MAIN && part.name == word.text).map(|(id, _)| *id);
            if found.is_none() {
                section.notes().at(word.at, format!("no rule can be about the part `{}`", word.text), hint(word.text, known()));
            }
            found.map(Target::Part)
        }
        Some(Word::Source) => {
            let Some(word) = source else {
                section.refuse("`source` is missing: the source that the rule is about".to_owned(), None);
                return None;
            };
            let known: BTreeSet<&str> =
                parts.iter().flat_map(|(_, part)| part.columns.iter().flat_map(|column| column.sources.iter().map(Source::as_str))).collect();
            if !known.contains(word.text) {
                section.notes().at(word.at, format!("no column has the source `{}`", word.text), hint(word.text, known));
                return None;
            }
            Some(Target::Source(Source::new(word.text)))
        }
        None => {
            section.refuse("the rule has no `target`".to_owned(), Some("say target = \"record\", \"part\" or \"source\"".to_owned()));
            None
        }
    }
}

/// What `[field_rights]` says; the strictest where nothing is said.
#[derive(Default)]
pub(super) struct FieldRights {
    /// How answers combine.
    pub(super) combine: Combine,
    /// What it means when none speaks.
    pub(super) silence: Silence,
    /// Where it is said that each user is asked for; none if it is not.
    pub(super) as_user: Option<usize>,
}

/// Reads `[field_rights]`.
pub(super) fn field_rights(root: &mut Section<'_>) -> FieldRights {
    let Some(mut section) = root.section("field_rights") else { return FieldRights::default() };
    let combine = section.choice(
        "combine",
        &[("denial_wins", Combine::DenialWins), ("grant_lifts_denial", Combine::GrantLiftsDenial), ("nearest_first", Combine::NearestFirst)],
    );
    let silence = section.choice("silence", &[("masked", Silence::Masked), ("readable", Silence::Readable)]);
    let as_user = section.flag("as_user").then(|| section.at());
    section.end();
    FieldRights { combine: combine.unwrap_or_default(), silence: silence.unwrap_or_default(), as_user }
}

/// Reads whose subscriptions and filters count, each with the place where it is said.
pub(super) fn kept(root: &mut Section<'_>) -> ((Kept, usize), (Kept, usize)) {
    let mut read = |key: &'static str, choices: &[(&'static str, Kept)], default: Kept| {
        let Some(mut section) = root.section(key) else { return (default, 0) };
        let found = section.choice("kept", choices).unwrap_or(default);
        let at = section.at();
        section.end();
        (found, at)
    };
    let subscriptions = read("subscriptions", &[("crm", Kept::Crm), ("ours", Kept::Ours), ("both", Kept::Both)], Kept::Both);
    let filters = read("filters", &[("crm", Kept::Crm), ("ours", Kept::Ours)], Kept::Ours);
    (subscriptions, filters)
}

/// Reads `[limits]`; `known` are the relations that the profile reads.
pub(super) fn limits(root: &mut Section<'_>, known: &[Relation]) -> Limits {
    let mut limits = Limits { shrink_percent: SHRINK_PERCENT, ..Limits::default() };
    let Some(mut section) = root.section("limits") else { return limits };
    if let Some(percent) = section.take("shrink_percent").and_then(|entry| section.percent(entry)) {
        limits.shrink_percent = percent;
    }
    if let Some(mut relations) = section.section("relations") {
        for entry in relations.take_all() {
            let percent = relations.percent(entry);
            match named(entry.key.text).filter(|relation| known.contains(relation)) {
                Some(relation) => {
                    limits.relations.extend(percent.map(|percent| (relation, percent)));
                }
                None => {
                    let names: Vec<String> = known.iter().map(stem).collect();
                    let what = format!("the profile reads no relation `{}`", entry.key.text);
                    relations.notes().at(entry.key.at, what, hint(entry.key.text, names.iter().map(String::as_str)));
                }
            }
        }
    }
    section.end();
    limits
}
