//! Tombstones, the audit, the key and the lock.

use super::*;

#[tokio::test]
async fn whoever_is_erased_stays_erased() {
    let Fresh { state, dir: _dir } = fresh().await;
    let (first, second, third) = (digest("p1"), digest("p2"), digest("p3"));
    assert_eq!(state.erase(&[first, second, first], &by("admin"), at(1)).await.unwrap(), 2);
    assert_eq!(state.erase(&[first], &by("admin"), at(2)).await.unwrap(), 0);
    assert_eq!(state.is_erased(&[first, third]).await.unwrap(), [first].into());
    assert_eq!(state.erased().await.unwrap(), [first, second].into());
}

#[tokio::test]
async fn tombstones_survive_a_restore_through_their_list() {
    let Fresh { state, dir: _dir } = fresh().await;
    state.check_key(digest("key")).await.unwrap();
    state.erase(&[digest("p1"), digest("p2")], &by("Änne\nAdmin"), at(1)).await.unwrap();
    let list = state.tombstones_export(&by("admin"), at(9)).await.unwrap();
    assert_eq!(list.lines().count(), 3);

    let Fresh { state: restored, dir: _restored } = fresh().await;
    restored.check_key(digest("key")).await.unwrap();
    restored.erase(&[digest("p1")], &by("admin"), at(9)).await.unwrap();
    assert_eq!(restored.tombstones_import(&list, &by("admin"), at(10)).await.unwrap(), 1);
    assert_eq!(restored.erased().await.unwrap(), state.erased().await.unwrap());
    assert_eq!(restored.tombstones_import(&list, &by("admin"), at(11)).await.unwrap(), 0);
    assert!(restored.tombstones_export(&by("admin"), at(9)).await.unwrap().contains("Änne Admin"));
}

#[tokio::test]
async fn a_list_that_cannot_be_right_is_refused_as_a_whole() {
    let Fresh { state, dir: _dir } = fresh().await;
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

#[tokio::test]
async fn the_audit_only_grows() {
    let Fresh { state, dir: _dir } = fresh().await;
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
    let attempts = [
        "UPDATE audit SET actor = 'nobody'",
        "DELETE FROM audit",
        "INSERT OR REPLACE INTO audit (id, at, actor, action, subjects) SELECT id, at, 'nobody', action, subjects FROM audit",
    ];
    for attempt in attempts {
        let mut change = state.change().await.unwrap();
        let refused = query(attempt).execute(&mut change).await.unwrap_err().to_string();
        assert!(refused.contains("append-only"), "{attempt}: {refused}");
    }
    assert_eq!(state.audit_page(Some(id + 1), 10).await.unwrap().len(), 5);
}

#[tokio::test]
async fn what_operators_change_stands_in_the_audit() {
    let Fresh { state, dir: _dir } = fresh().await;
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
    state.confirm_relation("bars", &admin, at(9)).await.unwrap();
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

#[tokio::test]
async fn another_digest_key_is_noticed() {
    let Fresh { state, dir } = fresh().await;
    assert_eq!(state.installation().await.unwrap().key_fingerprint, None);
    state.check_key(digest("right")).await.unwrap();
    state.check_key(digest("right")).await.unwrap();
    assert!(matches!(state.check_key(digest("wrong")).await, Err(StateError::OtherKey)));
    let again = State::open(&dir.path().join("state.db"), at(9)).await.unwrap();
    assert!(matches!(again.check_key(digest("wrong")).await, Err(StateError::OtherKey)));
    again.check_key(digest("right")).await.unwrap();
}

#[tokio::test]
async fn one_process_works_at_a_time() {
    let Fresh { state, dir } = fresh().await;
    let held = state.lock().unwrap();
    let second = State::open(&dir.path().join("state.db"), at(1)).await.unwrap();
    let refused = second.lock().unwrap_err();
    assert!(matches!(&refused, StateError::Taken { holder, .. } if holder.contains(&std::process::id().to_string())), "{refused}");
    second.note_book(&book("customers"), 30, at(1)).await.unwrap();
    drop(held);
    second.lock().unwrap();
}

/// The other process of the test below: takes the lock named in the environment, says so, and waits to be killed.
#[tokio::test]
async fn holder_of_the_lock() {
    let Some(path) = std::env::var_os("ADRESSBOTE_TEST_STATE") else { return };
    let state = State::open(std::path::Path::new(&path), at(1)).await.unwrap();
    let _held = state.lock().unwrap();
    println!("held");
    std::thread::sleep(std::time::Duration::from_secs(60));
}

#[tokio::test]
async fn a_killed_process_holds_no_lock() {
    use std::io::{BufRead, BufReader};
    use std::process::{Command, Stdio};

    let Fresh { state, dir: _dir } = fresh().await;
    let mut other = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "state::tests::operator::holder_of_the_lock", "--nocapture"])
        .env("ADRESSBOTE_TEST_STATE", state.path())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(other.stdout.take().unwrap()).lines();
    assert!(lines.any(|line| line.unwrap().contains("held")), "the other process got the lock");
    let refused = state.lock().unwrap_err();
    assert!(matches!(&refused, StateError::Taken { holder, .. } if *holder == format!("process {}", other.id())), "{refused}");
    other.kill().unwrap();
    other.wait().unwrap();
    state.lock().unwrap();
}
