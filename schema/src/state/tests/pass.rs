//! Passes, seats, relations and how it goes with folders.

use adressbote_rules::crm::{Doubt, Relation};
use serde_json::json;

use super::*;

on_each_state!(
    a_pass_is_written_down_with_its_counts,
    seats_are_written_as_a_whole,
    a_relation_in_doubt_keeps_its_measure_until_it_is_confirmed,
    only_the_rows_that_somebody_saw_are_confirmed,
    rows_count_since_there_are_that_few,
    a_doubt_is_over_when_the_relation_reads_well_again,
    what_could_not_be_counted_cannot_be_confirmed,
    failures_of_a_folder_are_counted_until_a_delivery_ends_well,
    the_clock_of_reading_back_begins_with_the_first_pass_and_outlives_the_process,
    a_status_can_be_forgotten,
    a_restore_is_remembered_until_a_pass_over_all_users_has_come_to_its_end,
);

async fn a_pass_is_written_down_with_its_counts(base: Base) {
    let Fresh { state, home: _home } = fresh(base).await;
    let full = state.begin_pass(&PassKind::Full, "interval", at(1)).await.unwrap();
    assert!(!state.has_finished_a_pass().await.unwrap());
    state.finish_pass(full, &json!({"created": 3}), at(2)).await.unwrap();
    let kinds = [PassKind::User(user("anna")), PassKind::Record(record("p1"))];
    for kind in &kinds {
        let id = state.begin_pass(kind, "request", at(3)).await.unwrap();
        state.finish_pass(id, &json!({}), at(4)).await.unwrap();
    }
    assert!(state.has_finished_a_pass().await.unwrap());
    let cause = "interval".to_owned();
    let expected = Pass { id: full, kind: PassKind::Full, cause, started_at: at(1), finished_at: Some(at(2)), summary: Some(json!({"created": 3})) };
    let mut last = state.passes(3).await.unwrap();
    assert_eq!(last.pop(), Some(expected));
    assert_eq!(last.into_iter().map(|pass| pass.kind).collect::<Vec<_>>(), kinds.into_iter().rev().collect::<Vec<_>>());
    assert!(matches!(state.finish_pass(full, &json!({}), at(5)).await, Err(StateError::Missing { .. })), "ended once");
}

async fn seats_are_written_as_a_whole(base: Base) {
    let Fresh { state, home: _home } = fresh(base).await;
    let seat = |name: &str, lost_since| Seat { user: user(name), since: at(1), lost_since };
    state.write_seats(&[seat("anna", None), seat("bert", Some(at(7)))]).await.unwrap();
    assert_eq!(state.seats().await.unwrap(), [seat("anna", None), seat("bert", Some(at(7)))]);
    state.write_seats(&[seat("bert", None), seat("cora", None)]).await.unwrap();
    assert_eq!(state.seats().await.unwrap(), [seat("bert", None), seat("cora", None)]);
    assert!(state.write_seats(&[seat("anna", None), seat("anna", None)]).await.is_err());
    assert_eq!(state.seats().await.unwrap().len(), 2, "a refused assignment leaves the seats as they were");
}

async fn a_relation_in_doubt_keeps_its_measure_until_it_is_confirmed(base: Base) {
    let Fresh { state, home: _home } = fresh(base).await;
    let bars = Relation::Bars.to_string();
    state.note_proven(&[(bars.clone(), 40), (Relation::Users.to_string(), 60)], at(1)).await.unwrap();
    let shrunk = |now| Doubt::Shrunk { before: 40, now, limit_percent: 20 };
    state.note_doubt(&bars, &shrunk(10), at(2)).await.unwrap();
    state.note_doubt(&bars, &shrunk(9), at(3)).await.unwrap();
    let known = state.relations().await.unwrap();
    let doubt = RelationDoubt { since: at(2), why: shrunk(9).to_string(), rows: Some((9, at(3))) };
    assert_eq!(known[&bars].doubt, Some(doubt));
    assert_eq!(state.last_counts().await.unwrap(), [(bars.clone(), 40), ("users".to_owned(), 60)].into());

    state.confirm_relation(&bars, 9, &by("admin"), at(4)).await.unwrap();
    let known = state.relations().await.unwrap();
    let confirmed = Some((at(4), "admin".to_owned()));
    assert_eq!(known[&bars], RelationState { proven: Some((9, at(4))), doubt: None, confirmed });
    let again = state.confirm_relation(&bars, 9, &by("admin"), at(5)).await;
    assert!(matches!(again, Err(StateError::NothingToConfirm { .. })), "{again:?}");
}

