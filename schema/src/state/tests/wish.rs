//! Our subscriptions and filters.

use adressbote_rules::key::Principal;
use adressbote_rules::time::Period;

use super::*;

on_each_state!(
    subscribing_twice_is_subscribing_once,
    another_period_takes_the_place_of_the_first,
    what_is_taken_back_stays_in_the_history,
    the_latest_version_of_a_filter_is_in_force,
    a_filter_that_never_was_is_not_removed,
);

fn wish(key: &str, principal: &str) -> NewSubscription {
    NewSubscription { book: book("customers"), record: record(key), principal: Principal::new(principal), during: Period::ALWAYS }
}

async fn subscribing_twice_is_subscribing_once(base: Base) {
    let Fresh { state, home: _home } = fresh(base).await;
    let made = state.subscribe(&wish("p1", "user:anna"), &by("anna"), at(1)).await.unwrap();
    assert_eq!(state.subscribe(&wish("p1", "user:anna"), &by("bert"), at(2)).await.unwrap(), made);
    assert_eq!(state.subscriptions(&book("customers")).await.unwrap(), std::slice::from_ref(&made));
    assert!(state.subscriptions(&book("suppliers")).await.unwrap().is_empty());
    let row = made.row().unwrap();
    assert_eq!((row.record, row.principal, row.by, row.during), (record("p1"), Principal::new("user:anna"), "anna".into(), Period::ALWAYS));
}

async fn another_period_takes_the_place_of_the_first(base: Base) {
    let Fresh { state, home: _home } = fresh(base).await;
    state.subscribe(&wish("p1", "everyone"), &by("anna"), at(1)).await.unwrap();
    let during = Period { from: Some(at(10)), until: Some(at(20)) };
    let limited = NewSubscription { during, ..wish("p1", "everyone") };
    let second = state.subscribe(&limited, &by("bert"), at(2)).await.unwrap();
    assert_eq!(second.wish.during, during);
    assert_eq!(state.subscriptions(&book("customers")).await.unwrap(), [second]);
    let history = state.subscriptions_of_record(&record("p1")).await.unwrap();
    assert_eq!(history.len(), 2);
    assert_eq!((history[0].ended.clone(), history[0].row()), (Some((at(2), "bert".to_owned())), None));
}

async fn what_is_taken_back_stays_in_the_history(base: Base) {
    let Fresh { state, home: _home } = fresh(base).await;
    let first = state.subscribe(&wish("p1", "group:sales"), &by("anna"), at(1)).await.unwrap();
    state.subscribe(&wish("p2", "group:sales"), &by("anna"), at(1)).await.unwrap();
    assert!(state.unsubscribe(first.id, &by("bert"), at(2)).await.unwrap());
    assert!(!state.unsubscribe(first.id, &by("bert"), at(3)).await.unwrap());
    let of_sales = state.subscriptions_of_principal(&Principal::new("group:sales")).await.unwrap();
    assert_eq!(of_sales.iter().map(|subscription| subscription.ended.is_some()).collect::<Vec<_>>(), [true, false]);
    let again = state.subscribe(&wish("p1", "group:sales"), &by("anna"), at(4)).await.unwrap();
    assert_ne!(again.id, first.id);
    assert_eq!(state.subscriptions(&book("customers")).await.unwrap().len(), 2);
}

async fn the_latest_version_of_a_filter_is_in_force(base: Base) {
    let Fresh { state, home: _home } = fresh(base).await;
    let (customers, sales) = (book("customers"), Principal::new("group:sales"));
    let key = (&customers, &sales);
    assert_eq!(state.put_filter(key, Some("city = 'Ulm'"), &by("anna"), at(1)).await.unwrap(), 1);
    assert_eq!(state.put_filter(key, Some("city = 'Ulm'"), &by("bert"), at(2)).await.unwrap(), 1);
    assert_eq!(state.put_filter(key, Some("city = 'Köln'"), &by("bert"), at(3)).await.unwrap(), 2);
    let in_force = state.filters(&customers).await.unwrap();
    assert_eq!(in_force.len(), 1);
    assert_eq!((in_force[0].version, in_force[0].text.as_deref(), in_force[0].author.as_str()), (2, Some("city = 'Köln'"), "bert"));
    assert_eq!(in_force[0].made_at, at(3));

    assert_eq!(state.put_filter(key, None, &by("anna"), at(4)).await.unwrap(), 3);
    assert_eq!(state.put_filter(key, None, &by("anna"), at(5)).await.unwrap(), 3);
    assert!(state.filters(&customers).await.unwrap().is_empty());
    assert_eq!(state.put_filter(key, Some("city = 'Ulm'"), &by("anna"), at(6)).await.unwrap(), 4);
    let texts: Vec<_> = state.filter_history(&customers, &sales).await.unwrap().into_iter().map(|version| version.text).collect();
    assert_eq!(texts, [Some("city = 'Ulm'".into()), Some("city = 'Köln'".into()), None, Some("city = 'Ulm'".into())]);
}

async fn a_filter_that_never_was_is_not_removed(base: Base) {
    let Fresh { state, home: _home } = fresh(base).await;
    let (customers, anna) = (book("customers"), Principal::of_user(&user("anna")));
    assert_eq!(state.put_filter((&customers, &anna), None, &by("anna"), at(1)).await.unwrap(), 0);
    assert!(state.filter_history(&customers, &anna).await.unwrap().is_empty());
}
