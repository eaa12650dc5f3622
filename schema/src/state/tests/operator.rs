//! Tombstones, the audit and the key.

use super::*;

on_each_state!(
    whoever_is_erased_stays_erased,
    tombstones_survive_a_restore_through_their_list,
    a_list_that_cannot_be_right_is_refused_as_a_whole,
    the_audit_only_grows,
    what_operators_change_stands_in_the_audit,
    another_digest_key_is_noticed,
);

async fn whoever_is_erased_stays_erased(base: Base) {
    let Fresh { state, home: _home } = fresh(base).await;
    let (first, second, third) = (digest("p1"), digest("p2"), digest("p3"));
    assert_eq!(state.erase(&[first, second, first], &by("admin"), at(1)).await.unwrap(), 2);
    assert_eq!(state.erase(&[first], &by("admin"), at(2)).await.unwrap(), 0);
    assert_eq!(state.is_erased(&[first, third]).await.unwrap(), [first].into());
    assert_eq!(state.erased().await.unwrap(), [first, second].into());
}

async fn tombstones_survive_a_restore_through_their_list(base: Base) {
    let Fresh { state, home: _home } = fresh(base).await;
    state.check_key(digest("key")).await.unwrap();
    state.erase(&[digest("p1"), digest("p2")], &by("Änne\nAdmin"), at(1)).await.unwrap();
    let list = state.tombstones_export(&by("admin"), at(9)).await.unwrap();
    assert_eq!(list.lines().count(), 3);

    let Fresh { state: restored, home: _restored } = fresh(base).await;
    restored.check_key(digest("key")).await.unwrap();
    restored.erase(&[digest("p1")], &by("admin"), at(9)).await.unwrap();
    assert_eq!(restored.tombstones_import(&list, &by("admin"), at(10)).await.unwrap(), 1);
    assert_eq!(restored.erased().await.unwrap(), state.erased().await.unwrap());
    assert_eq!(restored.tombstones_import(&list, &by("admin"), at(11)).await.unwrap(), 0);
    assert!(restored.tombstones_export(&by("admin"), at(9)).await.unwrap().contains("Änne Admin"));
}

async fn a_list_that_cannot_be_right_is_refused_as_a_whole(base: Base) {
    let Fresh { state, home: _home } = fresh(base).await;
    state.check_key(digest("key")).await.unwrap();
    state.erase(&[digest("p1")], &by("admin"), at(1)).await.unwrap();
    let list = state.tombstones_export(&by("admin"), at(9)).await.unwrap();
    let good = list.lines().nth(1).unwrap().replace(&digest("p1").to_string(), &digest("p9").to_string());
    let bad = ["xyz", "é", &"+1".repeat(16), &good[..32], &format!("{} yesterday admin", digest("p3")), &good[..57]];
    for bad in bad {
        let refused = state.tombstones_import(&format!("{list}{good}\n{bad}\n"), &by("admin"), at(2)).await;
        assert!(matches!(refused, Err(StateError::BadTombstones { line: 4, .. })), "{bad}: {refused:?}");
    }
    for foreign in ["", "hello", &list.replace(&digest("key").to_string(), &digest("another").to_string())] {
        let refused = state.tombstones_import(foreign, &by("admin"), at(2)).await;
        assert!(matches!(refused, Err(StateError::BadTombstones { line: 1, .. })), "{refused:?}");
    }
    assert_eq!(state.erased().await.unwrap().len(), 1);
}

