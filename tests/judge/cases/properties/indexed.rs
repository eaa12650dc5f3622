//! The index decides as the slow evaluator does: the same records in the same order, brought by the same; and a contact that changed has another digest.

use std::collections::BTreeMap;

use adressbote_judge::evidence::{Evidence, met_by_any};
use adressbote_judge::seed::Wish;
use adressbote_judge::world::{World, worlds};
use adressbote_rules::book::Book;
use adressbote_rules::crm::{Answer, Crm, FieldRightRow, Reading, RecordRow};
use adressbote_rules::digest::Digest;
use adressbote_rules::due::Evaluation;
use adressbote_rules::index::{Builder, Index, Mark, Scalar, Shelf};
use adressbote_rules::key::{PartKey, Principal, RecordKey, Source, UserKey};
use adressbote_rules::ledger::Brought;
use adressbote_rules::sight::Snapshot;
use adressbote_rules::time::Period;
use adressbote_rules::value::Value;
use proptest::prelude::*;

use super::runs::run;

static EVIDENCE: Evidence = Evidence::new(&[]);
static EVIDENCE_OF_MARKS: Evidence = Evidence::new(&[]);

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

fn scalars(values: &[Value]) -> Vec<Scalar<'_>> {
    values.iter().map(Scalar::of).collect()
}

/// Hands on what an index takes, as a reading does.
fn hand_on(crm: &Crm, builder: &mut Builder) {
    for row in crm.records.rows() {
        builder.record(row.key.as_str(), &scalars(&row.values));
    }
    for ((part, _), reading) in crm.view.numbered_parts().skip(1).zip(&crm.parts) {
        for row in reading.rows() {
            builder.part(part, row.record.as_str(), row.key.as_str(), &scalars(&row.values));
        }
    }
    for (number, rule) in crm.rules.iter().enumerate() {
        rule.rows.rows().iter().for_each(|row| builder.right(number, &row.of, row.principal.as_str(), row.during));
    }
    crm.bars.rows().iter().for_each(|row| builder.bar(row.record.as_str(), row.principal.as_str(), row.during));
    for row in crm.subscriptions.rows() {
        builder.subscription(row.record.as_str(), row.principal.as_str(), row.book.as_deref(), row.during);
    }
    crm.doubtful_records.iter().for_each(|doubt| builder.doubtful(doubt.record.as_str()));
}

/// What the index tells of a user.
struct Folder {
    keys: Vec<(RecordKey, Brought)>,
    marks: Vec<Mark>,
    digest: Digest,
    counts: (usize, usize, usize),
}

/// What it tells of every active user.
type Folders = BTreeMap<UserKey, Folder>;

fn index(crm: &Crm, book: &Book) -> Index {
    let snapshot = Snapshot::build(people(crm), World::at()).unwrap();
    let mut builder = Builder::new(&snapshot, [book], &World::digest_key());
    hand_on(crm, &mut builder);
    builder.finish(&snapshot).unwrap()
}

fn folders(crm: &Crm, book: &Book) -> Folders {
    let (snapshot, index) = (Snapshot::build(people(crm), World::at()).unwrap(), index(crm, book));
    assert_eq!(index.next_turn(), Snapshot::build(crm.clone(), World::at()).unwrap().next_turn());
    let shelf = Shelf::new(&index, &snapshot, book).unwrap();
    let of = |user: &UserKey| {
        let viewer = snapshot.viewer(user)?;
        let seer = shelf.seer(&viewer)?;
        let chosen = seer.count();
        let counts = chosen.counts.unwrap();
        Some(Folder {
            keys: seer.keys(&chosen),
            marks: seer.marks(&chosen),
            digest: seer.digest(&chosen),
            counts: (counts.visible, counts.matched, counts.subscribed),
        })
    };
    snapshot.users().filter(|user| user.is_active).filter_map(|user| Some((user.key.clone(), of(&user.key)?))).collect()
}

/// The CRM with a source of its view taken from everybody.
fn denied(crm: &Crm, odd: &Wish) -> Crm {
    let columns = crm.view.parts().iter().flat_map(|part| &part.columns).flat_map(|column| column.sources.clone());
    let sources: Vec<Source> = columns.chain(crm.view.fields().iter().flat_map(|field| field.sources.clone())).collect();
    let source = sources.get(usize::from(odd[0]) % sources.len()).unwrap().clone();
    let row = FieldRightRow { principal: Principal::everyone(), source, answer: Answer::Deny, record: None, during: Period::ALWAYS };
    let mut denied = crm.clone();
    denied.field_rights = denied.field_rights.with([row]);
    denied
}

/// That a contact of one CRM has the mark of the same contact in another one only if it is the same; and a folder the digest.
fn marks_tell(crm: &Crm, other: &Crm, book: &Book) -> Result<(), TestCaseError> {
    let (snapshot, before) = (Snapshot::build(crm.clone(), World::at()).unwrap(), Snapshot::build(other.clone(), World::at()).unwrap());
    let evaluation = Evaluation::new(&snapshot, book, World::digest_key());
    let evaluation_before = Evaluation::new(&before, book, World::digest_key());
    let (found, found_before) = (folders(crm, book), folders(other, book));
    for (user, folder) in &found {
        let Some(folder_before) = found_before.get(user) else { continue };
        let (due, due_before) = (evaluation.due(&snapshot.viewer(user).unwrap()), evaluation_before.due(&before.viewer(user).unwrap()));
        let mut is_same_folder = folder.keys.len() == folder_before.keys.len();
        for (contact, mark) in due.contacts().iter().zip(&folder.marks) {
            let same = due_before.contacts().iter().zip(&folder_before.marks).find(|(one, _)| one.record() == contact.record());
            let Some((contact_before, mark_before)) = same else {
                is_same_folder = false;
                continue;
            };
            let is_same = (contact.digest(), contact.brought()) == (contact_before.digest(), contact_before.brought());
            is_same_folder &= mark == mark_before;
            prop_assert_eq!(mark.record, mark_before.record);
            prop_assert!(mark != mark_before || is_same, "{} and {}: the contact changed, its mark did not", user, contact.record());
        }
        prop_assert_eq!(folder.digest == folder_before.digest, is_same_folder, "{}", user);
    }
    Ok(())
}

