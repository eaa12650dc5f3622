//! `[changes]` and `changes.sql`: how a pass learns what changed since the last one, so that it need not read everything.

use std::collections::BTreeSet;
use std::time::Duration;

use adressbote_rules::crm::Relation;
use chrono::{DateTime, Utc};

use super::error::{Notes, hint};
use super::section::Section;
use super::{Database, Expected, Query};
use crate::crm::relation::{named, stem};

/// The file with the changes.
pub(super) const FILE: &str = "changes.sql";
/// Its name without the end.
pub(super) const STEM: &str = "changes";

/// How often everything is read where the profile says nothing.
const FULL_READ_H: u64 = 24;

/// The longest name that PostgreSQL gives a channel.
const LONGEST_CHANNEL: usize = 63;

/// What the numbers of changes are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum At {
    /// Each change has its own, as in a log; a counter has one for each of its values. A change that was seen is not looked at again.
    Number,
    /// Seconds since 1970; a row may change again in the same one.
    Seconds,
    /// Milliseconds since 1970; likewise.
    Milliseconds,
}

impl At {
    /// An instant, if that is what changes are numbered by.
    pub(crate) fn of(self, now: DateTime<Utc>) -> Option<i64> {
        match self {
            Self::Number => None,
            Self::Seconds => Some(now.timestamp()),
            Self::Milliseconds => Some(now.timestamp_millis()),
        }
    }
}

/// What `[changes]` says.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    /// Relations of which `changes.sql` tells everything, deletions too.
    pub(crate) told: BTreeSet<Relation>,
    /// Relations of which it tells what is new or changed; deletions are noticed by counting.
    pub(crate) counted: BTreeSet<Relation>,
    /// What `at` is.
    pub(crate) at: At,
    /// How far back is looked each time, in the unit of `at`: a change may be committed after one with a higher number.
    pub(crate) overlap: u32,
    /// After how long everything is read again and compared.
    pub(crate) full_every: Duration,
    /// The channel on which PostgreSQL tells that something changed.
    pub(crate) listen: Option<String>,
}

impl Settings {
    /// Whether everything is to be read again; a clock that was set back makes it so.
    pub(crate) fn is_full_reading_due(&self, last: DateTime<Utc>, now: DateTime<Utc>) -> bool {
        (now - last).to_std().map_or(true, |since| since >= self.full_every)
    }
}

/// How changes are found.
#[derive(Clone, Debug)]
pub(crate) struct Changes {
    pub(crate) settings: Settings,
    pub(crate) query: Query,
}

impl Changes {
    /// The columns of `changes.sql`; without a `key` the whole relation changed.
    pub(crate) fn expected() -> Vec<Expected> {
        let column = |(name, is_optional): (&str, bool)| Expected { name: name.to_owned(), is_optional };
        [("relation", false), ("at", false), ("key", true)].map(column).into()
    }
}

/// Reads `[changes]`, with the place where it stands; `known` are the relations that the profile reads.
pub(super) fn read(root: &mut Section<'_>, databases: &[Database], known: &[Relation]) -> Option<(Settings, usize)> {
    let mut section = root.section("changes")?;
    let at = section.choice("at", &[("number", At::Number), ("seconds", At::Seconds), ("milliseconds", At::Milliseconds)]);
    if at.is_none() {
        section.refuse(
            "`at` is needed in [changes]: what the column `at` of changes.sql holds".to_owned(),
            Some("say \"number\", \"seconds\" or \"milliseconds\"".to_owned()),
        );
    }
    let overlap = section.take("overlap").and_then(|entry| section.whole(entry));
    if overlap.is_none() {
        section.refuse(
            "`overlap` is needed in [changes]: how far back each pass looks again, in the unit of `at`".to_owned(),
            Some("as long as the CRM's longest transaction: 600 for seconds, some thousand for the numbers of a log".to_owned()),
        );
    }
    let hours = section.take("full_read_h").and_then(|entry| section.whole(entry)).map_or(FULL_READ_H, u64::from);
    let told = relations(&mut section, "told", known);
    let counted = relations(&mut section, "counted", known);
    if told.is_empty() && counted.is_empty() {
        section
            .refuse("[changes] names no relation".to_owned(), Some("name them in `told`, or in `counted` where deletions are not told".to_owned()));
    }
    let listen = section.text("listen").map(|word| {
        if databases != [Database::Postgres] {
            section.notes().at(word.at, "only PostgreSQL tells of changes by `listen`, and the profile is not for it alone".to_owned(), None);
        }
        if word.text.trim().is_empty() || word.text.len() > LONGEST_CHANNEL {
            section.notes().at(word.at, format!("`listen` must name a channel, of at most {LONGEST_CHANNEL} bytes"), None);
        }
        word.text.to_owned()
    });
    let place = section.at();
    section.end();
    Some((Settings { told, counted, at: at?, overlap: overlap?, full_every: Duration::from_hours(hours), listen }, place))
}

/// What is said and what is there go together; `said` is where `[changes]` stands, if it is right.
pub(super) fn check(notes: &Notes<'_>, said: Option<usize>, is_there: bool) {
    match (said, is_there) {
        (Some(at), false) => notes.at(at, format!("the file {FILE} is missing"), None),
        (None, true) => {
            let hint = "say there which relations it tells of, as in told = [\"view\"]".to_owned();
            notes.line(None, format!("{FILE} is there, but no [changes] that is right"), Some(hint));
        }
        (Some(_), true) | (None, false) => {}
    }
}

fn relations(section: &mut Section<'_>, key: &'static str, known: &[Relation]) -> BTreeSet<Relation> {
    let mut found = BTreeSet::new();
    for word in section.texts(key).unwrap_or_default() {
        match named(word.text).filter(|relation| known.contains(relation)) {
            Some(relation) => {
                found.insert(relation);
            }
            None => {
                let names: Vec<String> = known.iter().map(stem).collect();
                let what = format!("the profile reads no relation `{}`", word.text);
                section.notes().at(word.at, what, hint(word.text, names.iter().map(String::as_str)));
            }
        }
    }
    found
}
