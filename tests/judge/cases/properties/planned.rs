//! Plans: what they lead to, in which order, for which reasons, and what they leave alone when something is in doubt.

use std::collections::BTreeSet;

use adressbote_judge::evidence::{Evidence, met_by_any};
use adressbote_judge::judge::{Eye, Fate, Want, is_mapped, read_for, reasons};
use adressbote_judge::seed::{Draw, Wish};
use adressbote_judge::world::{Folder, World, ledger, pushed, worlds};
use adressbote_rules::crm::{Relation, Target};
use adressbote_rules::due::{Addition, Due, DueContact, Evaluation, Verdict};
use adressbote_rules::key::{ContactId, RecordKey};
use adressbote_rules::ledger::{Brought, ClearReason, DeleteReason, Pushed};
use adressbote_rules::plan::{Change, Plan, Service, after, plan};
use adressbote_rules::property::Property;
use adressbote_rules::sight::Viewer;
use proptest::prelude::*;

use super::runs::run;

static SERVED: Evidence = Evidence::new(&["a suppressed record, doubtful alone, that somebody has"]);
static DOUBTED: Evidence = Evidence::new(&["a user with a folder whose rows could not be read", "a contact that loses something while it waits"]);

fn pasts(most: usize) -> impl Strategy<Value = (Vec<Wish>, Wish)> {
    (prop::collection::vec(any::<Wish>(), 0..most), any::<Wish>())
}

#[test]
fn a_plan_carried_out_gives_the_folder_and_a_second_one_is_empty() {
    run("plan", 1_600, &(worlds(), pasts(8), any::<Wish>()), &SERVED, |(mut world, (past, odd), double)| {
        let (earlier, earlier_book) = (world.earlier(&past).snapshot(), world.book());
        let earlier = Evaluation::new(&earlier, &earlier_book, World::digest_key());
        let standing: Vec<RecordKey> = world.user_keys().iter().flat_map(|user| ledger(&earlier, user, &odd).into_keys()).collect();
        let suppressed = world.suppress_double(&standing, &double);
        SERVED.count(met_by_any(&world), &[suppressed]);
        let (snapshot, book) = (world.snapshot(), world.book());
        let evaluation = Evaluation::new(&snapshot, &book, World::digest_key());
        for user in world.user_keys() {
            let (viewer, eye) = (snapshot.viewer(&user).unwrap(), Eye::of(&world, &user).unwrap());
            let ledger = ledger(&earlier, &user, &odd);
            let due = evaluation.due(&viewer);
            let due_before = earlier.snapshot().viewer(&user).map(|viewer| earlier.due(&viewer));
            makes_again((&evaluation, &viewer), &due, due_before.as_ref())?;
            for reason in [DeleteReason::BindingChanged, DeleteReason::UserLeft, DeleteReason::NoSeat, DeleteReason::BookRemoved] {
                let plan = plan(&evaluation, Some(&viewer), Service::Withdrawn(reason), None, &ledger);
                leaves_whole(&world, &eye, reason, &plan, &ledger)?;
            }
            if !doubts(&world, &eye).is_empty() {
                continue;
            }
            let first = plan(&evaluation, Some(&viewer), Service::Served, Some(&due), &ledger);
            goes_in_order(&first, &ledger, due.tally.cap)?;
            removes_only_what_is_proven(&eye, &first, &due, &ledger, Service::Served)?;
            clears_for_its_reason(&eye, &first, &ledger)?;
            let done = carried_out(&first, &ledger);
            becomes_due(&eye, &first, &due, &done)?;
            let second = plan(&evaluation, Some(&viewer), Service::Served, Some(&due), &done);
            prop_assert!(second.is_empty() && second.rebrought.is_empty(), "the second plan of {} is {:?}", user, second);
        }
        Ok(())
    });
}

/// That contacts kept without their contents become what they were, and what is due no longer becomes nothing.
fn makes_again<'s>((evaluation, viewer): (&Evaluation<'s>, &Viewer<'s>), due: &Due, before: Option<&Due>) -> Result<(), TestCaseError> {
    for contact in due.contacts() {
        let made = evaluation.make(viewer, &Addition::of(contact));
        prop_assert_eq!(made.as_ref(), Some(contact));
    }
    for contact in before.into_iter().flat_map(Due::contacts) {
        let made = evaluation.make(viewer, &Addition::of(contact));
        let is_wanted = matches!(evaluation.judge(viewer, contact.record()), Verdict::Wanted(brought, _) if brought == contact.brought());
        prop_assert_eq!(made.is_some(), is_wanted, "{}", contact.record());
    }
    Ok(())
}

