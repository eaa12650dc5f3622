//! The ledger and its intents.

use adressbote_rules::ledger::Pushed;

use super::*;
use Property::{BusinessPhones, CompanyName, DisplayName, MobilePhone};

on_each_state!(
    a_create_stands_in_the_ledger_once_it_is_settled,
    an_update_keeps_what_was_ever_owned,
    what_an_update_writes_is_ours_before_it_is_sent,
    a_delete_takes_only_the_contact_it_speaks_of,
    an_update_that_finds_nothing_makes_room_for_a_create,
    what_nobody_can_tell_is_written_again,
    a_second_contact_or_a_second_change_at_once_is_refused_as_a_whole,
    outcomes_that_do_not_fit_change_nothing,
    a_refused_contact_is_noted_until_it_is_taken,
    contacts_found_by_their_marker_are_adopted_once,
    many_contacts_are_adopted_piece_by_piece,
    reading_back_is_noted,
    a_folder_is_not_forgotten_while_anything_stands_in_it,
    folders_of_the_same_user_in_two_mailboxes_stand_apart,
    a_whole_company_is_written_in_few_transactions,
);

async fn a_create_stands_in_the_ledger_once_it_is_settled(base: Base) {
    let Fresh { state, home: _home } = fresh(base).await;
    let folder = folder_of("anna");
    let pass = state.begin_pass(&PassKind::Full, "test", at(1)).await.unwrap();
    let new = create(&folder, "p1", writing("a", &[DisplayName, MobilePhone], &[DisplayName]));
    let ids = state.intend(pass, std::slice::from_ref(&new), at(1)).await.unwrap();

    assert!(state.contacts_of(&folder).await.unwrap().is_empty(), "nothing stands there before the answer");
    let open = state.all_open_intents().await.unwrap();
    assert_eq!(open, [Intent { id: ids[0], pass, made_at: at(1), folder: folder.clone(), record: record("p1"), act: new.act }]);

    state.settle(&[(ids[0], Outcome::Created(ContactId::new("c1")))], at(2)).await.unwrap();
    let stands = state.contact(&folder, &record("p1")).await.unwrap().unwrap();
    assert_eq!(stands.pushed_at, at(2));
    assert_eq!(stands.pushed.contact, ContactId::new("c1"));
    assert_eq!(stands.pushed.digest, Some(digest("a")));
    assert_eq!(stands.pushed.owned, set(&[DisplayName, MobilePhone]));
    assert_eq!(stands.pushed.filled, set(&[DisplayName]));
    assert_eq!(stands.pushed.brought, Brought::Filter);
    assert_eq!(state.contacts_of(&folder).await.unwrap().into_iter().collect::<Vec<_>>(), [(record("p1"), stands.pushed)]);
    assert!(state.all_open_intents().await.unwrap().is_empty());
}

async fn an_update_keeps_what_was_ever_owned(base: Base) {
    let Fresh { state, home: _home } = fresh(base).await;
    let folder = folder_of("anna");
    state.send(create(&folder, "p1", writing("a", &[DisplayName], &[DisplayName])), Outcome::Created(ContactId::new("c1")), at(1)).await;
    let changed = update(&folder, "p1", "c1", writing("b", &[CompanyName], &[DisplayName, CompanyName]), &[]);
    state.send(changed, Outcome::Updated, at(2)).await;
    let stands = state.contact(&folder, &record("p1")).await.unwrap().unwrap();
    assert_eq!(stands.pushed.owned, set(&[DisplayName, CompanyName]));
    assert_eq!(stands.pushed.digest, Some(digest("b")));
    assert_eq!(stands.pushed_at, at(2));
}

