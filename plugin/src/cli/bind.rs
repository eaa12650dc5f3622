//! `bind`: whose mailbox is whose.

use adressbote_rules::key::UserKey;
use adressbote_schema::state::{Binding, Standing};
use chrono::{DateTime, Utc};
use serde::Serialize;

use super::exit::{Exit, Refusal};
use super::output::{instant, table};
use super::{Desk, actor};
use crate::app::Ledger;
use crate::near::nearest;

/// Look at the users' mailboxes, confirm a changed one, release one
#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// List who has which mailbox, and who waits for a person's yes
    List(ListArgs),
    /// Say yes: the mailbox that waits is really this user's
    Confirm(ChangeArgs),
    /// End a user's binding: his folder leaves the mailbox with the next pass
    Release(ChangeArgs),
}

/// Which to list.
#[derive(Debug, clap::Args)]
pub struct ListArgs {
    /// Every binding that this user ever had
    #[arg(long, value_name = "USER")]
    user: Option<String>,
}

/// Which to change.
#[derive(Debug, clap::Args)]
pub struct ChangeArgs {
    /// Whose binding
    #[arg(long, value_name = "USER")]
    user: String,
    /// Why, for the audit
    #[arg(long, value_name = "TEXT", value_parser = crate::cli::actor::reason)]
    why: Option<String>,
}

/// A binding.
#[derive(Debug, Serialize)]
struct Line {
    user: String,
    mailbox: String,
    address: String,
    standing: Standing,
    made_at: DateTime<Utc>,
    made_by: String,
    confirmed_at: Option<DateTime<Utc>>,
    confirmed_by: Option<String>,
    ended_at: Option<DateTime<Utc>>,
    ended_by: Option<String>,
}

/// Does what was asked.
///
/// # Errors
/// When the user has no binding of the kind.
pub async fn run(command: Command, desk: &Desk) -> anyhow::Result<Exit> {
    let ledger = desk.ledger().await?;
    let user = match command {
        Command::List(args) => return list(&ledger, args.user.map(UserKey::new), desk).await,
        Command::Confirm(args) => {
            let user = known(&ledger, &args.user).await?;
            ledger.state.confirm_binding(&user, &actor::by(args.why.as_deref()), Utc::now()).await?;
            user
        }
        Command::Release(args) => {
            let user = known(&ledger, &args.user).await?;
            ledger.state.release_binding(&user, &actor::by(args.why.as_deref()), Utc::now()).await?;
            user
        }
    };
    list(&ledger, Some(user), desk).await
}

/// A user with any binding; others cannot be meant.
async fn known(ledger: &Ledger, user: &str) -> anyhow::Result<UserKey> {
    let key = UserKey::new(user);
    if !ledger.state.binding_history(&key).await?.is_empty() {
        return Ok(key);
    }
    let bound = ledger.state.bindings().await?;
    let refusal = Refusal::new(format!("user `{user}` has no mailbox here; nothing was changed"));
    Err(match nearest(user, bound.iter().map(|binding| binding.user.as_str())) {
        Some(near) => refusal.hint(format!("did you mean `{near}`?")),
        None => refusal.hint("`adressbote bind list` shows who has one; mailboxes are found by the pass"),
    }
    .into())
}

async fn list(ledger: &Ledger, user: Option<UserKey>, desk: &Desk) -> anyhow::Result<Exit> {
    let bindings = match &user {
        Some(user) => ledger.state.binding_history(&known(ledger, user.as_str()).await?).await?,
        None => ledger.state.bindings().await?,
    };
    let lines: Vec<Line> = bindings.into_iter().map(line).collect();
    desk.output.show(&lines, |lines| text(lines))?;
    let waits = lines.iter().any(|line| line.standing == Standing::Waiting);
    Ok(if waits { Exit::Attention } else { Exit::Done })
}

fn line(binding: Binding) -> Line {
    let Binding { id: _, user, mailbox, address, standing, made, confirmed, ended } = binding;
    let (confirmed_at, confirmed_by) = confirmed.unzip();
    let (ended_at, ended_by) = ended.unzip();
    Line {
        user: user.to_string(),
        mailbox: mailbox.to_string(),
        address,
        standing,
        made_at: made.0,
        made_by: made.1,
        confirmed_at,
        confirmed_by,
        ended_at,
        ended_by,
    }
}

fn text(lines: &[Line]) -> String {
    let word = |standing| match standing {
        Standing::Waiting => "waits for a person's yes",
        Standing::Active => "active",
        Standing::Leaving => "leaving: the folder is being withdrawn",
        Standing::Withdrawn => "over",
    };
    let by = |at: Option<DateTime<Utc>>, by: &Option<String>| match (at, by) {
        (Some(at), Some(by)) => format!("{} by {by}", instant(at)),
        _ => String::new(),
    };
    let rows = lines.iter().map(|line| {
        let made = by(Some(line.made_at), &Some(line.made_by.clone()));
        let confirmed = by(line.confirmed_at, &line.confirmed_by);
        let ended = by(line.ended_at, &line.ended_by);
        [line.user.clone(), line.mailbox.clone(), line.address.clone(), word(line.standing).to_owned(), made, confirmed, ended]
    });
    table(["user", "mailbox", "address", "standing", "made", "confirmed", "ended"], rows, "No user has a mailbox yet; a pass finds them.")
}
