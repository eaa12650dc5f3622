//! Whatever a user may not see can be anything: his folder, his plan, the requests to his mailbox and every answer to him stay the same.

use std::collections::BTreeSet;

use adressbote_judge::evidence::{Evidence, Met, met_by};
use adressbote_judge::judge::Eye;
use adressbote_judge::seed::Wish;
use adressbote_judge::world::{Folder, World, ledger, worlds};
use adressbote_rules::book::Book;
use adressbote_rules::due::{Due, Evaluation};
use adressbote_rules::explain::{Told, explain};
use adressbote_rules::key::{RecordKey, UserKey};
use adressbote_rules::ledger::DeleteReason;
use adressbote_rules::plan::{Change, Plan, Service, plan};
use adressbote_rules::seat::Licence;
use adressbote_rules::sight::Snapshot;
use proptest::prelude::*;
use serde_json::{Value as Json, json};

use super::runs::run;

static EVIDENCE: Evidence = Evidence::new(&["a hidden record that changed", "a masked value that changed", "a right that changed"]);

#[test]
fn what_a_user_may_not_see_changes_nothing_for_him() {
    let wishes = |count: usize| prop::collection::vec(any::<Wish>(), 0..count);
    let strategy = (worlds(), wishes(40), wishes(6), any::<Wish>(), 0_usize..8);
    run("noninterference", 2_500, &strategy, &EVIDENCE, |(world, edits, past, odd, service)| {
        let (user, met) = most_interesting(&world);
        let other = alike(&world, &user, &edits);
        EVIDENCE.count(met, &changed(&world, &other, &user));
        let (earlier, book) = (world.earlier(&past).snapshot(), world.book());
        let ledger = ledger(&Evaluation::new(&earlier, &book, World::digest_key()), &user, &odd);
        let service = [Service::Frozen, Service::Withdrawn(DeleteReason::NoSeat)].get(service).copied().unwrap_or(Service::Served);
        let keys: BTreeSet<RecordKey> = world.any_keys().into_iter().chain(other.any_keys()).collect();
        let one = outcome(&world, &user, service, &ledger, &keys);
        let another = outcome(&other, &user, service, &ledger, &keys);
        prop_assert_eq!(one.due.contacts(), another.due.contacts(), "the folder of {} in {:?}", user, other);
        prop_assert_eq!(one.requests, another.requests, "the requests of {} in {:?}", user, other);
        prop_assert_eq!(one.steps, another.steps, "the plan of {} in {:?}", user, other);
        prop_assert_eq!(one.told, another.told, "what {} is told in {:?}", user, other);
        prop_assert_eq!(one.last_admitted, another.last_admitted, "the report of {} in {:?}", user, other);
        Ok(())
    });
}

/// The user for whom the most is at stake.
fn most_interesting(world: &World) -> (UserKey, Met) {
    let each = world.users.iter().map(|user| (user.key.clone(), met_by(&Eye::of(world, &user.key).unwrap())));
    each.max_by_key(|(_, met)| met.iter().filter(|met| **met).count()).unwrap()
}

/// The world with every one of the edits that leaves it alike for the user.
fn alike(world: &World, user: &UserKey, edits: &[Wish]) -> World {
    let outlook = Eye::of(world, user).unwrap().outlook();
    let mut changed = world.clone();
    for edit in edits {
        let mut next = changed.clone();
        next.edit(edit);
        if Eye::of(&next, user).is_some_and(|eye| eye.outlook() == outlook) {
            changed = next;
        }
    }
    changed
}

