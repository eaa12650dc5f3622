//! `ledger show` and `ledger intents`.

use adressbote_rules::key::UserKey;
use adressbote_rules::ledger::Brought;
use adressbote_schema::state::FolderKey;
use chrono::{DateTime, Utc};
use serde::Serialize;

use crate::app::Ledger;
use crate::cli::Desk;
use crate::cli::exit::{Exit, Refusal};
use crate::cli::output::{instant_or_none, table};
use crate::cli::place::{OpenLine, open_line, open_table};
use crate::cli::plan::brought;
use crate::near::nearest;

/// Whose folders.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The contacts of this user's folders
    #[arg(long, value_name = "USER")]
    user: Option<String>,
}

/// A folder that we made or that holds something of ours.
#[derive(Debug, Serialize)]
struct Line {
    user: String,
    book: String,
    mailbox: String,
    /// The folder's name; none: nothing was made yet, or it is gone.
    folder: Option<String>,
    contacts: u64,
    delivered_at: Option<DateTime<Utc>>,
    /// What stands in the way.
    trouble: Option<String>,
    /// Deliveries that did not come to their end, in a row.
    failures: u32,
    /// Its contacts, where one user is asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    records: Option<Vec<Contact>>,
}

/// A contact as the ledger knows it.
#[derive(Debug, Serialize)]
struct Contact {
    record: String,
    contact: String,
    brought: Brought,
    properties: Vec<&'static str>,
    /// What Graph refused of it.
    refused: Option<String>,
}

/// Shows folders, or one user's contacts.
///
/// # Errors
/// When the ledger holds nothing of the user.
pub async fn run(args: Args, desk: &Desk) -> anyhow::Result<Exit> {
    let ledger = desk.ledger().await?;
    let user = args.user.as_ref().map(UserKey::new);
    let standing = ledger.state.standing_folders().await?;
    if let Some(user) = user.as_ref().filter(|user| !standing.keys().any(|key| key.user == **user)) {
        return Err(nothing_of(user, standing.keys()).into());
    }
    let (folders, statuses) = (ledger.state.folders().await?, ledger.state.statuses().await?);
    let mut lines = Vec::new();
    for (key, contacts) in standing.iter().filter(|(key, _)| user.as_ref().is_none_or(|user| key.user == *user)) {
        let status = statuses.get(&(key.user.clone(), key.book.clone()));
        let records = if user.is_some() { Some(records(&ledger, key).await?) } else { None };
        lines.push(Line {
            user: key.user.to_string(),
            book: key.book.to_string(),
            mailbox: key.mailbox.to_string(),
            folder: folders.get(key).map(|folder| folder.display_name.clone()),
            contacts: *contacts,
            delivered_at: status.and_then(|status| status.delivered_at),
            trouble: status.and_then(|status| status.failure.as_ref()).map(|failure| failure.sentence.clone()),
            failures: status.map_or(0, |status| status.failures),
            records,
        });
    }
    desk.output.show(&lines, |lines| text(lines))?;
    Ok(Exit::Done)
}

/// The ledger holds nothing of a user.
pub fn nothing_of<'k>(user: &UserKey, keys: impl Iterator<Item = &'k FolderKey>) -> Refusal {
    let refusal = Refusal::new(format!("the ledger holds nothing of user `{user}`"));
    match nearest(user.as_str(), keys.map(|key| key.user.as_str())) {
        Some(near) => refusal.hint(format!("did you mean `{near}`?")),
        None => refusal,
    }
}

async fn records(ledger: &Ledger, key: &FolderKey) -> anyhow::Result<Vec<Contact>> {
    let mut refusals = ledger.state.refusals_of(key).await?;
    let contacts = ledger.state.contacts_of(key).await?;
    let contact = |(record, pushed): (adressbote_rules::key::RecordKey, adressbote_rules::ledger::Pushed)| Contact {
        refused: refusals.remove(&record).map(|refusal| refusal.sentence),
        record: record.to_string(),
        contact: pushed.contact.to_string(),
        brought: pushed.brought,
        properties: pushed.filled.iter().map(|property| property.name()).collect(),
    };
    Ok(contacts.into_iter().map(contact).collect())
}

/// Lists the changes whose outcome is not known.
///
/// # Errors
/// When the state database cannot be read.
pub async fn intents(desk: &Desk) -> anyhow::Result<Exit> {
    let ledger = desk.ledger().await?;
    let open: Vec<OpenLine> = ledger.state.all_open_intents().await?.iter().map(open_line).collect();
    desk.output.show(&open, |open| open_table(open))?;
    Ok(Exit::Done)
}

fn text(lines: &[Line]) -> String {
    let rows = lines.iter().map(|line| {
        let (folder, trouble) = (line.folder.clone().unwrap_or_default(), line.trouble.clone().unwrap_or_default());
        let delivered = instant_or_none(line.delivered_at);
        [line.user.clone(), line.book.clone(), line.mailbox.clone(), folder, line.contacts.to_string(), delivered, trouble]
    });
    let head = ["user", "book", "mailbox", "folder", "contacts", "delivered", "in the way"];
    let mut text = table(head, rows, "Nothing of ours stands in any mailbox.");
    for records in lines.iter().filter_map(|line| line.records.as_ref()) {
        let rows = records
            .iter()
            .map(|one| [one.record.clone(), brought(Some(one.brought)), one.properties.join(", "), one.refused.clone().unwrap_or_default()]);
        text.push_str(&table(["record", "brought", "properties with a value", "refused"], rows, "No contact."));
    }
    text
}
