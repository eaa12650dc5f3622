//! The one process that pushes from a state database.
//!
//! A lock on a file or of a connection, not a lease in a table: the system, or the server, releases it the moment the process dies, however it dies, so
//! that nothing is ever taken over from a process that is only slow, and nobody waits for a lease to run out. In SQLite it counts on one machine, in
//! PostgreSQL across machines. There it can be lost while the process lives; so whoever takes it raises a number, and no change of one whom somebody
//! followed is taken.

use std::fs::{File, OpenOptions, TryLockError};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use sqlx::postgres::PgConnection;

use super::open::Pools;
use super::statement::query;
use super::{State, StateError, postgres};

/// Held while a process pushes; released when dropped, or when the process dies.
#[derive(Debug)]
pub struct Lock {
    hold: Hold,
    turn: Turn,
    is_sole: bool,
}

/// What the lock ends with.
#[derive(Debug)]
pub(super) enum Hold {
    File {
        /// Its lock ends when it is closed.
        _file: File,
    },
    Session {
        /// Its lock ends with it.
        connection: PgConnection,
        /// When its server began to run.
        server: i64,
    },
}

/// Which holder of the lock a process is, as long as it is one.
#[derive(Clone, Debug, Default)]
pub(super) struct Turn(Arc<Mutex<Option<(i64, String)>>>);

impl Turn {
    fn set(&self, to: Option<(i64, String)>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = to;
    }

    /// Refuses whoever held the lock when somebody else has taken it since.
    pub(super) fn check(&self, number: i64, holder: String) -> Result<(), StateError> {
        match &*self.0.lock().unwrap_or_else(PoisonError::into_inner) {
            Some((ours, us)) if (*ours, us) != (number, &holder) => Err(StateError::Superseded { holder }),
            Some(_) | None => Ok(()),
        }
    }
}

impl State {
    /// Takes the lock of this state, or says who holds it: the file `PATH.lock` with SQLite, a lock of the server's with PostgreSQL. Reading and an
    /// operator's changes need none. While it is held, every change of this `State` is refused once another process has taken it.
    pub async fn lock(&self) -> Result<Lock, StateError> {
        let hold = self.hold().await?;
        let holder = holder();
        let mut change = self.begin().await?;
        let (number, ended): (i64, i64) = query(include_str!("../../queries/writer_next.sql")).bind(holder.as_str()).fetch_one(&mut change).await?;
        change.commit().await?;
        self.turn().set(Some((number, holder)));
        let is_sole = matches!(hold, Hold::File { .. }) || ended == number - 1;
        Ok(Lock { hold, turn: self.turn().clone(), is_sole })
    }

    /// What the lock is held by, or who holds it.
    pub(super) async fn hold(&self) -> Result<Hold, StateError> {
        let hold = match self.pools() {
            Pools::Sqlite(pools) => {
                let mut path = pools.path.as_os_str().to_owned();
                path.push(".lock");
                file(Path::new(&path))?
            }
            Pools::Postgres(pools) => pools.lock().await?.map(|(connection, server)| Hold::Session { connection, server }),
        };
        match hold {
            Some(hold) => Ok(hold),
            None => Err(StateError::Taken { place: self.place().to_owned(), holder: self.holder().await }),
        }
    }

    /// Who took the lock last.
    async fn holder(&self) -> String {
        let unknown = "unknown process".to_owned();
        let Ok(mut db) = self.reader().await else { return unknown };
        let found: Result<(String,), _> = query(include_str!("../../queries/writer_holder.sql")).fetch_one(&mut db).await;
        found.map_or(unknown, |(holder,)| holder)
    }
}

impl Lock {
    /// Which run of which server it is of: a number that is another one after the server was started again, or another one took over. None: of no server.
    pub fn server(&self) -> Option<i64> {
        match self.hold {
            Hold::File { .. } => None,
            Hold::Session { server, .. } => Some(server),
        }
    }

    /// How long it takes a process at most to notice that it has lost the lock; it begins nothing more then.
    pub const NOTICED: Duration = postgres::NOTICED;

    /// Whether nothing can be under way that a holder before has sent: he is dead, or said at his end that he has none. One who has lost the lock without
    /// a word may still be sending.
    pub fn is_sole(&self) -> bool {
        self.is_sole
    }

    /// Releases the lock and says that nothing is under way which this process, or one before it, has sent.
    pub async fn end(self, state: &State) -> Result<(), StateError> {
        if matches!(self.hold, Hold::File { .. }) {
            return Ok(());
        }
        let mut change = state.change().await?;
        query(include_str!("../../queries/writer_end.sql")).execute(&mut change).await?;
        change.commit().await
    }

    /// Waits until the lock is lost although it is held, and says why: only a connection can be. What was sent is then to end soon, as another process
    /// may take the lock at any moment.
    pub async fn lost(&mut self) -> StateError {
        match &mut self.hold {
            Hold::File { .. } => std::future::pending().await,
            Hold::Session { connection, .. } => StateError::LockLost(postgres::lost(connection).await),
        }
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        self.turn.set(None);
    }
}

/// Locks a file, unless another process has.
fn file(path: &Path) -> Result<Option<Hold>, StateError> {
    let refused = |source| StateError::Open { path: path.to_owned(), source };
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let file = options.open(path).map_err(refused)?;
    match file.try_lock() {
        Ok(()) => Ok(Some(Hold::File { _file: file })),
        Err(TryLockError::WouldBlock) => Ok(None),
        Err(TryLockError::Error(source)) => Err(refused(source)),
    }
}

/// What tells this process from others.
fn holder() -> String {
    let named = std::fs::read_to_string("/proc/sys/kernel/hostname").ok().or_else(|| std::env::var("COMPUTERNAME").ok());
    let host = named.or_else(|| std::env::var("HOSTNAME").ok()).unwrap_or_else(|| "an unnamed machine".to_owned());
    format!("process {} on {}", std::process::id(), host.trim())
}
