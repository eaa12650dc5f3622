//! `where`: who has a record or had it, which properties, since when.

use adressbote_rules::key::RecordKey;
use adressbote_schema::state::{Act, Disclosure, Intent};
use chrono::{DateTime, Utc};
use serde::Serialize;

use super::Desk;
use super::asker::unknown_record;
use super::exit::Exit;
use super::output::{instant, instant_or_none, table};
use crate::worker::reading;

/// Show who has a record in his mailbox, or had it: which properties, since when, until when and why
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Which record (its key in the CRM)
    #[arg(long, value_name = "RECORD")]
    record: String,
}

/// Where a record is.
#[derive(Debug, Serialize)]
struct Whereabouts {
    record: String,
    disclosures: Vec<Line>,
    /// Changes whose outcome is not known: with them somebody may have more of it, or less.
    open: Vec<OpenLine>,
}

#[derive(Debug, Serialize)]
struct Line {
    user: String,
    book: String,
    mailbox: String,
    properties: Vec<&'static str>,
    from: DateTime<Utc>,
    until: Option<DateTime<Utc>>,
    ended_why: Option<String>,
}

/// A change of which the outcome is not known.
#[derive(Debug, Serialize)]
pub struct OpenLine {
    user: String,
    book: String,
    mailbox: String,
    record: String,
    change: &'static str,
    since: DateTime<Utc>,
}

/// Looks it up and prints it.
///
/// # Errors
/// When there is no such record and never was, as far as is kept.
pub async fn run(args: Args, desk: &Desk) -> anyhow::Result<Exit> {
    let ledger = desk.ledger().await?;
    let record = RecordKey::new(&args.record);
    let disclosures = ledger.state.where_record(&record).await?;
    let open = ledger.state.open_intents_of_record(&record).await?;
    if disclosures.is_empty() && open.is_empty() {
        let snapshot = reading::take(&desk.open().await?, Utc::now()).await?.snapshot;
        if !snapshot.has(&record) && !snapshot.is_erased(&record) {
            return Err(unknown_record(&snapshot, &record).into());
        }
    }
    let found = Whereabouts {
        record: record.to_string(),
        disclosures: disclosures.into_iter().map(line).collect(),
        open: open.iter().map(open_line).collect(),
    };
    desk.output.show(&found, text)?;
    Ok(Exit::Done)
}

fn line(disclosure: Disclosure) -> Line {
    let Disclosure { record: _, folder, properties, from, until, ended_why } = disclosure;
    let properties = properties.iter().map(|property| property.name()).collect();
    Line { user: folder.user.to_string(), book: folder.book.to_string(), mailbox: folder.mailbox.to_string(), properties, from, until, ended_why }
}

/// A change of which the outcome is not known, for a table.
pub fn open_line(intent: &Intent) -> OpenLine {
    OpenLine {
        user: intent.folder.user.to_string(),
        book: intent.folder.book.to_string(),
        mailbox: intent.folder.mailbox.to_string(),
        record: intent.record.to_string(),
        change: match intent.act {
            Act::Create(_) => "create",
            Act::Update { .. } => "update",
            Act::Delete { .. } => "delete",
        },
        since: intent.made_at,
    }
}

/// A table of changes of which the outcome is not known.
pub fn open_table(open: &[OpenLine]) -> String {
    let rows = open
        .iter()
        .map(|line| [line.user.clone(), line.book.clone(), line.mailbox.clone(), line.record.clone(), line.change.to_owned(), instant(line.since)]);
    table(["user", "book", "mailbox", "record", "change", "since"], rows, "No change is open.")
}

fn text(found: &Whereabouts) -> String {
    let rows = found.disclosures.iter().map(|line| {
        let ended = line.ended_why.clone().unwrap_or_default();
        let properties = line.properties.join(", ");
        [line.user.clone(), line.book.clone(), line.mailbox.clone(), properties, instant(line.from), instant_or_none(line.until), ended]
    });
    let head = ["user", "book", "mailbox", "properties", "since", "until", "why it ended"];
    let mut text = table(head, rows, &format!("Nobody has record {}, or had it, as far as is kept.", found.record));
    if !found.open.is_empty() {
        text.push_str("\nChanges whose outcome is not known; the next pass looks them up:\n");
        text.push_str(&open_table(&found.open));
    }
    text
}