async fn what_an_update_writes_is_ours_before_it_is_sent(base: Base) {
    let Fresh { state, home: _home } = fresh(base).await;
    let folder = folder_of("anna");
    state.send(create(&folder, "p1", writing("a", &[DisplayName], &[DisplayName])), Outcome::Created(ContactId::new("c1")), at(1)).await;
    let pass = state.begin_pass(&PassKind::Full, "test", at(2)).await.unwrap();
    let changed = update(&folder, "p1", "c1", writing("b", &[MobilePhone], &[DisplayName, BusinessPhones]), &[]);
    state.intend(pass, &[changed], at(2)).await.unwrap();
    let stands = &state.contacts_of(&folder).await.unwrap()[&record("p1")];
    assert_eq!(stands.owned, set(&[DisplayName, MobilePhone, BusinessPhones]));
    assert_eq!(stands.digest, Some(digest("a")), "what stands there is not known to have changed");
}

async fn a_delete_takes_only_the_contact_it_speaks_of(base: Base) {
    let Fresh { state, home: _home } = fresh(base).await;
    let folder = folder_of("anna");
    state.send(create(&folder, "p1", writing("a", &[DisplayName], &[DisplayName])), Outcome::Created(ContactId::new("c1")), at(1)).await;
    state.send(delete(&folder, "p1", "double", DeleteReason::RecordGone), Outcome::Deleted, at(2)).await;
    assert_eq!(state.contacts_of(&folder).await.unwrap().len(), 1);
    state.send(delete(&folder, "p1", "c1", DeleteReason::RightLost), Outcome::Deleted, at(3)).await;
    assert!(state.contacts_of(&folder).await.unwrap().is_empty());
}

async fn an_update_that_finds_nothing_makes_room_for_a_create(base: Base) {
    let Fresh { state, home: _home } = fresh(base).await;
    let folder = folder_of("anna");
    let first = create(&folder, "p1", writing("a", &[DisplayName], &[DisplayName]));
    state.send(first.clone(), Outcome::Created(ContactId::new("c1")), at(1)).await;
    state.send(update(&folder, "p1", "c1", writing("b", &[DisplayName], &[DisplayName]), &[]), Outcome::Deleted, at(2)).await;
    state.send(first, Outcome::Created(ContactId::new("c2")), at(3)).await;
    assert_eq!(state.contacts_of(&folder).await.unwrap()[&record("p1")].contact, ContactId::new("c2"));
}

async fn what_nobody_can_tell_is_written_again(base: Base) {
    let Fresh { state, home: _home } = fresh(base).await;
    let folder = folder_of("anna");
    state.send(create(&folder, "p1", writing("a", &[DisplayName], &[DisplayName])), Outcome::Created(ContactId::new("c1")), at(1)).await;
    let changed = update(&folder, "p1", "c1", writing("b", &[MobilePhone], &[DisplayName, MobilePhone]), &[]);
    state.send(changed, Outcome::Unclear, at(2)).await;
    let stands = state.contact(&folder, &record("p1")).await.unwrap().unwrap();
    assert_eq!(stands.pushed.digest, None);
    assert_eq!(stands.pushed.owned, set(&[DisplayName, MobilePhone]));
    assert_eq!(stands.pushed.filled, set(&[DisplayName, MobilePhone]));
    assert_eq!(stands.pushed_at, at(1));
    state.send(delete(&folder, "p1", "c1", DeleteReason::Filter), Outcome::Unclear, at(3)).await;
    assert_eq!(state.contacts_of(&folder).await.unwrap().len(), 1, "a delete that may not have happened leaves the contact in the ledger");
}