/// What differs between two worlds that are alike for the user: a record hidden from him, a value masked in one that he sees, a right of somebody.
fn changed(world: &World, other: &World, user: &UserKey) -> [bool; 3] {
    let eye = Eye::of(world, user).unwrap();
    let row = |world: &World, record: &RecordKey| {
        let phones = world.phones.iter().filter(|row| row.record == *record).cloned().collect::<Vec<_>>();
        (world.records.iter().find(|row| row.key == *record).cloned(), phones)
    };
    let differs = |record: &&RecordKey| row(world, record) != row(other, record);
    let records: BTreeSet<RecordKey> = world.record_keys().into_iter().chain(other.record_keys()).collect();
    let (seen, hidden): (Vec<&RecordKey>, Vec<&RecordKey>) = records.iter().partition(|record| eye.sees(record));
    let rules = |world: &World| world.laws.iter().map(|law| (law.rows.clone(), law.exempt.clone())).collect::<Vec<_>>();
    let rights =
        |world: &World| (world.bars.clone(), world.field_rights.clone(), world.holds.clone(), world.implies.clone(), world.field_exempt.clone());
    let has_other_rights = rules(world) != rules(other) || rights(world) != rights(other);
    [hidden.iter().any(differs), seen.iter().any(differs), has_other_rights]
}

/// All that reaches the user or his mailbox.
struct Outcome {
    due: Due,
    steps: Vec<Json>,
    requests: Vec<Json>,
    told: Vec<(RecordKey, Told)>,
    last_admitted: String,
}

fn outcome(world: &World, user: &UserKey, service: Service, ledger: &Folder, keys: &BTreeSet<RecordKey>) -> Outcome {
    let (snapshot, book): (Snapshot, Book) = (world.snapshot(), world.book());
    let evaluation = Evaluation::new(&snapshot, &book, World::digest_key());
    let viewer = snapshot.viewer(user).unwrap();
    let due = evaluation.due(&viewer);
    let plan = plan(&evaluation, Some(&viewer), service, Some(&due), ledger);
    let told = |record: &RecordKey| (record.clone(), explain(&evaluation, &viewer, Licence::Seated, record).told(&evaluation, &viewer));
    let tally = &due.tally;
    let last_admitted = format!("{:?} {:?} {} {} {}", tally.last_admitted, tally.first_refused, tally.visible, tally.matched, tally.capped);
    Outcome { steps: steps(&plan), requests: plan.changes().map(request).collect(), told: keys.iter().map(told).collect(), last_admitted, due }
}

/// The plan without its reasons.
fn steps(plan: &Plan) -> Vec<Json> {
    let suspended = plan.suspended.iter().map(|waiting| json!({ "suspended": waiting.record.as_str() }));
    let rebrought = plan.rebrought.iter().map(|(record, brought)| json!({ "rebrought": record.as_str(), "by": format!("{brought:?}") }));
    plan.changes().map(|change| json!({ "record": change.record().as_str(), "request": request(change) })).chain(suspended).chain(rebrought).collect()
}

/// What a change sends to the mailbox.
fn request(change: &Change) -> Json {
    let body = |values: Vec<(adressbote_rules::property::Property, Json)>| -> Json {
        Json::Object(values.into_iter().map(|(property, value)| (property.name().to_owned(), value)).collect())
    };
    match change {
        Change::Delete { contact, .. } => json!({ "purge": contact.as_str() }),
        Change::Create(due) => json!({ "create": body(due.values().map(|(property, value)| (property, value.clone())).collect()) }),
        Change::Update { contact, due, cleared, reduced } => {
            let values = due.values().map(|(property, value)| (property, value.clone()));
            let emptied = cleared.keys().filter(|property| due.value(**property).is_none()).map(|property| (*property, property.empty()));
            let refused = reduced.iter().map(|property| property.name()).collect::<Vec<_>>();
            json!({ "patch": contact.as_str(), "body": body(values.chain(emptied).collect()), "or, refused, less": refused })
        }
        Change::Clear { contact, cleared, unless, names, .. } => {
            let emptied = cleared.keys().map(|property| (*property, property.empty()));
            let unless = body(unless.clone().into_iter().collect());
            json!({ "patch": contact.as_str(), "body": body(emptied.chain(names.iter().cloned()).collect()), "unless": unless })
        }
    }
}
