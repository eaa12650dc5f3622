//! The file itself: made, recognised, refused; readers and writers side by side; a full disk.

use std::path::Path;

use sqlx::{Connection, SqliteConnection};

use super::*;

async fn refused(path: &Path) -> StateError {
    let before = std::fs::read(path).ok();
    let error = State::open(path, at(1)).await.unwrap_err();
    assert_eq!(std::fs::read(path).ok(), before, "the file was left as it was");
    error
}

async fn connect(path: &Path) -> SqliteConnection {
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(path).create_if_missing(true);
    SqliteConnection::connect_with(&options).await.unwrap()
}

#[tokio::test]
async fn a_new_file_is_for_this_account_only_and_safe_against_power_cuts() {
    let Fresh { state, dir } = fresh().await;
    let installation = state.installation().await.unwrap();
    assert_eq!(installation.created_at, at(0));
    let mut change = state.change().await.unwrap();
    let pragmas: (String, i64, i64, i64) = query(
        "SELECT journal_mode, synchronous, foreign_keys, timeout \
         FROM pragma_journal_mode, pragma_synchronous, pragma_foreign_keys, pragma_busy_timeout",
    )
    .fetch_one(&mut change)
    .await
    .unwrap();
    assert_eq!(pragmas, ("wal".to_owned(), 2, 1, 10_000));
    #[cfg(unix)]
    for file in ["state.db", "state.db-wal"] {
        use std::os::unix::fs::PermissionsExt;
        let mode = std::fs::metadata(dir.path().join(file)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{file}");
    }
    drop(change);
    state.close().await;
    assert!(!dir.path().join("state.db-wal").exists());
    let again = State::open(&dir.path().join("state.db"), at(9)).await.unwrap();
    assert_eq!(again.installation().await.unwrap(), installation);
}

#[tokio::test]
async fn an_empty_file_is_taken_and_a_missing_folder_is_not() {
    let dir = tempfile::tempdir().unwrap();
    let empty = dir.path().join("empty.db");
    std::fs::write(&empty, "").unwrap();
    State::open(&empty, at(0)).await.unwrap();
    let error = refused(&dir.path().join("missing/state.db")).await;
    assert!(matches!(error, StateError::Open { .. }), "{error:?}");
    let error = refused(dir.path()).await;
    assert!(matches!(error, StateError::Open { .. }), "{error:?}");
}

#[tokio::test]
async fn what_is_not_a_database_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("letter.txt");
    std::fs::write(&path, "Sehr geehrte Damen und Herren,\n".repeat(100)).unwrap();
    let error = refused(&path).await;
    assert!(matches!(error, StateError::NotADatabase { .. }), "{error:?}");
    assert!(error.to_string().contains("letter.txt"));
}

#[tokio::test]
async fn the_database_of_another_program_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("crm.db");
    let mut other = connect(&path).await;
    sqlx::query("CREATE TABLE party (id INTEGER)").execute(&mut other).await.unwrap();
    other.close().await.unwrap();
    let error = refused(&path).await;
    assert!(matches!(error, StateError::Foreign { .. }), "{error:?}");

    let mut other = connect(&path).await;
    sqlx::query("PRAGMA application_id = 7").execute(&mut other).await.unwrap();
    sqlx::query("DROP TABLE party").execute(&mut other).await.unwrap();
    other.close().await.unwrap();
    let error = refused(&path).await;
    assert!(matches!(error, StateError::Foreign { .. }), "{error:?}");
}

#[tokio::test]
async fn a_newer_or_altered_state_is_refused() {
    let Fresh { state, dir } = fresh().await;
    let path = dir.path().join("state.db");
    state.close().await;
    let mut later = connect(&path).await;
    let sql = "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) VALUES (9999, 'later', 1, x'00', 0)";
    sqlx::query(sql).execute(&mut later).await.unwrap();
    later.close().await.unwrap();
    let error = refused(&path).await;
    assert!(matches!(error, StateError::Newer { version: 9999, .. }), "{error:?}");

    let mut altered = connect(&path).await;
    sqlx::query("DELETE FROM _sqlx_migrations WHERE version = 9999").execute(&mut altered).await.unwrap();
    sqlx::query("UPDATE _sqlx_migrations SET checksum = x'00' WHERE version = 2").execute(&mut altered).await.unwrap();
    altered.close().await.unwrap();
    let error = refused(&path).await;
    assert!(matches!(error, StateError::Altered { version: 2, .. }), "{error:?}");
}