async fn a_second_contact_or_a_second_change_at_once_is_refused_as_a_whole(base: Base) {
    let Fresh { state, home: _home } = fresh(base).await;
    let folder = folder_of("anna");
    let new = |key: &str| create(&folder, key, writing("a", &[DisplayName], &[DisplayName]));
    state.send(new("p1"), Outcome::Created(ContactId::new("c1")), at(1)).await;
    let pass = state.begin_pass(&PassKind::Full, "test", at(2)).await.unwrap();
    let refused = state.intend(pass, &[new("p2"), new("p1")], at(2)).await;
    assert!(matches!(refused, Err(StateError::AlreadyPushed { .. })), "{refused:?}");
    assert!(state.all_open_intents().await.unwrap().is_empty(), "all or none");

    state.intend(pass, &[new("p2")], at(2)).await.unwrap();
    assert!(matches!(state.intend(pass, &[new("p2")], at(2)).await, Err(StateError::AlreadyIntended { .. })));
    let unknown = update(&folder, "p3", "c3", writing("b", &[], &[]), &[]);
    assert!(matches!(state.intend(pass, &[unknown], at(2)).await, Err(StateError::NotPushed { .. })));
    let other = update(&folder, "p1", "c9", writing("b", &[], &[]), &[]);
    assert!(matches!(state.intend(pass, &[other], at(2)).await, Err(StateError::NotPushed { .. })));
}

async fn outcomes_that_do_not_fit_change_nothing(base: Base) {
    let Fresh { state, home: _home } = fresh(base).await;
    let folder = folder_of("anna");
    let pass = state.begin_pass(&PassKind::Full, "test", at(1)).await.unwrap();
    let new = |key: &str| create(&folder, key, writing("a", &[DisplayName], &[DisplayName]));
    let ids = state.intend(pass, &[new("p1"), new("p2")], at(1)).await.unwrap();
    for wrong in [Outcome::Updated, Outcome::Unclear] {
        let outcomes = [(ids[0], Outcome::Created(ContactId::new("c1"))), (ids[1], wrong)];
        let refused = state.settle(&outcomes, at(2)).await;
        assert!(matches!(refused, Err(StateError::WrongOutcome { intent, .. }) if intent == ids[1]), "{refused:?}");
        assert!(state.contacts_of(&folder).await.unwrap().is_empty());
        assert_eq!(state.all_open_intents().await.unwrap().len(), 2);
    }
    state.settle(&[(ids[0], Outcome::Dropped), (ids[1], Outcome::Deleted)], at(2)).await.unwrap();
    assert!(state.contacts_of(&folder).await.unwrap().is_empty());
    let again = state.settle(&[(ids[0], Outcome::Dropped)], at(3)).await;
    assert!(matches!(again, Err(StateError::Missing { .. })), "{again:?}");
}

async fn a_refused_contact_is_noted_until_it_is_taken(base: Base) {
    let Fresh { state, home: _home } = fresh(base).await;
    let folder = folder_of("anna");
    let refused = Outcome::Refused { code: "ErrorInvalidProperty".into(), sentence: "a property is not what Graph expects".into() };
    let new = create(&folder, "p1", writing("a", &[DisplayName], &[DisplayName]));
    state.send(new.clone(), refused.clone(), at(1)).await;
    let noted = state.refusals_of(&folder).await.unwrap();
    assert_eq!(noted[&record("p1")].digest, Some(digest("a")));
    assert_eq!(noted[&record("p1")].code, "ErrorInvalidProperty");
    assert_eq!(noted[&record("p1")].at, at(1));
    assert!(state.contacts_of(&folder).await.unwrap().is_empty());

    state.send(new, Outcome::Created(ContactId::new("c1")), at(2)).await;
    assert!(state.refusals_of(&folder).await.unwrap().is_empty());
    state.send(delete(&folder, "p1", "c1", DeleteReason::Cap), refused, at(3)).await;
    assert_eq!(state.refusals_of(&folder).await.unwrap()[&record("p1")].digest, None);
    state.forget_refusals(&folder, &[record("p1")]).await.unwrap();
    assert!(state.refusals_of(&folder).await.unwrap().is_empty());
    assert_eq!(state.contacts_of(&folder).await.unwrap().len(), 1);
}

