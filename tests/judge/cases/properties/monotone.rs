//! A right taken away makes nothing visible or wanted that was not before.
//!
//! The last listing of something under an open rule is a closing and stays. A child row taken away may let the next child row take its place: there
//! only what is visible of records is compared, not what is seen in them.

use std::collections::BTreeSet;

use adressbote_judge::evidence::{Evidence, met_by_any};
use adressbote_judge::seed::Wish;
use adressbote_judge::world::{Taken, World, worlds};
use adressbote_rules::due::Evaluation;
use adressbote_rules::key::{RecordKey, UserKey};
use adressbote_rules::sight::{Sighting, Snapshot};
use proptest::prelude::*;

use super::runs::run;

static EVIDENCE: Evidence = Evidence::new();

#[test]
fn a_right_taken_away_shows_nothing_new() {
    let strategy = (worlds(), prop::collection::vec(any::<Wish>(), 8));
    run("monotone", 2_500, &strategy, &EVIDENCE, |(world, seeds)| {
        let mut less = world.clone();
        let Some(taken) = seeds.iter().find_map(|seed| less.take(seed)) else { return Err(TestCaseError::reject("nothing to take")) };
        EVIDENCE.count(met_by_any(&world));
        let (snapshot, after, book) = (world.snapshot(), less.snapshot(), world.book());
        let evaluation = Evaluation::new(&snapshot, &book, World::digest_key());
        let evaluation_after = Evaluation::new(&after, &book, World::digest_key());
        for user in world.user_keys() {
            for record in world.record_keys() {
                shows_no_more(&world, &(&snapshot, &after), &user, &record, &taken)?;
            }
            if taken != Taken::OfPart {
                let before = queued(&evaluation, &user);
                let now = queued(&evaluation_after, &user);
                prop_assert!(now.is_subset(&before), "{:?}: {} wants {:?} now, and wanted {:?}", taken, user, now, before);
            }
        }
        Ok(())
    });
}

/// What a user wants, without the cap: that may let the next one move up.
fn queued<'s>(evaluation: &Evaluation<'s>, user: &UserKey) -> BTreeSet<RecordKey> {
    let viewer = evaluation.snapshot().viewer(user).unwrap();
    let (_, queue) = evaluation.queue(&viewer);
    queue.into_iter().map(|(_, seen)| seen.key().clone()).collect()
}

fn shows_no_more(
    world: &World,
    (before, after): &(&Snapshot, &Snapshot),
    user: &UserKey,
    record: &RecordKey,
    taken: &Taken,
) -> Result<(), TestCaseError> {
    let (viewer, viewer_after) = (before.viewer(user).unwrap(), after.viewer(user).unwrap());
    let now = match viewer_after.look(record) {
        Sighting::Visible(now) => now,
        Sighting::Absent | Sighting::Hidden(_) | Sighting::Unreadable => return Ok(()),
    };
    let Sighting::Visible(once) = viewer.look(record) else {
        return Err(TestCaseError::fail(format!("{taken:?}: {user} sees {record} now")));
    };
    for (id, field) in world.view.numbered_fields() {
        prop_assert!(!now.mask().reads(id) || once.mask().reads(id), "{:?}: {} reads {} of {} now", taken, user, &field.name, record);
    }
    let (now, once) = (now.document(), once.document());
    for (name, value) in now.as_object().unwrap() {
        let is_less = once.get(name).is_some_and(|before| is_within(value, before));
        prop_assert!(
            *taken == Taken::OfPart || is_less,
            "{:?}: {} sees in {} of {} {} instead of {:?}",
            taken,
            user,
            name,
            record,
            value,
            once.get(name)
        );
    }
    Ok(())
}

/// Whether a value shows nothing that the other did not: the same, or of a part's rows fewer columns.
fn is_within(now: &serde_json::Value, before: &serde_json::Value) -> bool {
    match (now.as_array(), before.as_array()) {
        (Some(now), Some(before)) => now.iter().all(|row| before.iter().any(|other| is_row_within(row, other))),
        _ => now == before,
    }
}

fn is_row_within(now: &serde_json::Value, before: &serde_json::Value) -> bool {
    match (now.as_object(), before.as_object()) {
        (Some(now), Some(before)) => now.iter().all(|(name, value)| before.get(name) == Some(value)),
        _ => now == before,
    }
}
