//! A folder that is decided by the marks with which its contacts stood gets what one gets that is decided whole.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicUsize, Ordering};

use adressbote_judge::evidence::{Evidence, met_by_any};
use adressbote_judge::seed::Wish;
use adressbote_judge::world::{World, pushed, worlds};
use adressbote_rules::due::{Counted, Evaluation};
use adressbote_rules::index::{Index, Mark};
use adressbote_rules::plan::{Service, plan};
use adressbote_rules::sight::Snapshot;
use proptest::prelude::*;

use super::amended::steps;
use super::runs::run;

static EVIDENCE: Evidence = Evidence::new(&[]);

static CHANGED: AtomicUsize = AtomicUsize::new(0);
static IN_PART: AtomicUsize = AtomicUsize::new(0);
static CAPPED: AtomicUsize = AtomicUsize::new(0);

#[test]
fn what_is_decided_by_marks_is_what_is_decided_whole() {
    let edits = prop::collection::vec(any::<Wish>(), 0..6);
    run("marked", 1_500, &(worlds(), edits), &EVIDENCE, |(world, edits)| {
        EVIDENCE.count(met_by_any(&world), &[]);
        let (book, mut earlier) = (world.book(), world.earlier(&edits));
        // Nothing is known of a folder as long as anything is in doubt.
        (earlier.doubts, earlier.doubtful_users) = Default::default();
        let [now, before] = [&world, &earlier].map(|world| Snapshot::build(world.crm(), World::at()).unwrap());
        let [index, index_before] = [&now, &before].map(|snapshot| Index::of(snapshot, [&book], &World::digest_key()).unwrap());
        let plain = Evaluation::new(&now, &book, World::digest_key());
        let quick = Evaluation::new(&now, &book, World::digest_key()).with_index(&index);
        let quick_before = Evaluation::new(&before, &book, World::digest_key()).with_index(&index_before);
        for user in now.users() {
            let (Some(viewer), Some(viewer_before)) = (now.viewer(&user.key), before.viewer(&user.key)) else { continue };
            let Some((_, marks)) = quick_before.marks(&viewer_before) else { continue };
            let (marks, ledger) = (BTreeSet::from_iter(marks), pushed(&quick_before.due(&viewer_before)));
            if marks.len() != ledger.len() {
                continue;
            }
            let had = |mark: &Mark| marks.contains(mark);
            let Some(among) = quick.due_by_marks(&viewer, (&ledger, had), usize::MAX) else { continue };
            let due = plain.due(&viewer);
            let whole = plan(&plain, Some(&viewer), Service::Served, Some(&due), &ledger);
            let part = plan(&quick, Some(&viewer), Service::Served, Some(&among.due), &among.held);
            prop_assert_eq!(steps(&whole), steps(&part), "{}", user.key);
            let (tally, found) = (&due.tally, &among.due.tally);
            prop_assert_eq!((tally.visible, tally.matched, tally.subscribed), (found.visible, found.matched, found.subscribed), "{}", user.key);
            prop_assert_eq!((tally.cap, tally.capped, among.counted), (found.cap, found.capped, Counted::All), "{}", user.key);
            CHANGED.fetch_add(usize::from(!whole.is_empty()), Ordering::Relaxed);
            IN_PART.fetch_add(usize::from(!whole.is_empty() && among.held.len() < ledger.len()), Ordering::Relaxed);
            CAPPED.fetch_add(usize::from(!whole.is_empty() && tally.capped > 0), Ordering::Relaxed);
            // With less leave to differ it is decided whole instead.
            let differ = among.due.contacts().len().max(among.held.len());
            prop_assert!(quick.due_by_marks(&viewer, (&ledger, had), differ).is_some());
            prop_assert!(differ == 0 || quick.due_by_marks(&viewer, (&ledger, had), differ - 1).is_none());
        }
        Ok(())
    });
    EVIDENCE.met(&CHANGED, 60, "a folder changed");
    EVIDENCE.met(&IN_PART, 60, "a folder changed in part");
    EVIDENCE.met(&CAPPED, 60, "a full folder changed");
}
