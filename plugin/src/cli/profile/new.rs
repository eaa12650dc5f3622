//! `profile new`: a draft from an existing database.

use std::path::{Path, PathBuf};

use adressbote_schema::crm::{CrmSource, Patience, catalogue};
use adressbote_schema::profile::Profile;
use adressbote_schema::profile::draft::{DraftFindings, draft};
use serde::Serialize;

use super::Place;
use crate::cli::Desk;
use crate::cli::output::{many, plain, program, quoted};
use crate::config::Config;

/// What to draft.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// A new or empty folder
    #[arg(value_name = "FOLDER")]
    folder: PathBuf,
    #[command(flatten)]
    place: Place,
    /// The profile's name; without it, the folder's
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
}

/// What was drafted.
#[derive(Debug, Serialize)]
struct Drafted {
    profile: String,
    folder: String,
    files: Vec<String>,
    found: DraftFindings,
    /// The call that checks it.
    check: String,
}

/// Drafts, writes and says what to do next.
///
/// # Errors
/// When the database cannot be read or holds nobody, or the folder is not empty.
pub async fn run(args: Args, desk: &Desk) -> anyhow::Result<()> {
    let Args { folder, place, name } = args;
    let check = check(&folder, &place);
    let address = match place.address()? {
        Some(address) => address,
        None => Config::load(&desk.config)?.crm.address()?,
    };
    let source = CrmSource::open(&address, Patience::default()).await?;
    let catalogue = catalogue(&source).await?;
    let of_folder = || folder.file_name().map_or_else(|| "draft".to_owned(), |name| name.to_string_lossy().into_owned());
    let name = name.filter(|name| !name.trim().is_empty()).unwrap_or_else(of_folder);
    let draft = draft(&catalogue, &name)?;
    Profile::write_draft(&draft, &folder)?;
    let files = draft.files.into_keys().collect();
    let drafted = Drafted { profile: name, folder: folder.display().to_string(), files, found: draft.findings, check };
    desk.output.show(&drafted, text)
}

/// The call that checks the draft on the same database.
fn check(folder: &Path, place: &Place) -> String {
    let folder = if folder.to_string_lossy().contains('/') { folder.to_owned() } else { Path::new(".").join(folder) };
    let database = place.database.iter().map(|database| format!(" --database {}", quoted(Path::new(database))));
    let password = place.password_file.iter().map(|file| format!(" --password-file {}", quoted(file)));
    program(&format!("profile check {}{}", quoted(&folder), database.chain(password).collect::<String>()))
}

/// What was found and guessed, and what to do next.
fn text(drafted: &Drafted) -> String {
    let DraftFindings {
        tables,
        records: (records, rows),
        users,
        groups,
        memberships,
        other_memberships,
        parts,
        guesses,
        open,
        proposals,
        mistakes,
        unread,
    } = &drafted.found;
    let rows = rows.map(|rows| format!(" with about {}", many(rows, "row"))).unwrap_or_default();
    let parts = parts.iter().map(|[part, table]| format!("{part} from `{table}`")).collect::<Vec<_>>().join(", ");
    let parts = if parts.is_empty() { "nothing that hangs on them".to_owned() } else { parts };
    let or_none = |found: &Option<String>| found.as_ref().map_or_else(|| "not found".to_owned(), |name| format!("`{name}`"));
    let members = match (memberships.as_slice(), other_memberships.as_slice()) {
        ([], []) => "not found".to_owned(),
        ([], others) => format!("none for certain (`{}` is proposed in holds.sql)", others.join("`, `")),
        (taken, _) => format!("`{}`", taken.join("`, `")),
    };
    let unread =
        if unread.is_empty() { String::new() } else { format!("Left out, because the database could not look at it: {}.\n", unread.join("; ")) };
    let mistakes = if mistakes.is_empty() {
        String::new()
    } else {
        format!(
            "This draft will be refused as it stands, which is a defect of Adressbote: correct these lines, and report it. {}\n",
            mistakes.join("; ")
        )
    };
    let proposals = if *proposals == 0 { "no proposals".to_owned() } else { many(*proposals, "proposal") };
    plain(&format!(
        "{} has {}, drafted from {}: the records are `{records}`{rows}, with {parts}; users: {}, groups: {}, memberships: {members}.\n\
         {guesses} guesses by names and types are marked `guess:` with why, {} to be filled in stand as comments: read profile.toml and each .sql, and correct them.\n\
         Nobody sees anything until you have written who sees which record, in rule_records.sql ({proposals} in it), and who reads which field, in field_rights.sql; neither is ever guessed.\n\
         {unread}{mistakes}Then see what is wrong with it: {}",
        drafted.folder,
        many(drafted.files.len(), "file"),
        many(*tables, "table"),
        or_none(users),
        or_none(groups),
        many(*open, "line"),
        drafted.check,
    ))
}
