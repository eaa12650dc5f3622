//! Plans: what they lead to, in which order, for which reasons, and what they leave alone when something is in doubt.

use std::collections::BTreeSet;

use adressbote_judge::evidence::{Evidence, met_by_any};
use adressbote_judge::judge::{Eye, Fate, Want, reasons};
use adressbote_judge::seed::{Draw, Wish};
use adressbote_judge::world::{Folder, INPUTS, World, ledger, pushed, worlds};
use adressbote_rules::crm::{Relation, Target};
use adressbote_rules::due::{Due, Evaluation};
use adressbote_rules::key::{ContactId, RecordKey};
use adressbote_rules::ledger::{Brought, ClearReason, DeleteReason, Pushed};
use adressbote_rules::plan::{Change, Plan, Service, after, plan};
use adressbote_rules::property::Property;
use proptest::prelude::*;

use super::runs::run;

static SERVED: Evidence = Evidence::new();
static DOUBTED: Evidence = Evidence::new();

fn pasts() -> impl Strategy<Value = (Vec<Wish>, Wish)> {
    (prop::collection::vec(any::<Wish>(), 0..8), any::<Wish>())
}

#[test]
fn a_plan_carried_out_gives_the_folder_and_a_second_one_is_empty() {
    run("plan", 1_600, &(worlds(), pasts()), &SERVED, |(world, (past, odd))| {
        SERVED.count(met_by_any(&world));
        let (earlier, earlier_book) = (world.earlier(&past).snapshot(), world.book());
        let earlier = Evaluation::new(&earlier, &earlier_book, World::digest_key());
        let (snapshot, book) = (world.snapshot(), world.book());
        let evaluation = Evaluation::new(&snapshot, &book, World::digest_key());
        for user in world.user_keys() {
            let (viewer, eye) = (snapshot.viewer(&user).unwrap(), Eye::of(&world, &user).unwrap());
            let ledger = ledger(&earlier, &user, &odd);
            let due = evaluation.due(&viewer);
            for reason in [DeleteReason::BindingChanged, DeleteReason::UserLeft, DeleteReason::NoSeat, DeleteReason::BookRemoved] {
                let plan = plan(&evaluation, Some(&viewer), Service::Withdrawn(reason), None, &ledger);
                leaves_whole(&world, &eye, reason, &plan, &ledger)?;
            }
            if !doubts(&world, &eye).is_empty() {
                continue;
            }
            let first = plan(&evaluation, Some(&viewer), Service::Served, Some(&due), &ledger);
            goes_in_order(&first, &ledger, due.tally.cap)?;
            removes_for_the_first_reason(&world, &eye, &first, &due, &ledger)?;
            clears_for_its_reason(&eye, &first)?;
            let done = carried_out(&first, &ledger);
            becomes_due(&eye, &first, &due, &done)?;
            let second = plan(&evaluation, Some(&viewer), Service::Served, Some(&due), &done);
            prop_assert!(second.is_empty() && second.rebrought.is_empty(), "the second plan of {} is {:?}", user, second);
        }
        Ok(())
    });
}

#[test]
fn nothing_is_done_on_the_word_of_what_is_in_doubt() {
    let strategy = (worlds(), pasts(), prop::collection::vec(any::<u16>(), 1..4), any::<bool>());
    run("doubt", 1_600, &strategy, &DOUBTED, |(mut world, (past, odd), doubtful, is_frozen)| {
        let (earlier, earlier_book) = (world.earlier(&past).snapshot(), world.book());
        let earlier = Evaluation::new(&earlier, &earlier_book, World::digest_key());
        let relations = relations(&world);
        world.doubts = doubtful.iter().map(|number| Draw::new(&[*number]).of(&relations).clone()).collect();
        DOUBTED.count(met_by_any(&world));
        let (snapshot, book) = (world.snapshot(), world.book());
        let evaluation = Evaluation::new(&snapshot, &book, World::digest_key());
        let service = if is_frozen { Service::Frozen } else { Service::Served };
        for user in world.user_keys() {
            let (viewer, eye) = (snapshot.viewer(&user).unwrap(), Eye::of(&world, &user).unwrap());
            let ledger = ledger(&earlier, &user, &odd);
            let due = evaluation.due(&viewer);
            let plan = plan(&evaluation, Some(&viewer), service, Some(&due), &ledger);
            goes_in_order(&plan, &ledger, due.tally.cap)?;
            adds_only_what_is_proven(&eye, service, &plan)?;
            removes_only_what_is_proven(&eye, &plan, &due, &ledger, service)?;
            clears_what_was_lost(&eye, &plan, &due, &ledger)?;
        }
        Ok(())
    });
}

