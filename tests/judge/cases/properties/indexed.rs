//! The index decides as the slow evaluator does: the same records in the same order, brought by the same; and a contact that changed has another digest.

use std::collections::BTreeMap;

use adressbote_judge::evidence::{Evidence, met_by_any};
use adressbote_judge::seed::Wish;
use adressbote_judge::world::{World, worlds};
use adressbote_rules::crm::{Crm, Reading};
use adressbote_rules::due::Evaluation;
use adressbote_rules::index::{Builder, Mark, Shelf};
use adressbote_rules::key::RecordKey;
use adressbote_rules::ledger::Brought;
use adressbote_rules::sight::Snapshot;
use proptest::prelude::*;

use super::runs::run;

static EVIDENCE: Evidence = Evidence::new(&[]);

/// The CRM without what an index takes.
fn people(crm: &Crm) -> Crm {
    let mut people = crm.clone();
    people.records = Reading::absent();
    people.parts.iter_mut().for_each(|part| *part = Reading::absent());
    people.rules.iter_mut().for_each(|rule| rule.rows = Reading::absent());
    people.bars = Reading::absent();
    people.subscriptions = Reading::absent();
    people
}

/// Per user the folder's order with the marks, and the counts.
type Folders = BTreeMap<String, (Vec<(RecordKey, Brought)>, Vec<Mark>, (usize, usize, usize))>;

fn folders(world: &World) -> Folders {
    let (crm, book) = (world.crm(), world.book());
    let snapshot = Snapshot::build(people(&crm), World::at()).unwrap();
    let mut builder = Builder::new(&snapshot, [&book], &World::digest_key());
    builder.take(&crm);
    let index = builder.finish(&snapshot).unwrap();
    let shelf = Shelf::new(&index, &snapshot, &book);
    let of = |user: &adressbote_rules::key::UserKey| {
        let viewer = snapshot.viewer(user).unwrap();
        let Some(seer) = shelf.seer(&viewer) else { return (Vec::new(), Vec::new(), (0, 0, 0)) };
        let chosen = seer.count();
        let counts = chosen.counts.unwrap();
        (seer.keys(&chosen), seer.marks(&chosen), (counts.visible, counts.matched, counts.subscribed))
    };
    world.user_keys().iter().map(|user| (user.to_string(), of(user))).collect()
}

#[test]
fn the_index_decides_as_the_slow_evaluator_does() {
    let strategy = (worlds(), prop::collection::vec(any::<Wish>(), 0..6));
    run("indexed", 2_000, &strategy, &EVIDENCE, |(world, edits)| {
        EVIDENCE.count(met_by_any(&world), &[]);
        let earlier = world.earlier(&edits);
        let (snapshot, before, book) = (world.snapshot(), earlier.snapshot(), world.book());
        let evaluation = Evaluation::new(&snapshot, &book, World::digest_key());
        let earlier_book = earlier.book();
        let evaluation_before = Evaluation::new(&before, &earlier_book, World::digest_key());
        let (found, found_before) = (folders(&world), folders(&earlier));
        for user in world.user_keys() {
            let viewer = snapshot.viewer(&user).unwrap();
            let due = evaluation.due(&viewer);
            let (keys, marks, counts) = &found[user.as_str()];
            if !viewer.user().is_active {
                continue;
            }
            let wanted: Vec<(RecordKey, Brought)> = due.contacts().iter().map(|one| (one.record().clone(), one.brought())).collect();
            prop_assert_eq!(&wanted, keys, "{}", user);
            prop_assert_eq!((due.tally.visible, due.tally.matched, due.tally.subscribed), *counts, "{}", user);
            let Some(viewer_before) = before.viewer(&user).filter(|viewer| viewer.user().is_active) else { continue };
            let due_before = evaluation_before.due(&viewer_before);
            let (_, marks_before, _) = &found_before[user.as_str()];
            for (contact, mark) in due.contacts().iter().zip(marks) {
                let same = due_before.contacts().iter().zip(marks_before).find(|(one, _)| one.record() == contact.record());
                if let Some((contact_before, mark_before)) = same {
                    let is_same = (contact.digest(), contact.brought()) == (contact_before.digest(), contact_before.brought());
                    prop_assert_eq!(mark.record, mark_before.record);
                    prop_assert!(mark != mark_before || is_same, "{} and {}: the contact changed, its mark did not", user, contact.record());
                }
            }
        }
        Ok(())
    });
}