#[tokio::test]
async fn a_read_only_file_is_refused() {
    let Fresh { state, dir } = fresh().await;
    let path = dir.path().join("state.db");
    state.close().await;
    let mut permissions = std::fs::metadata(&path).unwrap().permissions();
    permissions.set_readonly(true);
    std::fs::set_permissions(&path, permissions).unwrap();
    let error = refused(&path).await;
    assert!(matches!(error, StateError::ReadOnly), "{error:?}");
}

#[tokio::test]
async fn a_damaged_file_is_told_from_others() {
    let Fresh { state, dir } = fresh().await;
    let path = dir.path().join("state.db");
    let folder = folder_of("anna");
    let pass = state.begin_pass(&PassKind::Full, "test", at(1)).await.unwrap();
    let new: Vec<NewIntent> = (0..300).map(|n| create(&folder, &format!("p{n}"), writing("a", Property::ALL, &[]))).collect();
    state.intend(pass, &new, at(1)).await.unwrap();
    state.close().await;
    let mut bytes = std::fs::read(&path).unwrap();
    let pages = bytes.len() / 4096;
    bytes[(pages - 20) * 4096..].fill(0xaa);
    std::fs::write(&path, bytes).unwrap();
    let error = match State::open(&path, at(2)).await {
        Ok(state) => state.all_open_intents().await.unwrap_err(),
        Err(error) => error,
    };
    assert!(matches!(error, StateError::Corrupt(_)), "{error:?}");
}

#[tokio::test]
async fn a_full_disk_is_told_and_nothing_is_half_done() {
    let Fresh { state, dir: _dir } = fresh().await;
    let folder = folder_of("anna");
    let pass = state.begin_pass(&PassKind::Full, "test", at(1)).await.unwrap();
    let mut change = state.change().await.unwrap();
    query("PRAGMA max_page_count = 1").execute(&mut change).await.unwrap();
    change.commit().await.unwrap();
    let new: Vec<NewIntent> = (0..300).map(|n| create(&folder, &format!("p{n}"), writing("a", Property::ALL, &[]))).collect();
    let error = state.intend(pass, &new, at(1)).await.unwrap_err();
    assert!(matches!(error, StateError::Full(_)), "{error:?}");
    assert!(state.all_open_intents().await.unwrap().is_empty());
}

#[tokio::test]
async fn readers_read_while_a_change_is_being_written() {
    let Fresh { state, dir: _dir } = fresh().await;
    state.note_proven(&[("bars".to_owned(), 1)], at(1)).await.unwrap();
    let mut change = state.change().await.unwrap();
    query(include_str!("../../../queries/relation_proven.sql")).bind("bars").bind(2_i64).bind(0_i64).execute(&mut change).await.unwrap();
    let reads = futures::future::join_all((0..20).map(|_| state.last_counts())).await;
    assert!(reads.into_iter().all(|counts| counts.unwrap()["bars"] == 1), "a reader sees the last finished change");
    change.commit().await.unwrap();
    assert_eq!(state.last_counts().await.unwrap()["bars"], 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn writers_queue_and_none_is_lost() {
    let Fresh { state, dir } = fresh().await;
    let second = State::open(&dir.path().join("state.db"), at(1)).await.unwrap();
    let writes = (0..60).map(|n| {
        let state = if n % 2 == 0 { state.clone() } else { second.clone() };
        tokio::spawn(async move { state.begin_pass(&PassKind::Full, "test", at(n)).await })
    });
    for write in futures::future::join_all(writes).await {
        write.unwrap().unwrap();
    }
    assert_eq!(state.passes(100).await.unwrap().len(), 60);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_processes_may_make_the_database_at_once() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("state.db");
    let opened = futures::future::join_all((0..4).map(|_| {
        let path = path.clone();
        tokio::spawn(async move { State::open(&path, at(0)).await.unwrap().installation().await.unwrap().id })
    }));
    let ids: std::collections::BTreeSet<_> = opened.await.into_iter().map(|id| id.unwrap()).collect();
    assert_eq!(ids.len(), 1);
}

#[tokio::test]
async fn a_reader_cannot_write() {
    let Fresh { state, dir: _dir } = fresh().await;
    let sql = "INSERT INTO seat (user_key, since_at) VALUES ('anna', 0)";
    let error = StateError::from(query(sql).execute(&mut state.reader().await.unwrap()).await.unwrap_err());
    assert!(matches!(error, StateError::ReadOnly), "{error:?}");
}
