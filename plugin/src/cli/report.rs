//! A pass, as people read it.

use std::collections::{BTreeMap, BTreeSet};

use super::output::{counts, instant, many, plain, table};
use crate::worker::report::{FolderReport, PassReport};

/// What a pass did, or would do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mood {
    /// It was done.
    Done,
    /// It would be done.
    Would,
}

/// A pass as a table of folders, with what needs attention below.
pub fn text(report: &PassReport, mood: Mood) -> String {
    let head = match mood {
        Mood::Done => ["user", "book", "visible", "matched", "capped", "standing", "withheld", "changes", "remarks"],
        Mood::Would => ["user", "book", "visible", "matched", "capped", "standing now", "withheld", "would change", "remarks"],
    };
    let mut text = table(head, report.folders.iter().map(row), "There is no folder to look after.");
    text.push_str(&plain(&[troubles(report), summary(report, mood)].concat().join("\n")));
    text
}

/// What stands in somebody's way, each sentence once.
fn troubles(report: &PassReport) -> Vec<String> {
    const NAMED: usize = 5;
    // Of several folders of one user he is named once.
    let mut users: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for folder in report.folders.iter() {
        if let Some(trouble) = &folder.trouble {
            users.entry(trouble).or_default().insert(&folder.user);
        }
    }
    let line = |(trouble, users): (&str, BTreeSet<&str>)| {
        let more = if users.len() > NAMED { format!(" and {} more", users.len() - NAMED) } else { String::new() };
        format!("{}{more}: {trouble}", users.iter().take(NAMED).copied().collect::<Vec<_>>().join(", "))
    };
    users.into_iter().map(line).collect()
}

fn row(folder: &FolderReport) -> [String; 9] {
    [
        folder.user.clone(),
        folder.book.clone(),
        folder.figures.visible.to_string(),
        if folder.figures.subscribed > 0 {
            format!("{} ({} subscribed)", folder.figures.matched, folder.figures.subscribed)
        } else {
            folder.figures.matched.to_string()
        },
        if folder.figures.capped > 0 { format!("{} beyond {}", folder.figures.capped, folder.figures.cap) } else { "0".to_owned() },
        folder.figures.standing.to_string(),
        counts(&folder.figures.withheld),
        changes(folder),
        remarks(folder),
    ]
}

/// What changed in a folder, in a few words.
pub fn changes(folder: &FolderReport) -> String {
    let mut words = Vec::new();
    words.extend((folder.created > 0).then(|| format!("{} new", folder.created)));
    words.extend((folder.updated > 0).then(|| format!("{} changed", folder.updated)));
    words.extend((!folder.deleted.is_empty()).then(|| format!("removed: {}", counts(&folder.deleted))));
    words.extend((!folder.cleared.is_empty()).then(|| format!("emptied: {}", counts(&folder.cleared))));
    if words.is_empty() { "nothing".to_owned() } else { words.join("; ") }
}

fn remarks(folder: &FolderReport) -> String {
    let mut words = Vec::new();
    words.extend((folder.service != "served").then(|| folder.service.clone()));
    words.extend(folder.trouble.as_ref().map(|_| "see below".to_owned()));
    words.extend((folder.trashed > 0).then(|| format!("{} could only be moved to Deleted Items", folder.trashed)));
    words.extend((folder.refused > 0).then(|| format!("{} refused by Graph", folder.refused)));
    words.extend((!folder.waiting.is_empty()).then(|| format!("waiting: {}", counts(&folder.waiting))));
    words.extend((folder.figures.misfits > 0).then(|| format!("{} did not fit (`preview` names what)", many(folder.figures.misfits, "value"))));
    words.join("; ")
}

/// The whole pass in a few lines.
fn summary(report: &PassReport, mood: Mood) -> Vec<String> {
    let sum = |count: fn(&FolderReport) -> usize| report.folders.iter().map(count).sum::<usize>();
    let removed = sum(|folder| folder.deleted.values().sum());
    let verb = match mood {
        Mood::Done => "",
        Mood::Would => "would be ",
    };
    let mut lines = vec![format!(
        "{}; {} {verb}new, {} {verb}changed, {removed} {verb}removed",
        many(report.folders.len(), "folder"),
        many(sum(|folder| folder.created), "contact"),
        sum(|folder| folder.updated)
    )];
    lines.extend(
        (report.restored > 0).then(|| format!("restored, as users had changed, moved or deleted what is ours: {}", many(report.restored, "contact"))),
    );
    lines.extend((report.foreign > 0).then(|| format!("of users' own in our folders, not read: {}", many(report.foreign, "item"))));
    let doubts = report.doubts.iter();
    lines.extend(doubts.map(|(name, why)| {
        format!("in doubt: {name}: {why}; nothing is delivered from it, removals that rest on it wait (`adressbote doubt list`)")
    }));
    lines.extend((report.doubtful_records > 0).then(|| {
        let (first, more) = (report.doubtful_first.join(", "), if report.doubtful_records > report.doubtful_first.len() { ", …" } else { "" });
        format!("{} cannot be read well, so that copies stay as they are: {first}{more}", many(report.doubtful_records, "record"))
    }));
    lines.extend((report.waiting_for_seats > 0).then(|| format!("waiting for a seat: {}", many(report.waiting_for_seats, "user"))));
    lines.extend(report.next_turn.map(|turn| format!("a right, membership or subscription turns next at {}", instant(turn))));
    lines.extend(report.is_cut.then(|| "the time for new contacts was over before it was through; the next pass goes on at once".to_owned()));
    lines.extend(report.is_stopped.then(|| "it was stopped before it was through; the next pass goes on".to_owned()));
    lines
}
