//! Whose mailbox is whose.

use super::*;

on_each_state!(
    the_first_binding_counts_at_once_and_is_made_once,
    a_change_waits_while_the_old_one_leaves,
    a_changed_address_of_the_same_mailbox_waits_too_and_its_contacts_stay_when_confirmed,
    two_users_never_have_one_mailbox,
    the_database_itself_refuses_a_second_user_of_a_mailbox,
    nothing_is_withdrawn_while_something_stands_there,
    whoever_was_released_comes_back_by_a_person_only,
    a_second_change_replaces_the_waiting_one,
    a_new_address_of_the_same_mailbox_is_noted_and_audited,
    a_mailbox_that_is_gone_for_good_can_be_forgotten,
    what_open_changes_may_have_brought_counts_as_disclosed_in_a_mailbox_that_is_forgotten,
);

fn found(user_key: &str, mailbox: &str, address: &str) -> NewBinding {
    NewBinding { user: user(user_key), mailbox: MailboxId::new(mailbox), address: address.to_owned() }
}

async fn standings(state: &State, user_key: &str) -> Vec<(String, Standing)> {
    let history = state.binding_history(&user(user_key)).await.unwrap();
    history.into_iter().map(|binding| (binding.mailbox.to_string(), binding.standing)).collect()
}

async fn the_first_binding_counts_at_once_and_is_made_once(base: Base) {
    let Fresh { state, home: _home } = fresh(base).await;
    let new = found("anna", "m1", "anna@firma.example");
    let made = state.bind(&new, &by("pass 1"), at(1)).await.unwrap();
    assert_eq!((made.standing, made.made.clone()), (Standing::Active, (at(1), "pass 1".to_owned())));
    assert_eq!(state.bind(&new, &by("pass 2"), at(2)).await.unwrap(), made);
    assert_eq!(state.binding(&user("anna")).await.unwrap(), Some(made.clone()));
    assert_eq!(state.bindings().await.unwrap(), [made]);
    assert_eq!(state.binding(&user("bert")).await.unwrap(), None);
}

async fn a_change_waits_while_the_old_one_leaves(base: Base) {
    let Fresh { state, home: _home } = fresh(base).await;
    state.bind(&found("anna", "m1", "anna@firma.example"), &by("pass 1"), at(1)).await.unwrap();
    let waiting = state.bind(&found("anna", "m2", "anna.neu@firma.example"), &by("pass 2"), at(2)).await.unwrap();
    assert_eq!(waiting.standing, Standing::Waiting);
    assert_eq!(state.binding(&user("anna")).await.unwrap(), None);
    let both = [("m1".to_owned(), Standing::Leaving), ("m2".to_owned(), Standing::Waiting)];
    assert_eq!(standings(&state, "anna").await, both);
    state.bind(&found("anna", "m2", "anna.neu@firma.example"), &by("pass 3"), at(3)).await.unwrap();
    assert_eq!(standings(&state, "anna").await, both, "found again, nothing changes");

    state.confirm_binding(&user("anna"), &by("admin"), at(4)).await.unwrap();
    let active = state.binding(&user("anna")).await.unwrap().unwrap();
    assert_eq!((active.mailbox.as_str(), active.confirmed), ("m2", Some((at(4), "admin".to_owned()))));
    assert!(matches!(state.confirm_binding(&user("anna"), &by("admin"), at(5)).await, Err(StateError::Missing { .. })));
}

async fn a_changed_address_of_the_same_mailbox_waits_too_and_its_contacts_stay_when_confirmed(base: Base) {
    let Fresh { state, home: _home } = fresh(base).await;
    state.bind(&found("anna", "m1", "anna@firma.example"), &by("pass 1"), at(1)).await.unwrap();
    state.bind(&found("anna", "m1", "anna.neu@firma.example"), &by("pass 2"), at(2)).await.unwrap();
    assert_eq!(state.binding(&user("anna")).await.unwrap(), None);
    state.confirm_binding(&user("anna"), &by("admin"), at(3)).await.unwrap();
    assert_eq!(standings(&state, "anna").await, [("m1".to_owned(), Standing::Withdrawn), ("m1".to_owned(), Standing::Active)]);
    let first = &state.binding_history(&user("anna")).await.unwrap()[0];
    assert_eq!(first.ended, Some((at(2), "pass 2".to_owned())), "when it began to end");
}

