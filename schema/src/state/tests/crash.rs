//! What survives when the process dies: the files are copied as they lie on the disk while the database is open, and opened from there; a server ends the
//! process's connections.

use super::*;
use Property::{DisplayName, MobilePhone};

on_each_state!(open_intents_survive_a_kill, a_change_that_was_not_committed_never_happened, a_pass_that_was_broken_off_is_seen_as_such,);

/// The state as another process finds it.
struct After {
    _dir: Option<TempDir>,
    state: State,
}

/// The state as another process would find it after this one was killed now.
async fn killed(fresh: &Fresh) -> After {
    match &fresh.home {
        Home::Folder(before) => {
            let dir = tempfile::tempdir().unwrap();
            for file in ["state.db", "state.db-wal"] {
                std::fs::copy(before.path().join(file), dir.path().join(file)).unwrap_or_else(|error| panic!("{file}: {error}"));
            }
            let state = State::open(&Address::Sqlite(dir.path().join("state.db")), at(1000)).await.unwrap();
            After { _dir: Some(dir), state }
        }
        Home::Server(_) => {
            let others = "FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'";
            fresh.home.sql(&format!("SELECT pg_terminate_backend(pid, 5000) {others}")).await;
            After { _dir: None, state: fresh.home.open(1000).await.unwrap() }
        }
    }
}

async fn open_intents_survive_a_kill(base: Base) {
    let fresh = fresh(base).await;
    let folder = folder_of("anna");
    let first = create(&folder, "p1", writing("a", &[DisplayName], &[DisplayName]));
    fresh.state.send(first, Outcome::Created(ContactId::new("c1")), at(1)).await;
    let pass = fresh.state.begin_pass(&PassKind::Full, "test", at(2)).await.unwrap();
    let cleared = [(DisplayName, ClearReason::FieldRightLost)];
    let new = [
        update(&folder, "p1", "c1", writing("b", &[DisplayName, MobilePhone], &[MobilePhone]), &cleared),
        create(&folder, "p2", writing("c", &[DisplayName], &[DisplayName])),
        delete(&folder, "p3", "stray", DeleteReason::BookRemoved),
    ];
    let ids = fresh.state.intend(pass, &new, at(2)).await.unwrap();

    let after = killed(&fresh).await;
    assert_eq!(after.state.installation().await.unwrap(), fresh.state.installation().await.unwrap());
    let open = after.state.all_open_intents().await.unwrap();
    assert_eq!(open.iter().map(|intent| intent.id).collect::<Vec<_>>(), ids);
    assert_eq!(open.iter().map(|intent| &intent.pass).collect::<Vec<_>>(), [&pass; 3]);
    let Act::Update { writing, cleared: read, .. } = &open[0].act else { panic!("{:?}", open[0]) };
    assert_eq!(read, &cleared.into());
    assert_eq!(writing.owned, set(&[DisplayName, MobilePhone]));
    assert_eq!(open[1].act, new[1].act);
    assert_eq!(open[2].act, new[2].act);
    assert_eq!(after.state.contacts_of(&folder).await.unwrap()[&record("p1")].owned, set(&[DisplayName, MobilePhone]));

    // The create arrived: its marker was found. The update is written again. The stray is gone.
    let outcomes = [(ids[0], Outcome::Unclear), (ids[1], Outcome::Created(ContactId::new("c2"))), (ids[2], Outcome::Deleted)];
    after.state.settle(&outcomes, at(3)).await.unwrap();
    let contacts = after.state.contacts_of(&folder).await.unwrap();
    assert_eq!(contacts.keys().collect::<Vec<_>>(), [&record("p1"), &record("p2")]);
    assert_eq!(contacts[&record("p1")].digest, None);
    assert!(after.state.all_open_intents().await.unwrap().is_empty());
    let later = create(&folder, "p4", super::writing("d", &[], &[]));
    let next = after.state.intend(pass, &[later], at(4)).await.unwrap();
    assert!(next[0] > ids[2], "ids are never given twice");
}

async fn a_change_that_was_not_committed_never_happened(base: Base) {
    let fresh = fresh(base).await;
    let folder = folder_of("anna");
    let pass = fresh.state.begin_pass(&PassKind::Full, "test", at(1)).await.unwrap();
    let new: Vec<NewIntent> = (0..500).map(|n| create(&folder, &format!("p{n}"), writing("a", &[DisplayName], &[DisplayName]))).collect();
    let cut = tokio::time::timeout(std::time::Duration::from_millis(3), fresh.state.intend(pass, &new, at(1))).await;
    assert!(cut.is_err(), "500 intents in 3 ms: let the test write more");
    let after = killed(&fresh).await;
    assert!(after.state.all_open_intents().await.unwrap().is_empty());
    assert!(fresh.state.all_open_intents().await.unwrap().is_empty());
    fresh.state.intend(pass, &new, at(2)).await.unwrap();
    assert_eq!(fresh.state.all_open_intents().await.unwrap().len(), 500);
}

async fn a_pass_that_was_broken_off_is_seen_as_such(base: Base) {
    let fresh = fresh(base).await;
    let pass = fresh.state.begin_pass(&PassKind::Full, "test", at(1)).await.unwrap();
    let after = killed(&fresh).await;
    let passes = after.state.passes(10).await.unwrap();
    assert_eq!((passes[0].id, passes[0].finished_at), (pass, None));
    assert!(!after.state.has_finished_a_pass().await.unwrap());
}