async fn the_audit_only_grows(base: Base) {
    let Fresh { state, home: _home } = fresh(base).await;
    let looked = AuditEntry { by: by("admin"), action: "preview --contents".into(), subjects: vec!["anna".into(), "p \"1\"".into()] };
    for minute in 1..=5 {
        state.append_audit(&looked, at(minute)).await.unwrap();
    }
    let latest = state.audit_page(None, 2).await.unwrap();
    assert_eq!(latest.iter().map(|row| row.at).collect::<Vec<_>>(), [at(5), at(4)]);
    assert_eq!(latest[0].entry, looked);
    let rest = state.audit_page(Some(latest[1].id), 10).await.unwrap();
    assert_eq!(rest.iter().map(|row| row.at).collect::<Vec<_>>(), [at(3), at(2), at(1)]);

    let id = latest[0].id;
    let mut attempts = vec!["UPDATE audit SET actor = 'nobody'", "DELETE FROM audit"];
    attempts.push(match base {
        Base::Sqlite => "INSERT OR REPLACE INTO audit (id, at, actor, action, subjects) SELECT id, at, 'nobody', action, subjects FROM audit",
        Base::Postgres | Base::Mariadb => "TRUNCATE audit",
    });
    if base == Base::Postgres {
        attempts.push(
            "INSERT INTO audit (id, at, actor, action, subjects) OVERRIDING SYSTEM VALUE SELECT id, at, 'nobody', action, subjects FROM audit \
             ON CONFLICT (id) DO UPDATE SET actor = excluded.actor",
        );
    }
    for attempt in attempts {
        let mut change = state.change().await.unwrap();
        let refused = query(attempt).execute(&mut change).await.unwrap_err().to_string();
        assert!(refused.contains("append-only"), "{attempt}: {refused}");
    }
    assert_eq!(state.audit_page(Some(id + 1), 10).await.unwrap().len(), 5);
}

async fn what_operators_change_stands_in_the_audit(base: Base) {
    let Fresh { state, home: _home } = fresh(base).await;
    let (admin, anna, customers) = (by("admin"), user("anna"), book("customers"));
    let new = NewBinding { user: anna.clone(), mailbox: MailboxId::new("m1"), address: "anna@firma.example".into() };
    state.bind(&new, &admin, at(1)).await.unwrap();
    state.release_binding(&anna, &admin, at(2)).await.unwrap();
    state.bind(&new, &admin, at(3)).await.unwrap();
    state.confirm_binding(&anna, &admin, at(4)).await.unwrap();
    let holder = adressbote_rules::key::Principal::of_user(&anna);
    state.put_filter((&customers, &holder), Some("city = 'Ulm'"), &admin, at(5)).await.unwrap();
    state.put_filter((&customers, &holder), None, &admin, at(6)).await.unwrap();
    let during = adressbote_rules::time::Period::ALWAYS;
    let wish = NewSubscription { book: customers, record: record("p1"), principal: holder, during };
    let subscription = state.subscribe(&wish, &admin, at(7)).await.unwrap();
    state.unsubscribe(subscription.id, &admin, at(8)).await.unwrap();
    state.note_doubt("bars", &adressbote_rules::crm::Doubt::Emptied { before: 1 }, at(9)).await.unwrap();
    state.confirm_relation("bars", 0, &admin, at(9)).await.unwrap();
    state.erase(&[digest("p1")], &admin, at(10)).await.unwrap();
    state.tombstones_import(&state.tombstones_export(&admin, at(10)).await.unwrap(), &admin, at(11)).await.unwrap();

    let rows = state.audit_page(None, 100).await.unwrap();
    let actions: Vec<_> = rows.iter().rev().map(|row| row.entry.action.as_str()).collect();
    let expected = [
        "bind",
        "release binding",
        "bind",
        "confirm binding",
        "put filter",
        "remove filter",
        "subscribe",
        "end subscription",
        "confirm relation",
        "erase",
        "export tombstones",
        "import tombstones",
    ];
    assert_eq!(actions, expected);
    let of = |action: &str| rows.iter().find(|row| row.entry.action == action).map(|row| row.entry.subjects.clone());
    assert_eq!(of("end subscription"), of("subscribe"), "what ended is told as what began");
    assert!(rows.iter().all(|row| row.entry.by == admin));
    assert_eq!(rows.last().unwrap().entry.subjects, ["anna", "m1"]);
}

async fn another_digest_key_is_noticed(base: Base) {
    let Fresh { state, home } = fresh(base).await;
    assert_eq!(state.installation().await.unwrap().key_fingerprint, None);
    state.check_key(digest("right")).await.unwrap();
    state.check_key(digest("right")).await.unwrap();
    assert!(matches!(state.check_key(digest("wrong")).await, Err(StateError::OtherKey)));
    let again = home.open(9).await.unwrap();
    assert!(matches!(again.check_key(digest("wrong")).await, Err(StateError::OtherKey)));
    again.check_key(digest("right")).await.unwrap();
}
