//! What is due is the same with an index and without, contents and figures, and the two never dispute. Were the index wrong, nobody would get what he may not see.

use std::sync::atomic::{AtomicUsize, Ordering};

use adressbote_judge::evidence::{Evidence, met_by_any};
use adressbote_judge::world::{World, worlds};
use adressbote_rules::crm::Reading;
use adressbote_rules::due::{Evaluation, Verdict};
use adressbote_rules::index::Index;
use adressbote_rules::sight::Snapshot;
use proptest::prelude::*;

use super::runs::run;

static EVIDENCE: Evidence = Evidence::new(&[]);
static EVIDENCE_OF_WRONG: Evidence = Evidence::new(&[]);

static DISPUTED: AtomicUsize = AtomicUsize::new(0);

#[test]
fn an_index_that_is_wrong_discloses_nothing() {
    run("wrong", 500, &worlds(), &EVIDENCE_OF_WRONG, |world| {
        EVIDENCE_OF_WRONG.count(met_by_any(&world), &[]);
        let (snapshot, book) = (world.snapshot(), world.book());
        // Made as if nothing were barred and nobody needed a right.
        let mut open = world.crm();
        open.bars = Reading::absent();
        open.rules.iter_mut().for_each(|rule| rule.shape.is_open_by_default = true);
        open.rules.iter_mut().for_each(|rule| rule.rows = Reading::absent());
        let open = Snapshot::build(open, World::at()).unwrap();
        let index = Index::of(&open, [&book], &World::digest_key()).unwrap();
        let whole = Evaluation::new(&snapshot, &book, World::digest_key());
        let wrong = Evaluation::new(&snapshot, &book, World::digest_key()).with_index(&index);
        for user in snapshot.users() {
            let Some(viewer) = snapshot.viewer(&user.key) else { continue };
            let found = wrong.due(&viewer);
            DISPUTED.fetch_add(usize::from(found.tally.is_disputed), Ordering::Relaxed);
            if found.tally.is_disputed {
                let expected = whole.due(&viewer);
                prop_assert_eq!(expected.contacts(), found.contacts(), "what the rights check says counts");
            }
            for contact in found.contacts() {
                prop_assert!(matches!(whole.judge(&viewer, contact.record()), Verdict::Wanted(..)), "{}", contact.record());
            }
        }
        Ok(())
    });
    EVIDENCE_OF_WRONG.met(&DISPUTED, 150, "an index was wrong");
}

#[test]
fn what_is_due_is_the_same_with_an_index() {
    run("quick", 1_000, &worlds(), &EVIDENCE, |world| {
        EVIDENCE.count(met_by_any(&world), &[]);
        let (snapshot, book) = (world.snapshot(), world.book());
        let index = Index::of(&snapshot, [&book], &World::digest_key()).unwrap();
        let whole = Evaluation::new(&snapshot, &book, World::digest_key());
        let quick = Evaluation::new(&snapshot, &book, World::digest_key()).with_index(&index);
        for user in snapshot.users() {
            let Some(viewer) = snapshot.viewer(&user.key) else { continue };
            prop_assert!(quick.seal(&viewer).is_some() || !user.is_active, "the index knows who works here");
            let (expected, found) = (whole.due(&viewer), quick.due(&viewer));
            prop_assert_eq!(expected.contacts(), found.contacts(), "{}", user.key);
            prop_assert_eq!(expected.tally, found.tally, "{}", user.key);
        }
        Ok(())
    });
}
