//! Opening the state database: ours or refused, up to date, and safe against crashes.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};

use super::lock::Turn;
use super::statement::{Change, Db, Held, query};
use super::{StateError, installation, postgres, sqlite};
use crate::address::Address;

/// How long a write waits for other writes of this process.
pub(super) const QUEUE: Duration = Duration::from_secs(60);

/// Readers at a time.
pub(super) const READERS: u32 = 4;

/// The state database of an installation; cheap to clone. Writes queue for one connection, reads have their own and see the last finished write.
#[derive(Clone, Debug)]
pub struct State {
    pools: Pools,
    place: Arc<str>,
    turn: Turn,
}

/// The connections to the kind of database that it is.
#[derive(Clone, Debug)]
pub(super) enum Pools {
    Sqlite(sqlite::Pools),
    Postgres(postgres::Pools),
}

impl State {
    /// Opens the state database at `address`, makes it if there is none and brings its tables up to date: an SQLite file (readable by this account only),
    /// or the schema `adressbote` in a PostgreSQL database. What is not ours, or was written by a newer version, is refused and left as it is.
    ///
    /// # Errors
    /// [`StateError`], also [`StateError::Mysql`] for a server of another kind.
    pub async fn open(address: &Address, now: DateTime<Utc>) -> Result<Self, StateError> {
        let (pools, place) = match address {
            Address::Sqlite(path) => {
                let pools = sqlite::Pools::open(path).await?;
                let place = pools.path.display().to_string();
                (Pools::Sqlite(pools), place)
            }
            Address::Postgres(server) => (Pools::Postgres(postgres::Pools::open(server).await?), server.to_string()),
            Address::Mysql(_) => return Err(StateError::Mysql),
        };
        let state = Self { pools, place: place.into(), turn: Turn::default() };
        state.migrate(now).await?;
        Ok(state)
    }

    /// Where it is: the file's absolute path, or database and server; never a password.
    pub fn place(&self) -> &str {
        &self.place
    }

    /// Closes the database once what is under way has ended; with SQLite, folds its journal into the file. Not needed for safety.
    pub async fn close(&self) {
        match &self.pools {
            Pools::Sqlite(pools) => {
                pools.read.close().await;
                pools.write.close().await;
            }
            Pools::Postgres(pools) => {
                pools.read.close().await;
                pools.write.close().await;
            }
        }
    }

    pub(super) fn pools(&self) -> &Pools {
        &self.pools
    }

    pub(super) fn turn(&self) -> &Turn {
        &self.turn
    }

    /// Where statements that only read go.
    pub(super) async fn reader(&self) -> Result<Db, StateError> {
        match &self.pools {
            Pools::Sqlite(pools) => Ok(Db::Sqlite(Held::Reading(pools.read.acquire().await?))),
            Pools::Postgres(pools) => {
                Ok(Db::Postgres(Held::Reading(pools.read.acquire().await.map_err(|error| pools.not_lent(&pools.read, error))?)))
            }
        }
    }

    /// Begins a change; unless committed, nothing of it happens. Changes of all processes come one after another, and none is begun for a process that
    /// held the lock and was followed by another.
    pub(super) async fn change(&self) -> Result<Change, StateError> {
        let mut change = self.begin().await?;
        let sql = match &self.pools {
            Pools::Sqlite(_) => include_str!("../../queries/sqlite/writer.sql"),
            Pools::Postgres(_) => include_str!("../../queries/postgres/writer.sql"),
        };
        let (number, holder) = query(sql).fetch_one(&mut change).await?;
        self.turn.check(number, holder)?;
        Ok(change)
    }

    /// Begins a change without looking who else is at work.
    pub(super) async fn begin(&self) -> Result<Change, StateError> {
        match &self.pools {
            Pools::Sqlite(pools) => Ok(Change(Db::Sqlite(Held::Changing(pools.begin().await?)))),
            Pools::Postgres(pools) => {
                Ok(Change(Db::Postgres(Held::Changing(pools.begin().await.map_err(|error| pools.not_lent(&pools.write, error))?))))
            }
        }
    }

    /// Takes the missing steps, all or none; another process that opens the database meanwhile waits. Where an older program is at work none is taken.
    async fn migrate(&self, now: DateTime<Utc>) -> Result<(), StateError> {
        let (mut change, hold) = match &self.pools {
            Pools::Sqlite(pools) => {
                let (mut change, is_behind) = pools.begin_steps().await?;
                let hold = if is_behind { Some(self.hold().await?) } else { None };
                pools.take_steps(&mut change).await?;
                (Change(Db::Sqlite(Held::Changing(change))), hold)
            }
            Pools::Postgres(pools) => {
                let (mut change, is_behind) = pools.begin_steps().await?;
                let hold = if is_behind { Some(self.hold().await?) } else { None };
                pools.take_steps(&mut change).await?;
                (Change(Db::Postgres(Held::Changing(change))), hold)
            }
        };
        installation::found(&mut change, now).await?;
        change.commit().await?;
        drop(hold);
        Ok(())
    }
}
