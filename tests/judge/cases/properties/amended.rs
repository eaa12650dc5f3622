//! A snapshot that was brought forward record by record means what one means that was read anew, with an index from before and without.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicUsize, Ordering};

use adressbote_judge::evidence::{Evidence, met_by_any};
use adressbote_judge::seed::Wish;
use adressbote_judge::world::{Folder, World, pushed, worlds};
use adressbote_rules::crm::{Crm, Reading, RightRow, Rule, Target};
use adressbote_rules::due::{Counted, Due, Evaluation, Verdict};
use adressbote_rules::explain::explain;
use adressbote_rules::index::{Index, IndexError};
use adressbote_rules::key::RecordKey;
use adressbote_rules::ledger::Brought;
use adressbote_rules::plan::{Change, Plan, Service, Suspended, plan};
use adressbote_rules::seat::Licence;
use adressbote_rules::sight::{Snapshot, Viewer};
use adressbote_rules::touched::TouchedRows;
use proptest::prelude::*;

use super::runs::run;

static EVIDENCE: Evidence = Evidence::new(&["a record came or went", "a right changed", "a subscription changed"]);

static WITH_INDEX: AtomicUsize = AtomicUsize::new(0);
static CAPPED: AtomicUsize = AtomicUsize::new(0);
static IN_PLACE: AtomicUsize = AtomicUsize::new(0);
static LEFT_OUT: AtomicUsize = AtomicUsize::new(0);

#[test]
fn an_amended_snapshot_means_what_one_means_that_was_read_anew() {
    let edits = || prop::collection::vec(any::<Wish>(), 1..30);
    run("amended", 1_500, &(worlds(), edits(), edits()), &EVIDENCE, |(world, edits, later)| {
        let mut world = world;
        // A folder of which something is in doubt is never known to stand as it is due.
        (world.doubts, world.doubtful_users) = Default::default();
        world.filters.retain(|stored| stored.tree.is_some());
        let (before, book) = (whole(&world), world.book());
        let mut snapshot = Snapshot::build(before.clone(), World::at()).unwrap();
        let index = Index::of(&snapshot, [&book], &World::digest_key()).unwrap();
        let (mut crm, mut between, mut last) = (before.clone(), before, BTreeSet::new());
        // Amended once, and again.
        for edits in [edits, later] {
            let after = edited(&world, &crm, &edits);
            EVIDENCE.count(met_by_any(&world), &changes(&crm, &after));
            let touched = touched(&crm, &after);
            snapshot.amend(&touched, rows_of(&after, &touched));
            (between, last) = (std::mem::replace(&mut crm, after), touched);
        }
        let (anew, between) = (Snapshot::build(crm, World::at()).unwrap(), Snapshot::build(between, World::at()).unwrap());
        let expected = Evaluation::new(&anew, &book, World::digest_key());
        let plain = Evaluation::new(&snapshot, &book, World::digest_key());
        let quick = Evaluation::new(&snapshot, &book, World::digest_key()).with_index(&index);
        if !snapshot.amended().is_empty() {
            prop_assert_eq!(Index::of(&snapshot, [&book], &World::digest_key()).err(), Some(IndexError::Amended));
        }
        let is_before = |turn| snapshot.next_turn().is_some_and(|found| found <= turn);
        prop_assert!(anew.next_turn().is_none_or(is_before), "{:?} instead of {:?}", snapshot.next_turn(), anew.next_turn());
        for user in anew.users() {
            let Some(viewer_anew) = anew.viewer(&user.key) else { continue };
            let viewer = snapshot.viewer(&user.key).unwrap();
            let due = expected.due(&viewer_anew);
            for evaluation in [&plain, &quick] {
                let found = evaluation.due(&viewer);
                prop_assert_eq!(due.contacts(), found.contacts(), "{}", user.key);
                prop_assert_eq!(&due.tally, &found.tally, "{}", user.key);
            }
            WITH_INDEX.fetch_add(usize::from(quick.has_index_for(&viewer)), Ordering::Relaxed);
            explains_alike((&expected, &viewer_anew), (&quick, &viewer))?;
            let owed = owes_in_time(&quick, &viewer, (&due, &last))?;
            // What stands in the folder is what was due before it was amended the second time.
            let Some(viewer_before) = between.viewer(&user.key) else { continue };
            let ledger = pushed(&Evaluation::new(&between, &book, World::digest_key()).due(&viewer_before));
            plans_alike(&quick, &viewer, (&due, &ledger, &last, &owed))?;
        }
        finds_viewers(&snapshot, &anew, &expected)?;
        Ok(())
    });
    EVIDENCE.met(&CAPPED, 60, "a full folder changed");
    EVIDENCE.met(&IN_PLACE, 3, "a full folder kept its order");
    EVIDENCE.met(&LEFT_OUT, 3, "the cap left an amended record out for certain");
    EVIDENCE.met(&WITH_INDEX, 600, "the index was asked");
}

