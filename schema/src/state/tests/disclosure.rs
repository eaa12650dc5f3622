//! Periods of disclosure.

use super::*;
use Property::{CompanyName, DisplayName, MobilePhone};

on_each_state!(
    a_period_begins_when_a_property_is_filled_and_ends_when_it_is_cleared,
    an_update_that_changes_no_property_set_changes_no_period,
    properties_that_go_for_different_reasons_end_apart,
    what_may_have_arrived_counts_as_disclosed,
    who_has_a_record_is_told_for_every_user,
    ended_periods_are_purged_when_their_retention_is_over,
    what_is_found_out_later_was_disclosed_since_its_request_left,
);

/// A period in brief: properties, from, until, why; instants in minutes.
type Brief = (Properties, i64, Option<i64>, Option<String>);

async fn periods(state: &State, key: &str) -> Vec<Brief> {
    let minutes = |instant: DateTime<Utc>| (instant - at(0)).num_minutes();
    let disclosures = state.where_record(&record(key)).await.unwrap();
    disclosures.into_iter().map(|d| (d.properties, minutes(d.from), d.until.map(minutes), d.ended_why)).collect()
}

fn over(until: i64, why: &str, properties: &[Property], from: i64) -> Brief {
    (set(properties), from, Some(until), Some(why.to_owned()))
}

async fn a_period_begins_when_a_property_is_filled_and_ends_when_it_is_cleared(base: Base) {
    let Fresh { state, home: _home } = fresh(base).await;
    let folder = folder_of("anna");
    let created = create(&folder, "p1", writing("a", &[DisplayName, MobilePhone], &[DisplayName, MobilePhone]));
    state.send(created, Outcome::Created(ContactId::new("c1")), at(1)).await;
    assert_eq!(periods(&state, "p1").await, [(set(&[DisplayName, MobilePhone]), 1, None, None)]);

    let cleared = [(MobilePhone, ClearReason::FieldRightLost)];
    let changed = update(&folder, "p1", "c1", writing("b", &[MobilePhone], &[DisplayName, CompanyName]), &cleared);
    state.send(changed, Outcome::Updated, at(2)).await;
    let lost = over(2, "field right lost", &[MobilePhone], 1);
    let open = [(set(&[DisplayName]), 1, None, None), (set(&[CompanyName]), 2, None, None)];
    assert_eq!(periods(&state, "p1").await, [&open[..], std::slice::from_ref(&lost)].concat());

    let back = update(&folder, "p1", "c1", writing("c", &[MobilePhone], &[DisplayName, CompanyName, MobilePhone]), &[]);
    state.send(back, Outcome::Updated, at(3)).await;
    let open = [&open[..], &[(set(&[MobilePhone]), 3, None, None)]].concat();
    assert_eq!(periods(&state, "p1").await, [&open[..], std::slice::from_ref(&lost)].concat());

    state.send(delete(&folder, "p1", "c1", DeleteReason::RightLost), Outcome::Deleted, at(4)).await;
    let mut all =
        [lost, over(4, "right lost", &[DisplayName], 1), over(4, "right lost", &[CompanyName], 2), over(4, "right lost", &[MobilePhone], 3)];
    let mut found = periods(&state, "p1").await;
    all.sort();
    found.sort();
    assert_eq!(found, all);
}

async fn an_update_that_changes_no_property_set_changes_no_period(base: Base) {
    let Fresh { state, home: _home } = fresh(base).await;
    let folder = folder_of("anna");
    state.send(create(&folder, "p1", writing("a", &[DisplayName], &[DisplayName])), Outcome::Created(ContactId::new("c1")), at(1)).await;
    state.send(update(&folder, "p1", "c1", writing("b", &[DisplayName], &[DisplayName]), &[]), Outcome::Updated, at(2)).await;
    assert_eq!(periods(&state, "p1").await, [(set(&[DisplayName]), 1, None, None)]);
}

async fn properties_that_go_for_different_reasons_end_apart(base: Base) {
    let Fresh { state, home: _home } = fresh(base).await;
    let folder = folder_of("anna");
    let all = [DisplayName, MobilePhone, CompanyName];
    state.send(create(&folder, "p1", writing("a", &all, &all)), Outcome::Created(ContactId::new("c1")), at(1)).await;
    let cleared = [(MobilePhone, ClearReason::MappingChanged), (CompanyName, ClearReason::Emptied)];
    state.send(update(&folder, "p1", "c1", writing("b", &all, &[DisplayName]), &cleared), Outcome::Updated, at(2)).await;
    let mut found = periods(&state, "p1").await;
    found[1..].sort();
    let mut ended = [over(2, "emptied in the CRM", &[CompanyName], 1), over(2, "mapping changed", &[MobilePhone], 1)];
    ended.sort();
    assert_eq!(found[0], (set(&[DisplayName]), 1, None, None));
    assert_eq!(found[1..], ended);
}

