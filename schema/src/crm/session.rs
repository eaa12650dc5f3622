//! One reading of a CRM, whatever keeps it: a connection with a transaction in which nothing changes.

use super::asker::Asker;
use super::value::Cell;
use super::{CrmError, mysql, postgres, sqlite};
use crate::profile::{Database, Expected, Query, nearest};

/// One reading.
pub(crate) enum Session {
    Sqlite(sqlite::Session),
    Postgres(postgres::Session),
    Mysql(mysql::Session),
}

/// Why the database does not prepare a statement.
#[derive(Clone, Debug)]
pub(crate) struct Refused {
    pub(crate) message: String,
    /// The name that the message is about, without the table before it.
    pub(crate) name: Option<String>,
    pub(super) cause: Cause,
}

/// What a refusal is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Cause {
    NoTable,
    NoColumn,
    NoGrant,
    /// A table that cannot be read as of one moment.
    NoMoment,
    Other,
}

/// Takes the cells of one row, in the order of the expected columns.
pub(super) type Take<'a> = dyn FnMut(&[Cell<'_>]) + Send + 'a;

impl Session {
    /// The kind of database that is read.
    pub(crate) fn database(&self) -> Database {
        match self {
            Self::Sqlite(_) => Database::Sqlite,
            Self::Postgres(_) => Database::Postgres,
            Self::Mysql(_) => Database::Mysql,
        }
    }

    /// Ends the reading. What was read is of one moment only if this succeeds.
    pub(crate) async fn end(self) -> Result<(), CrmError> {
        match self {
            Self::Sqlite(session) => session.end().await,
            Self::Postgres(session) => session.end().await.map(drop),
            Self::Mysql(session) => session.end().await,
        }
    }

    /// The same, and gives the connection back if it is one that is kept for looks.
    pub(super) async fn end_keeping(self) -> Result<Option<postgres::Look>, CrmError> {
        match self {
            Self::Postgres(session) => session.end().await,
            Self::Sqlite(_) | Self::Mysql(_) => self.end().await.map(|()| None),
        }
    }

    /// The columns that a statement gives, if the database would carry it out for us.
    pub(crate) async fn columns(&mut self, query: &Query) -> Result<Result<Vec<String>, Refused>, CrmError> {
        match self {
            Self::Sqlite(session) => session.columns(query).await,
            Self::Postgres(session) => session.columns(query).await,
            Self::Mysql(session) => session.columns(query).await,
        }
    }

    /// What to do about a refusal.
    pub(crate) async fn hint(&mut self, refused: &Refused) -> Result<Option<String>, CrmError> {
        let names = match (refused.cause, &mut *self) {
            (Cause::Other, _) => return Ok(None),
            (Cause::NoGrant, _) => return Ok(Some("let the account read it: GRANT SELECT, for MariaDB and MySQL on views SHOW VIEW too".to_owned())),
            (Cause::NoMoment, _) => return Ok(Some("have the CRM's admin move it: ALTER TABLE … ENGINE = InnoDB".to_owned())),
            (Cause::NoTable | Cause::NoColumn, Self::Sqlite(session)) => session.names(refused.cause).await?,
            (Cause::NoTable | Cause::NoColumn, Self::Postgres(session)) => session.names(refused.cause).await?,
            (Cause::NoTable | Cause::NoColumn, Self::Mysql(session)) => session.names(refused.cause).await?,
        };
        let name = refused.name.as_deref();
        let found = name.and_then(|name| nearest(name, names.iter().map(String::as_str).filter(|near| *near != name)));
        Ok(Some(
            found.map_or_else(|| "is it the right database, and the CRM's module installed?".to_owned(), |name| format!("did you mean `{name}`?")),
        ))
    }

    /// How many rows the database counts; none if it gives NULL.
    pub(crate) async fn count(&mut self, query: &Query) -> Result<Option<u64>, String> {
        match self {
            Self::Sqlite(session) => session.count(query).await,
            Self::Postgres(session) => session.count(query).await,
            Self::Mysql(session) => session.count(query).await,
        }
    }

    /// Reads every row; `take` gets the expected columns in their order.
    pub(crate) async fn rows(&mut self, query: &Query, expected: &[Expected], take: &mut Take<'_>) -> Result<(), String> {
        match self {
            Self::Sqlite(session) => session.rows(query, expected, None, take).await,
            Self::Postgres(session) => session.rows(query, expected, None, take).await,
            Self::Mysql(session) => session.rows(query, expected, None, take).await,
        }
    }

    /// Reads the rows whose first expected column has one of these texts, and perhaps a few more.
    pub(crate) async fn rows_of(&mut self, query: &Query, expected: &[Expected], keys: &[&str], take: &mut Take<'_>) -> Result<(), String> {
        match self {
            Self::Sqlite(session) => session.rows(query, expected, Some(keys), take).await,
            Self::Postgres(session) => session.rows(query, expected, Some(keys), take).await,
            Self::Mysql(session) => session.rows(query, expected, Some(keys), take).await,
        }
    }

    /// How the database would carry a statement out, in its own words, a line each. It is not carried out.
    pub(crate) async fn plan(&mut self, query: &Query) -> Result<Vec<String>, String> {
        match self {
            Self::Sqlite(session) => session.plan(query).await,
            Self::Postgres(session) => session.plan(query).await,
            Self::Mysql(session) => session.plan(query).await,
        }
    }

    /// Reads every row that a user is given, `most` and one more at most, and counts them in his session; gives their number. Whatever the answer, the session
    /// is afterwards as it was, or the whole reading has failed.
    pub(crate) async fn rows_as(&mut self, asker: &Asker, ask: &Ask<'_>, take: &mut Take<'_>) -> Result<u64, String> {
        match self {
            Self::Sqlite(_) => Err("SQLite has no session that could be a user's".to_owned()),
            Self::Postgres(session) => session.rows_as(asker, ask, take).await,
            Self::Mysql(session) => session.rows_as(asker, ask, take).await,
        }
    }
}

/// What is asked.
#[derive(Clone, Copy)]
pub(crate) struct Ask<'a> {
    pub(super) query: &'a Query,
    pub(super) expected: &'a [Expected],
    /// Texts of which the first expected column must have one, if not all rows are asked for.
    pub(super) keys: Option<&'a [&'a str]>,
    /// The most rows.
    pub(super) most: u64,
}

impl Ask<'_> {
    /// Whether what was read is what was counted; gives the number.
    pub(super) fn proven(&self, read: u64, counted: Option<i64>) -> Result<u64, String> {
        match counted.and_then(|counted| u64::try_from(counted).ok()) {
            _ if read > self.most => Ok(read),
            Some(counted) if counted == read => Ok(read),
            Some(counted) => Err(format!("{read} rows were read, the database counted {counted}")),
            None => Err("the database gave no count".to_owned()),
        }
    }
}

/// Where the expected columns stand among those found; none for one that is not there and need not be.
pub(super) fn places<'f>(query: &Query, expected: &[Expected], found: impl Iterator<Item = &'f str> + Clone) -> Result<Vec<Option<usize>>, String> {
    let place = |one: &Expected| match found.clone().position(|name| name == one.name) {
        None if !one.is_optional => Err(format!("{} gives no column `{}`", query.file, one.name)),
        place => Ok(place),
    };
    expected.iter().map(place).collect()
}

/// The statement that counts a query's rows. The line break ends a comment that the query may end with.
pub(super) fn counting(query: &Query) -> String {
    format!("SELECT count(*) FROM (\n{}\n) q", query.statement)
}