/// Everything that can be in doubt.
fn relations(world: &World) -> Vec<Relation> {
    let rules = world.laws.iter().flat_map(|law| [Relation::Rule(law.shape.name.clone()), Relation::RuleExempt(law.shape.name.clone())]);
    let parts = ["phone", "company"].map(|part| Relation::Part(part.to_owned()));
    let others = [
        Relation::View,
        Relation::Users,
        Relation::Groups,
        Relation::Holds,
        Relation::Implies,
        Relation::Deputies,
        Relation::Bars,
        Relation::FieldRights,
        Relation::FieldRightsExempt,
        Relation::Seats,
        Relation::Subscriptions,
        Relation::Filters,
        Relation::Erased,
    ];
    others.into_iter().chain(rules).chain(parts).collect()
}

/// What is in doubt for one user: a filter of his that cannot be understood puts his filters in doubt.
fn doubts(world: &World, eye: &Eye<'_>) -> BTreeSet<Relation> {
    let is_broken = eye.stored().iter().any(|stored| stored.tree.is_none());
    world.doubts.iter().cloned().chain(is_broken.then_some(Relation::Filters)).collect()
}

/// The ledger after a plan was carried out.
fn carried_out(plan: &Plan, ledger: &Folder) -> Folder {
    let mut done = ledger.clone();
    for (number, change) in plan.changes().enumerate() {
        let before = done.remove(change.record());
        let Some((owned, filled)) = after(change, before.as_ref()) else { continue };
        let next = match change {
            Change::Create(due) => {
                Pushed { contact: ContactId::new(format!("new{number}")), digest: Some(due.digest()), owned, filled, brought: due.brought() }
            }
            Change::Update { due, contact, .. } => {
                Pushed { contact: contact.clone(), digest: Some(due.digest()), owned, filled, brought: due.brought() }
            }
            Change::Clear { .. } | Change::Delete { .. } => Pushed { digest: None, owned, filled, ..before.unwrap() },
        };
        done.insert(change.record().clone(), next);
    }
    for (record, brought) in &plan.rebrought {
        if let Some(pushed) = done.get_mut(record) {
            pushed.brought = *brought;
        }
    }
    done
}

/// The folder due, but for copies of doubtful records and those whose places they keep.
fn becomes_due(eye: &Eye<'_>, plan: &Plan, due: &Due, done: &Folder) -> Result<(), TestCaseError> {
    let expected = pushed(due);
    let kept = done.keys().filter(|record| !expected.contains_key(*record)).collect::<Vec<_>>();
    prop_assert!(kept.iter().all(|record| eye.is_doubtful(record) && eye.sees(record)), "{} keeps {:?}", eye.user.key, kept);
    for (record, contact) in &expected {
        match done.get(record) {
            Some(pushed) => {
                prop_assert_eq!(pushed.digest, contact.digest);
                prop_assert_eq!((&pushed.owned, &pushed.filled, pushed.brought), (&contact.owned, &contact.filled, contact.brought));
            }
            None => prop_assert!(!kept.is_empty() && plan.suspended.iter().any(|one| one.record == *record), "{} lacks {}", eye.user.key, record),
        }
    }
    prop_assert!(done.len() <= due.tally.cap as usize || done.len() <= kept.len(), "{} contacts of {}", done.len(), due.tally.cap);
    Ok(())
}

/// Deletions, then what is emptied, then new contacts, then changed ones; never more contacts than before or than the cap.
fn goes_in_order(plan: &Plan, ledger: &Folder, cap: u32) -> Result<(), TestCaseError> {
    let rank = |change: &Change| match change {
        Change::Delete { .. } => 0,
        Change::Clear { .. } => 1,
        Change::Update { .. } => 2,
        Change::Create(_) => 3,
    };
    let ranks: Vec<_> = plan.changes().map(rank).collect();
    prop_assert!(ranks.is_sorted(), "the order is {:?}", ranks);
    let mut count = ledger.len();
    for change in plan.changes() {
        match change {
            Change::Delete { .. } => count -= 1,
            Change::Create(_) => {
                count += 1;
                prop_assert!(count <= cap as usize, "{} contacts, the cap is {}", count, cap);
            }
            Change::Clear { .. } | Change::Update { .. } => {}
        }
    }
    let touched: BTreeSet<_> = plan.changes().map(Change::record).collect();
    prop_assert_eq!(touched.len(), plan.changes().count(), "a record is changed twice");
    Ok(())
}

