//! Where the CRM tells of single records and of nothing else, the last reading is brought forward by these, and only the folders that they concern are
//! looked into.

use std::collections::{BTreeMap, BTreeSet};

use adressbote_rules::book::Book;
use adressbote_rules::key::{RecordKey, UserKey};
use adressbote_rules::seat::Licence;
use adressbote_schema::crm::Touched;
use adressbote_schema::profile::Kept;
use adressbote_schema::state::{FolderKey, StateError, Subscription};

use super::pass::Round;
use super::reading::{Reading, tombstone};
use super::report::FolderReport;
use crate::app::App;

/// The most records that one reading is brought forward by before everything is read again: each of them is looked at by itself for every folder that is
/// looked into.
pub const MOST: usize = 1_000;

/// Brings a reading forward; our own subscriptions and tombstones of the records stand in it as the CRM's rows do.
///
/// # Errors
/// When the state database fails; the reading may be half brought forward then, and is not to be used.
pub async fn amend(app: &App, reading: &mut Reading, touched: Touched) -> Result<(), StateError> {
    let Touched { records, mut rows, number, .. } = touched;
    if app.profile.subscriptions_kept() != Kept::Crm {
        for book in &app.books {
            let own = app.state.subscriptions(&book.key).await?;
            rows.subscriptions.extend(own.iter().filter_map(Subscription::row).filter(|row| records.contains(&row.record)));
        }
    }
    let tombstones = app.state.erased().await?;
    if !tombstones.is_empty() {
        let is_erased = |record: &&RecordKey| tombstones.contains(&tombstone(&app.key, record));
        reading.snapshot.erase_here(records.iter().filter(is_erased).cloned());
    }
    reading.snapshot.amend(&records, rows);
    (reading.way, reading.number) = (Default::default(), number);
    Ok(())
}

/// The users whom any of some records concerns, and which: who has it in his mailbox, or is owed it now. What else the reading says is as it was. `calm` are
/// the folders that stood as they were due before.
///
/// # Errors
/// When the state database fails.
pub async fn concerned(
    round: &Round<'_>,
    records: &BTreeSet<RecordKey>,
    calm: &BTreeMap<FolderKey, FolderReport>,
) -> Result<BTreeMap<UserKey, BTreeSet<RecordKey>>, StateError> {
    let mut users: BTreeMap<UserKey, BTreeSet<RecordKey>> = BTreeMap::new();
    for record in records {
        for user in round.app.state.holders(record).await? {
            users.entry(user).or_default().insert(record.clone());
        }
    }
    let told = calm.iter().map(|(key, told)| ((key.user.as_str(), key.book.as_str()), told.figures.standing));
    let standing: BTreeMap<(&str, &str), usize> = told.collect();
    let held = users.clone();
    let is_asked = |user: &UserKey, record: &RecordKey| {
        held.get(user).is_none_or(|held| !held.contains(record)) && round.reading.licence(user) == Licence::Seated
    };
    for (viewer, seen) in round.reading.snapshot.viewers_of(records, is_asked) {
        let user = &viewer.user().key;
        let is_full = |book: &Book| {
            let standing = standing.get(&(user.as_str(), book.name.as_str()));
            standing.is_some_and(|standing| *standing >= book.cap_of(&viewer) as usize)
        };
        let owed = round.evaluations.iter().flat_map(|evaluation| evaluation.owed(&viewer, &seen, is_full(evaluation.book())));
        let owed: BTreeSet<RecordKey> = owed.cloned().collect();
        if !owed.is_empty() {
            users.entry(user.clone()).or_default().extend(owed);
        }
    }
    Ok(users)
}
