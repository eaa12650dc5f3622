//! How a statement is carried out, whatever database the state stands in.
//!
//! Cells of ours are text, whole numbers and bytes only, so that one statement gives the same on each kind. sqlx's own `Any` would do as much, but takes
//! its settings from a URL alone (passwords included, the environment too, no pragmas) and copies every cell.

use std::ops::{Deref, DerefMut};
use std::time::Duration;

use sqlx::encode::Encode;
use sqlx::pool::PoolConnection;
use sqlx::postgres::{PgArguments, PgRow};
use sqlx::sqlite::{SqliteArguments, SqliteRow};
use sqlx::{Arguments, Database, Error, FromRow, Postgres, Sqlite, Transaction, Type};

use super::StateError;
use super::postgres::{LONGEST, ORDINARY};
use crate::crm::server::within;

/// A value to be bound, or NULL.
#[derive(Debug)]
pub(super) enum Cell {
    Text(Option<String>),
    Int(Option<i64>),
    Bytes(Option<Vec<u8>>),
}

impl From<&str> for Cell {
    fn from(text: &str) -> Self {
        Self::Text(Some(text.to_owned()))
    }
}

impl From<Option<&str>> for Cell {
    fn from(text: Option<&str>) -> Self {
        Self::Text(text.map(str::to_owned))
    }
}

impl From<String> for Cell {
    fn from(text: String) -> Self {
        Self::Text(Some(text))
    }
}

impl From<Option<String>> for Cell {
    fn from(text: Option<String>) -> Self {
        Self::Text(text)
    }
}

impl From<i64> for Cell {
    fn from(number: i64) -> Self {
        Self::Int(Some(number))
    }
}

impl From<Option<i64>> for Cell {
    fn from(number: Option<i64>) -> Self {
        Self::Int(number)
    }
}

impl From<Option<&[u8]>> for Cell {
    fn from(bytes: Option<&[u8]>) -> Self {
        Self::Bytes(bytes.map(<[u8]>::to_vec))
    }
}

impl From<Vec<u8>> for Cell {
    fn from(bytes: Vec<u8>) -> Self {
        Self::Bytes(Some(bytes))
    }
}

/// What can be read from a row of each kind of database.
pub(super) trait Readable: for<'r> FromRow<'r, SqliteRow> + for<'r> FromRow<'r, PgRow> + Send + Unpin {}

impl<R: for<'r> FromRow<'r, SqliteRow> + for<'r> FromRow<'r, PgRow> + Send + Unpin> Readable for R {}

/// A statement with its values.
#[derive(Debug)]
pub(super) struct Statement {
    sql: &'static str,
    cells: Vec<Cell>,
    is_large: bool,
}

/// Begins a statement.
pub(super) fn query(sql: &'static str) -> Statement {
    Statement { sql, cells: Vec::new(), is_large: false }
}

impl Statement {
    /// Binds the next placeholder.
    pub(super) fn bind(mut self, cell: impl Into<Cell>) -> Self {
        self.cells.push(cell.into());
        self
    }

    /// Says that there may be very much to do, so that a server may take its time.
    pub(super) fn large(mut self) -> Self {
        self.is_large = true;
        self
    }

    /// How long a server may take for it.
    fn longest(&self, db: &Held<Postgres>) -> Duration {
        match db {
            Held::Changing(_) if !self.is_large => ORDINARY,
            Held::Changing(_) | Held::Reading(_) => LONGEST,
        }
    }

    /// Carries it out; says how many rows it wrote.
    pub(super) async fn execute(self, db: &mut Db) -> Result<u64, Error> {
        match db {
            Db::Sqlite(db) => {
                let arguments: SqliteArguments = arguments(self.cells)?;
                Ok(sqlx::query_with(self.sql, arguments).execute(&mut **db).await?.rows_affected())
            }
            Db::Postgres(db) => {
                let longest = self.longest(db);
                let arguments: PgArguments = arguments(self.cells)?;
                Ok(within(longest, sqlx::query_with(self.sql, arguments).execute(&mut **db)).await?.rows_affected())
            }
        }
    }

    /// All rows.
    pub(super) async fn fetch_all<R: Readable>(self, db: &mut Db) -> Result<Vec<R>, Error> {
        match db {
            Db::Sqlite(db) => {
                let arguments: SqliteArguments = arguments(self.cells)?;
                sqlx::query_as_with(self.sql, arguments).fetch_all(&mut **db).await
            }
            Db::Postgres(db) => {
                let longest = self.longest(db);
                let arguments: PgArguments = arguments(self.cells)?;
                within(longest, sqlx::query_as_with(self.sql, arguments).fetch_all(&mut **db)).await
            }
        }
    }

    /// The first row, if there is one.
    pub(super) async fn fetch_optional<R: Readable>(self, db: &mut Db) -> Result<Option<R>, Error> {
        Ok(self.fetch_all(db).await?.into_iter().next())
    }

    /// The row of a statement that always gives one.
    pub(super) async fn fetch_one<R: Readable>(self, db: &mut Db) -> Result<R, Error> {
        self.fetch_optional(db).await?.ok_or(Error::RowNotFound)
    }
}

fn arguments<A>(cells: Vec<Cell>) -> Result<A, Error>
where
    A: Arguments,
    Option<String>: Encode<'static, A::Database> + Type<A::Database>,
    Option<i64>: Encode<'static, A::Database> + Type<A::Database>,
    Option<Vec<u8>>: Encode<'static, A::Database> + Type<A::Database>,
{
    let mut arguments = A::default();
    for cell in cells {
        match cell {
            Cell::Text(text) => arguments.add(text),
            Cell::Int(number) => arguments.add(number),
            Cell::Bytes(bytes) => arguments.add(bytes),
        }
        .map_err(Error::Encode)?;
    }
    Ok(arguments)
}

/// A connection for one statement after another.
#[derive(Debug)]
pub(super) enum Db {
    Sqlite(Held<Sqlite>),
    Postgres(Held<Postgres>),
}

/// A connection that a pool lent, with a change on it or without.
#[derive(Debug)]
pub(super) enum Held<D: Database> {
    Reading(PoolConnection<D>),
    Changing(Transaction<'static, D>),
}

impl<D: Database> Held<D> {
    async fn commit(self) -> Result<(), Error> {
        match self {
            Self::Reading(_) => Ok(()),
            Self::Changing(change) => change.commit().await,
        }
    }
}

impl<D: Database> Deref for Held<D> {
    type Target = D::Connection;

    fn deref(&self) -> &D::Connection {
        match self {
            Self::Reading(connection) => connection,
            Self::Changing(change) => change,
        }
    }
}

impl<D: Database> DerefMut for Held<D> {
    fn deref_mut(&mut self) -> &mut D::Connection {
        match self {
            Self::Reading(connection) => connection,
            Self::Changing(change) => change,
        }
    }
}

/// A change that is being made. Unless it is committed, nothing of it happens.
#[derive(Debug)]
pub(super) struct Change(pub(super) Db);

impl Change {
    pub(super) async fn commit(self) -> Result<(), StateError> {
        match self.0 {
            Db::Sqlite(db) => Ok(db.commit().await?),
            Db::Postgres(db) => Ok(within(ORDINARY, db.commit()).await?),
        }
    }
}

impl Deref for Change {
    type Target = Db;

    fn deref(&self) -> &Db {
        &self.0
    }
}

impl DerefMut for Change {
    fn deref_mut(&mut self) -> &mut Db {
        &mut self.0
    }
}
