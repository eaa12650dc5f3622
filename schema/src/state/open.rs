//! Opening the state database: ours or refused, up to date, and safe against crashes.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};

use super::statement::{Change, Db, Held};
use super::{StateError, installation, migration, sqlite};

/// How long a write waits for other writes of this process.
pub(super) const QUEUE: Duration = Duration::from_secs(60);

/// Readers at a time.
pub(super) const READERS: u32 = 4;

/// The state database of an installation; cheap to clone. Writes queue for one connection, reads have their own and see the last finished write.
#[derive(Clone, Debug)]
pub struct State {
    pools: Pools,
    path: Arc<Path>,
}

/// The connections to the kind of database that it is.
#[derive(Clone, Debug)]
enum Pools {
    Sqlite(sqlite::Pools),
}

impl State {
    /// Opens the state database at `path`, makes it if there is none (readable by this account only) and brings its tables up to date. A file that is
    /// not ours, or that a newer version wrote, is refused and left as it is.
    pub async fn open(path: &Path, now: DateTime<Utc>) -> Result<Self, StateError> {
        sqlite::make(path)?;
        let path: Arc<Path> = path.canonicalize().map_err(|source| StateError::Open { path: path.to_owned(), source })?.into();
        sqlite::refuse_foreign(&path).await?;
        let state = Self { pools: Pools::Sqlite(sqlite::Pools::of(&path)), path };
        state.migrate(now).await?;
        Ok(state)
    }

    /// The file, as an absolute path.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Closes the database once what is under way has ended, and folds its journal into the file. Not needed for safety.
    pub async fn close(&self) {
        match &self.pools {
            Pools::Sqlite(pools) => {
                pools.read.close().await;
                pools.write.close().await;
            }
        }
    }

    /// Where statements that only read go.
    pub(super) async fn reader(&self) -> Result<Db, StateError> {
        match &self.pools {
            Pools::Sqlite(pools) => Ok(Db::Sqlite(Held::Reading(pools.read.acquire().await?))),
        }
    }

    /// Begins a change; unless committed, nothing of it happens.
    pub(super) async fn change(&self) -> Result<Change, StateError> {
        match &self.pools {
            Pools::Sqlite(pools) => Ok(Change(Db::Sqlite(Held::Changing(pools.begin().await?)))),
        }
    }

    /// Takes the missing steps, all or none; another process that opens the database meanwhile waits.
    async fn migrate(&self, now: DateTime<Utc>) -> Result<(), StateError> {
        let mut change = match &self.pools {
            Pools::Sqlite(pools) => {
                let begun = pools.begin().await.map_err(|error| StateError::while_opening(&self.path, error))?;
                Change(Db::Sqlite(Held::Changing(begun)))
            }
        };
        let migrated = match &mut *change {
            Db::Sqlite(db) => migration::SQLITE.run_direct(None, &mut **db, false).await,
        };
        migrated.map_err(|error| StateError::while_migrating(&self.path, error))?;
        installation::found(&mut change, now).await?;
        change.commit().await
    }
}
