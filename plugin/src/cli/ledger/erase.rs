//! `ledger erase` and `ledger tombstones`: persons who were taken out for good.

use std::io::Read;
use std::path::{Path, PathBuf};

use adressbote_rules::key::RecordKey;
use anyhow::Context;
use chrono::Utc;
use serde::Serialize;

use crate::cli::asker::unknown_record;
use crate::cli::exit::{Exit, Refusal};
use crate::cli::output::{Format, line};
use crate::cli::{Desk, actor};
use crate::worker::reading;

/// Whom to take out.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Which record (its key in the CRM)
    #[arg(long, value_name = "RECORD")]
    record: String,
    /// Why, for the audit
    #[arg(long, value_name = "TEXT", value_parser = crate::cli::actor::reason)]
    why: String,
    /// Also a record that neither the CRM nor any mailbox has now, so that a restored CRM does not bring it back
    #[arg(long)]
    absent: bool,
}

/// Carrying the list over a restore.
#[derive(Debug, clap::Subcommand)]
pub enum Tombstones {
    /// Write the list out
    Export {
        /// Into this new file; without it, to standard output
        #[arg(value_name = "FILE")]
        file: Option<PathBuf>,
        /// Why, for the audit
        #[arg(long, value_name = "TEXT", value_parser = crate::cli::actor::reason)]
        why: Option<String>,
    },
    /// Take a list in
    Import {
        /// The file; `-` is standard input
        #[arg(value_name = "FILE")]
        file: PathBuf,
        /// Why, for the audit
        #[arg(long, value_name = "TEXT", value_parser = crate::cli::actor::reason)]
        why: Option<String>,
    },
}

/// What was erased.
#[derive(Debug, Serialize)]
struct Erased {
    record: String,
    /// Whether it was not erased before.
    is_new: bool,
    /// The users in whose folders it stands until the next pass.
    standing_with: Vec<String>,
}

/// What came of an import.
#[derive(Debug, Serialize)]
struct Imported {
    /// How many of the list were not known.
    new: u64,
}

/// A list as machines read it.
#[derive(Debug, Serialize)]
struct Exported {
    list: String,
}

/// Takes a person out.
///
/// # Errors
/// When there is no such record.
pub async fn run(args: Args, desk: &Desk) -> anyhow::Result<Exit> {
    let ledger = desk.ledger().await?;
    let record = RecordKey::new(&args.record);
    let disclosures = ledger.state.where_record(&record).await?;
    if !args.absent && disclosures.is_empty() {
        let snapshot = reading::take(&desk.open().await?, Utc::now()).await?.snapshot;
        if !snapshot.has(&record) && !snapshot.is_erased(&record) {
            return Err(unknown_record(&snapshot, &record).into());
        }
    }
    let digest = reading::tombstone(&ledger.key, &record);
    let new = ledger.state.erase(&[digest], &actor::by(Some(&args.why)), Utc::now()).await?;
    let mut standing_with: Vec<String> = disclosures.iter().filter(|one| one.until.is_none()).map(|one| one.folder.user.to_string()).collect();
    standing_with.sort();
    standing_with.dedup();
    let erased = Erased { record: record.to_string(), is_new: new > 0, standing_with };
    desk.output.show(&erased, |erased| {
        let before = if erased.is_new { "is erased" } else { "was erased before" };
        format!("Record {} {before}. It stands in {} folders and leaves them with the next pass.", erased.record, erased.standing_with.len())
    })?;
    Ok(Exit::Done)
}

/// Carries the list out or in.
///
/// # Errors
/// When a file cannot be read or written, or the list is none.
pub async fn tombstones(command: Tombstones, desk: &Desk) -> anyhow::Result<Exit> {
    let state = desk.ledger().await?.state;
    match command {
        Tombstones::Export { file: Some(file), why } => {
            write_new(&file, &state.tombstones_export(&actor::by(why.as_deref()), Utc::now()).await?)?;
        }
        Tombstones::Export { file: None, why } => {
            let list = state.tombstones_export(&actor::by(why.as_deref()), Utc::now()).await?;
            match desk.output.format {
                Format::Text => line(list.trim_end())?,
                Format::Json => desk.output.show(&Exported { list }, |exported| exported.list.clone())?,
            }
        }
        Tombstones::Import { file, why } => {
            let list = read(&file)?;
            let new = state.tombstones_import(&list, &actor::by(why.as_deref()), Utc::now()).await?;
            desk.output.show(&Imported { new }, |imported| format!("{} persons were not known to be erased.", imported.new))?;
        }
    }
    Ok(Exit::Done)
}

fn write_new(file: &Path, text: &str) -> anyhow::Result<()> {
    use std::io::Write;
    let mut options = std::fs::OpenOptions::new();
    let made = options.write(true).create_new(true).open(file);
    let mut made = made.map_err(|error| match error.kind() {
        std::io::ErrorKind::AlreadyExists => {
            anyhow::Error::new(Refusal::new(format!("`{}` exists and was left untouched", file.display())).hint("name a new file"))
        }
        _ => anyhow::Error::new(error).context(format!("`{}` cannot be written", file.display())),
    })?;
    made.write_all(text.as_bytes()).with_context(|| format!("`{}` cannot be written", file.display()))
}

fn read(file: &Path) -> anyhow::Result<String> {
    if file.as_os_str() == "-" {
        let mut text = String::new();
        std::io::stdin().read_to_string(&mut text).context("the list cannot be read from standard input")?;
        return Ok(text);
    }
    std::fs::read_to_string(file).with_context(|| format!("the list `{}` cannot be read; nothing was changed", file.display()))
}