async fn what_may_have_arrived_counts_as_disclosed(base: Base) {
    let Fresh { state, home: _home } = fresh(base).await;
    let folder = folder_of("anna");
    state.send(create(&folder, "p1", writing("a", &[DisplayName], &[DisplayName])), Outcome::Created(ContactId::new("c1")), at(1)).await;
    let pass = state.begin_pass(&PassKind::Full, "test", at(2)).await.unwrap();
    let changed = update(&folder, "p1", "c1", writing("b", &[MobilePhone], &[MobilePhone]), &[]);
    let ids = state.intend(pass, &[changed], at(2)).await.unwrap();
    assert_eq!(state.open_intents_of_record(&record("p1")).await.unwrap().len(), 1);
    state.settle(&[(ids[0], Outcome::Unclear)], at(3)).await.unwrap();
    assert_eq!(periods(&state, "p1").await, [(set(&[DisplayName]), 1, None, None), (set(&[MobilePhone]), 2, None, None)]);
    assert!(state.open_intents_of_record(&record("p1")).await.unwrap().is_empty());
}

async fn who_has_a_record_is_told_for_every_user(base: Base) {
    let Fresh { state, home: _home } = fresh(base).await;
    for name in ["bert", "anna"] {
        let intent = create(&folder_of(name), "p1", writing("a", &[DisplayName], &[DisplayName]));
        state.send(intent, Outcome::Created(ContactId::new("c1")), at(1)).await;
    }
    let users: Vec<_> = state.where_record(&record("p1")).await.unwrap().into_iter().map(|d| d.folder.user).collect();
    assert_eq!(users, [user("anna"), user("bert")]);
    assert!(state.where_record(&record("p2")).await.unwrap().is_empty());
}

async fn ended_periods_are_purged_when_their_retention_is_over(base: Base) {
    let Fresh { state, home: _home } = fresh(base).await;
    let day = 24 * 60;
    let folder = folder_of("anna");
    let unknown = FolderKey { book: book("never noted"), ..folder.clone() };
    state.note_book(&folder.book, 90, at(0)).await.unwrap();
    state.note_book(&folder.book, 30, at(0)).await.unwrap();
    for (folder, key) in [(&folder, "p1"), (&folder, "p2"), (&folder, "p3"), (&unknown, "p4")] {
        let intent = create(folder, key, writing("a", &[DisplayName], &[DisplayName]));
        state.send(intent, Outcome::Created(ContactId::new(key)), at(0)).await;
    }
    for (folder, key, ended) in [(&folder, "p1", 1), (&folder, "p2", 2), (&unknown, "p4", 1)] {
        state.send(delete(folder, key, key, DeleteReason::Filter), Outcome::Deleted, at(ended * day)).await;
    }
    state.purge(at(31 * day)).await.unwrap();
    assert_eq!(state.where_record(&record("p1")).await.unwrap().len(), 1, "kept to the last day");
    state.purge(at(31 * day + 1)).await.unwrap();
    assert_eq!(state.where_record(&record("p2")).await.unwrap().len(), 1);
    assert!(state.where_record(&record("p1")).await.unwrap().is_empty());
    state.purge(at(900 * day)).await.unwrap();
    assert!(state.where_record(&record("p2")).await.unwrap().is_empty());
    assert_eq!(periods(&state, "p3").await, [(set(&[DisplayName]), 0, None, None)], "what stands is never purged");
    assert_eq!(periods(&state, "p4").await.len(), 1);
}

async fn what_is_found_out_later_was_disclosed_since_its_request_left(base: Base) {
    let Fresh { state, home: _home } = fresh(base).await;
    let folder = folder_of("anna");
    state.send(create(&folder, "p1", writing("a", &[DisplayName], &[DisplayName])), Outcome::Created(ContactId::new("c1")), at(1)).await;
    let pass = state.begin_pass(&PassKind::Full, "test", at(2)).await.unwrap();
    let new = [
        update(&folder, "p1", "c1", writing("b", &[DisplayName, MobilePhone], &[DisplayName, MobilePhone]), &[]),
        create(&folder, "p2", writing("c", &[DisplayName], &[DisplayName])),
    ];
    let ids = state.intend(pass, &new, at(2)).await.unwrap();
    // The process died, and the next one looks a day later.
    state.settle(&[(ids[0], Outcome::Unclear), (ids[1], Outcome::Created(ContactId::new("c2")))], at(1_442)).await.unwrap();
    assert_eq!(periods(&state, "p1").await, [(set(&[DisplayName]), 1, None, None), (set(&[MobilePhone]), 2, None, None)]);
    assert_eq!(periods(&state, "p2").await, [(set(&[DisplayName]), 2, None, None)]);
}