async fn contacts_found_by_their_marker_are_adopted_once(base: Base) {
    let Fresh { state, home: _home } = fresh(base).await;
    let folder = folder_of("anna");
    let found = adressbote_rules::ledger::Pushed {
        contact: ContactId::new("c1"),
        digest: None,
        owned: set(&[DisplayName, MobilePhone]),
        filled: set(&[DisplayName]),
        brought: Brought::Subscription,
    };
    state.adopt(&folder, &[(record("p1"), found.clone())], at(1)).await.unwrap();
    assert_eq!(state.contacts_of(&folder).await.unwrap()[&record("p1")], found);
    assert_eq!(state.where_record(&record("p1")).await.unwrap()[0].properties, set(&[DisplayName]));
    let again = state.adopt(&folder, &[(record("p2"), found.clone()), (record("p1"), found.clone())], at(2)).await;
    assert!(matches!(again, Err(StateError::AlreadyPushed { .. })), "{again:?}");
    assert_eq!(state.contacts_of(&folder).await.unwrap().len(), 1);

    let pass = state.begin_pass(&PassKind::Full, "test", at(3)).await.unwrap();
    state.intend(pass, &[create(&folder, "p2", writing("a", &[], &[]))], at(3)).await.unwrap();
    let open = state.adopt(&folder, &[(record("p2"), found)], at(4)).await;
    assert!(matches!(open, Err(StateError::AlreadyIntended { .. })), "{open:?}");
}

async fn reading_back_is_noted(base: Base) {
    let Fresh { state, home: _home } = fresh(base).await;
    let folder = folder_of("anna");
    for key in ["p1", "p2", "p3"] {
        let new = create(&folder, key, writing("a", &[DisplayName], &[DisplayName]));
        state.send(new, Outcome::Created(ContactId::new(key)), at(1)).await;
    }
    state.verified(&folder, &[record("p1")], at(5)).await.unwrap();
    state.changed_outside(&folder, &[record("p2")]).await.unwrap();
    let gone = [(record("p3"), ContactId::new("p3")), (record("p1"), ContactId::new("another"))];
    state.gone_outside(&folder, &gone, "deleted in the mailbox", at(6)).await.unwrap();

    let first = state.contact(&folder, &record("p1")).await.unwrap().unwrap();
    assert_eq!((first.verified_at, first.pushed.digest), (Some(at(5)), Some(digest("a"))));
    assert_eq!(state.contact(&folder, &record("p2")).await.unwrap().unwrap().pushed.digest, None);
    assert_eq!(state.contact(&folder, &record("p3")).await.unwrap(), None);
    let had = state.where_record(&record("p3")).await.unwrap();
    assert_eq!((had[0].until, had[0].ended_why.as_deref()), (Some(at(6)), Some("deleted in the mailbox")));
}

async fn many_contacts_are_adopted_piece_by_piece(base: Base) {
    let Fresh { state, home: _home } = fresh(base).await;
    let folder = folder_of("anna");
    let filled = set(&[DisplayName]);
    let pushed = |n| Pushed {
        contact: ContactId::new(format!("c{n}")),
        digest: None,
        owned: filled.clone(),
        filled: filled.clone(),
        brought: Brought::Filter,
    };
    let mut found: Vec<_> = (0..250).map(|n| (record(&format!("p{n}")), pushed(n))).collect();
    found[230].0 = record("p0");
    let refused = state.adopt(&folder, &found, at(1)).await.unwrap_err();
    assert!(matches!(refused, StateError::AlreadyPushed { .. }), "{refused:?}");
    assert_eq!(state.contacts_of(&folder).await.unwrap().len(), 200, "others had their turn between a hundred and the next");
    let records: Vec<_> = (0..200).map(|n| record(&format!("p{n}"))).collect();
    state.verified(&folder, &records, at(2)).await.unwrap();
    assert_eq!(state.contact(&folder, &records[199]).await.unwrap().unwrap().verified_at, Some(at(2)));
    let gone: Vec<_> = (0..200).map(|n| (record(&format!("p{n}")), ContactId::new(format!("c{n}")))).collect();
    state.gone_outside(&folder, &gone, "deleted in the mailbox", at(3)).await.unwrap();
    assert!(state.contacts_of(&folder).await.unwrap().is_empty());
}