async fn two_users_never_have_one_mailbox(base: Base) {
    let Fresh { state, home: _home } = fresh(base).await;
    state.bind(&found("anna", "m1", "info@firma.example"), &by("pass 1"), at(1)).await.unwrap();
    let second = state.bind(&found("bert", "m1", "info@firma.example"), &by("pass 1"), at(1)).await.unwrap();
    assert_eq!(second.standing, Standing::Waiting);
    let refused = state.confirm_binding(&user("bert"), &by("admin"), at(2)).await;
    assert!(matches!(&refused, Err(StateError::MailboxTaken { user, .. }) if user == "anna"), "{refused:?}");

    state.release_binding(&user("anna"), &by("admin"), at(3)).await.unwrap();
    let refused = state.confirm_binding(&user("bert"), &by("admin"), at(4)).await;
    assert!(matches!(refused, Err(StateError::MailboxTaken { .. })), "still being emptied");
    let leaving = state.binding_history(&user("anna")).await.unwrap().remove(0);
    state.withdrawn(&leaving, at(5)).await.unwrap();
    state.confirm_binding(&user("bert"), &by("admin"), at(6)).await.unwrap();
    assert_eq!(state.bindings().await.unwrap().len(), 1);
}

async fn the_database_itself_refuses_a_second_user_of_a_mailbox(base: Base) {
    let Fresh { state, home: _home } = fresh(base).await;
    state.bind(&found("anna", "m1", "a@firma.example"), &by("pass"), at(1)).await.unwrap();
    for standing in ["active", "leaving"] {
        let sql = include_str!("../../../queries/binding_put.sql");
        let mut change = state.change().await.unwrap();
        let query = query(sql).bind("bert").bind("m1").bind("b@firma.example").bind(standing).bind(0_i64).bind("test");
        let refused = query.execute(&mut change).await.unwrap_err();
        assert!(refused.as_database_error().unwrap().is_unique_violation(), "{refused}");
    }
}

async fn nothing_is_withdrawn_while_something_stands_there(base: Base) {
    let Fresh { state, home: _home } = fresh(base).await;
    let folder = folder_of("anna");
    state.bind(&found("anna", folder.mailbox.as_str(), "anna@firma.example"), &by("pass"), at(1)).await.unwrap();
    state.send(create(&folder, "p1", writing("a", &[], &[])), Outcome::Created(ContactId::new("c1")), at(1)).await;
    state.release_binding(&user("anna"), &by("admin"), at(2)).await.unwrap();
    let leaving = state.bindings().await.unwrap().remove(0);
    assert!(matches!(state.withdrawn(&leaving, at(3)).await, Err(StateError::StillThere { count: 1, .. })));
    state.send(delete(&folder, "p1", "c1", DeleteReason::BindingChanged), Outcome::Deleted, at(4)).await;
    state.withdrawn(&leaving, at(5)).await.unwrap();
    assert_eq!(standings(&state, "anna").await, [(folder.mailbox.to_string(), Standing::Withdrawn)]);
    assert!(state.bindings().await.unwrap().is_empty());
}

async fn whoever_was_released_comes_back_by_a_person_only(base: Base) {
    let Fresh { state, home: _home } = fresh(base).await;
    let new = found("anna", "m1", "anna@firma.example");
    state.bind(&new, &by("pass"), at(1)).await.unwrap();
    state.release_binding(&user("anna"), &by("admin"), at(2)).await.unwrap();
    assert!(matches!(state.release_binding(&user("anna"), &by("admin"), at(3)).await, Err(StateError::Missing { .. })));
    assert_eq!(state.bind(&new, &by("pass"), at(4)).await.unwrap().standing, Standing::Waiting);
    state.release_binding(&user("anna"), &by("admin"), at(5)).await.unwrap();
    assert_eq!(standings(&state, "anna").await, [("m1".to_owned(), Standing::Leaving), ("m1".to_owned(), Standing::Withdrawn)]);
}

