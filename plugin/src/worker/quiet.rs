//! Folders in which nothing is to be done. When a pass finds a folder as it is due, a short form of it stays in the state; as long as what is due to its user
//! has the same form, neither what the ledger holds of the folder nor the contents of records are looked at.
//!
//! Folders that are read back, of which a change is open, or that need a person's attention are never quiet. What is due is told by the index alone here: what
//! the rights check would say otherwise comes to light when the folder is looked into, at the latest when it is read back (`verify_every_s`).

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use adressbote_rules::digest::Digest;
use adressbote_rules::key::RecordKey;
use adressbote_rules::plan::Service;
use adressbote_schema::state::{Block, BlockDigest, FolderKey, Made, MadeOf, PassKind, RecordNumber, StateError};

use super::binding::Bindings;
use super::case::{self, Case};
use super::folder;
use super::pass::Round;
use super::recent::Recent;
use super::report::{Figures, FolderReport};
use super::rest::Rest;
use super::touched;
use crate::app::{App, OpenBook};

/// The quiet folders, with what is told of them.
pub type Quiet = BTreeMap<FolderKey, FolderReport>;

/// What is known of folders before they are looked into.
#[derive(Debug, Default)]
pub struct Known {
    /// Those of which nothing needs to be looked at.
    pub quiet: Quiet,
    /// Those that stand as they were due before some records changed, and are looked into for these.
    pub awake: Awake,
}

/// Folders that are looked into for some records alone.
pub type Awake = BTreeMap<FolderKey, Woken>;

/// A folder that stood as it was due before some records changed.
#[derive(Debug)]
pub struct Woken {
    /// The records that changed and concern it.
    pub records: BTreeSet<RecordKey>,
    /// What was told of it.
    pub told: Figures,
}

/// Finds the folders of which nothing needs to be looked at in this pass.
///
/// # Errors
/// When the state database fails.
pub async fn find(round: &Round<'_>, recent: &Recent) -> Result<Known, StateError> {
    if round.order.kind != PassKind::Full || round.order.verifies || round.restored_after.is_some() {
        return Ok(Known::default());
    }
    match &recent.since {
        Some((rest, records)) => still(round, rest, records).await,
        None => Ok(Known { quiet: sealed(round, recent).await?, ..Known::default() }),
    }
}

/// The folders that stand in the state as they are due.
async fn sealed(round: &Round<'_>, recent: &Recent) -> Result<Quiet, StateError> {
    let mut quiet = Quiet::new();
    let state = &round.app.state;
    let Some(recipes) = round.app.books.iter().map(|book| recipe(round.app, book)).collect::<Option<Vec<Digest>>>() else { return Ok(quiet) };
    let stored = state.block_digests().await?;
    if stored.is_empty() {
        return Ok(quiet);
    }
    let open = open_folders(round.app).await?;
    let (bindings, mut told) = (Bindings::read(round.app).await?, state.blocks_told().await?);
    for (key, block) in stored {
        let of_book = round.app.books.iter().position(|book| book.key == key.book);
        let Some((evaluation, recipe)) = of_book.and_then(|book| Some((round.evaluations.get(book)?, recipes.get(book)?))) else { continue };
        let Some(viewer) = evaluation.snapshot().viewer(&key.user) else { continue };
        let is_looked_into = block.recipe != *recipe || open.contains(&key) || round.app.owes_read_back(&key);
        if is_looked_into || needs_look(round, &bindings, &key) {
            continue;
        }
        if recent.seal(&key, || evaluation.seal(&viewer)) != Some(block.folder) {
            continue;
        }
        let Some(figures) = told.remove(&key).and_then(|told| serde_json::from_str(&told).ok()) else { continue };
        let report = FolderReport {
            user: key.user.to_string(),
            login: viewer.user().login.clone(),
            book: key.book.to_string(),
            service: case::word(Service::Served).to_owned(),
            figures,
            ..FolderReport::default()
        };
        quiet.insert(key, report);
    }
    Ok(quiet)
}

