//! `ledger restored`: what a person says after the state came back from a backup.

use chrono::Utc;
use serde::Serialize;

use crate::cli::exit::Exit;
use crate::cli::{Desk, actor};

/// Why it came back.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Why, for the audit
    #[arg(long, value_name = "TEXT", value_parser = crate::cli::actor::reason)]
    why: String,
}

/// What was noted.
#[derive(Debug, Serialize)]
struct Noted {
    /// The last pass that the state knows.
    restored_after: Option<String>,
}

/// Notes that the state was brought back from a backup.
///
/// # Errors
/// When the state database fails.
pub async fn run(args: Args, desk: &Desk) -> anyhow::Result<Exit> {
    let state = desk.ledger().await?.state;
    state.note_restored(&actor::by(Some(&args.why)), Utc::now()).await?;
    let noted = Noted { restored_after: state.restored_after().await?.map(|pass| pass.to_string()) };
    desk.output.show(&noted, |_| {
        "The next pass over all users looks into every folder, and into the mailboxes of those who are not served, for what came there since the backup."
            .to_owned()
    })?;
    Ok(Exit::Done)
}
