//! Folders in which nothing is to be done. When a pass finds a folder as it is due, a short form of it stays in the state; as long as what is due to its user
//! has the same form, neither what the ledger holds of the folder nor the contents of records are looked at. Where the form differs, it tells which contacts to
//! look at.
//!
//! Folders that are read back, of which a change is open, or that need a person's attention are never quiet. What is due is told by the index alone here: what
//! the rights check would say otherwise comes to light when the contact is looked at, at the latest when the folder is read back (`verify_every_s`).

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use adressbote_rules::digest::Digest;
use adressbote_rules::due::Evaluation;
use adressbote_rules::index::Mark;
use adressbote_rules::key::{RecordKey, UserKey};
use adressbote_rules::plan::Service;
use adressbote_schema::state::{Block, BlockDigest, FolderKey, Made, MadeOf, PassKind, RecordNumber, StateError};

use super::binding::Bindings;
use super::case::{self, Case};
use super::folder;
use super::pass::Round;
use super::reading::Reading;
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
    /// Those that stood as they were due before something changed, and are looked into for that alone.
    pub awake: Awake,
}

/// Folders that are looked into for what changed alone.
pub type Awake = BTreeMap<FolderKey, Woken>;

/// A folder that stood as it was due before something changed.
#[derive(Debug)]
pub struct Woken {
    /// What tells where to look.
    pub clue: Clue,
    /// What was told of it.
    pub told: Figures,
}

/// What tells where to look in a folder.
#[derive(Debug)]
pub enum Clue {
    /// The records that changed and concern it.
    Records(BTreeSet<RecordKey>),
    /// The short form of the folder as it stands.
    Block(Block),
}

/// Finds the folders of which nothing needs to be looked at in this pass, and those of which only a part does.
///
/// # Errors
/// When the state database fails.
pub async fn find(round: &Round<'_>, recent: &Recent) -> Result<Known, StateError> {
    if round.order.kind != PassKind::Full || round.order.verifies || round.restored_after.is_some() {
        return Ok(Known::default());
    }
    match &recent.since {
        Some((rest, records)) => still(round, rest, records).await,
        None => sealed((round.app, recent), &round.evaluations, round.concerned.as_ref()).await,
    }
}