fn deleted(plan: &Plan, record: &RecordKey) -> Option<DeleteReason> {
    plan.changes().find_map(|change| match change {
        Change::Delete { record: deleted, reason, .. } if deleted == record => Some(*reason),
        _ => None,
    })
}

fn is_due(due: &Due, record: &RecordKey) -> bool {
    due.contacts().iter().any(|contact| contact.record() == record)
}

fn removes_for_the_first_reason(world: &World, eye: &Eye<'_>, plan: &Plan, due: &Due, ledger: &Folder) -> Result<(), TestCaseError> {
    for (record, pushed) in ledger {
        let expected = match reasons(world, Some(eye), record, pushed.brought) {
            Fate::Leaves(reasons) if !is_due(due, record) => reasons.first().map(|(reason, _)| *reason),
            Fate::Leaves(_) | Fate::Stays => None,
        };
        prop_assert_eq!(deleted(plan, record), expected, "{} and {}, {:?}", eye.user.key, record, pushed.brought);
    }
    Ok(())
}

/// A folder that is withdrawn is emptied, each contact for the first reason that fits. Places in the order count for nothing then.
fn leaves_whole(world: &World, eye: &Eye<'_>, withdrawn: DeleteReason, plan: &Plan, ledger: &Folder) -> Result<(), TestCaseError> {
    for (record, pushed) in ledger {
        let is_wanted = eye.sees(record) && matches!(eye.wish(record), Want::Wanted(_));
        let own: Vec<DeleteReason> = match reasons(world, Some(eye), record, pushed.brought) {
            Fate::Leaves(reasons) => {
                reasons.into_iter().map(|(reason, _)| reason).filter(|reason| !is_wanted || *reason <= DeleteReason::Suppressed).collect()
            }
            Fate::Stays => Vec::new(),
        };
        // A filter that cannot be understood says nothing about why.
        let is_certain = doubts(world, eye).is_empty();
        let expected = own.into_iter().chain([withdrawn]).min();
        let found = deleted(plan, record);
        prop_assert!(found.is_some(), "{} keeps {}", eye.user.key, record);
        prop_assert!(!is_certain || found == expected, "{} and {}: {:?}, should be {:?}", eye.user.key, record, found, expected);
    }
    prop_assert!(plan.additions.is_empty());
    Ok(())
}

/// Whether the user sees less of what a property is made of than there is.
fn is_reduced(eye: &Eye<'_>, record: &RecordKey, property: Property) -> bool {
    let Some((_, inputs)) = INPUTS.iter().find(|(name, _)| *name == property.name()) else { return false };
    inputs.iter().any(|input| match *input {
        "phone" => eye.sees_less_of_phones(record),
        field => !eye.reads(record, field),
    })
}

fn clears_for_its_reason(eye: &Eye<'_>, plan: &Plan) -> Result<(), TestCaseError> {
    for change in plan.changes() {
        let Change::Update { due, cleared, .. } = change else { continue };
        for (property, reason) in cleared {
            let expected = match INPUTS.iter().any(|(name, _)| *name == property.name()) {
                false => ClearReason::MappingChanged,
                true if is_reduced(eye, due.record(), *property) => ClearReason::FieldRightLost,
                true => ClearReason::Emptied,
            };
            prop_assert_eq!(*reason, expected, "{} and {}: {}", eye.user.key, due.record(), property);
        }
    }
    Ok(())
}

/// What every disclosure rests on, beside what made it wanted.
fn disclosing(world: &World) -> BTreeSet<Relation> {
    let wishes = [Relation::Groups, Relation::Deputies, Relation::Subscriptions, Relation::Filters];
    relations(world).into_iter().filter(|relation| !wishes.contains(relation)).collect()
}

fn adds_only_what_is_proven(eye: &Eye<'_>, service: Service, plan: &Plan) -> Result<(), TestCaseError> {
    let doubts = doubts(eye.world, eye);
    for change in plan.changes() {
        let (Change::Create(due) | Change::Update { due, .. }) = change else { continue };
        prop_assert_eq!(service, Service::Served);
        let wish: &[Relation] = match due.brought() {
            Brought::Subscription => &[Relation::Subscriptions],
            Brought::Filter => &[Relation::Filters, Relation::Deputies],
        };
        let rests_on: BTreeSet<Relation> = disclosing(eye.world).into_iter().chain(wish.iter().cloned()).collect();
        let doubted: Vec<_> = rests_on.intersection(&doubts).collect();
        prop_assert!(doubted.is_empty(), "{} gets {} on the word of {:?}", eye.user.key, due.record(), doubted);
    }
    Ok(())
}

