//! Reading the CRM, with our own subscriptions, filters and tombstones beside it.

use std::collections::{BTreeMap, BTreeSet};

use adressbote_rules::crm::{Crm, Relation};
use adressbote_rules::digest::{Digest, DigestKey};
use adressbote_rules::key::{RecordKey, UserKey};
use adressbote_rules::seat::{self, Licence, Seat};
use adressbote_rules::sight::{Snapshot, SnapshotError};
use adressbote_schema::crm::{Baseline, CrmError, Own, OwnFilter, Read, Way, named, read_changed, stem};
use adressbote_schema::state::{By, PassKind, RelationDoubt, Seat as SeatRow, StateError};
use chrono::{DateTime, TimeDelta, Utc};
use tracing::error;

use super::room::{self, NoRoom, RoomError};
use crate::app::App;

/// Why nothing can be decided; nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum ReadingError {
    /// The CRM.
    #[error("the CRM could not be read; every folder stays as it is")]
    Crm(#[from] CrmError),
    /// The state database.
    #[error("the state database could not be used; every folder stays as it is")]
    State(#[from] StateError),
    /// What was read makes no sense as a whole.
    #[error("the CRM's rights cannot be told; every folder stays as it is")]
    Snapshot(#[from] SnapshotError),
    /// It has no room in memory.
    #[error(transparent)]
    Room(#[from] NoRoom),
}

impl From<RoomError> for ReadingError {
    fn from(error: RoomError) -> Self {
        match error {
            RoomError::NoRoom(error) => error.into(),
            RoomError::Crm(error) => error.into(),
        }
    }
}

/// A snapshot with who is licensed.
#[derive(Debug)]
pub struct Reading {
    /// The CRM at the pass's instant.
    pub snapshot: Snapshot,
    /// The counts of proven relations.
    pub baseline: Baseline,
    /// How it came about.
    pub way: Way,
    /// Which of the readings with its memory it was: whatever was read since may have made the memory know what this one does not.
    pub number: u64,
    /// The seats as they are now.
    pub seats: BTreeMap<UserKey, Seat>,
    candidates: BTreeSet<UserKey>,
}

impl Reading {
    /// A user's licence.
    pub fn licence(&self, user: &UserKey) -> Licence {
        seat::licence(user, &self.candidates, &self.seats, self.snapshot.at().now)
    }
}

/// Reads everything as it is now. Writes nothing.
///
/// # Errors
/// [`ReadingError`]; what concerns single relations or records is doubt in the snapshot instead.
pub async fn take(app: &App, now: DateTime<Utc>) -> Result<Reading, ReadingError> {
    build(app, rows(app).await?, now).await
}

/// Reads the rows of everything as they are now, ours and tombstones beside the CRM's. Writes nothing.
///
/// # Errors
/// As [`take`].
pub async fn rows(app: &App) -> Result<Read, ReadingError> {
    room::check(app).await?;
    let own = own_rows(app).await?;
    let counts = app.state.last_counts().await?;
    let before: Baseline = counts.into_iter().filter_map(|(name, rows)| Some((named(&name)?, rows))).collect();
    let mut memory = app.memory.lock().await;
    let mut found = read_changed(&app.profile, &app.source, &own, Some(&before), (&mut memory, Utc::now())).await?;
    drop(memory);
    found.crm.erased_here = erased_here(app, &found.crm).await?;
    Ok(found)
}

/// Makes of rows what they mean at an instant.
///
/// # Errors
/// As [`take`].
pub async fn build(app: &App, Read { crm, baseline, way, number, .. }: Read, now: DateTime<Utc>) -> Result<Reading, ReadingError> {
    let snapshot = Snapshot::build(crm, app.moment(now))?;
    let held = app.state.seats().await?;
    let held: BTreeMap<UserKey, Seat> = held.into_iter().map(|row| (row.user, Seat { since: row.since, lost: row.lost_since })).collect();
    let holds = |user: &&UserKey| held.get(*user).is_some_and(|seat| seat.lost.is_none());
    let mut candidates = snapshot.candidates();
    candidates.extend(snapshot.doubtful_users().keys().filter(holds).cloned());
    let in_doubt = [Relation::Seats, Relation::Users].iter().any(|relation| snapshot.doubts().contains_key(relation));
    let seats = if in_doubt { held } else { seat::assign(&candidates, &held, app.config.worker.seats, now) };
    Ok(Reading { snapshot, baseline, way, number, seats, candidates })
}

async fn own_rows(app: &App) -> Result<Own, StateError> {
    let standing = app.state.standing_folders().await?;
    let mut own = Own { served: standing.into_keys().map(|folder| folder.user).collect(), ..Own::default() };
    for book in &app.books {
        let subscriptions = app.state.subscriptions(&book.key).await?;
        own.subscriptions.extend(subscriptions.iter().filter_map(adressbote_schema::state::Subscription::row));
        let filters = app.state.filters(&book.key).await?;
        let standing = filters.into_iter().filter_map(|filter| Some((filter.holder, filter.text?)));
        own.filters.extend(standing.map(|(holder, text)| OwnFilter { holder, book: Some(book.key.to_string()), text }));
    }
    Ok(own)
}

/// The records whose persons were taken out here, of all that we know: those of the view, those that could not be read, those of which something stands in
/// a mailbox. The tombstones are keyed digests, so each record is asked for.
async fn erased_here(app: &App, crm: &Crm) -> Result<BTreeSet<RecordKey>, StateError> {
    let tombstones = app.state.erased().await?;
    if tombstones.is_empty() {
        return Ok(BTreeSet::new());
    }
    let pushed = app.state.pushed_records().await?;
    let doubtful = crm.doubtful_records.iter().map(|doubt| &doubt.record);
    let known = crm.records.rows().iter().map(|row| &row.key).chain(doubtful).chain(&pushed);
    Ok(known.filter(|record| tombstones.contains(&tombstone(&app.key, record))).cloned().collect())
}

/// The tombstone of a record.
pub fn tombstone(key: &DigestKey, record: &RecordKey) -> Digest {
    key.digest("tombstone", [record.as_str().as_bytes()])
}

/// Writes down what a reading found: seats, doubts and counts of proven relations. Passes asked for one by one do not lower what later readings are compared
/// with: many small losses between them would never look like a large one. A doubt older than its deadline is confirmed.
///
/// # Errors
/// When the state database fails.
pub async fn note(app: &App, reading: &Reading, kind: &PassKind, now: DateTime<Utc>) -> Result<(), StateError> {
    // A seat whose grace is over is remembered until the folder is empty.
    let standing: BTreeSet<UserKey> = app.state.standing_folders().await?.into_keys().map(|folder| folder.user).collect();
    let counts = |(user, seat): &(&UserKey, &Seat)| seat.lost.is_none_or(|lost| now < lost + seat::GRACE) || standing.contains(*user);
    let seats: Vec<SeatRow> =
        reading.seats.iter().filter(counts).map(|(user, seat)| SeatRow { user: user.clone(), since: seat.since, lost_since: seat.lost }).collect();
    app.state.write_seats(&seats).await?;
    let doubts = reading.snapshot.doubts();
    let proven: Vec<(String, u64)> =
        reading.baseline.iter().filter(|(relation, _)| !doubts.contains_key(relation)).map(|(relation, rows)| (stem(relation), *rows)).collect();
    let floor: BTreeMap<String, u64> = if *kind == PassKind::Full { BTreeMap::new() } else { app.state.last_counts().await?.into_iter().collect() };
    let proven: Vec<(String, u64)> = proven.into_iter().filter(|(name, rows)| floor.get(name).is_none_or(|before| rows >= before)).collect();
    app.state.note_proven(&proven, now).await?;
    for (relation, doubt) in doubts {
        app.state.note_doubt(&stem(relation), doubt, now).await?;
    }
    confirm_overdue(app, now).await
}

async fn confirm_overdue(app: &App, now: DateTime<Utc>) -> Result<(), StateError> {
    let Some(deadline) = app.config.worker.doubt_deadline_h else { return Ok(()) };
    let deadline = TimeDelta::hours(i64::from(deadline.get()));
    let is_over = |since: DateTime<Utc>| since.checked_add_signed(deadline).is_some_and(|end| end <= now);
    for (name, relation) in app.state.relations().await? {
        match relation.doubt {
            Some(RelationDoubt { rows: Some((rows, since)), .. }) if is_over(since) => {
                let by = By { actor: "doubt_deadline".to_owned(), why: Some("the configured deadline passed".to_owned()) };
                match app.state.confirm_relation(&name, rows, &by, now).await {
                    // A person was quicker.
                    Err(StateError::NothingToConfirm { .. } | StateError::OtherRows { .. }) => {}
                    confirmed => confirmed?,
                }
            }
            Some(RelationDoubt { rows: None, since, why }) if is_over(since) => {
                error!(
                    relation = name,
                    doubt = why,
                    "Relation {name} is in doubt beyond the deadline, but its doubt is of a kind that no deadline settles"
                );
            }
            Some(_) | None => {}
        }
    }
    Ok(())
}
