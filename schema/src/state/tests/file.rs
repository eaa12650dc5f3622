//! The file itself: made, recognised, refused, damaged.

use std::path::Path;

use sqlx::{Connection, SqliteConnection};

use super::*;

async fn made() -> (State, TempDir) {
    match fresh(Base::Sqlite).await {
        Fresh { state, home: Home::Folder(dir) } => (state, dir),
        Fresh { home: Home::Server(_), .. } => panic!("no file"),
    }
}

async fn refused(path: &Path) -> StateError {
    let before = std::fs::read(path).ok();
    let error = State::open(&Address::Sqlite(path.to_owned()), at(1)).await.unwrap_err();
    assert_eq!(std::fs::read(path).ok(), before, "the file was left as it was");
    error
}

async fn connect(path: &Path) -> SqliteConnection {
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(path).create_if_missing(true);
    SqliteConnection::connect_with(&options).await.unwrap()
}

#[tokio::test]
async fn a_new_file_is_for_this_account_only_and_safe_against_power_cuts() {
    let (state, dir) = made().await;
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
    let again = State::open(&Address::Sqlite(dir.path().join("state.db")), at(9)).await.unwrap();
    assert_eq!(again.installation().await.unwrap(), installation);
}

#[tokio::test]
async fn an_empty_file_is_taken_and_a_missing_folder_is_not() {
    let dir = tempfile::tempdir().unwrap();
    let empty = dir.path().join("empty.db");
    std::fs::write(&empty, "").unwrap();
    State::open(&Address::Sqlite(empty), at(0)).await.unwrap();
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
async fn a_read_only_file_is_refused() {
    let (state, dir) = made().await;
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
    let (state, dir) = made().await;
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
    let error = match State::open(&Address::Sqlite(path.clone()), at(2)).await {
        Ok(state) => state.all_open_intents().await.unwrap_err(),
        Err(error) => error,
    };
    assert!(matches!(error, StateError::Corrupt(_)), "{error:?}");
}
