//! The state in an SQLite file: made, known as ours or refused, and safe against power cuts.

use std::fs::OpenOptions;
use std::path::Path;
use std::time::Duration;

use sqlx::pool::PoolOptions;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqliteSynchronous};
use sqlx::{ConnectOptions, Connection, Error, Sqlite, Transaction};

use super::StateError;
use super::open::{QUEUE, READERS};

/// Marks a file as ours: `AdbT`, as the first migration writes it.
const OURS: i64 = 0x4164_6254;

/// How long a statement waits for another process that writes. Our own writes are short; a backup may take a while.
const BUSY: Duration = Duration::from_secs(10);

/// The connections to a file: one that writes, and some that read.
#[derive(Clone, Debug)]
pub(super) struct Pools {
    pub(super) write: SqlitePool,
    pub(super) read: SqlitePool,
}

impl Pools {
    /// The connections to a file that exists; none is opened yet.
    pub(super) fn of(path: &Path) -> Self {
        let write = PoolOptions::new().max_connections(1).acquire_timeout(QUEUE).idle_timeout(None).max_lifetime(None);
        let read = PoolOptions::new().max_connections(READERS).acquire_timeout(QUEUE).max_lifetime(None);
        Self { write: write.connect_lazy_with(options(path)), read: read.connect_lazy_with(options(path).pragma("query_only", "ON")) }
    }

    /// Begins a change. It is a writer from the start: one that becomes a writer after it has read is refused by SQLite when another process wrote in
    /// between.
    pub(super) async fn begin(&self) -> Result<Transaction<'static, Sqlite>, Error> {
        self.write.begin_with("BEGIN IMMEDIATE").await
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
pub(super) fn make(path: &Path) -> Result<(), StateError> {
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
pub(super) async fn refuse_foreign(path: &Path) -> Result<(), StateError> {
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
