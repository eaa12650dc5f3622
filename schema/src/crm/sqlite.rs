//! A CRM in an SQLite file, opened so that it cannot be written: the only place that knows SQLite, and the only one that passes a profile's SQL on.

use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use futures::TryStreamExt;
use sqlx::sqlite::{SqliteConnectOptions, SqliteRow};
use sqlx::{
    AssertSqlSafe, Column, ConnectOptions, Connection, Decode, Error, Executor, Row, SqlSafeStr, Sqlite, SqliteConnection, Statement, TypeInfo,
    ValueRef,
};

use super::CrmError;
use super::value::Cell;
use crate::profile::{Expected, Query, nearest};

/// SQLite looks at the clock after so many steps of its machine.
const STEPS: i32 = 20_000;

/// Rows on their way from SQLite's thread to ours.
const ROWS_BUFFERED: usize = 1_000;

/// How long a CRM may keep us waiting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Patience {
    /// For a lock held by someone who writes.
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

/// A CRM's database. It is opened anew for each reading, so that a file put in its place is noticed.
#[derive(Clone, Debug)]
pub struct CrmSource {
    path: PathBuf,
    patience: Patience,
}

/// Why the database does not prepare a statement.
#[derive(Clone, Debug)]
pub(crate) struct Refused {
    pub(crate) message: String,
}

impl Refused {
    /// The name that the message is about, without the table before it.
    pub(crate) fn name(&self) -> Option<&str> {
        let quoted = self.message.split('"').nth(1);
        let name = quoted.or_else(|| self.message.rsplit_once(": ").map(|(_, name)| name))?;
        Some(name.rsplit('.').next().unwrap_or(name)).filter(|name| !name.is_empty())
    }
}

/// One reading: a connection with a transaction in which nothing changes.
pub(crate) struct Session {
    connection: SqliteConnection,
    path: PathBuf,
    patience: Patience,
}

impl CrmSource {
    /// Opens the CRM in an SQLite file, and looks whether it can be read.
    ///
    /// # Errors
    /// That the file is missing, no database, locked, or not to be read by us.
    pub async fn open_sqlite(path: &Path) -> Result<Self, CrmError> {
        Self::open_sqlite_with(path, Patience::default()).await
    }

    /// The same with limits of one's own.
    ///
    /// # Errors
    /// As [`CrmSource::open_sqlite`].
    pub async fn open_sqlite_with(path: &Path, patience: Patience) -> Result<Self, CrmError> {
        let source = Self { path: path.to_owned(), patience };
        source.begin().await?.end().await?;
        Ok(source)
    }

    /// Where the database is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Begins a reading.
    pub(crate) async fn begin(&self) -> Result<Session, CrmError> {
        look(&self.path).await?;
        let failed = |error| failure(&self.path, self.patience, error);
        let options = SqliteConnectOptions::new()
            .filename(&self.path)
            .read_only(true)
            .create_if_missing(false)
            .busy_timeout(self.patience.lock)
            .row_buffer_size(ROWS_BUFFERED)
            // Reading needs no foreign keys, and a file that is no database should fail at our own first statement.
            .pragma("query_only", "ON")
            .disable_statement_logging();
        let connection = options.connect().await.map_err(failed)?;
        let mut session = Session { connection, path: self.path.clone(), patience: self.patience };
        session.snapshot().await?;
        Ok(session)
    }
}

/// Looks at the file before SQLite does: its own answers do not tell a missing file from a forbidden one.
async fn look(path: &Path) -> Result<(), CrmError> {
    let owned = path.to_owned();
    let probe = move || -> io::Result<bool> {
        let is_file = std::fs::metadata(&owned)?.is_file();
        std::fs::File::open(&owned)?;
        Ok(is_file)
    };
    // Two calls to the file system, as short as those that the driver itself makes when it opens the file.
    match probe() {
        Ok(true) => Ok(()),
        Ok(false) => Err(CrmError::NotADatabase { path: path.to_owned() }),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Err(CrmError::Missing { path: path.to_owned() }),
        Err(source) => Err(CrmError::NoAccess { path: path.to_owned(), source: source.into() }),
    }
}

/// SQLite's primary result code.
fn code(error: &Error) -> Option<i32> {
    let code = error.as_database_error()?.code()?.parse::<i32>().ok()?;
    Some(code & 0xff)
}