#[test]
fn nothing_is_done_on_the_word_of_what_is_in_doubt() {
    let strategy = (worlds(), pasts(20), prop::collection::vec(any::<u16>(), 0..3), any::<bool>());
    run("doubt", 1_600, &strategy, &DOUBTED, |(mut world, (past, odd), doubtful, is_frozen)| {
        let (earlier, earlier_book) = (world.earlier(&past).snapshot(), world.book());
        let earlier = Evaluation::new(&earlier, &earlier_book, World::digest_key());
        let relations = world.relations();
        world.doubts = doubtful.iter().map(|number| Draw::new(&[*number]).of(&relations).clone()).collect();
        let users: Vec<_> = world.user_keys().into_iter().collect();
        let unread = Draw::new(&odd[8..]).of(&users);
        world.doubtful_users.insert(unread.clone());
        let mut met = [!ledger(&earlier, unread, &odd).is_empty(), false];
        let (snapshot, book) = (world.snapshot(), world.book());
        let evaluation = Evaluation::new(&snapshot, &book, World::digest_key());
        let service = if is_frozen { Service::Frozen } else { Service::Served };
        for user in world.user_keys() {
            let ledger = ledger(&earlier, &user, &odd);
            prop_assert_eq!(snapshot.viewer(&user).is_none(), user == *unread);
            loses_only_the_erased(&world, &plan(&evaluation, None, Service::Unreadable, None, &ledger), &ledger)?;
            let left = plan(&evaluation, None, Service::Withdrawn(DeleteReason::UserLeft), None, &ledger);
            leaves_with_its_user(&world, &left, &ledger)?;
            let Some(viewer) = snapshot.viewer(&user) else { continue };
            let eye = Eye::of(&world, &user).unwrap();
            let due = evaluation.due(&viewer);
            let plan = plan(&evaluation, Some(&viewer), service, Some(&due), &ledger);
            met[1] |= plan.changes().any(|change| matches!(change, Change::Clear { .. }));
            goes_in_order(&plan, &ledger, due.tally.cap)?;
            adds_only_what_is_proven(&eye, service, &plan, &due, &ledger)?;
            removes_only_what_is_proven(&eye, &plan, &due, &ledger, service)?;
            clears_what_was_lost(&eye, &plan, &due, &ledger)?;
        }
        DOUBTED.count(met_by_any(&world), &met);
        Ok(())
    });
}

/// What is in doubt for one user: a filter of his that cannot be understood puts his filters in doubt.
fn doubts(world: &World, eye: &Eye<'_>) -> BTreeSet<Relation> {
    let is_broken = eye.stored().iter().any(|stored| stored.tree.is_none());
    world.doubts.iter().cloned().chain(is_broken.then_some(Relation::Filters)).collect()
}