/// That what is told of records is the same.
fn explains_alike<'a, 'b>(
    (expected, viewer_anew): (&Evaluation<'a>, &Viewer<'a>),
    (found, viewer): (&Evaluation<'b>, &Viewer<'b>),
) -> Result<(), TestCaseError> {
    for record in found.snapshot().amended().iter().chain(found.snapshot().record_keys().take(2)) {
        let expected = explain(expected, viewer_anew, Licence::Seated, record);
        prop_assert_eq!(expected, explain(found, viewer, Licence::Seated, record), "{} and {}", viewer.user().key, record);
    }
    Ok(())
}

/// That nobody else sees an amended record.
fn finds_viewers<'s>(snapshot: &Snapshot, anew: &'s Snapshot, expected: &Evaluation<'s>) -> Result<(), TestCaseError> {
    let viewers: BTreeMap<_, _> =
        snapshot.viewers_of(snapshot.amended(), |_, _| true).map(|(viewer, seen)| (viewer.user().key.clone(), seen)).collect();
    for user in anew.users() {
        let Some(viewer) = anew.viewer(&user.key) else { continue };
        let seen = viewers.get(&user.key);
        for record in snapshot.amended().iter().filter(|record| seen.is_none_or(|seen| !seen.contains(record))) {
            prop_assert!(
                matches!(expected.judge(&viewer, record), Verdict::Absent | Verdict::Hidden(_) | Verdict::Erased),
                "{} sees {record}",
                user.key
            );
        }
    }
    Ok(())
}

/// That nobody is passed over to whom an amended record is due. Gives those that may be due to him where his folder is full.
fn owes_in_time<'s, 'r>(
    evaluation: &Evaluation<'s>,
    viewer: &Viewer<'s>,
    (due, records): (&Due, &'r BTreeSet<RecordKey>),
) -> Result<Vec<&'r RecordKey>, TestCaseError> {
    let all: Vec<&RecordKey> = records.iter().collect();
    let [in_full, in_any] = [true, false].map(|is_full| evaluation.owed(viewer, &all, is_full));
    for contact in due.contacts().iter().filter(|contact| records.contains(contact.record())) {
        prop_assert!(in_full.contains(&contact.record()) && in_any.contains(&contact.record()), "{} is owed {}", due.user(), contact.record());
    }
    LEFT_OUT.fetch_add(usize::from(in_any != in_full), Ordering::Relaxed);
    Ok(in_full)
}

/// That the plan of what was amended is that of the whole folder, be it of all that was amended or of what concerns him alone.
fn plans_alike<'s>(
    evaluation: &Evaluation<'s>,
    viewer: &Viewer<'s>,
    (due, ledger, records, owed): (&Due, &Folder, &BTreeSet<RecordKey>, &[&RecordKey]),
) -> Result<(), TestCaseError> {
    let his = records.iter().filter(|record| ledger.contains_key(*record)).chain(owed.iter().copied()).cloned().collect();
    let whole = plan(evaluation, Some(viewer), Service::Served, Some(due), ledger);
    for records in [records, &his] {
        let Some(among) = evaluation.due_among(viewer, records, ledger) else { continue };
        let (tally, found) = (&due.tally, &among.due.tally);
        if among.counted != Counted::Nothing {
            prop_assert_eq!((tally.matched, tally.subscribed, tally.capped), (found.matched, found.subscribed, found.capped), "{}", due.user());
        }
        let part = plan(evaluation, Some(viewer), Service::Served, Some(&among.due), &among.held);
        prop_assert_eq!(steps(&whole), steps(&part), "{}", due.user());
        CAPPED.fetch_add(usize::from(tally.capped > 0 && !whole.is_empty()), Ordering::Relaxed);
        IN_PLACE.fetch_add(usize::from(among.counted == Counted::Nothing && !whole.is_empty()), Ordering::Relaxed);
    }
    Ok(())
}

/// A world's CRM without records that are doubtful alone: a reading of single records tells nothing of those.
fn whole(world: &World) -> Crm {
    Crm { doubtful_records: Vec::new(), ..world.crm() }
}