/// What the state knows of the folders of the users concerned: quiet are those whose short form is that of what is due now, awake those that have another.
///
/// # Errors
/// When the state database fails.
pub async fn sealed(
    (app, recent): (&App, &Recent),
    evaluations: &[Evaluation<'_>],
    concerned: Option<&BTreeSet<UserKey>>,
) -> Result<Known, StateError> {
    let mut known = Known::default();
    // Short forms are made of everything at once, by the index.
    if recent.index.is_none() || !recent.reading.snapshot.amended().is_empty() {
        return Ok(known);
    }
    let Some(recipes) = app.books.iter().map(|book| recipe(app, book)).collect::<Option<Vec<Digest>>>() else { return Ok(known) };
    let stored = app.state.block_digests().await?;
    if stored.is_empty() {
        return Ok(known);
    }
    let open = open_folders(app).await?;
    let (bindings, mut told) = (Bindings::read(app).await?, app.state.blocks_told().await?);
    for (key, block) in stored.into_iter().filter(|(key, _)| concerned.is_none_or(|users| users.contains(&key.user))) {
        let of_book = app.books.iter().position(|book| book.key == key.book);
        let Some((evaluation, recipe)) = of_book.and_then(|book| Some((evaluations.get(book)?, recipes.get(book)?))) else { continue };
        let Some(viewer) = evaluation.snapshot().viewer(&key.user) else { continue };
        let is_looked_into = block.recipe != *recipe || open.contains(&key) || app.owes_read_back(&key);
        if is_looked_into || needs_look((app, &recent.reading), &bindings, &key) {
            continue;
        }
        let Some(figures) = told.remove(&key).and_then(|told| serde_json::from_str(&told).ok()) else { continue };
        let Some(seal) = recent.seal(&key, || evaluation.seal(&viewer)) else { continue };
        if seal != block.folder {
            if let Some(block) = app.state.blocks_of(std::slice::from_ref(&key)).await?.remove(&key) {
                known.awake.insert(key, Woken { clue: Clue::Block(block), told: figures });
            }
            continue;
        }
        let report = FolderReport {
            user: key.user.to_string(),
            login: viewer.user().login.clone(),
            book: key.book.to_string(),
            service: case::word(Service::Served).to_owned(),
            figures,
            ..FolderReport::default()
        };
        known.quiet.insert(key, report);
    }
    Ok(known)
}

/// The folders of which the last pass knew that they were as they are due, those apart that some records concern which changed since.
async fn still(round: &Round<'_>, rest: &Rest, records: &BTreeSet<RecordKey>) -> Result<Known, StateError> {
    let concerned = touched::concerned(round, records, &rest.calm).await?;
    let (bindings, open) = (Bindings::read(round.app).await?, open_folders(round.app).await?);
    let is_calm = |key: &FolderKey| !open.contains(key) && !round.app.owes_read_back(key) && !needs_look((round.app, round.reading), &bindings, key);
    let mut known = Known::default();
    for (key, told) in rest.calm.iter().filter(|(key, _)| is_calm(key)) {
        match concerned.get(&key.user) {
            Some(records) => drop(known.awake.insert(key.clone(), Woken { clue: Clue::Records(records.clone()), told: told.figures.clone() })),
            None => drop(known.quiet.insert(key.clone(), told.clone())),
        }
    }
    Ok(known)
}

/// A contact as the short form of a folder has it.
pub fn made(mark: &Mark) -> Made {
    Made { record: RecordNumber(mark.record), of: MadeOf(mark.inputs) }
}

async fn open_folders(app: &App) -> Result<BTreeSet<FolderKey>, StateError> {
    Ok(app.state.all_open_intents().await?.into_iter().map(|intent| intent.folder).collect())
}

/// Takes out the folders that need a look now that everybody's mailbox was looked for.
pub fn wake(round: &Round<'_>, bindings: &Bindings, quiet: &mut Quiet) -> Vec<FolderKey> {
    let woken: Vec<FolderKey> = quiet.keys().filter(|key| needs_look((round.app, round.reading), bindings, key)).cloned().collect();
    woken.iter().for_each(|key| drop(quiet.remove(key)));
    woken
}

fn needs_look((app, reading): (&App, &Reading), bindings: &Bindings, key: &FolderKey) -> bool {
    case::standing(app, reading, bindings, key) != (Service::Served, None)
}

/// Writes down the short form of the folders that were looked into and stand as they are due by now, which are given, and takes it away from all others that
/// were. While anything is in doubt nothing is written down: a doubt may hide that something is to be done.
///
/// # Errors
/// When the state database fails.
pub async fn note(round: &Round<'_>, cases: &[Case], awake: &Awake) -> Result<BTreeSet<FolderKey>, StateError> {
    let has_settled = |case: &Case| match (awake.get(&case.key), round.evaluation(case)) {
        (Some(woken), Some(evaluation)) => case.has_settled(evaluation, &woken.clue),
        _ => false,
    };
    let settled = cases.iter().filter(|case| case.has_nothing_left() || has_settled(case));
    let as_due: BTreeSet<FolderKey> = settled.map(|case| case.key.clone()).collect();
    let state = &round.app.state;
    let (mut blocks, mut others) = (Vec::new(), Vec::new());
    let recipes: Vec<Option<Digest>> = round.app.books.iter().map(|book| recipe(round.app, book)).collect();
    for case in cases {
        let is_as_due = as_due.contains(&case.key) && case.folder.is_some() && !folder::is_misplaced(round, case);
        let is_certain = round.reading.snapshot.doubts().is_empty();
        match block(round, case, recipes.get(case.book).copied().flatten()).filter(|_| is_as_due && is_certain) {
            Some(block) => blocks.push((&case.key, block)),
            None => others.push(&case.key),
        }
    }
    state.remove_blocks(others).await?;
    state.put_blocks(blocks.iter().map(|(key, block)| (*key, block))).await?;
    Ok(as_due)
}

/// The short form of what is due to the user of a case, if it is what the ledger holds.
fn block(round: &Round<'_>, case: &Case, recipe: Option<Digest>) -> Option<Block> {
    let evaluation = round.evaluation(case)?;
    let (folder, marks) = evaluation.marks(&evaluation.snapshot().viewer(case.user())?)?;
    let told = serde_json::to_string(&case.report.figures).ok()?;
    let made: Vec<Made> = marks.iter().map(made).collect();
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
