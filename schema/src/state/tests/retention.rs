//! What is kept for how long.

use adressbote_rules::key::Principal;
use adressbote_rules::time::Period;
use serde_json::json;

use super::*;

on_each_state!(
    ended_subscriptions_and_former_filters_go_when_their_retention_is_over,
    passes_go_with_the_longest_retention_but_for_those_that_others_are_measured_by,
);

const DAY: i64 = 24 * 60;

async fn ended_subscriptions_and_former_filters_go_when_their_retention_is_over(base: Base) {
    let Fresh { state, home: _home } = fresh(base).await;
    let customers = book("customers");
    state.note_book(&customers, 30, at(0)).await.unwrap();
    let wish = |key: &str, until| NewSubscription {
        book: customers.clone(),
        record: record(key),
        principal: Principal::new("user:anna"),
        during: Period { from: None, until },
    };
    let ended = state.subscribe(&wish("p1", None), &by("anna"), at(0)).await.unwrap();
    state.unsubscribe(ended.id, &by("anna"), at(DAY)).await.unwrap();
    state.subscribe(&wish("p2", Some(at(2 * DAY))), &by("anna"), at(0)).await.unwrap();
    state.subscribe(&wish("p3", None), &by("anna"), at(0)).await.unwrap();
    let (stands, removed) = (Principal::new("group:sales"), Principal::new("group:old"));
    for (version, day) in [("A = 1", 0), ("A = 2", 1), ("A = 3", 2)] {
        state.put_filter((&customers, &stands), Some(version), &by("anna"), at(day * DAY)).await.unwrap();
    }
    state.put_filter((&customers, &removed), Some("A = 1"), &by("anna"), at(0)).await.unwrap();
    state.put_filter((&customers, &removed), None, &by("anna"), at(DAY)).await.unwrap();

    assert_eq!(state.purge(at(31 * DAY)).await.unwrap(), 0, "kept to the last day");
    assert_eq!(state.purge(at(31 * DAY + 1)).await.unwrap(), 4, "p1, the first of three versions, both of the removed filter");
    assert!(state.subscriptions_of_record(&record("p1")).await.unwrap().is_empty());
    assert!(state.filter_history(&customers, &removed).await.unwrap().is_empty());
    assert_eq!(state.purge(at(32 * DAY + 1)).await.unwrap(), 2, "p2, the second version");
    assert_eq!(state.purge(at(999 * DAY)).await.unwrap(), 0, "what is in force stays");
    let left: Vec<u32> = state.filter_history(&customers, &stands).await.unwrap().into_iter().map(|one| one.version).collect();
    assert_eq!((left, state.subscriptions(&customers).await.unwrap().len()), (vec![3], 1));
}

async fn passes_go_with_the_longest_retention_but_for_those_that_others_are_measured_by(base: Base) {
    let Fresh { state, home: _home } = fresh(base).await;
    let mut passes = Vec::new();
    for day in 0..6 {
        let pass = state.begin_pass(&PassKind::Full, "interval", at(day * DAY)).await.unwrap();
        if day < 5 {
            state.finish_pass(pass, &json!({}), at(day * DAY + 1)).await.unwrap();
        }
        passes.push(pass);
    }
    state.note_read_back(passes[2]).await.unwrap();
    assert_eq!(state.purge(at(999 * DAY)).await.unwrap(), 0, "no book says how long");
    state.note_book(&book("customers"), 30, at(0)).await.unwrap();
    state.note_book(&book("suppliers"), 90, at(0)).await.unwrap();
    let kept = async || state.passes(9).await.unwrap().into_iter().map(|pass| pass.id).rev().collect::<Vec<_>>();
    assert_eq!(state.purge(at(91 * DAY + 1)).await.unwrap(), 1);
    assert_eq!(kept().await, [passes[0], passes[2], passes[3], passes[4], passes[5]]);
    state.purge(at(999 * DAY)).await.unwrap();
    assert_eq!(kept().await, [passes[0], passes[2], passes[4]], "the first, the last that read back, the last that finished");
    assert_eq!(state.last_read_back().await.unwrap(), Some(at(2 * DAY)));
}
