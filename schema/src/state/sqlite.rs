//! The state in an SQLite file: made, known as ours or refused, and safe against power cuts.

use std::fs::OpenOptions;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use sqlx::migrate::MigrateError;
use sqlx::pool::PoolOptions;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqliteSynchronous};
use sqlx::{ConnectOptions, Connection, Error, Sqlite, Transaction};

use super::open::{QUEUE, READERS};
use super::{StateError, migration};

/// Marks a file as ours: `AdbT`, as the first migration writes it.
const OURS: i64 = 0x4164_6254;

/// How long a statement waits for another process that writes. Our own writes are short; a backup may take a while.
const BUSY: Duration = Duration::from_secs(10);

/// The connections to a file: one that writes, and some that read.
#[derive(Clone, Debug)]
pub(super) struct Pools {
    pub(super) write: SqlitePool,
    pub(super) read: SqlitePool,
    /// The file, as an absolute path.
    pub(super) path: Arc<Path>,
}

impl Pools {
    /// Looks whether the file is ours, makes it if there is none, and gives the connections to it; none that writes is opened yet.
    pub(super) async fn open(path: &Path) -> Result<Self, StateError> {
        make(path)?;
        let path: Arc<Path> = path.canonicalize().map_err(|source| StateError::Open { path: path.to_owned(), source })?.into();
        refuse_foreign(&path).await?;
        let write = PoolOptions::new().max_connections(1).acquire_timeout(QUEUE).idle_timeout(None).max_lifetime(None);
        let read = PoolOptions::new().max_connections(READERS).acquire_timeout(QUEUE).max_lifetime(None);
        let read = read.connect_lazy_with(options(&path).pragma("query_only", "ON"));
        Ok(Self { write: write.connect_lazy_with(options(&path)), read, path })
    }

    /// Begins a change. It is a writer from the start: one that becomes a writer after it has read is refused by SQLite when another process wrote in
    /// between.
    pub(super) async fn begin(&self) -> Result<Transaction<'static, Sqlite>, Error> {
        self.write.begin_with("BEGIN IMMEDIATE").await
    }

    /// Begins the change that takes the missing steps; says also whether an older program made what is there.
    pub(super) async fn begin_steps(&self) -> Result<(Transaction<'static, Sqlite>, bool), StateError> {
        let mut change = self.begin().await.map_err(|error| StateError::while_opening(&self.path, error))?;
        let is_behind = migration::is_behind(&migration::SQLITE, &mut *change).await.map_err(|error| self.while_migrating(error))?;
        Ok((change, is_behind))
    }

    /// Takes the missing steps.
    pub(super) async fn take_steps(&self, change: &mut Transaction<'static, Sqlite>) -> Result<(), StateError> {
        migration::SQLITE.run_direct(None, &mut **change, false).await.map_err(|error| self.while_migrating(error))
    }

    fn while_migrating(&self, error: MigrateError) -> StateError {
        StateError::while_migrating(&self.path.display().to_string(), error)
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
    let found: (i64, i64) = sqlx::query_as(include_str!("../../queries/sqlite/file_owner.sql")).fetch_one(&mut connection).await.map_err(refused)?;
    connection.close().await.map_err(refused)?;
    match found {
        (OURS, _) | (0, 0) => Ok(()),
        _ => Err(StateError::Foreign { path: path.to_owned() }),
    }
}
