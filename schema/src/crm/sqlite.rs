//! A CRM in an SQLite file, opened so that it cannot be written.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::{Path, PathBuf};
use std::time::Instant;

use futures::TryStreamExt;
use sqlx::sqlite::{SqliteConnectOptions, SqliteRow};
use sqlx::{
    AssertSqlSafe, Column, ConnectOptions, Connection, Decode, Error, Executor, Row, SqlSafeStr, Sqlite, SqliteConnection, Statement, TypeInfo,
    ValueRef,
};

use super::session::{Cause, Refused, Take, counting, places};
use super::value::Cell;
use super::{CrmError, Patience};
use crate::profile::{Expected, Query};

/// SQLite looks at the clock after so many steps of its machine.
const STEPS: i32 = 20_000;

/// Rows on their way from SQLite's thread to ours.
const ROWS_BUFFERED: usize = 1_000;

/// One reading: a connection with a transaction in which nothing changes.
pub(crate) struct Session {
    connection: SqliteConnection,
    path: PathBuf,
    patience: Patience,
}

/// Looks at the file before SQLite does: its own answers do not tell a missing file from a forbidden one.
fn look(path: &Path) -> Result<(), CrmError> {
    let owned = path.to_owned();
    let probe = move || -> io::Result<bool> {
        let is_file = std::fs::metadata(&owned)?.is_file();
        std::fs::File::open(&owned)?;
        Ok(is_file)
    };
    // Two calls to the file system, as short as those that the driver itself makes when it opens the file.
    match probe() {
        Ok(true) => Ok(()),
        Ok(false) => Err(CrmError::NotADatabase { place: path.display().to_string() }),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Err(CrmError::Missing { place: path.display().to_string() }),
        Err(source) => Err(CrmError::NoAccess { place: path.display().to_string(), source: source.into() }),
    }
}

/// SQLite's primary result code.
fn code(error: &Error) -> Option<i32> {
    let code = error.as_database_error()?.code()?.parse::<i32>().ok()?;
    Some(code & 0xff)
}

fn failure(path: &Path, patience: Patience, error: Error) -> CrmError {
    let place = path.display().to_string();
    let source = Box::new(error);
    match code(&source) {
        Some(5 | 6) => CrmError::Locked { place, waited: patience.lock },
        Some(26) => CrmError::NotADatabase { place },
        Some(11) => CrmError::Damaged { place, source },
        Some(3 | 8 | 14 | 23) => CrmError::NoAccess { place, source },
        Some(_) | None => CrmError::Failed { place, source },
    }
}

/// Says why reading a relation failed, without contents.
fn unread(patience: Patience, error: &Error) -> String {
    match (code(error), error.as_database_error()) {
        (Some(9), _) => format!("the statement took longer than {} s", patience.statement.as_secs_f32()),
        (_, Some(error)) => error.message().to_owned(),
        (_, None) => error.to_string(),
    }
}

/// What SQLite's refusal is about.
fn refused(message: String) -> Refused {
    let quoted = message.split('"').nth(1);
    let name = quoted.or_else(|| message.rsplit_once(": ").map(|(_, name)| name)).and_then(|name| name.rsplit('.').next());
    let name = name.filter(|name| !name.is_empty()).map(str::to_owned);
    let cause = match &message {
        one if one.starts_with("no such table") => Cause::NoTable,
        one if one.starts_with("no such column") => Cause::NoColumn,
        _ => Cause::Other,
    };
    Refused { message, name, cause }
}

impl Session {
    /// Begins a reading.
    pub(super) async fn begin(path: &Path, patience: Patience) -> Result<Self, CrmError> {
        look(path)?;
        let options = SqliteConnectOptions::new()
            .filename(path)
            .read_only(true)
            .create_if_missing(false)
            .busy_timeout(patience.lock)
            .row_buffer_size(ROWS_BUFFERED)
            // Reading needs no foreign keys, and a file that is no database should fail at our own first statement.
            .pragma("query_only", "ON")
            .disable_statement_logging();
        let connection = options.connect().await.map_err(|error| failure(path, patience, error))?;
        let mut session = Self { connection, path: path.to_owned(), patience };
        session.snapshot().await?;
        Ok(session)
    }

