//! The state in a PostgreSQL database: in a schema of its own, known as ours or refused, and safe against power cuts.

use std::sync::Arc;
use std::time::Duration;

use sqlx::migrate::MigrateError;
use sqlx::pool::PoolOptions;
use sqlx::postgres::{PgConnectOptions, PgConnection, PgPool};
use sqlx::{ConnectOptions, Connection, Error, Postgres, Transaction};

use super::open::{QUEUE, READERS};
use super::{StateError, migration};
use crate::address::Server;
use crate::crm::server::{GRACE, within};
use crate::postgres::{self as server, Refusal};

/// How long a server may take for a statement; it gives up itself then.
pub(super) const LONGEST: Duration = Duration::from_secs(300);

/// How long it may take for one of a change, for which others wait, unless there may be very much to do.
pub(super) const ORDINARY: Duration = Duration::from_secs(60);

/// How long a server may take to let us in, or to say that it is still there.
const ANSWER: Duration = Duration::from_secs(10);

/// How often a connection that holds the lock is asked whether it is still there, and how long it may take to learn that it is not.
const ASKED: Duration = Duration::from_secs(5);
pub(super) const NOTICED: Duration = ASKED.saturating_add(ANSWER).saturating_add(GRACE);

/// How often the lock is tried, and with which pause: a server may notice a moment later that the process before has ended.
const TRIES: u32 = 20;
const PAUSE: Duration = Duration::from_millis(50);

/// What is said to the server of every connection.
const SETTINGS: [(&str, &str); 10] = [
    // Ours alone: neither what others keep in `public` nor the account's own schema is ever meant.
    ("search_path", "adressbote"),
    // A statement sees what was committed when it begins, so also what a change waited for.
    ("default_transaction_isolation", "read committed"),
    // An intent must survive a power cut before its request leaves.
    ("synchronous_commit", "on"),
    // As long as a writer waits for another one in SQLite.
    ("lock_timeout", "10s"),
    ("statement_timeout", "300s"),
    // A process that hangs in the middle of a change must not keep the others out.
    ("idle_in_transaction_session_timeout", "60s"),
    ("client_min_messages", "warning"),
    // A machine that is gone holds the lock for a minute, not for hours.
    ("tcp_keepalives_idle", "30"),
    ("tcp_keepalives_interval", "10"),
    ("tcp_keepalives_count", "3"),
];

/// The connections to a database: one that writes, and some that read.
#[derive(Clone, Debug)]
pub(super) struct Pools {
    pub(super) write: PgPool,
    pub(super) read: PgPool,
    server: Arc<Server>,
}

impl Pools {
    /// The connections to a database that lets us in.
    pub(super) async fn open(server: &Server) -> Result<Self, StateError> {
        let write = pool(1).connect_lazy_with(options(server));
        let read = pool(READERS).connect_lazy_with(options(server).options([("default_transaction_read_only", "on")]));
        let pools = Self { write, read, server: Arc::new(server.clone()) };
        // A pool would wait for a server that is not there; whoever opens the state is told at once.
        let _ = pools.connect().await?.close().await;
        Ok(pools)
    }

    /// A connection of its own.
    async fn connect(&self) -> Result<PgConnection, StateError> {
        within(ANSWER, options(&self.server).connect()).await.map_err(|error| self.refused(error))
    }

