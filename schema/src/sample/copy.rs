//! The same reference CRM in another database: its tables made there and filled from the SQLite file.

use std::path::Path;

use sqlx::mysql::MySqlConnection;
use sqlx::postgres::PgConnection;
use sqlx::sqlite::SqliteConnection;
use sqlx::{AssertSqlSafe, Connection, Error};

use super::create::{CHUNK, SampleError, failed, open};
use super::tables::schema;
use crate::profile::Database;

/// An empty database that a copy is written to.
pub enum Target<'a> {
    /// On a PostgreSQL server.
    Postgres(&'a mut PgConnection),
    /// On a MariaDB or MySQL server.
    Mysql(&'a mut MySqlConnection),
}

/// A table, with its columns and their types as SQLite has them.
struct Table {
    name: String,
    columns: Vec<(String, Sort)>,
}

/// What the rows of a column need on their way.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Sort {
    Plain,
    /// Ends with Z, which MariaDB does not take.
    Instant,
}

/// Copies the reference CRM at `path` into an empty database: the same rows with the types that the database has for them.
///
/// # Errors
/// When either database refuses; what was written until then stays.
pub async fn copy(path: &Path, mut target: Target<'_>) -> Result<(), SampleError> {
    let mut source = open(path).await?;
    target.run(&schema(target.database())).await.map_err(failed(path, "create the tables of the copy"))?;
    for table in tables(&mut source).await.map_err(failed(path, "read the tables"))? {
        let statement = target.statement(&table);
        let mut after = i64::MIN;
        loop {
            let chunk: (Option<String>, Option<i64>) =
                sqlx::query_as(AssertSqlSafe(table.chunk())).bind(after).fetch_one(&mut source).await.map_err(failed(path, "read rows"))?;
            let (Some(rows), Some(last)) = chunk else { break };
            target.write(&statement, rows).await.map_err(failed(path, "write rows of the copy"))?;
            after = last;
        }
    }
    source.close().await.map_err(failed(path, "close the database"))
}

/// The tables in the order in which they were made, so that what is referred to is there first.
async fn tables(source: &mut SqliteConnection) -> Result<Vec<Table>, Error> {
    let names: Vec<String> = sqlx::query_scalar("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY rowid").fetch_all(&mut *source).await?;
    let mut tables = Vec::new();
    for name in names {
        let columns: Vec<String> = sqlx::query_scalar("SELECT name FROM pragma_table_info($1)").bind(&name).fetch_all(&mut *source).await?;
        let sort = |column: &String| {
            let is_instant = ["valid_from", "valid_until", "changed_at"].contains(&column.as_str());
            if is_instant { Sort::Instant } else { Sort::Plain }
        };
        let columns = columns.into_iter().map(|column| {
            let sort = sort(&column);
            (column, sort)
        });
        tables.push(Table { columns: columns.collect(), name });
    }
    Ok(tables)
}

impl Table {
    /// The next rows after a row number, as one JSON array, and the last row's number.
    fn chunk(&self) -> String {
        let value = |(column, sort): &(String, Sort)| match sort {
            Sort::Plain => format!("'{column}', {column}"),
            Sort::Instant => format!("'{column}', strftime('%Y-%m-%d %H:%M:%S', {column})"),
        };
        let values: Vec<String> = self.columns.iter().map(value).collect();
        format!(
            "SELECT CASE WHEN count(*) > 0 THEN json_group_array(json_object({})) END, max(place)
             FROM (SELECT rowid AS place, * FROM {} WHERE rowid > $1 ORDER BY rowid LIMIT {CHUNK})",
            values.join(", "),
            self.name
        )
    }

    fn names(&self) -> String {
        self.columns.iter().map(|(column, _)| column.as_str()).collect::<Vec<_>>().join(", ")
    }
}

impl Target<'_> {
    fn database(&self) -> Database {
        match self {
            Self::Postgres(_) => Database::Postgres,
            Self::Mysql(_) => Database::Mysql,
        }
    }

    async fn run(&mut self, script: &str) -> Result<(), Error> {
        let script = sqlx::raw_sql(AssertSqlSafe(script.to_owned()));
        match self {
            Self::Postgres(connection) => script.execute(&mut **connection).await.map(drop),
            Self::Mysql(connection) => script.execute(&mut **connection).await.map(drop),
        }
    }

    /// The statement that writes rows given as one JSON array.
    fn statement(&self, table: &Table) -> String {
        let (name, names) = (&table.name, table.names());
        match self {
            Self::Postgres(_) => format!("INSERT INTO {name} ({names}) SELECT {names} FROM json_populate_recordset(NULL::{name}, $1::json)"),
            Self::Mysql(_) => {
                let columns: Vec<String> =
                    table.columns.iter().map(|(column, _)| format!("{column} TEXT CHARACTER SET utf8mb4 PATH '$.{column}'")).collect();
                format!("INSERT INTO {name} ({names}) SELECT {names} FROM JSON_TABLE(?, '$[*]' COLUMNS ({})) AS given", columns.join(", "))
            }
        }
    }

    async fn write(&mut self, statement: &str, rows: String) -> Result<(), Error> {
        let statement = AssertSqlSafe(statement.to_owned());
        match self {
            Self::Postgres(connection) => sqlx::query(statement).bind(rows).execute(&mut **connection).await.map(drop),
            Self::Mysql(connection) => sqlx::query(statement).bind(rows).execute(&mut **connection).await.map(drop),
        }
    }
}
