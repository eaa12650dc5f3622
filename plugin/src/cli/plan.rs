//! `plan`: what the next pass would change, and why; never contents.

use std::collections::{BTreeMap, BTreeSet};

use adressbote_rules::due::Addition;
use adressbote_rules::key::UserKey;
use adressbote_rules::ledger::Brought;
use adressbote_rules::plan::{Change, Plan, Waiting};
use adressbote_schema::crm::stem;
use adressbote_schema::state::{FolderKey, PassKind};
use chrono::Utc;
use serde::Serialize;

use super::Desk;
use super::exit::Exit;
use super::output::table;
use super::report::{Mood, text};
use crate::worker::pass;
use crate::worker::report::PassReport;

/// Show what the next pass would change, and why; contents are never shown
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Only this user's folders (his key in the CRM)
    #[arg(long, value_name = "USER")]
    user: Option<String>,
}

/// What would change.
#[derive(Debug, Serialize)]
struct Planned {
    /// In numbers.
    summary: PassReport,
    /// One by one.
    folders: Vec<FolderPlan>,
}

/// The changes of one folder.
#[derive(Debug, Serialize)]
struct FolderPlan {
    user: String,
    book: String,
    mailbox: Option<String>,
    changes: Vec<ChangeLine>,
    suspended: Vec<SuspendedLine>,
}

/// One change.
#[derive(Debug, Serialize)]
struct ChangeLine {
    change: &'static str,
    record: String,
    /// Why a contact leaves.
    reason: Option<&'static str>,
    /// Properties that are emptied, with the reason.
    cleared: BTreeMap<&'static str, &'static str>,
    /// The contact's place in the folder.
    place: Option<u32>,
    brought: Option<Brought>,
}

/// A change that waits.
#[derive(Debug, Serialize)]
struct SuspendedLine {
    record: String,
    what: String,
    /// The relations in doubt that it rests on.
    relations: BTreeSet<String>,
}

/// Works out what would change and prints it.
///
/// # Errors
/// When nothing can be worked out, or there is no such user.
pub async fn run(args: Args, desk: &Desk) -> anyhow::Result<Exit> {
    let app = desk.open().await?;
    let kind = args.user.as_ref().map_or(PassKind::Full, |user| PassKind::User(UserKey::new(user)));
    let (recent, cases, quiet) = pass::rehearse(&app, Utc::now(), &kind).await?;
    let planned = cases.iter().map(|case| (&case.key, folder(&case.key, &case.plan, &case.additions)));
    let as_due = quiet.keys().map(|key| (key, folder(key, &Plan::default(), &[])));
    let folders = planned.chain(as_due).collect::<BTreeMap<&FolderKey, FolderPlan>>().into_values().collect();
    let planned = Planned { folders, summary: pass::rehearsed(&recent.reading, cases, quiet) };
    let is_detailed = args.user.is_some() || desk.output.verbosity > 0;
    desk.output.show(&planned, |planned| {
        let details = if is_detailed { details(planned) } else { "\n`--user USER` or -v lists every change with its reason".to_owned() };
        format!("{}\n{details}", text(&planned.summary, Mood::Would))
    })?;
    Ok(if planned.summary.needs_attention() { Exit::Attention } else { Exit::Done })
}

fn folder(key: &FolderKey, plan: &Plan, additions: &[Addition]) -> FolderPlan {
    let line = |one: &adressbote_rules::plan::Suspended| SuspendedLine {
        record: one.record.to_string(),
        what: match one.what {
            Waiting::Create => "a new contact".to_owned(),
            Waiting::Update => "an update".to_owned(),
            Waiting::Delete(reason) => format!("a removal ({reason})"),
            Waiting::Doubtful => "the record is doubtful; its copy stays".to_owned(),
        },
        relations: one.relations.iter().map(stem).collect(),
    };
    FolderPlan {
        user: key.user.to_string(),
        book: key.book.to_string(),
        mailbox: Some(key.mailbox.to_string()).filter(|mailbox| !mailbox.is_empty()),
        changes: plan.withdrawals.iter().map(change).chain(additions.iter().map(addition)).collect(),
        suspended: plan.suspended.iter().map(line).collect(),
    }
}

fn change(change: &Change) -> ChangeLine {
    let record = change.record().to_string();
    let words = |cleared: &BTreeMap<adressbote_rules::property::Property, adressbote_rules::ledger::ClearReason>| {
        cleared.iter().map(|(property, reason)| (property.name(), reason.word())).collect()
    };
    let line = ChangeLine { change: "", record, reason: None, cleared: BTreeMap::new(), place: None, brought: None };
    match change {
        Change::Delete { reason, .. } => ChangeLine { change: "delete", reason: Some(reason.word()), ..line },
        Change::Clear { cleared, .. } => ChangeLine { change: "clear", cleared: words(cleared), ..line },
        Change::Update { due, cleared, .. } => {
            ChangeLine { change: "update", cleared: words(cleared), place: Some(due.place()), brought: Some(due.brought()), ..line }
        }
        Change::Create(due) => addition(&Addition::of(due)),
    }
}

fn addition(addition: &Addition) -> ChangeLine {
    let (record, cleared) = (addition.record().to_string(), BTreeMap::new());
    ChangeLine { change: "create", record, reason: None, cleared, place: Some(addition.place()), brought: Some(addition.brought()) }
}

/// Every change of every folder.
fn details(planned: &Planned) -> String {
    let rows = planned.folders.iter().flat_map(|folder| {
        folder.changes.iter().map(|line| {
            let cleared = line.cleared.iter().map(|(property, why)| format!("{property} ({why})")).collect::<Vec<_>>().join(", ");
            let why = line.reason.map(str::to_owned).unwrap_or_else(|| if cleared.is_empty() { brought(line.brought) } else { cleared });
            [folder.user.clone(), folder.book.clone(), line.change.to_owned(), line.record.clone(), why]
        })
    });
    let mut text = table(["user", "book", "change", "record", "why"], rows, "Nothing would change.");
    let waiting: Vec<[String; 4]> = planned
        .folders
        .iter()
        .flat_map(|folder| {
            folder.suspended.iter().map(|line| {
                let relations = line.relations.iter().cloned().collect::<Vec<_>>().join(", ");
                [folder.user.clone(), line.record.clone(), line.what.clone(), relations]
            })
        })
        .collect();
    if !waiting.is_empty() {
        text.push_str("\nWaiting:\n");
        text.push_str(&table(["user", "record", "what waits", "in doubt"], waiting, ""));
    }
    text
}

/// What made a contact wanted, for people.
pub fn brought(brought: Option<Brought>) -> String {
    match brought {
        Some(Brought::Subscription) => "subscribed".to_owned(),
        Some(Brought::Filter) => "by filter".to_owned(),
        None => String::new(),
    }
}
