//! One process at a time pushes, and one that was followed by another writes nothing more.

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};
use std::time::Duration;

use super::*;

on_each_state!(
    one_process_works_at_a_time,
    a_killed_process_holds_no_lock,
    whoever_was_followed_by_another_writes_nothing_more,
    whoever_takes_the_lock_knows_whether_the_one_before_has_ended,
    a_newer_program_changes_no_tables_under_an_older_one_at_work,
);

async fn one_process_works_at_a_time(base: Base) {
    let Fresh { state, home } = fresh(base).await;
    let held = state.lock().await.unwrap();
    let server = held.server();
    assert_eq!(server.is_some(), base == Base::Postgres);
    let second = home.open(1).await.unwrap();
    let refused = second.lock().await.unwrap_err();
    let this = format!("process {} on ", std::process::id());
    assert!(matches!(&refused, StateError::Taken { holder, .. } if holder.starts_with(&this)), "{refused}");
    second.note_book(&book("customers"), 30, at(1)).await.unwrap();
    state.note_book(&book("customers"), 30, at(1)).await.unwrap();
    drop(held);
    let again = second.lock().await.unwrap();
    assert_eq!(again.server(), server, "it is the same server that runs on");
    state.note_book(&book("customers"), 30, at(2)).await.unwrap();
    drop(again);
    state.lock().await.unwrap();
}

/// The other process of the test below: takes the lock of the state in the environment, says so, and waits to be killed.
#[tokio::test]
async fn holder_of_the_lock() {
    let Ok(place) = std::env::var("ADRESSBOTE_TEST_STATE") else { return };
    let address = place.parse::<Address>().unwrap().with_password(Some(PASSWORD.into()));
    let state = State::open(&address, at(1)).await.unwrap();
    let _held = state.lock().await.unwrap();
    println!("held");
    std::thread::sleep(Duration::from_secs(60));
}

async fn a_killed_process_holds_no_lock(base: Base) {
    let Fresh { state, home } = fresh(base).await;
    let place = match &home {
        Home::Folder(dir) => dir.path().join("state.db").to_str().unwrap().to_owned(),
        Home::Server(served) => base.url(&served.account(), &served.name),
    };
    let mut other = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "state::tests::lock::holder_of_the_lock", "--nocapture"])
        .env("ADRESSBOTE_TEST_STATE", place)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(other.stdout.take().unwrap()).lines();
    assert!(lines.any(|line| line.unwrap().contains("held")), "the other process got the lock");
    let refused = state.lock().await.unwrap_err();
    let it = format!("process {} on ", other.id());
    assert!(matches!(&refused, StateError::Taken { holder, .. } if holder.starts_with(&it)), "{refused}");
    other.kill().unwrap();
    other.wait().unwrap();
    state.lock().await.unwrap();
}

/// Takes the lock from whoever holds it, without a word to him: as a server does that is restarted or fails over.
async fn break_lock(home: &Home) {
    match home {
        Home::Folder(dir) => std::fs::remove_file(dir.path().join("state.db.lock")).unwrap(),
        Home::Server(_) => {
            let lock = "FROM pg_locks WHERE locktype = 'advisory' AND granted AND database = (SELECT oid FROM pg_database WHERE datname = current_database())";
            home.sql(&format!("SELECT pg_terminate_backend(pid, 5000) {lock}")).await;
        }
    }
}

async fn whoever_was_followed_by_another_writes_nothing_more(base: Base) {
    let Fresh { state, home } = fresh(base).await;
    let folder = folder_of("anna");
    let mut held = state.lock().await.unwrap();
    let pass = state.begin_pass(&PassKind::Full, "test", at(1)).await.unwrap();
    let ids = state.intend(pass, &[create(&folder, "p1", writing("a", &[], &[]))], at(1)).await.unwrap();
    break_lock(&home).await;
    if base == Base::Postgres {
        let lost = tokio::time::timeout(Duration::from_secs(20), held.lost()).await.unwrap();
        assert!(matches!(lost, StateError::LockLost(_)), "{lost:?}");
    }

    // As long as nobody took it over, what was sent may be settled.
    state.verified_folder(&folder, at(1)).await.unwrap();
    let second = home.open(2).await.unwrap();
    let taken = second.lock().await.unwrap();
    let open = second.all_open_intents().await.unwrap();
    let late = [
        state.intend(pass, &[create(&folder, "p2", writing("b", &[], &[]))], at(3)).await.map(|_| ()),
        state.settle(&[(ids[0], Outcome::Created(ContactId::new("c1")))], at(3)).await,
        state.finish_pass(pass, &serde_json::json!({}), at(3)).await,
    ];
    for refused in late {
        assert!(matches!(&refused, Err(StateError::Superseded { holder }) if holder.contains("process")), "{refused:?}");
    }
    assert_eq!(second.all_open_intents().await.unwrap(), open, "nothing was written");
    assert!(second.contacts_of(&folder).await.unwrap().is_empty());
    second.settle(&[(ids[0], Outcome::Created(ContactId::new("c1")))], at(4)).await.unwrap();
    assert_eq!(second.contacts_of(&folder).await.unwrap().len(), 1);

    drop(held);
    let refused = state.lock().await.unwrap_err();
    assert!(matches!(refused, StateError::Taken { .. }), "{refused:?}");
    drop(taken);
    let _again = state.lock().await.unwrap();
    state.intend(pass, &[create(&folder, "p2", writing("b", &[], &[]))], at(5)).await.unwrap();
}

async fn whoever_takes_the_lock_knows_whether_the_one_before_has_ended(base: Base) {
    let Fresh { state, home } = fresh(base).await;
    let first = state.lock().await.unwrap();
    assert!(first.is_sole(), "nobody was before");
    first.end(&state).await.unwrap();
    let second = state.lock().await.unwrap();
    assert!(second.is_sole());
    drop(second);
    // A file's lock ends with its process; a server's may end without it.
    let third = state.lock().await.unwrap();
    assert_eq!(third.is_sole(), base == Base::Sqlite);
    break_lock(&home).await;
    let other = home.open(1).await.unwrap();
    let taken = other.lock().await.unwrap();
    assert_eq!(taken.is_sole(), base == Base::Sqlite);
    if base == Base::Postgres {
        let refused = third.end(&state).await.unwrap_err();
        assert!(matches!(refused, StateError::Superseded { .. }), "{refused:?}");
    }
    taken.end(&other).await.unwrap();
    assert!(other.lock().await.unwrap().is_sole());
}

async fn a_newer_program_changes_no_tables_under_an_older_one_at_work(base: Base) {
    let Fresh { state, home } = fresh(base).await;
    let held = state.lock().await.unwrap();
    let schema = if base == Base::Postgres { "adressbote." } else { "" };
    home.sql(&format!("ALTER TABLE {schema}writer DROP COLUMN ended; DELETE FROM {schema}_sqlx_migrations WHERE version = 12")).await;
    let refused = home.open(1).await.unwrap_err();
    let this = format!("process {} on ", std::process::id());
    assert!(matches!(&refused, StateError::Taken { holder, .. } if holder.starts_with(&this)), "{refused:?}");
    state.note_book(&book("customers"), 30, at(1)).await.unwrap();
    drop(held);
    let newer = home.open(2).await.unwrap();
    newer.lock().await.unwrap().end(&newer).await.unwrap();
}