async fn a_folder_is_not_forgotten_while_anything_stands_in_it(base: Base) {
    let Fresh { state, home: _home } = fresh(base).await;
    let key = folder_of("anna");
    let made = Folder { id: FolderId::new("f1"), display_name: "Kunden".into(), created_at: at(1), verified_at: None };
    state.put_folder(&key, &made).await.unwrap();
    state.verified_folder(&key, at(2)).await.unwrap();
    assert_eq!(state.folder(&key).await.unwrap().unwrap().verified_at, Some(at(2)));
    assert_eq!(state.standing_folders().await.unwrap()[&key], 0);

    state.send(create(&key, "p1", writing("a", &[DisplayName], &[DisplayName])), Outcome::Created(ContactId::new("c1")), at(3)).await;
    assert_eq!(state.standing_folders().await.unwrap()[&key], 1);
    assert!(matches!(state.remove_folder(&key).await, Err(StateError::StillThere { count: 1, .. })));
    let anew = Folder { id: FolderId::new("f2"), display_name: "Kunden (2)".into(), ..made };
    state.put_folder(&key, &anew).await.unwrap();
    assert_eq!(state.folders().await.unwrap(), [(key.clone(), anew)].into());
    assert_eq!(state.contacts_of(&key).await.unwrap().len(), 1, "a folder made anew forgets no contact");

    state.send(delete(&key, "p1", "c1", DeleteReason::BookRemoved), Outcome::Deleted, at(4)).await;
    state.remove_folder(&key).await.unwrap();
    assert_eq!(state.folder(&key).await.unwrap(), None);
    assert!(state.standing_folders().await.unwrap().is_empty());
}

async fn folders_of_the_same_user_in_two_mailboxes_stand_apart(base: Base) {
    let Fresh { state, home: _home } = fresh(base).await;
    let old = folder_of("anna");
    let new = FolderKey { mailbox: MailboxId::new("another"), ..old.clone() };
    for (folder, contact) in [(&old, "c1"), (&new, "c2")] {
        let intent = create(folder, "p1", writing("a", &[DisplayName], &[DisplayName]));
        state.send(intent, Outcome::Created(ContactId::new(contact)), at(1)).await;
    }
    state.send(delete(&old, "p1", "c1", DeleteReason::BindingChanged), Outcome::Deleted, at(2)).await;
    assert!(state.contacts_of(&old).await.unwrap().is_empty());
    assert_eq!(state.contacts_of(&new).await.unwrap().len(), 1);
}

async fn a_whole_company_is_written_in_few_transactions(base: Base) {
    let Fresh { state, home: _home } = fresh(base).await;
    let pass = state.begin_pass(&PassKind::Full, "test", at(1)).await.unwrap();
    let owned = &Property::ALL[..20];
    for name in ["anna", "bert"] {
        let folder = folder_of(name);
        let new: Vec<NewIntent> = (0..2000).map(|n| create(&folder, &format!("p{n}"), writing("a", owned, &owned[..12]))).collect();
        let ids = state.intend(pass, &new, at(1)).await.unwrap();
        assert_eq!(state.all_open_intents().await.unwrap().len(), 2000);
        let outcomes: Vec<_> = ids.iter().map(|id| (*id, Outcome::Created(ContactId::new(format!("c{id}"))))).collect();
        state.settle(&outcomes, at(2)).await.unwrap();
        assert_eq!(state.contacts_of(&folder).await.unwrap().len(), 2000);
    }
    assert_eq!(state.standing_folders().await.unwrap().into_values().collect::<Vec<_>>(), [2000, 2000]);
}