async fn only_the_rows_that_somebody_saw_are_confirmed(base: Base) {
    let Fresh { state, home: _home } = fresh(base).await;
    state.note_proven(&[("view".to_owned(), 1000)], at(1)).await.unwrap();
    state.note_doubt("view", &Doubt::Shrunk { before: 1000, now: 950, limit_percent: 2 }, at(2)).await.unwrap();
    state.note_doubt("view", &Doubt::Emptied { before: 1000 }, at(3)).await.unwrap();
    let refused = state.confirm_relation("view", 950, &by("admin"), at(4)).await;
    assert!(matches!(refused, Err(StateError::OtherRows { rows: 950, found: 0, .. })), "{refused:?}");
    assert_eq!(state.last_counts().await.unwrap()["view"], 1000);
    assert!(state.audit_page(None, 9).await.unwrap().is_empty());
    state.confirm_relation("view", 0, &by("admin"), at(5)).await.unwrap();
    assert_eq!(state.audit_page(None, 9).await.unwrap()[0].entry.subjects, ["view", "0"]);
}

async fn rows_count_since_there_are_that_few(base: Base) {
    let Fresh { state, home: _home } = fresh(base).await;
    state.note_proven(&[("view".to_owned(), 1000)], at(1)).await.unwrap();
    let since = async || state.relations().await.unwrap()["view"].doubt.as_ref().unwrap().rows;
    let shrunk = |now| Doubt::Shrunk { before: 1000, now, limit_percent: 2 };
    let readings = [
        (Doubt::Unread("timeout".into()), None),
        (shrunk(900), Some((900, at(11)))),
        (shrunk(900), Some((900, at(11)))),
        (shrunk(950), Some((950, at(11)))),
        (shrunk(940), Some((940, at(14)))),
        (Doubt::Emptied { before: 1000 }, Some((0, at(15)))),
        (Doubt::Uncounted, None),
        (Doubt::Emptied { before: 1000 }, Some((0, at(17)))),
    ];
    for (minute, (doubt, expected)) in (10..).zip(readings) {
        state.note_doubt("view", &doubt, at(minute)).await.unwrap();
        assert_eq!(since().await, expected, "at {minute}: {doubt}");
    }
    assert_eq!(state.relations().await.unwrap()["view"].doubt.as_ref().unwrap().since, at(10));
}

async fn a_doubt_is_over_when_the_relation_reads_well_again(base: Base) {
    let Fresh { state, home: _home } = fresh(base).await;
    state.note_doubt("bars", &Doubt::Emptied { before: 4 }, at(1)).await.unwrap();
    assert!(state.last_counts().await.unwrap().is_empty());
    state.note_proven(&[("bars".to_owned(), 4)], at(2)).await.unwrap();
    assert_eq!(state.relations().await.unwrap()["bars"].doubt, None);
    assert_eq!(state.last_counts().await.unwrap()["bars"], 4);
    state.note_doubt("bars", &Doubt::Emptied { before: 4 }, at(3)).await.unwrap();
    let anew = state.relations().await.unwrap()["bars"].doubt.clone().unwrap();
    assert_eq!((anew.since, anew.rows), (at(3), Some((0, at(3)))), "a new doubt begins anew");
}

async fn what_could_not_be_counted_cannot_be_confirmed(base: Base) {
    let Fresh { state, home: _home } = fresh(base).await;
    state.note_proven(&[("bars".to_owned(), 4)], at(1)).await.unwrap();
    let doubts = [Doubt::Uncounted, Doubt::Unread("timeout".into()), Doubt::Miscounted { read: 1, counted: 2 }];
    for doubt in doubts {
        state.note_doubt("bars", &doubt, at(2)).await.unwrap();
        let refused = state.confirm_relation("bars", 1, &by("admin"), at(3)).await;
        assert!(matches!(refused, Err(StateError::NothingToConfirm { .. })), "{doubt}: {refused:?}");
        assert_eq!(state.last_counts().await.unwrap()["bars"], 4);
    }
    state.note_doubt("bars", &Doubt::Emptied { before: 4 }, at(4)).await.unwrap();
    state.confirm_relation("bars", 0, &by("admin"), at(5)).await.unwrap();
    assert_eq!(state.last_counts().await.unwrap()["bars"], 0);
}