/// What is in doubt for one user and one record, which may be doubtful alone.
fn doubts_of(eye: &Eye<'_>, record: &RecordKey) -> BTreeSet<Relation> {
    doubts(eye.world, eye).into_iter().chain(eye.alone(record)).collect()
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
    prop_assert!(kept.iter().all(|record| eye.is_doubtful(record)), "{} keeps {:?}", eye.user.key, kept);
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

/// Of a user whose rows could not be read nothing is known, but of the erased it is.
fn loses_only_the_erased(world: &World, plan: &Plan, ledger: &Folder) -> Result<(), TestCaseError> {
    for record in ledger.keys() {
        let is_listed = world.erased.contains(record) && !world.doubts.contains(&Relation::Erased);
        let is_erased = world.erased_here.contains(record) || is_listed;
        prop_assert_eq!(deleted(plan, record), is_erased.then_some(DeleteReason::Erased), "{}", record);
    }
    prop_assert!(plan.changes().all(|change| matches!(change, Change::Delete { .. })), "{:?}", plan);
    Ok(())
}

/// Whoever the CRM no longer has keeps nothing, if it is certain that he is gone.
fn leaves_with_its_user(world: &World, plan: &Plan, ledger: &Folder) -> Result<(), TestCaseError> {
    for (record, pushed) in ledger {
        let Fate::Leaves(reasons) = reasons(world, None, record, pushed.brought) else { panic!("{record} stays") };
        let mut proven = reasons.into_iter().filter(|(_, grounds)| grounds.iter().any(|ground| ground.is_disjoint(&world.doubts)));
        prop_assert_eq!(deleted(plan, record), proven.next().map(|(reason, _)| reason), "{}", record);
    }
    Ok(())
}

/// A folder that is withdrawn is emptied, each contact for the first reason that fits. Places in the order count for nothing then.
fn leaves_whole(world: &World, eye: &Eye<'_>, withdrawn: DeleteReason, plan: &Plan, ledger: &Folder) -> Result<(), TestCaseError> {
    for (record, pushed) in ledger {
        let is_wanted = eye.sees(record) && matches!(eye.wish(record), Want::Wanted(_));
        // Of a removed book nothing is known that was its own: no suppression, no wish.
        let last = match withdrawn {
            DeleteReason::BookRemoved => DeleteReason::RightLost,
            _ if is_wanted => DeleteReason::Suppressed,
            _ => DeleteReason::BookRemoved,
        };
        let own: Vec<DeleteReason> = match reasons(world, Some(eye), record, pushed.brought) {
            Fate::Leaves(reasons) => reasons.into_iter().map(|(reason, _)| reason).filter(|reason| *reason <= last).collect(),
            Fate::Stays => Vec::new(),
        };
        // A filter that cannot be understood says nothing about why, nor does a right that could not be read.
        let is_certain = doubts_of(eye, record).is_empty();
        let expected = own.into_iter().chain([withdrawn]).min();
        let found = deleted(plan, record);
        prop_assert!(found.is_some(), "{} keeps {}", eye.user.key, record);
        prop_assert!(!is_certain || found == expected, "{} and {}: {:?}, should be {:?}", eye.user.key, record, found, expected);
    }
    prop_assert!(plan.additions.is_empty());
    Ok(())
}

/// Whatever rights could have taken of a changed contact is known to be lost even where Graph refuses the change.
fn clears_for_its_reason(eye: &Eye<'_>, plan: &Plan, ledger: &Folder) -> Result<(), TestCaseError> {
    for change in plan.changes() {
        let Change::Update { due, cleared, reduced, .. } = change else { continue };
        let filled = due.filled();
        let before = ledger[due.record()].filled.intersection(&filled);
        let expected: BTreeSet<Property> = before.filter(|property| eye.may_lack_of(due.record(), property.name())).copied().collect();
        prop_assert_eq!(reduced, &expected, "{} and {}", eye.user.key, due.record());
        for (property, reason) in cleared {
            let expected = match is_mapped(property.name()) {
                false => ClearReason::MappingChanged,
                true if eye.lacks_of(due.record(), property.name()) => ClearReason::FieldRightLost,
                true => ClearReason::Emptied,
            };
            prop_assert_eq!(*reason, expected, "{} and {}: {}", eye.user.key, due.record(), property);
        }
    }
    Ok(())
}

/// What every disclosure rests on, beside what made it wanted: filter or bound may ask for whom he stands.
fn disclosing(world: &World) -> BTreeSet<Relation> {
    let wishes = [Relation::Groups, Relation::Subscriptions, Relation::Filters];
    world.relations().into_iter().filter(|relation| !wishes.contains(relation)).collect()
}

/// What brings a contact now, or what brought it when it is no longer due.
fn brought(due: &Due, record: &RecordKey, pushed: &Pushed) -> Brought {
    due.contacts().iter().find(|contact| contact.record() == record).map_or(pushed.brought, DueContact::brought)
}

fn wishing(brought: Brought) -> [Relation; 1] {
    match brought {
        Brought::Subscription => [Relation::Subscriptions],
        Brought::Filter => [Relation::Filters],
    }
}

fn adds_only_what_is_proven(eye: &Eye<'_>, service: Service, plan: &Plan, due: &Due, ledger: &Folder) -> Result<(), TestCaseError> {
    for change in plan.changes() {
        let (record, brought) = match change {
            Change::Create(contact) | Change::Update { due: contact, .. } => {
                prop_assert_eq!(service, Service::Served);
                (contact.record(), contact.brought())
            }
            // Names go along, and they are contents.
            Change::Clear { record, names, .. } if !names.is_empty() => (record, brought(due, record, &ledger[record])),
            Change::Clear { .. } | Change::Delete { .. } => continue,
        };
        let doubts = doubts_of(eye, record);
        let rests_on: BTreeSet<Relation> = disclosing(eye.world).into_iter().chain(wishing(brought)).collect();
        let doubted: Vec<_> = rests_on.intersection(&doubts).collect();
        prop_assert!(doubted.is_empty(), "{} gets {} on the word of {:?}", eye.user.key, record, doubted);
    }
    Ok(())
}

fn removes_only_what_is_proven(eye: &Eye<'_>, plan: &Plan, due: &Due, ledger: &Folder, service: Service) -> Result<(), TestCaseError> {
    let world = eye.world;
    for (record, pushed) in ledger {
        let doubts = doubts_of(eye, record);
        let found = deleted(plan, record);
        let fitting = match reasons(world, Some(eye), record, pushed.brought) {
            Fate::Leaves(reasons) if !is_due(due, record) => reasons,
            Fate::Leaves(_) | Fate::Stays => Vec::new(),
        };
        let proven = fitting.iter().find(|(_, grounds)| grounds.iter().any(|ground| ground.is_disjoint(&doubts))).map(|(reason, _)| *reason);
        // What is only wished otherwise waits while nothing may come in its place.
        let is_wish = |reason| matches!(reason, DeleteReason::Unsubscribed | DeleteReason::Filter | DeleteReason::Cap);
        let waits = service == Service::Frozen && proven.is_some_and(is_wish);
        prop_assert!(
            if waits { found.is_none() } else { found == proven },
            "{} and {}: {:?}, should be {:?} of {:?}",
            eye.user.key,
            record,
            found,
            proven,
            fitting
        );
        let is_told = fitting.is_empty() || found.is_some() || plan.suspended.iter().any(|one| one.record == *record);
        prop_assert!(is_told, "{} and {}: nobody is told that it waits", eye.user.key, record);
    }
    Ok(())
}

/// What a proven loss of rights takes away is emptied, whatever else is in doubt, and nothing else is.
fn clears_what_was_lost(eye: &Eye<'_>, plan: &Plan, due: &Due, ledger: &Folder) -> Result<(), TestCaseError> {
    for (record, pushed) in ledger {
        let change = plan.changes().find(|change| change.record() == record);
        let (cleared, unless) = match change {
            Some(Change::Clear { cleared, unless, .. }) => (cleared.keys().copied().collect(), unless.keys().copied().collect()),
            Some(Change::Delete { .. } | Change::Update { .. } | Change::Create(_)) => continue,
            None => (BTreeSet::new(), BTreeSet::new()),
        };
        let brought = brought(due, record, pushed);
        let due = due.contacts().iter().find(|contact| contact.record() == record);
        if due.is_some_and(|due| Some(due.digest()) == pushed.digest && pushed.filled.iter().all(|property| due.value(*property).is_some())) {
            prop_assert!(change.is_none(), "{} and {}: nothing changed, and {:?} is emptied", eye.user.key, record, cleared);
            continue;
        }
        let (lost, reduced) = lost(eye, record, pushed, brought);
        let both = lost.union(&reduced).copied().collect::<BTreeSet<_>>();
        // What is not due, but stays, may stand as it was: then nothing of it is lost.
        let may_stand = due.is_none() && lost.is_empty() && change.is_none();
        prop_assert!(may_stand || cleared == both, "{} and {}: {:?} is emptied, should be {:?}", eye.user.key, record, cleared, both);
        prop_assert!(may_stand || unless == reduced, "{} and {}: {:?} may stay, should be {:?}", eye.user.key, record, unless, reduced);
    }
    Ok(())
}

/// What a contact that stays has lost for certain, and what it may have lost in part.
fn lost(eye: &Eye<'_>, record: &RecordKey, pushed: &Pushed, brought: Brought) -> (BTreeSet<Property>, BTreeSet<Property>) {
    let doubts = doubts_of(eye, record);
    let contact = (eye.sees(record) && eye.main(record).is_some()).then(|| eye.contact(record));
    let is_named = disclosing(eye.world).into_iter().chain(wishing(brought)).all(|relation| !doubts.contains(&relation));
    let (mut lost, mut reduced) = (BTreeSet::new(), BTreeSet::new());
    for property in &pushed.filled {
        let name = property.name();
        let is_kept = eye.is_kept_from(record, name);
        let rests_on: BTreeSet<Relation> = masking(eye.world).into_iter().chain(if is_kept { BTreeSet::new() } else { read_for(name) }).collect();
        let is_name = [Property::DisplayName, Property::FileAs].contains(property);
        if !rests_on.is_disjoint(&doubts) || (is_name && !(is_named && contact.is_some())) {
            continue;
        }
        match contact.as_ref().map(|contact| contact.get(name).is_some_and(|value| *value != property.empty())) {
            Some(true) if eye.may_lack_of(record, name) => drop(reduced.insert(*property)),
            Some(true) => {}
            Some(false) => drop(lost.insert(*property)),
            None if is_kept => drop(lost.insert(*property)),
            None => {}
        }
    }
    (lost, reduced)
}

/// What decides which fields and rows are kept from a user.
fn masking(world: &World) -> BTreeSet<Relation> {
    let within = world.laws.iter().filter(|law| law.shape.target != Target::Record);
    let rules = within.flat_map(|law| [Relation::Rule(law.shape.name.clone()), Relation::RuleExempt(law.shape.name.clone())]);
    let others = [Relation::FieldRights, Relation::FieldRightsExempt, Relation::Users, Relation::Holds, Relation::Implies];
    rules.chain(others).collect()
}