    /// Fixes the moment: the first read after BEGIN is what all others of this session agree with.
    async fn snapshot(&mut self) -> Result<(), CrmError> {
        let failed = |error| failure(&self.path, self.patience, error);
        sqlx::query("BEGIN").execute(&mut self.connection).await.map_err(failed)?;
        let tables: i64 = sqlx::query_scalar("SELECT count(*) FROM sqlite_schema").fetch_one(&mut self.connection).await.map_err(failed)?;
        let encoding: String = sqlx::query_scalar("PRAGMA encoding").fetch_one(&mut self.connection).await.map_err(failed)?;
        if tables == 0 {
            return Err(CrmError::Empty { place: self.path.display().to_string() });
        }
        if encoding != "UTF-8" {
            return Err(CrmError::Encoding { place: self.path.display().to_string(), encoding });
        }
        Ok(())
    }

    /// Ends the reading. What was read is of one moment only if this succeeds: SQLite ends a transaction by itself after some failures.
    pub(super) async fn end(mut self) -> Result<(), CrmError> {
        let ended = sqlx::query("COMMIT").execute(&mut self.connection).await;
        ended.map_err(|source| CrmError::Torn { place: self.path.display().to_string(), source: Box::new(source) })?;
        self.connection.close().await.map_err(|error| failure(&self.path, self.patience, error))
    }

    /// The columns that a statement gives.
    pub(super) async fn columns(&mut self, query: &Query) -> Result<Result<Vec<String>, Refused>, CrmError> {
        match self.connection.prepare(AssertSqlSafe(query.statement.clone()).into_sql_str()).await {
            Ok(statement) => Ok(Ok(statement.columns().iter().map(|column| column.name().to_owned()).collect())),
            Err(error) if code(&error) == Some(1) => Ok(Err(refused(unread(self.patience, &error)))),
            Err(error) => Err(failure(&self.path, self.patience, error)),
        }
    }

    /// The names that a missing one could have meant. The columns of a view that SQLite cannot carry out are none.
    pub(super) async fn names(&mut self, cause: Cause) -> Result<Vec<String>, CrmError> {
        let tables = sqlx::query_scalar("SELECT name FROM sqlite_schema WHERE type IN ('table', 'view')").fetch_all(&mut self.connection).await;
        let tables: Vec<String> = tables.map_err(|error| failure(&self.path, self.patience, error))?;
        if cause != Cause::NoColumn {
            return Ok(tables);
        }
        let mut names = BTreeSet::new();
        for table in tables {
            let columns = sqlx::query_scalar("SELECT name FROM pragma_table_info(?)").bind(table).fetch_all(&mut self.connection).await;
            match columns {
                Ok(columns) => names.extend::<Vec<String>>(columns),
                Err(error) if code(&error) == Some(1) => {}
                Err(error) => return Err(failure(&self.path, self.patience, error)),
            }
        }
        Ok(names.into_iter().collect())
    }

    /// How many rows the database counts; none if it gives NULL.
    pub(super) async fn count(&mut self, query: &Query) -> Result<Option<u64>, String> {
        self.limit().await?;
        let counted: Result<Option<i64>, Error> =
            sqlx::query_scalar(AssertSqlSafe(counting(query))).persistent(false).fetch_one(&mut self.connection).await;
        counted.map(|counted| counted.and_then(|counted| u64::try_from(counted).ok())).map_err(|error| unread(self.patience, &error))
    }

    /// Reads the rows, those with some texts in the first expected column or all; `take` gets the expected columns in their order.
    pub(super) async fn rows(&mut self, query: &Query, expected: &[Expected], keys: Option<&[&str]>, take: &mut Take<'_>) -> Result<(), String> {
        self.limit().await?;
        let found = match self.columns(query).await {
            Ok(Ok(found)) => found,
            Ok(Err(refused)) => return Err(refused.message),
            Err(error) => return Err(error.to_string()),
        };
        let places = places(query, expected, found.iter().map(String::as_str))?;
        let failed = |error: Error| unread(self.patience, &error);
        // A number is found as a number too, since a column without a type compares by the type of its value.
        let numbers: Vec<i64> = keys.unwrap_or_default().iter().filter_map(|key| key.parse().ok()).collect();
        let marks = vec!["?"; keys.map_or(0, <[_]>::len) + numbers.len()].join(", ");
        let condition = expected.first().filter(|_| keys.is_some()).map(|first| format!("narrowed.\"{}\" IN ({marks})", first.name));
        let statement = condition.map_or_else(|| query.clone(), |condition| query.narrowed(&condition)).statement;
        let asked = sqlx::query(AssertSqlSafe(statement)).persistent(false);
        let asked = keys.unwrap_or_default().iter().fold(asked, |asked, key| asked.bind(*key));
        let mut rows = numbers.into_iter().fold(asked, sqlx::query::Query::bind).fetch(&mut self.connection);
        let mut count = 0;
        while let Some(row) = rows.try_next().await.map_err(failed)? {
            count += 1;
            if count > self.patience.rows {
                return Err(format!("it has more than {} rows", self.patience.rows));
            }
            let cells: Result<Vec<Cell<'_>>, Error> = places.iter().map(|place| place.map_or(Ok(Cell::Absent), |place| cell(&row, place))).collect();
            take(&cells.map_err(failed)?);
        }
        Ok(())
    }

