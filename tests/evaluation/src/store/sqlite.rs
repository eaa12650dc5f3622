//! Into SQLite, by statements of many rows.

use std::fmt::Write as _;

use anyhow::Context as _;
use sqlx::{AssertSqlSafe, SqliteConnection};

use super::{Cell, INDEXES, TABLES, Table, rows};
use crate::world::{Ranks, World};

/// How long a statement may become.
const CHUNK: usize = 1 << 16;

/// Fills a file; one that is filled already stays as it is. The table `complete` is the proof, made last.
///
/// # Errors
/// What the database says against it.
pub async fn fill(connection: &mut SqliteConnection, world: &World) -> anyhow::Result<()> {
    let complete: i64 = sqlx::query_scalar("SELECT count(*) FROM sqlite_master WHERE name = 'complete'").fetch_one(&mut *connection).await?;
    if complete > 0 {
        return Ok(());
    }
    let ranks = Ranks::new(world)?;
    sqlx::raw_sql("PRAGMA journal_mode = off; PRAGMA synchronous = off; PRAGMA cache_size = -1000000; BEGIN").execute(&mut *connection).await?;
    for table in Table::ALL {
        sqlx::raw_sql(AssertSqlSafe(format!("DROP TABLE IF EXISTS {}", table.name()))).execute(&mut *connection).await?;
    }
    // SQLite's own key: a contact is found by it without an index.
    let tables = TABLES.replace("id bigint NOT NULL,\n", "id integer PRIMARY KEY,\n");
    sqlx::raw_sql(AssertSqlSafe(tables)).execute(&mut *connection).await.context("the tables could not be made")?;
    for table in Table::ALL {
        insert(connection, world, &ranks, table).await.with_context(|| format!("table {} could not be filled", table.name()))?;
    }
    sqlx::raw_sql(INDEXES).execute(&mut *connection).await.context("the indexes could not be made")?;
    sqlx::raw_sql("COMMIT; ANALYZE; CREATE TABLE complete (at text)").execute(connection).await?;
    Ok(())
}

async fn insert(connection: &mut SqliteConnection, world: &World, ranks: &Ranks, table: Table) -> anyhow::Result<()> {
    let head = format!("INSERT INTO {} VALUES", table.name());
    let mut text = String::new();
    let mut rows = rows(world, ranks, table).peekable();
    while let Some(row) = rows.next() {
        text.push_str(if text.is_empty() { &head } else { "," });
        tuple(&mut text, &row);
        if text.len() >= CHUNK || rows.peek().is_none() {
            sqlx::raw_sql(AssertSqlSafe(std::mem::take(&mut text))).execute(&mut *connection).await?;
        }
    }
    Ok(())
}

/// A row as INSERT reads it. INVARIANT: writing to a String does not fail.
fn tuple(text: &mut String, row: &[Cell]) {
    let mut between = "(";
    for cell in row {
        text.push_str(between);
        between = ",";
        match cell {
            Cell::Null => text.push_str("NULL"),
            Cell::Int(number) => _ = write!(text, "{number}"),
            Cell::Real(number) => _ = write!(text, "{number:?}"),
            Cell::Bool(value) => text.push(if *value { '1' } else { '0' }),
            Cell::Text(value) => {
                text.push('\'');
                text.push_str(&value.replace('\'', "''"));
                text.push('\'');
            }
        }
    }
    text.push(')');
}
