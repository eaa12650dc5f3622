//! `ledger forget`: the way out when a mailbox is gone for good.

use adressbote_rules::key::UserKey;
use adressbote_schema::state::MailboxId;
use chrono::Utc;
use serde::Serialize;

use super::show::nothing_of;
use crate::cli::exit::{Exit, Refusal};
use crate::cli::{Desk, actor};

/// What to forget.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Whose folders
    #[arg(long, value_name = "USER")]
    user: String,
    /// In which mailbox (its object id, as `ledger show` has it)
    #[arg(long, value_name = "MAILBOX")]
    mailbox: String,
    /// Why, for the audit
    #[arg(long, value_name = "TEXT", value_parser = crate::cli::actor::reason)]
    why: String,
}

/// What was forgotten.
#[derive(Debug, Serialize)]
struct Forgotten {
    user: String,
    mailbox: String,
    contacts: u64,
}

/// Forgets what the ledger holds of a user in a mailbox.
///
/// # Errors
/// When it holds nothing of him there, or a pass is at work.
pub async fn run(args: Args, desk: &Desk) -> anyhow::Result<Exit> {
    let state = desk.ledger().await?.state;
    let (user, mailbox) = (UserKey::new(&args.user), MailboxId::new(&args.mailbox));
    let lock = state.lock().await?;
    let standing = state.standing_folders().await?;
    let mailboxes: Vec<&str> = standing.keys().filter(|key| key.user == user).map(|key| key.mailbox.as_str()).collect();
    if mailboxes.is_empty() {
        return Err(nothing_of(&user, standing.keys()).into());
    }
    if !mailboxes.contains(&mailbox.as_str()) {
        let refusal = Refusal::new(format!("the ledger holds nothing of user `{user}` in mailbox `{mailbox}`; nothing was forgotten"));
        return Err(refusal.hint(format!("of his it holds something in {}", mailboxes.join(", "))).into());
    }
    let contacts = state.forget_mailbox(&user, &mailbox, &actor::by(Some(&args.why)), Utc::now()).await?;
    if lock.is_sole() {
        lock.end(&state).await?;
    }
    let forgotten = Forgotten { user: user.to_string(), mailbox: mailbox.to_string(), contacts };
    desk.output.show(&forgotten, |forgotten| {
        format!(
            "{} contacts of user {} in mailbox {} are forgotten: nothing takes them away any longer. `adressbote bind release` ends his binding to it.",
            forgotten.contacts, forgotten.user, forgotten.mailbox
        )
    })?;
    Ok(Exit::Done)
}