fn removes_only_what_is_proven(eye: &Eye<'_>, plan: &Plan, due: &Due, ledger: &Folder, service: Service) -> Result<(), TestCaseError> {
    let world = eye.world;
    let doubts = doubts(world, eye);
    for (record, pushed) in ledger {
        let found = deleted(plan, record);
        let fitting = match reasons(world, Some(eye), record, pushed.brought) {
            Fate::Leaves(reasons) if !is_due(due, record) => reasons,
            Fate::Leaves(_) | Fate::Stays => Vec::new(),
        };
        let proven = fitting.iter().find(|(_, grounds)| grounds.iter().any(|ground| ground.is_disjoint(&doubts))).map(|(reason, _)| *reason);
        let waits = service == Service::Frozen && proven.is_some_and(|reason| !reason.is_protective());
        prop_assert!(waits || found == proven, "{} and {}: {:?}, should be {:?} of {:?}", eye.user.key, record, found, proven, fitting);
        let is_told = fitting.is_empty() || found.is_some() || plan.suspended.iter().any(|one| one.record == *record);
        prop_assert!(is_told, "{} and {}: nobody is told that it waits", eye.user.key, record);
    }
    Ok(())
}

/// What a proven loss of field rights takes away is emptied, whatever else is in doubt.
fn clears_what_was_lost(eye: &Eye<'_>, plan: &Plan, due: &Due, ledger: &Folder) -> Result<(), TestCaseError> {
    let within = eye.world.laws.iter().filter(|law| law.shape.target != Target::Record);
    let rules = within.flat_map(|law| [Relation::Rule(law.shape.name.clone()), Relation::RuleExempt(law.shape.name.clone())]);
    let others = [Relation::FieldRights, Relation::FieldRightsExempt, Relation::Users, Relation::Holds, Relation::Implies];
    let rests_on: BTreeSet<Relation> = rules.chain(others).collect();
    let is_proven = rests_on.is_disjoint(&eye.world.doubts);
    let parts = ["phone", "company"].map(|part| Relation::Part(part.to_owned()));
    let is_read = [Relation::View].iter().chain(&parts).all(|relation| !eye.world.doubts.contains(relation));
    for (record, pushed) in ledger {
        let change = plan.changes().find(|change| change.record() == record);
        if let Some(Change::Clear { cleared, .. }) = change {
            // What was read counts unless field rights alone keep all of it from the user.
            let by_rights = cleared.keys().all(|property| is_kept_from(eye, record, *property));
            prop_assert!(is_proven && (is_read || by_rights), "{} and {}: {:?} is emptied", eye.user.key, record, cleared);
            continue;
        }
        let names = [Property::DisplayName, Property::FileAs];
        let lost = pushed.filled.iter().filter(|property| !names.contains(property) && is_masked(eye, record, **property));
        let must = is_proven
            && change.is_none()
            && eye.sees(record)
            && due.contacts().iter().all(|one| one.record() != record || Some(one.digest()) != pushed.digest);
        let lost: Vec<_> = lost.collect();
        prop_assert!(!must || lost.is_empty(), "{} and {}: {:?} were lost and stay", eye.user.key, record, lost);
    }
    Ok(())
}

/// Whether field rights keep everything that a property is made of from the user; of phones it is not asked here.
fn is_kept_from(eye: &Eye<'_>, record: &RecordKey, property: Property) -> bool {
    let inputs = INPUTS.iter().find(|(name, _)| *name == property.name()).map_or(&[][..], |(_, inputs)| *inputs);
    inputs.iter().all(|field| *field == "phone" || !eye.reads(record, field))
}

/// Whether a property is made of one field that the user may not read.
fn is_masked(eye: &Eye<'_>, record: &RecordKey, property: Property) -> bool {
    let inputs = INPUTS.iter().find(|(name, _)| *name == property.name()).map_or(&[][..], |(_, inputs)| *inputs);
    matches!(inputs, [field] if *field != "phone" && !eye.reads(record, field)) && property != Property::Categories
}
