//! `ledger`: what we know of the mailboxes, and what was done.

mod erase;
mod forget;
mod history;
mod restored;
mod show;

use super::Desk;
use super::exit::Exit;

/// Look at what stands in the mailboxes, take persons out, see what was done
#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// Show the folders with their contacts' number; of one user, the contacts
    Show(show::Args),
    /// List changes whose outcome is not known; the next pass looks them up
    Intents,
    /// Take a person out for good: the record's copies leave every mailbox with the next pass and never come back
    Erase(erase::Args),
    /// Forget what stands in a mailbox that is gone for good and of which nothing can be taken away any longer
    Forget(forget::Args),
    /// Carry the list of erased persons over a restore; it holds keyed hashes only
    #[command(subcommand)]
    Tombstones(erase::Tombstones),
    /// Say that the state came back from a backup: the next pass looks in every mailbox for what came there since
    Restored(restored::Args),
    /// Show what operators did
    Audit(history::AuditArgs),
    /// Show the last passes
    Passes(history::PassArgs),
}

/// Does what was asked.
///
/// # Errors
/// As each command says.
pub async fn run(command: Command, desk: &Desk) -> anyhow::Result<Exit> {
    match command {
        Command::Show(args) => show::run(args, desk).await,
        Command::Intents => show::intents(desk).await,
        Command::Erase(args) => erase::run(args, desk).await,
        Command::Forget(args) => forget::run(args, desk).await,
        Command::Tombstones(command) => erase::tombstones(command, desk).await,
        Command::Restored(args) => restored::run(args, desk).await,
        Command::Audit(args) => history::audit(args, desk).await,
        Command::Passes(args) => history::passes(args, desk).await,
    }
}