/// That the index decides for everybody as the slow evaluator does.
fn decides_alike(crm: &Crm, book: &Book) -> Result<(), TestCaseError> {
    let snapshot = Snapshot::build(crm.clone(), World::at()).unwrap();
    let evaluation = Evaluation::new(&snapshot, book, World::digest_key());
    let found = folders(crm, book);
    for user in snapshot.users().filter(|user| user.is_active) {
        let viewer = snapshot.viewer(&user.key).unwrap();
        let due = evaluation.due(&viewer);
        let folder = found.get(&user.key).unwrap();
        let wanted: Vec<(RecordKey, Brought)> = due.contacts().iter().map(|one| (one.record().clone(), one.brought())).collect();
        prop_assert_eq!(&wanted, &folder.keys, "{}", user.key);
        prop_assert_eq!((due.tally.visible, due.tally.matched, due.tally.subscribed), folder.counts, "{}", user.key);
    }
    Ok(())
}

#[test]
fn the_index_decides_as_the_slow_evaluator_does() {
    run("indexed", 2_000, &worlds(), &EVIDENCE, |world| {
        EVIDENCE.count(met_by_any(&world), &[]);
        decides_alike(&world.crm(), &world.book())
    });
}

/// The CRM with so many copies of every record, and of everything that speaks of it.
fn magnified(crm: &Crm, copies: usize) -> Crm {
    fn more<T: Clone>(reading: &mut Reading<T>, copies: usize, name: impl Fn(&mut T, &str)) {
        let rows = reading.rows().to_vec();
        let copy = |number: usize| {
            let mut rows = rows.clone();
            rows.iter_mut().for_each(|row| name(row, &format!("-copy-{number}")));
            rows
        };
        let all: Vec<T> = (0..copies).flat_map(copy).collect();
        *reading = std::mem::replace(reading, Reading::absent()).with(all);
    }
    let named = |key: &mut RecordKey, end: &str| *key = RecordKey::new(format!("{key}{end}"));
    let mut large = crm.clone();
    more(&mut large.records, copies, |row, end| named(&mut row.key, end));
    for part in &mut large.parts {
        more(part, copies, |row, end| {
            named(&mut row.record, end);
            row.key = PartKey::new(format!("{}{end}", row.key));
        });
    }
    for rule in &mut large.rules {
        more(&mut rule.rows, copies, |row, end| row.of = format!("{}{end}", row.of).into());
    }
    more(&mut large.bars, copies, |row, end| named(&mut row.record, end));
    more(&mut large.subscriptions, copies, |row, end| named(&mut row.record, end));
    large
}

#[test]
fn of_many_records_the_index_decides_alike() {
    // More than two chunks of a walk, with lists that are long enough to be kept as bits. They are too few worlds to meet everything that small ones do, and
    // their evidence is that of size alone.
    let strategy = (worlds(), 1_u32..40_000);
    let evidence = Evidence::new(&[]);
    run("magnified", 6, &strategy, &evidence, |(world, cap)| {
        let (crm, mut book) = (world.crm(), world.book());
        book.cap = cap;
        book.caps.clear();
        let large = magnified(&crm, 40_000 / crm.records.rows().len());
        prop_assert!(large.records.rows().len() >= 40_000);
        decides_alike(&large, &book)
    });
}

#[test]
fn of_few_records_with_a_value_among_many_the_index_decides_alike() {
    // Where hardly any record has a value, those that have it are looked at one by one. In small worlds every value is frequent.
    let strategy = (worlds(), 1_u32..400);
    run("few", 12, &strategy, &Evidence::new(&[]), |(world, cap)| {
        let (crm, mut book) = (world.crm(), world.book());
        book.cap = cap;
        book.caps.clear();
        let mut large = magnified(&crm, 10_000 / crm.records.rows().len());
        let kept = crm.records.rows().len() * 9;
        let empty =
            |(place, row): (usize, RecordRow)| if place < kept { row } else { RecordRow { values: vec![Value::Null; row.values.len()], ..row } };
        large.records = Reading::absent().with(large.records.rows().iter().cloned().enumerate().map(empty));
        decides_alike(&large, &book)
    });
}

#[test]
fn a_contact_that_changed_has_another_mark() {
    let strategy = (worlds(), prop::collection::vec(any::<Wish>(), 0..6), any::<Wish>());
    run("marks", 1_000, &strategy, &EVIDENCE_OF_MARKS, |(world, edits, odd)| {
        EVIDENCE_OF_MARKS.count(met_by_any(&world), &[]);
        let (crm, book) = (world.crm(), world.book());
        marks_tell(&crm, &world.earlier(&edits).crm(), &book)?;
        marks_tell(&denied(&crm, &odd), &crm, &book)?;
        // What did not change has the mark that it had.
        let (once, again) = (folders(&crm, &book), folders(&crm, &book));
        prop_assert!(once.iter().all(|(user, folder)| again[user].marks == folder.marks && again[user].digest == folder.digest));
        Ok(())
    });
}