fn failure(path: &Path, patience: Patience, error: Error) -> CrmError {
    let path = path.to_owned();
    let source = Box::new(error);
    match code(&source) {
        Some(5 | 6) => CrmError::Locked { path, waited: patience.lock },
        Some(26) => CrmError::NotADatabase { path },
        Some(11) => CrmError::Damaged { path, source },
        Some(3 | 8 | 14 | 23) => CrmError::NoAccess { path, source },
        Some(_) | None => CrmError::Failed { path, source },
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

impl Session {
    /// Fixes the moment: the first read after BEGIN is what all others of this session agree with.
    async fn snapshot(&mut self) -> Result<(), CrmError> {
        let failed = |error| failure(&self.path, self.patience, error);
        sqlx::query("BEGIN").execute(&mut self.connection).await.map_err(failed)?;
        let tables: i64 = sqlx::query_scalar("SELECT count(*) FROM sqlite_schema").fetch_one(&mut self.connection).await.map_err(failed)?;
        let encoding: String = sqlx::query_scalar("PRAGMA encoding").fetch_one(&mut self.connection).await.map_err(failed)?;
        if tables == 0 {
            return Err(CrmError::Empty { path: self.path.clone() });
        }
        if encoding != "UTF-8" {
            return Err(CrmError::Encoding { path: self.path.clone(), encoding });
        }
        Ok(())
    }

    /// Ends the reading. What was read is of one moment only if this succeeds: SQLite ends a transaction by itself after some failures.
    pub(crate) async fn end(mut self) -> Result<(), CrmError> {
        let ended = sqlx::query("COMMIT").execute(&mut self.connection).await;
        ended.map_err(|source| CrmError::Torn { path: self.path.clone(), source: Box::new(source) })?;
        self.connection.close().await.map_err(|error| failure(&self.path, self.patience, error))
    }

    /// The columns that a statement gives.
    pub(crate) async fn columns(&mut self, query: &Query) -> Result<Result<Vec<String>, Refused>, CrmError> {
        match self.connection.prepare(AssertSqlSafe(query.statement.clone()).into_sql_str()).await {
            Ok(statement) => Ok(Ok(statement.columns().iter().map(|column| column.name().to_owned()).collect())),
            Err(error) if code(&error) == Some(1) => Ok(Err(Refused { message: unread(self.patience, &error) })),
            Err(error) => Err(failure(&self.path, self.patience, error)),
        }
    }

    /// What to say about a name that the database does not know.
    pub(crate) async fn nearest_name(&mut self, refused: &Refused) -> Result<Option<String>, CrmError> {
        let names = if refused.message.starts_with("no such table") {
            "SELECT name FROM sqlite_schema WHERE type IN ('table', 'view')"
        } else if refused.message.starts_with("no such column") {
            "SELECT DISTINCT c.name FROM sqlite_schema s, pragma_table_info(s.name) c WHERE s.type IN ('table', 'view')"
        } else {
            return Ok(None);
        };
        let names: Vec<String> =
            sqlx::query_scalar(names).fetch_all(&mut self.connection).await.map_err(|error| failure(&self.path, self.patience, error))?;
        let found = refused.name().and_then(|name| nearest(name, names.iter().map(String::as_str).filter(|near| *near != name)));
        Ok(Some(
            found.map_or_else(|| "is it the right database, and the CRM's module installed?".to_owned(), |name| format!("did you mean `{name}`?")),
        ))
    }

    /// How many rows the database counts; none if it gives NULL.
    pub(crate) async fn count(&mut self, query: &Query) -> Result<Option<u64>, String> {
        // The line break ends a comment that the statement may end with.
        let sql = format!("SELECT count(*) FROM (\n{}\n)", query.statement);
        self.limit().await?;
        let counted: Result<Option<i64>, Error> = sqlx::query_scalar(AssertSqlSafe(sql)).persistent(false).fetch_one(&mut self.connection).await;
        counted.map(|counted| counted.and_then(|counted| u64::try_from(counted).ok())).map_err(|error| unread(self.patience, &error))
    }

    /// Reads every row; `take` gets the expected columns in their order.
    pub(crate) async fn rows(&mut self, query: &Query, expected: &[Expected], take: &mut (dyn FnMut(&[Cell<'_>]) + Send)) -> Result<(), String> {
        self.limit().await?;
        let found = match self.columns(query).await {
            Ok(Ok(found)) => found,
            Ok(Err(refused)) => return Err(refused.message),
            Err(error) => return Err(error.to_string()),
        };
        let places: Vec<Option<usize>> = expected.iter().map(|one| found.iter().position(|name| *name == one.name)).collect();
        if let Some((one, _)) = expected.iter().zip(&places).find(|(one, place)| place.is_none() && !one.is_optional) {
            return Err(format!("{} gives no column `{}`", query.file, one.name));
        }
        let failed = |error: Error| unread(self.patience, &error);
        let mut rows = sqlx::query(AssertSqlSafe(query.statement.clone())).persistent(false).fetch(&mut self.connection);
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
        let source = CrmSource::open_sqlite(&path).await.unwrap();
        for sql in ["INSERT INTO person VALUES (2)", "DELETE FROM person", "CREATE TABLE t (a)", "DROP TABLE person", "PRAGMA user_version = 7"] {
            for way in ["", "PRAGMA query_only = OFF; "] {
                let mut session = source.begin().await.unwrap();
                let done = sqlx::raw_sql(AssertSqlSafe(format!("{way}{sql}"))).execute(&mut session.connection).await;
                assert_eq!(code(&done.expect_err(sql)), Some(8), "SQLITE_READONLY for {way}{sql}");
            }
        }
        assert_eq!(std::fs::read(&path).unwrap(), before);
    }

    #[test]
    fn a_refusal_names_what_it_is_about() {
        let name = |message: &str| Refused { message: message.to_owned() }.name().map(str::to_owned);
        assert_eq!(name("no such column: p.nam").as_deref(), Some("nam"));
        assert_eq!(name("no such table: main.persons").as_deref(), Some("persons"));
        assert_eq!(name("near \"FORM\": syntax error").as_deref(), Some("FORM"));
        assert_eq!(name("incomplete input"), None);
    }
}