async fn failures_of_a_folder_are_counted_until_a_delivery_ends_well(base: Base) {
    let Fresh { state, home: _home } = fresh(base).await;
    let (anna, customers) = (user("anna"), book("customers"));
    let pass = state.begin_pass(&PassKind::Full, "test", at(1)).await.unwrap();
    let failure = DeliveryFailure { code: "missing_mailbox".into(), sentence: "the mailbox is gone".into(), next_try: Some(at(60)) };
    state.delivered(&anna, &customers, pass, at(1)).await.unwrap();
    state.delivery_failed(&anna, &customers, pass, &failure).await.unwrap();
    state.delivery_failed(&anna, &customers, pass, &failure).await.unwrap();
    let status = &state.statuses().await.unwrap()[&(anna.clone(), customers.clone())];
    assert_eq!(status, &FolderStatus { pass, delivered_at: Some(at(1)), failure: Some(failure), failures: 2 });
    state.delivered(&anna, &customers, pass, at(3)).await.unwrap();
    let status = &state.statuses().await.unwrap()[&(anna, customers)];
    assert_eq!(status, &FolderStatus { pass, delivered_at: Some(at(3)), failure: None, failures: 0 });
}

async fn the_clock_of_reading_back_begins_with_the_first_pass_and_outlives_the_process(base: Base) {
    let Fresh { state, home: _home } = fresh(base).await;
    assert_eq!(state.last_read_back().await.unwrap(), None);
    state.begin_pass(&PassKind::Full, "start", at(1)).await.unwrap();
    let second = state.begin_pass(&PassKind::Full, "interval", at(2)).await.unwrap();
    assert_eq!(state.last_read_back().await.unwrap(), Some(at(1)));
    state.note_read_back(second).await.unwrap();
    state.begin_pass(&PassKind::Full, "interval", at(3)).await.unwrap();
    assert_eq!(state.last_read_back().await.unwrap(), Some(at(2)));
}

async fn a_status_can_be_forgotten(base: Base) {
    let Fresh { state, home: _home } = fresh(base).await;
    let pass = state.begin_pass(&PassKind::Full, "test", at(1)).await.unwrap();
    state.delivered(&user("anna"), &book("customers"), pass, at(1)).await.unwrap();
    state.delivered(&user("bert"), &book("customers"), pass, at(1)).await.unwrap();
    state.forget_status(&user("anna"), &book("customers")).await.unwrap();
    assert_eq!(state.statuses().await.unwrap().into_keys().collect::<Vec<_>>(), [(user("bert"), book("customers"))]);
}

async fn a_restore_is_remembered_until_a_pass_over_all_users_has_come_to_its_end(base: Base) {
    let Fresh { state, home: _home } = fresh(base).await;
    assert_eq!(state.restored_after().await.unwrap(), None);
    let before = state.begin_pass(&PassKind::Full, "interval", at(1)).await.unwrap();
    state.finish_pass(before, &json!({}), at(1)).await.unwrap();
    state.note_restored(&by("admin"), at(2)).await.unwrap();
    assert_eq!(state.restored_after().await.unwrap(), Some(before));
    assert_eq!(state.audit_page(None, 9).await.unwrap()[0].entry.by, by("admin"));
    let of_one = state.begin_pass(&PassKind::User(user("anna")), "request", at(3)).await.unwrap();
    state.finish_pass(of_one, &json!({}), at(3)).await.unwrap();
    let after = state.begin_pass(&PassKind::Full, "interval", at(4)).await.unwrap();
    assert_eq!(state.restored_after().await.unwrap(), Some(before), "it has not come to its end");
    state.finish_pass(after, &json!({}), at(5)).await.unwrap();
    assert_eq!(state.restored_after().await.unwrap(), None);
    state.note_restored(&by("admin"), at(6)).await.unwrap();
    assert_eq!(state.restored_after().await.unwrap(), Some(after), "another restore");
}
