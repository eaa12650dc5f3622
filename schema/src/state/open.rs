//! Opening the state database: ours or refused, up to date, and safe against crashes.

use std::borrow::Cow;
use std::fs::OpenOptions;
use std::path::Path;
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use chrono::{DateTime, Utc};
use sqlx::migrate::{Migration, MigrationType, Migrator};
use sqlx::pool::PoolOptions;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqliteSynchronous};
use sqlx::{ConnectOptions, Connection, SqlSafeStr, Sqlite, Transaction};

use super::{StateError, installation};

/// The state's tables, in steps; a program that does not know a step refuses the file.
pub(super) static MIGRATIONS: LazyLock<Migrator> = LazyLock::new(|| {
    let step = |(version, name, sql): (i64, &'static str, &'static str)| {
        Migration::new(version, Cow::Borrowed(name), MigrationType::Simple, SqlSafeStr::into_sql_str(sql), false)
    };
    Migrator::with_migrations(STEPS.into_iter().map(step).collect())
});

/// The steps with their numbers; a step that was ever released is never changed.
const STEPS: [(i64, &str, &str); 8] = [
    (1, "installation", include_str!("../../migrations/sqlite/0001_installation.sql")),
    (2, "binding", include_str!("../../migrations/sqlite/0002_binding.sql")),
    (3, "ledger", include_str!("../../migrations/sqlite/0003_ledger.sql")),
    (4, "wish", include_str!("../../migrations/sqlite/0004_wish.sql")),
    (5, "pass", include_str!("../../migrations/sqlite/0005_pass.sql")),
    (6, "disclosure", include_str!("../../migrations/sqlite/0006_disclosure.sql")),
    (7, "audit", include_str!("../../migrations/sqlite/0007_audit.sql")),
    (8, "read_back", include_str!("../../migrations/sqlite/0008_read_back.sql")),
];

/// Marks a file as ours: `AdbT`, as the first migration writes it.
const OURS: i64 = 0x4164_6254;

/// How long a statement waits for another process that writes. Our own writes are short; a backup may take a while.
const BUSY: Duration = Duration::from_secs(10);

/// How long a write waits for other writes of this process.
const QUEUE: Duration = Duration::from_secs(60);

/// Readers at a time.
const READERS: u32 = 4;

/// The state database of an installation; cheap to clone. Writes queue for one connection, reads have their own and see the last finished write.
#[derive(Clone, Debug)]
pub struct State {
    write: SqlitePool,
    read: SqlitePool,
    path: Arc<Path>,
}

impl State {
    /// Opens the state database at `path`, makes it if there is none (readable by this account only) and brings its tables up to date. A file that is
    /// not ours, or that a newer version wrote, is refused and left as it is.
    pub async fn open(path: &Path, now: DateTime<Utc>) -> Result<Self, StateError> {
        make(path)?;
        let path: Arc<Path> = path.canonicalize().map_err(|source| StateError::Open { path: path.to_owned(), source })?.into();
        refuse_foreign(&path).await?;
        migrate(&path, now).await?;
        let write = PoolOptions::new().max_connections(1).acquire_timeout(QUEUE).idle_timeout(None).max_lifetime(None);
        let read = PoolOptions::new().max_connections(READERS).acquire_timeout(QUEUE).max_lifetime(None);
        Ok(Self { write: write.connect_lazy_with(options(&path)), read: read.connect_lazy_with(options(&path).pragma("query_only", "ON")), path })
    }

    /// The file, as an absolute path.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Closes the database once what is under way has ended, and folds its journal into the file. Not needed for safety.
    pub async fn close(&self) {
        self.read.close().await;
        self.write.close().await;
    }

    /// Where statements that only read go.
    pub(super) fn reader(&self) -> &SqlitePool {
        &self.read
    }

    /// Begins a change; unless committed, nothing of it happens. It is a writer from the start: one that becomes a writer after it has read is refused
    /// by SQLite when another process wrote in between.
    pub(super) async fn change(&self) -> Result<Transaction<'static, Sqlite>, StateError> {
        Ok(self.write.begin_with("BEGIN IMMEDIATE").await?)
    }
}

fn options(path: &Path) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(path)
        .foreign_keys(true)
        .busy_timeout(BUSY)
        .journal_mode(SqliteJournalMode::Wal)
        // An intent must survive a power cut before its request leaves.
        .synchronous(SqliteSynchronous::Full)
        .disable_statement_logging()
}

/// Makes the file if there is none. An existing one is not opened here: closing it would release SQLite's own locks of this process.
fn make(path: &Path) -> Result<(), StateError> {
    let refused = |source| StateError::Open { path: path.to_owned(), source };
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.open(path) {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {
            let found = path.metadata().map_err(refused)?;
            if found.is_dir() {
                return Err(refused(std::io::ErrorKind::IsADirectory.into()));
            }
            if found.permissions().readonly() { Err(StateError::ReadOnly) } else { Ok(()) }
        }
        Err(error) => Err(refused(error)),
    }
}

/// Refuses a file that holds anything but our state, before a byte of it is written.
async fn refuse_foreign(path: &Path) -> Result<(), StateError> {
    let looking = SqliteConnectOptions::new().filename(path).read_only(true).busy_timeout(BUSY).disable_statement_logging();
    let refused = |error| StateError::while_opening(path, error);
    let mut connection = looking.connect().await.map_err(refused)?;
    let found: (i64, i64) = sqlx::query_as(include_str!("../../queries/file_owner.sql")).fetch_one(&mut connection).await.map_err(refused)?;
    connection.close().await.map_err(refused)?;
    match found {
        (OURS, _) | (0, 0) => Ok(()),
        _ => Err(StateError::Foreign { path: path.to_owned() }),
    }
}

/// Takes the missing steps, all or none; another process that opens the file meanwhile waits.
async fn migrate(path: &Path, now: DateTime<Utc>) -> Result<(), StateError> {
    let mut connection = options(path).connect().await.map_err(|error| StateError::while_opening(path, error))?;
    let mut change = connection.begin_with("BEGIN IMMEDIATE").await?;
    MIGRATIONS.run_direct(None, &mut *change, false).await.map_err(|error| StateError::while_migrating(path, error))?;
    installation::found(&mut change, now).await?;
    change.commit().await?;
    Ok(connection.close().await?)
}
