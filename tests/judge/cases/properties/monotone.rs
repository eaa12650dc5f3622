//! A right taken away makes nothing visible or wanted that was not before.
//!
//! The last listing of something under an open rule is a closing and stays. A child row taken away may let the next child row take its place: there
//! only what is visible of records is compared, not what is seen in them or made of it.

use std::collections::BTreeSet;

use adressbote_judge::evidence::{Evidence, met_by_any};
use adressbote_judge::judge::Eye;
use adressbote_judge::seed::Wish;
use adressbote_judge::world::{COUNTRY, PHONES, Taken, World, worlds};
use adressbote_rules::due::{Due, DueContact, Evaluation};
use adressbote_rules::key::{RecordKey, UserKey};
use adressbote_rules::property::Property;
use adressbote_rules::sight::{Sighting, Snapshot};
use proptest::prelude::*;

use super::runs::run;

static EVIDENCE: Evidence = Evidence::new(&["a contact that shows fewer numbers"]);

#[test]
fn a_right_taken_away_shows_nothing_new() {
    let strategy = (worlds(), prop::collection::vec(any::<Wish>(), 8), prop::bool::weighted(0.5));
    run("monotone", 2_500, &strategy, &EVIDENCE, |(world, seeds, is_of_phones)| {
        let mut less = world.clone();
        let taken = if is_of_phones { Some(less.take_phones(&seeds[0])) } else { seeds.iter().find_map(|seed| less.take(seed)) };
        let Some(taken) = taken else { return Err(TestCaseError::reject("nothing to take")) };
        let (mut has_fewer, met) = (false, met_by_any(&world));
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
                let (eye, eye_after) = (Eye::of(&world, &user).unwrap(), Eye::of(&less, &user).unwrap());
                has_fewer |= delivers_no_more(&evaluation, &evaluation_after, &eye, &eye_after)?;
            }
        }
        EVIDENCE.count(met, &[has_fewer]);
        Ok(())
    });
}

fn due_to<'s>(evaluation: &Evaluation<'s>, user: &UserKey) -> Due {
    evaluation.due(&evaluation.snapshot().viewer(user).unwrap())
}

/// A contact shows nothing made of parts that it did not show: no other row takes the place of one that may no longer be told to be the first, or to fit.
/// Says whether one shows less.
fn delivers_no_more(before: &Evaluation<'_>, after: &Evaluation<'_>, eye: &Eye<'_>, eye_after: &Eye<'_>) -> Result<bool, TestCaseError> {
    let of_parts = [Property::AssistantName, Property::SpouseName];
    let mut has_fewer = false;
    let dues = [due_to(before, &eye.user.key), due_to(after, &eye.user.key)];
    let [once, now] = &dues;
    for contact in now.contacts() {
        let Some(before) = once.contacts().iter().find(|before| before.record() == contact.record()) else { continue };
        for property in of_parts {
            let (value, was) = (contact.value(property).unwrap(), before.value(property).unwrap());
            prop_assert!(value.is_null() || value == was, "{}: {} of {} is {} instead of {}", eye.user.key, property, contact.record(), value, was);
            has_fewer |= value != was;
        }
        // Numbers are written otherwise where the country is no longer known.
        if eye.reads_input(contact.record(), COUNTRY) == eye_after.reads_input(contact.record(), COUNTRY) {
            let (numbers, were) = (numbers(contact), numbers(before));
            prop_assert!(numbers.is_subset(&were), "{}: {:?} of {} instead of {:?}", eye.user.key, numbers, contact.record(), were);
            has_fewer |= numbers != were;
        }
    }
    Ok(has_fewer)
}

/// The numbers in all phone properties: one that left its place in one of them may come to stand in another.
fn numbers(contact: &DueContact) -> BTreeSet<String> {
    let values = contact.values().filter(|(property, _)| PHONES.contains(&property.name())).map(|(_, value)| value);
    let texts = values.flat_map(|value| value.as_array().cloned().unwrap_or_else(|| vec![value.clone()]));
    texts.filter_map(|text| text.as_str().map(str::to_owned)).collect()
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
