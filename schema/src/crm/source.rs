//! A CRM to be read, whatever keeps it.

use std::path::Path;
use std::time::Duration;

use super::{Address, Bell, CrmError, Session, mysql, postgres, sqlite};
use crate::profile::Database;

/// How long a CRM may keep us waiting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Patience {
    /// For a server to answer, and for a lock held by someone who writes.
    pub lock: Duration,
    /// For one statement, from its start to its last row.
    pub statement: Duration,
    /// The most rows of one relation.
    pub rows: u64,
}

impl Default for Patience {
    fn default() -> Self {
        Self { lock: Duration::from_secs(10), statement: Duration::from_mins(5), rows: 50_000_000 }
    }
}

/// A CRM's database. It is opened anew for each reading, so that a file put in its place, or another server, is noticed. Who asks PostgreSQL whether anything
/// changed may keep a connection for that and for reading single records, for a minute at most: another server at the address is noticed as late.
#[derive(Clone, Debug)]
pub struct CrmSource {
    address: Address,
    patience: Patience,
}

impl CrmSource {
    /// Opens the CRM at an address, and looks whether it can be read.
    ///
    /// # Errors
    /// That the database is missing or something else, locked, not reachable, or not to be read by us.
    pub async fn open(address: &Address, patience: Patience) -> Result<Self, CrmError> {
        let source = Self { address: address.clone(), patience };
        source.begin().await?.end().await?;
        Ok(source)
    }

    /// Opens the CRM in an SQLite file, with the usual patience.
    ///
    /// # Errors
    /// As [`CrmSource::open`].
    pub async fn open_sqlite(path: &Path) -> Result<Self, CrmError> {
        Self::open(&Address::Sqlite(path.to_owned()), Patience::default()).await
    }

    /// The kind of database that it is.
    pub fn kind(&self) -> Database {
        self.address.kind()
    }

    /// Listens to what the database says on a channel; none where it never says anything, for only PostgreSQL has such.
    ///
    /// # Errors
    /// When the server cannot be reached or does not let us in.
    pub async fn bell(&self, channel: &str) -> Result<Option<Bell>, CrmError> {
        match &self.address {
            Address::Postgres(server) => Bell::hang(server, self.patience, channel).await.map(Some),
            Address::Sqlite(_) | Address::Mysql(_) => Ok(None),
        }
    }

    /// How long it may keep us waiting.
    pub(super) fn patience(&self) -> Patience {
        self.patience
    }

    /// Where it is, for people; never a password.
    pub fn place(&self) -> String {
        match &self.address {
            Address::Sqlite(path) => path.display().to_string(),
            Address::Postgres(server) | Address::Mysql(server) => server.to_string(),
        }
    }

    /// Makes ready to ask a single question, on the connection that was kept for it if it still is good; none where that takes a reading.
    pub(super) async fn look(&self, kept: Option<postgres::Look>) -> Result<Option<postgres::Look>, CrmError> {
        match &self.address {
            Address::Postgres(server) => postgres::Look::begin(kept, server, self.patience).await,
            Address::Sqlite(_) | Address::Mysql(_) => Ok(None),
        }
    }

    /// Begins a reading, on the connection that was kept for looks if it still is good.
    pub(super) async fn begin_on(&self, kept: Option<postgres::Look>) -> Result<Session, CrmError> {
        if let Some(kept) = kept
            && let Some(session) = postgres::Session::begin_on(kept).await
        {
            return Ok(Session::Postgres(session));
        }
        self.begin().await
    }

    /// Begins a reading.
    pub(crate) async fn begin(&self) -> Result<Session, CrmError> {
        match &self.address {
            Address::Sqlite(path) => sqlite::Session::begin(path, self.patience).await.map(Session::Sqlite),
            Address::Postgres(server) => postgres::Session::begin(server, self.patience).await.map(Session::Postgres),
            Address::Mysql(server) => mysql::Session::begin(server, self.patience).await.map(Session::Mysql),
        }
    }
}