    /// Begins a change.
    pub(super) async fn begin(&self) -> Result<Transaction<'static, Postgres>, Error> {
        within(QUEUE, self.write.begin()).await
    }

    /// Why a pool gave no connection.
    pub(super) fn not_lent(&self, pool: &PgPool, error: Error) -> StateError {
        let is_lent = usize::try_from(pool.size()).is_ok_and(|all| all > pool.num_idle());
        match error {
            // The server is there: those before had it for too long.
            Error::PoolTimedOut if is_lent => StateError::Busy(error),
            error => self.refused(error),
        }
    }

    /// Why there is no connection.
    pub(super) fn refused(&self, error: Error) -> StateError {
        let (place, user) = (self.server.to_string(), self.server.user.clone());
        match Refusal::of(&self.server, &error) {
            Refusal::Tls => StateError::Tls { place, source: error },
            Refusal::Login | Refusal::Forbidden => StateError::Login { place, user, source: error },
            Refusal::NoDatabase => StateError::NoDatabase { place },
            Refusal::Busy | Refusal::Unreachable => StateError::Unreachable { place, source: error },
            Refusal::Other if matches!(error, Error::PoolTimedOut) => StateError::Unreachable { place, source: error },
            Refusal::Other => StateError::from(error),
        }
    }

    /// Begins the change that takes the missing steps, in a schema that is ours; says also whether an older program made what is there.
    pub(super) async fn begin_steps(&self) -> Result<(Transaction<'static, Postgres>, bool), StateError> {
        let mut change = self.begin().await.map_err(|error| self.not_lent(&self.write, error))?;
        self.take_schema(&mut change).await?;
        let is_behind = migration::is_behind(&migration::POSTGRES, &mut *change).await.map_err(|error| self.while_migrating(error))?;
        Ok((change, is_behind))
    }

    /// Takes the missing steps.
    pub(super) async fn take_steps(&self, change: &mut Transaction<'static, Postgres>) -> Result<(), StateError> {
        migration::POSTGRES.run_direct(None, &mut **change, false).await.map_err(|error| self.while_migrating(error))
    }

    fn while_migrating(&self, error: MigrateError) -> StateError {
        match error {
            MigrateError::Execute(error) | MigrateError::ExecuteMigration(error, _) => self.forbidden(error),
            error => StateError::while_migrating(&self.server.to_string(), error),
        }
    }

    /// Makes the schema if there is none, and refuses one that holds anything but our state.
    async fn take_schema(&self, db: &mut PgConnection) -> Result<(), StateError> {
        sqlx::query(include_str!("../../queries/postgres/open_turn.sql")).execute(&mut *db).await?;
        let found: (i64, i64, i64) = sqlx::query_as(include_str!("../../queries/postgres/schema_owner.sql")).fetch_one(&mut *db).await?;
        match found {
            (0, ..) => {
                let made = sqlx::query(include_str!("../../queries/postgres/schema_make.sql")).execute(db).await;
                made.map(|_| ()).map_err(|error| self.forbidden(error))
            }
            (_, 0, 1..) => Err(StateError::ForeignSchema { place: self.server.to_string() }),
            _ => Ok(()),
        }
    }

    /// An error while the schema or its tables were made.
    fn forbidden(&self, error: Error) -> StateError {
        // Without a right to use the schema there is none to make tables in.
        if ["42501", "3F000"].contains(&server::code(&error).as_str()) {
            StateError::NoRight { place: self.server.to_string(), user: self.server.user.clone(), source: error }
        } else {
            StateError::from(error)
        }
    }

    /// Takes the lock of whoever pushes, on a connection of its own: it ends with that, however it ends. None if another process has it. Says also when
    /// the server began to run.
    pub(super) async fn lock(&self) -> Result<Option<(PgConnection, i64)>, StateError> {
        let mut connection = self.connect().await?;
        for _ in 0..TRIES {
            let sql = sqlx::query_as(include_str!("../../queries/postgres/lock.sql"));
            let (is_ours, server): (bool, i64) = within(ANSWER, sql.fetch_one(&mut connection)).await?;
            if is_ours {
                return Ok(Some((connection, server)));
            }
            tokio::time::sleep(PAUSE).await;
        }
        Ok(None)
    }
}

/// Waits until a connection is lost, and says why. Asking also keeps it from being closed as idle on its way.
pub(super) async fn lost(connection: &mut PgConnection) -> Error {
    loop {
        tokio::time::sleep(ASKED).await;
        if let Err(error) = within(ANSWER, connection.ping()).await {
            return error;
        }
    }
}

/// So many connections at most. One that comes back is asked whether it is there before sqlx asks it, which waits without a limit: as long as the system
/// takes to give up a server that fell silent, and meanwhile nobody else gets the connection's place.
fn pool(most: u32) -> PoolOptions<Postgres> {
    let options = PoolOptions::new().max_connections(most).acquire_timeout(QUEUE).max_lifetime(None);
    options.after_release(|connection: &mut PgConnection, _| Box::pin(async move { within(ANSWER, connection.ping()).await.map(|()| true) }))
}

fn options(server: &Server) -> PgConnectOptions {
    server::options(server).statement_cache_capacity(200).options(SETTINGS)
}