/// The folders of which the last pass knew that they were as they are due, those apart that some records concern which changed since.
async fn still(round: &Round<'_>, rest: &Rest, records: &BTreeSet<RecordKey>) -> Result<Known, StateError> {
    let concerned = touched::concerned(round, records, &rest.calm).await?;
    let (bindings, open) = (Bindings::read(round.app).await?, open_folders(round.app).await?);
    let is_calm = |key: &FolderKey| !open.contains(key) && !round.app.owes_read_back(key) && !needs_look(round, &bindings, key);
    let mut known = Known::default();
    for (key, told) in rest.calm.iter().filter(|(key, _)| is_calm(key)) {
        match concerned.get(&key.user) {
            Some(records) => drop(known.awake.insert(key.clone(), Woken { records: records.clone(), told: told.figures.clone() })),
            None => drop(known.quiet.insert(key.clone(), told.clone())),
        }
    }
    Ok(known)
}

async fn open_folders(app: &App) -> Result<BTreeSet<FolderKey>, StateError> {
    Ok(app.state.all_open_intents().await?.into_iter().map(|intent| intent.folder).collect())
}

/// Takes out the folders that need a look now that everybody's mailbox was looked for.
pub fn wake(round: &Round<'_>, bindings: &Bindings, quiet: &mut Quiet) -> Vec<FolderKey> {
    let woken: Vec<FolderKey> = quiet.keys().filter(|key| needs_look(round, bindings, key)).cloned().collect();
    woken.iter().for_each(|key| drop(quiet.remove(key)));
    woken
}

fn needs_look(round: &Round<'_>, bindings: &Bindings, key: &FolderKey) -> bool {
    case::standing(round.app, round.reading, bindings, key) != (Service::Served, None)
}

/// Writes down the short form of the folders in which nothing was to be done, and takes it away from those in which something was. While anything is in doubt
/// nothing is written down: a doubt may hide that something is to be done.
///
/// # Errors
/// When the state database fails.
pub async fn note(round: &Round<'_>, cases: &[Case]) -> Result<(), StateError> {
    let state = &round.app.state;
    let (mut blocks, mut others) = (Vec::new(), Vec::new());
    let recipes: Vec<Option<Digest>> = round.app.books.iter().map(|book| recipe(round.app, book)).collect();
    for case in cases {
        let is_as_due = case.has_nothing_left() && case.folder.is_some() && !folder::is_misplaced(round, case);
        let is_certain = round.reading.snapshot.doubts().is_empty();
        match block(round, case, recipes.get(case.book).copied().flatten()).filter(|_| is_as_due && is_certain) {
            Some(block) => blocks.push((&case.key, block)),
            None => others.push(&case.key),
        }
    }
    state.remove_blocks(others).await?;
    state.put_blocks(blocks.iter().map(|(key, block)| (*key, block))).await
}

/// The short form of what is due to the user of a case, if it is what the ledger holds.
fn block(round: &Round<'_>, case: &Case, recipe: Option<Digest>) -> Option<Block> {
    let evaluation = round.evaluation(case)?;
    let (folder, marks) = evaluation.marks(&evaluation.snapshot().viewer(case.user())?)?;
    let told = serde_json::to_string(&case.report.figures).ok()?;
    let made: Vec<Made> = marks.into_iter().map(|mark| Made { record: RecordNumber(mark.record), of: MadeOf(mark.inputs) }).collect();
    let is_held = made.len() == case.ledger.len();
    Some(Block::new(BlockDigest { folder, recipe: recipe? }, made).telling(told)).filter(|_| is_held)
}

/// A digest of everything but records, rights and wishes that contacts are made by: view, book, where it stands, and the program itself. None if the program
/// cannot tell whether it is the same as before.
fn recipe(app: &App, book: &OpenBook) -> Option<Digest> {
    let mut text = format!("{:?}\n{:?}\n{:?}\n{}\n", app.profile.view(), book.rules, book.config.target, app.zone());
    let program = std::env::current_exe().and_then(std::fs::metadata).ok()?;
    let at = program.modified().ok()?.duration_since(std::time::UNIX_EPOCH).ok()?;
    write!(text, "{} {} {}", env!("CARGO_PKG_VERSION"), program.len(), at.as_nanos()).ok()?;
    Some(app.key.digest("recipe", [text.as_bytes()]))
}
