//! Into PostgreSQL, by COPY.

use std::fmt::Write as _;

use anyhow::Context as _;
use sqlx::postgres::PgConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions as _, Connection as _, PgConnection};

use super::{Cell, INDEXES, TABLES, Table, rows};
use crate::world::{Ranks, World};

/// How much is sent at once.
const CHUNK: usize = 1 << 20;

/// What only PostgreSQL has: row-level security.
const FURTHER: &str = include_str!("postgres.sql");

/// Makes a database on a server unless it is there, and gives its address.
///
/// # Errors
/// What the server says against it.
pub async fn make(server: &str, name: &str) -> anyhow::Result<String> {
    let options: PgConnectOptions = format!("{server}/postgres").parse().context("the address of PostgreSQL cannot be understood")?;
    let mut connection = options.connect().await.context("PostgreSQL does not let us in")?;
    let known: bool = sqlx::query_scalar("SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1)").bind(name).fetch_one(&mut connection).await?;
    if !known {
        sqlx::raw_sql(AssertSqlSafe(format!("CREATE DATABASE {name}"))).execute(&mut connection).await?;
    }
    connection.close().await?;
    Ok(format!("{server}/{name}"))
}

/// Makes an empty database in place of one that may be there, and gives its address.
///
/// # Errors
/// What the server says against it.
pub async fn make_empty(server: &str, name: &str) -> anyhow::Result<String> {
    let options: PgConnectOptions = format!("{server}/postgres").parse().context("the address of PostgreSQL cannot be understood")?;
    let mut connection = options.connect().await.context("PostgreSQL does not let us in")?;
    for statement in [format!("DROP DATABASE IF EXISTS {name}"), format!("CREATE DATABASE {name}")] {
        sqlx::raw_sql(AssertSqlSafe(statement)).execute(&mut connection).await?;
    }
    connection.close().await?;
    Ok(format!("{server}/{name}"))
}

/// Lets the server write down every statement of connections that are made from now on, or no longer.
///
/// # Errors
/// What the server says against it.
pub async fn tell_statements(server: &str, tells: bool) -> anyhow::Result<()> {
    let options: PgConnectOptions = format!("{server}/postgres").parse().context("the address of PostgreSQL cannot be understood")?;
    let mut connection = options.connect().await.context("PostgreSQL does not let us in")?;
    let statement = if tells { "ALTER ROLE current_user SET log_statement = 'all'" } else { "ALTER ROLE current_user RESET log_statement" };
    sqlx::raw_sql(statement).execute(&mut connection).await?;
    Ok(connection.close().await?)
}

/// Fills a database; one that is filled already stays as it is. The table `complete` is the proof, made last.
///
/// # Errors
/// What the database says against it.
pub async fn fill(connection: &mut PgConnection, world: &World) -> anyhow::Result<()> {
    if sqlx::query_scalar("SELECT to_regclass('complete') IS NOT NULL").fetch_one(&mut *connection).await? {
        return Ok(());
    }
    let ranks = Ranks::new(world)?;
    sqlx::raw_sql("DROP SCHEMA public CASCADE; CREATE SCHEMA public").execute(&mut *connection).await?;
    sqlx::raw_sql(TABLES).execute(&mut *connection).await.context("the tables could not be made")?;
    for table in Table::ALL {
        copy(connection, world, &ranks, table).await.with_context(|| format!("table {} could not be filled", table.name()))?;
    }
    sqlx::raw_sql(INDEXES).execute(&mut *connection).await.context("the indexes could not be made")?;
    sqlx::raw_sql(FURTHER).execute(&mut *connection).await.context("the policy could not be made")?;
    sqlx::raw_sql("VACUUM (ANALYZE)").execute(&mut *connection).await?;
    sqlx::raw_sql("CREATE TABLE complete (); CHECKPOINT").execute(connection).await?;
    Ok(())
}

async fn copy(connection: &mut PgConnection, world: &World, ranks: &Ranks, table: Table) -> anyhow::Result<()> {
    let statement = format!("COPY {} FROM STDIN", table.name());
    let mut sink = connection.copy_in_raw(&statement).await?;
    let mut text = String::with_capacity(CHUNK + CHUNK / 8);
    for row in rows(world, ranks, table) {
        line(&mut text, &row);
        if text.len() >= CHUNK {
            sink.send(text.as_bytes()).await?;
            text.clear();
        }
    }
    sink.send(text.as_bytes()).await?;
    sink.finish().await?;
    Ok(())
}

/// A row as COPY reads it. INVARIANT: writing to a String does not fail.
fn line(text: &mut String, row: &[Cell]) {
    let mut between = "";
    for cell in row {
        text.push_str(between);
        between = "\t";
        match cell {
            Cell::Null => text.push_str("\\N"),
            Cell::Int(number) => _ = write!(text, "{number}"),
            Cell::Real(number) => _ = write!(text, "{number}"),
            Cell::Bool(value) => text.push(if *value { 't' } else { 'f' }),
            Cell::Text(value) => {
                for one in value.chars() {
                    match one {
                        '\\' => text.push_str("\\\\"),
                        '\t' => text.push_str("\\t"),
                        '\n' => text.push_str("\\n"),
                        '\r' => text.push_str("\\r"),
                        other => text.push(other),
                    }
                }
            }
        }
    }
    text.push('\n');
}