    /// Gives the next statement its time.
    async fn limit(&mut self) -> Result<(), String> {
        let end = Instant::now() + self.patience.statement;
        let mut handle = self.connection.lock_handle().await.map_err(|error| error.to_string())?;
        handle.set_progress_handler(STEPS, move || Instant::now() < end);
        Ok(())
    }

    /// How SQLite would carry a statement out, a step a line; what is part of a step stands below it, indented.
    pub(super) async fn plan(&mut self, query: &Query) -> Result<Vec<String>, String> {
        self.limit().await?;
        let sql = sqlx::query_as(AssertSqlSafe(format!("EXPLAIN QUERY PLAN {}", query.statement))).persistent(false);
        let steps: Result<Vec<(i64, i64, i64, String)>, Error> = sql.fetch_all(&mut self.connection).await;
        let mut depths: BTreeMap<i64, usize> = BTreeMap::new();
        let line = |(id, parent, _, detail): (i64, i64, i64, String)| {
            let depth = depths.get(&parent).map_or(0, |above| above + 1);
            depths.insert(id, depth);
            format!("{}{detail}", "  ".repeat(depth))
        };
        steps.map(|steps| steps.into_iter().map(line).collect()).map_err(|error| unread(self.patience, &error))
    }
}

/// What stands in a column, by the type that the value itself has.
fn cell(row: &SqliteRow, place: usize) -> Result<Cell<'_>, Error> {
    fn decoded<'r, T: Decode<'r, Sqlite>>(row: &'r SqliteRow, place: usize) -> Result<T, Error> {
        row.try_get_unchecked(place)
    }
    let value = row.try_get_raw(place)?;
    if value.is_null() {
        return Ok(Cell::Null);
    }
    match value.type_info().name() {
        "INTEGER" => decoded(row, place).map(Cell::Int),
        "REAL" => decoded(row, place).map(Cell::Real),
        "TEXT" => decoded(row, place).map(Cell::Text),
        _ => Ok(Cell::Blob),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What the profile's checks would refuse is refused by the database too, should it ever get there.
    #[tokio::test]
    async fn nothing_can_be_written() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("crm.sqlite");
        let mut crm = SqliteConnectOptions::new().filename(&path).create_if_missing(true).connect().await.unwrap();
        sqlx::raw_sql("CREATE TABLE person (id); INSERT INTO person VALUES (1)").execute(&mut crm).await.unwrap();
        crm.close().await.unwrap();
        let before = std::fs::read(&path).unwrap();
        for sql in ["INSERT INTO person VALUES (2)", "DELETE FROM person", "CREATE TABLE t (a)", "DROP TABLE person", "PRAGMA user_version = 7"] {
            for way in ["", "PRAGMA query_only = OFF; "] {
                let mut session = Session::begin(&path, Patience::default()).await.unwrap();
                let done = sqlx::raw_sql(AssertSqlSafe(format!("{way}{sql}"))).execute(&mut session.connection).await;
                assert_eq!(code(&done.expect_err(sql)), Some(8), "SQLITE_READONLY for {way}{sql}");
            }
        }
        assert_eq!(std::fs::read(&path).unwrap(), before);
    }

    #[test]
    fn a_refusal_names_what_it_is_about() {
        let name = |message: &str| refused(message.to_owned()).name;
        assert_eq!(name("no such column: p.nam").as_deref(), Some("nam"));
        assert_eq!(name("no such table: main.persons").as_deref(), Some("persons"));
        assert_eq!(name("near \"FORM\": syntax error").as_deref(), Some("FORM"));
        assert_eq!(name("incomplete input"), None);
    }
}