/// What a plan does, in its order; the places of contacts apart.
pub fn steps(plan: &Plan) -> (Vec<String>, &[(RecordKey, Brought)], &[Suspended]) {
    let step = |change: &Change| match change {
        Change::Create(due) => format!("create {} {:?}", due.record(), due.digest()),
        Change::Update { contact, due, cleared, reduced } => format!("update {contact} {:?} {cleared:?} {reduced:?}", due.digest()),
        other => format!("{other:?}"),
    };
    (plan.changes().map(step).collect(), &plan.rebrought, &plan.suspended)
}

/// The CRM with what hangs on records as it is after some edits of the world, and everything else as it was.
fn edited(world: &World, crm: &Crm, edits: &[Wish]) -> Crm {
    let mut world = world.clone();
    edits.iter().for_each(|edit| world.edit(edit));
    let after = world.crm();
    let rules = crm.rules.iter().zip(&after.rules).map(|(rule, after)| match rule.shape.target {
        Target::Record | Target::Source(_) => Rule { rows: like(&rule.rows, &after.rows), ..rule.clone() },
        Target::Part(_) => rule.clone(),
    });
    Crm {
        records: like(&crm.records, &after.records),
        parts: crm.parts.iter().zip(&after.parts).map(|(part, after)| like(part, after)).collect(),
        rules: rules.collect(),
        bars: like(&crm.bars, &after.bars),
        subscriptions: like(&crm.subscriptions, &after.subscriptions),
        ..crm.clone()
    }
}

/// Other rows, as certain as those that they replace.
fn like<T: Clone>(before: &Reading<T>, after: &Reading<T>) -> Reading<T> {
    let proven = Reading::absent().with(after.rows().iter().cloned());
    before.doubt().map_or(proven.clone(), |doubt| proven.doubted(doubt.clone()))
}

/// The records of which anything differs.
fn touched(before: &Crm, after: &Crm) -> BTreeSet<RecordKey> {
    let all = |crm: &Crm| {
        let rights = crm.rules.iter().flat_map(|rule| rule.rows.rows().iter().map(|row| RecordKey::new(&row.of)));
        let parts = crm.parts.iter().flat_map(|part| part.rows().iter().map(|row| row.record.clone()));
        let wishes = crm.subscriptions.rows().iter().map(|row| row.record.clone()).chain(crm.bars.rows().iter().map(|row| row.record.clone()));
        let records = crm.records.rows().iter().map(|row| row.key.clone());
        records.chain(rights).chain(parts).chain(wishes).collect::<BTreeSet<_>>()
    };
    let differs = |record: &RecordKey| {
        let one = BTreeSet::from([record.clone()]);
        rows_of(before, &one) != rows_of(after, &one)
    };
    all(before).into_iter().chain(all(after)).filter(differs).collect()
}

/// What hangs on some records.
fn rows_of(crm: &Crm, records: &BTreeSet<RecordKey>) -> TouchedRows {
    let rights = |rule: &Rule| -> Vec<RightRow> {
        let speaks = |row: &&RightRow| !matches!(rule.shape.target, Target::Part(_)) && records.contains(&RecordKey::new(&row.of));
        rule.rows.rows().iter().filter(speaks).cloned().collect()
    };
    TouchedRows {
        records: crm.records.rows().iter().filter(|row| records.contains(&row.key)).cloned().collect(),
        parts: crm.parts.iter().map(|part| part.rows().iter().filter(|row| records.contains(&row.record)).cloned().collect()).collect(),
        rules: crm.rules.iter().map(rights).collect(),
        bars: crm.bars.rows().iter().filter(|row| records.contains(&row.record)).cloned().collect(),
        subscriptions: crm.subscriptions.rows().iter().filter(|row| records.contains(&row.record)).cloned().collect(),
    }
}

/// What the edits brought about.
fn changes(before: &Crm, after: &Crm) -> [bool; 3] {
    let keys = |crm: &Crm| crm.records.rows().iter().map(|row| row.key.clone()).collect::<BTreeSet<_>>();
    let (was, is) = (keys(before), keys(after));
    let rights = |crm: &Crm| (crm.rules.iter().map(|rule| rule.rows.rows().to_vec()).collect::<Vec<_>>(), crm.bars.rows().to_vec());
    [is != was, rights(before) != rights(after), before.subscriptions.rows() != after.subscriptions.rows()]
}