async fn a_second_change_replaces_the_waiting_one(base: Base) {
    let Fresh { state, home: _home } = fresh(base).await;
    for (minute, mailbox) in [(1, "m1"), (2, "m2"), (3, "m3")] {
        state.bind(&found("anna", mailbox, "anna@firma.example"), &by("pass"), at(minute)).await.unwrap();
    }
    let expected = [("m1", Standing::Leaving), ("m2", Standing::Withdrawn), ("m3", Standing::Waiting)];
    assert_eq!(standings(&state, "anna").await, expected.map(|(mailbox, standing)| (mailbox.to_owned(), standing)));
}

async fn a_new_address_of_the_same_mailbox_is_noted_and_audited(base: Base) {
    let Fresh { state, home: _home } = fresh(base).await;
    let made = state.bind(&found("anna", "m1", "anna@firma.example"), &by("pass 1"), at(1)).await.unwrap();
    state.readdress(&made, "anna.neu@firma.example", &by("pass 2"), at(2)).await.unwrap();
    let now = state.binding(&user("anna")).await.unwrap().unwrap();
    assert_eq!((now.id, now.standing, now.address.as_str()), (made.id, Standing::Active, "anna.neu@firma.example"));
}

async fn a_mailbox_that_is_gone_for_good_can_be_forgotten(base: Base) {
    let Fresh { state, home: _home } = fresh(base).await;
    let (gone, other) = (folder_of("anna"), folder_of("bert"));
    for folder in [&gone, &other] {
        let new = create(folder, "p1", writing("a", &[Property::Surname], &[Property::Surname]));
        state.send(new, Outcome::Created(ContactId::new("c1")), at(1)).await;
    }
    let pass = state.begin_pass(&PassKind::Full, "test", at(2)).await.unwrap();
    state.intend(pass, &[delete(&gone, "p1", "c1", DeleteReason::UserLeft)], at(2)).await.unwrap();
    assert_eq!(state.forget_mailbox(&gone.user, &gone.mailbox, &by("admin"), at(3)).await.unwrap(), 1);
    assert_eq!(state.standing_folders().await.unwrap().into_keys().collect::<Vec<_>>(), std::slice::from_ref(&other));
    let had: Vec<_> = state.where_record(&record("p1")).await.unwrap().into_iter().map(|had| (had.folder.user, had.until)).collect();
    assert_eq!(had, [(other.user, None), (gone.user, Some(at(3)))]);
    assert_eq!(state.pushed_records().await.unwrap(), [record("p1")].into());
    assert_eq!(state.audit_page(None, 1).await.unwrap()[0].entry.action, "forget mailbox");
    let nothing = state.forget_mailbox(&user("anna"), &gone.mailbox, &by("admin"), at(4)).await;
    assert!(matches!(nothing, Err(StateError::Missing { .. })), "{nothing:?}");
    assert_eq!(state.audit_page(None, 9).await.unwrap().len(), 1);
}

async fn what_open_changes_may_have_brought_counts_as_disclosed_in_a_mailbox_that_is_forgotten(base: Base) {
    let Fresh { state, home: _home } = fresh(base).await;
    let gone = folder_of("anna");
    let stands = create(&gone, "p1", writing("a", &[Property::Surname], &[Property::Surname]));
    state.send(stands, Outcome::Created(ContactId::new("c1")), at(1)).await;
    let pass = state.begin_pass(&PassKind::Full, "test", at(2)).await.unwrap();
    let both = [Property::Surname, Property::MobilePhone];
    let open = [create(&gone, "p2", writing("b", &both, &both)), update(&gone, "p1", "c1", writing("c", &both, &[Property::MobilePhone]), &[])];
    state.intend(pass, &open, at(2)).await.unwrap();
    assert_eq!(state.forget_mailbox(&gone.user, &gone.mailbox, &by("admin"), at(3)).await.unwrap(), 1, "one was known to stand there");
    let mut had = Vec::new();
    for key in ["p1", "p2"] {
        had.extend(state.where_record(&record(key)).await.unwrap().into_iter().map(|had| (key, had.properties, had.from, had.until)));
    }
    let expected = [
        ("p1", set(&[Property::Surname]), at(1), Some(at(3))),
        ("p1", set(&[Property::MobilePhone]), at(2), Some(at(3))),
        ("p2", set(&both), at(2), Some(at(3))),
    ];
    assert_eq!(had, expected);
    assert!(state.all_open_intents().await.unwrap().is_empty());
}
