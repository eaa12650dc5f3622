//! A connection to the CRM's database that puts the questions.

use std::path::Path;

use anyhow::Context as _;
use futures::TryStreamExt as _;
use sqlx::postgres::PgConnectOptions;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions as _, PgConnection, Row as _, SqliteConnection, TypeInfo as _, ValueRef as _};

use super::statement::{Dialect, Question, Way};
use crate::cpu;
use crate::store;
use crate::world::World;

/// Where the CRM's database is.
#[derive(Clone, Debug)]
pub enum Place {
    /// An SQLite file.
    Sqlite(String),
    /// A database of a PostgreSQL server, by its address.
    Postgres(String),
}

/// A connection.
#[derive(Debug)]
pub enum Crm {
    /// To an SQLite file.
    Sqlite(SqliteConnection),
    /// To PostgreSQL, and the server's process that serves it.
    Postgres(PgConnection, i32),
}

/// What was answered to one question.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Answer {
    /// The keys of the records, in order.
    pub keys: Vec<i64>,
    /// How many bytes of values came.
    pub bytes: u64,
}

impl Place {
    /// The dialect of its SQL.
    pub fn dialect(&self) -> Dialect {
        match self {
            Self::Sqlite(_) => Dialect::Sqlite,
            Self::Postgres(_) => Dialect::Postgres,
        }
    }

    /// Fills the database with the world, unless that was done before.
    ///
    /// # Errors
    /// What the database says against it.
    pub async fn fill(&self, world: &World) -> anyhow::Result<()> {
        match self.open().await? {
            Crm::Sqlite(mut connection) => store::fill_sqlite(&mut connection, world).await,
            Crm::Postgres(mut connection, _) => store::fill_postgres(&mut connection, world).await,
        }
    }

    /// Opens a connection.
    ///
    /// # Errors
    /// What the database says against it.
    pub async fn open(&self) -> anyhow::Result<Crm> {
        match self {
            Self::Sqlite(path) => {
                let options = SqliteConnectOptions::new().filename(Path::new(path)).create_if_missing(true).statement_cache_capacity(0);
                let options =
                    options.pragma("mmap_size", "8589934592").pragma("cache_size", "-200000").pragma("temp_store", "memory").row_buffer_size(1_000);
                Ok(Crm::Sqlite(options.connect().await.with_context(|| format!("{path} could not be opened"))?))
            }
            Self::Postgres(address) => {
                // Each user's statement is another one: none is worth keeping.
                let options: PgConnectOptions = address.parse().context("the address of PostgreSQL cannot be understood")?;
                let mut connection = options.statement_cache_capacity(0).connect().await.context("PostgreSQL does not let us in")?;
                let process = sqlx::query_scalar("SELECT pg_backend_pid()").fetch_one(&mut connection).await?;
                Ok(Crm::Postgres(connection, process))
            }
        }
    }
}

impl Crm {
    /// Puts a question.
    ///
    /// # Errors
    /// What the database says against it.
    pub async fn ask(&mut self, question: &Question<'_>, way: Way) -> anyhow::Result<Answer> {
        self.run(&question.begin(way)).await?;
        let answer = self.answer(question.sql(way)).await.with_context(|| format!("the {} statement for {} failed", way.name(), question.user.key()));
        self.run(question.end(way)).await?;
        answer
    }

    /// Carries out statements that give nothing.
    ///
    /// # Errors
    /// What the database says against them.
    pub async fn run(&mut self, sql: &str) -> anyhow::Result<()> {
        if !sql.is_empty() {
            let sql = sqlx::raw_sql(AssertSqlSafe(sql.to_owned()));
            match self {
                Self::Sqlite(connection) => sql.execute(connection).await.map(drop)?,
                Self::Postgres(connection, _) => sql.execute(connection).await.map(drop)?,
            }
        }
        Ok(())
    }

    async fn answer(&mut self, sql: String) -> anyhow::Result<Answer> {
        let mut answer = Answer::default();
        match self {
            Self::Sqlite(connection) => {
                let mut rows = sqlx::query(AssertSqlSafe(sql)).persistent(false).fetch(connection);
                while let Some(row) = rows.try_next().await? {
                    answer.keys.push(row.try_get(0)?);
                    for column in 1..row.len() {
                        let value = row.try_get_raw(column)?;
                        let is_text = value.type_info().name() == "TEXT";
                        answer.bytes += if is_text { row.try_get::<&str, _>(column)?.len() as u64 } else { 8 * u64::from(!value.is_null()) };
                    }
                }
            }
            Self::Postgres(connection, _) => {
                let mut rows = sqlx::query(AssertSqlSafe(sql)).persistent(false).fetch(connection);
                while let Some(row) = rows.try_next().await? {
                    answer.keys.push(row.try_get(0)?);
                    for column in 0..row.len() {
                        let value = row.try_get_raw(column)?;
                        answer.bytes += if value.is_null() { 0 } else { value.as_bytes().map_or(0, <[u8]>::len) as u64 };
                    }
                }
            }
        }
        Ok(answer)
    }

    /// The CPU seconds used so far: this process, and the server's process that serves the connection.
    ///
    /// # Errors
    /// That the server is on another machine.
    pub fn cpu(&self) -> anyhow::Result<(f64, f64)> {
        let server = match self {
            Self::Sqlite(_) => 0.0,
            Self::Postgres(_, process) => cpu::seconds(Some(*process))?,
        };
        Ok((cpu::seconds(None)?, server))
    }
}
