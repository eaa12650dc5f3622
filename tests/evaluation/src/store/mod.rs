//! Writing the world into a database. What is there already and complete stays.

mod postgres;
mod sqlite;
mod table;

pub use postgres::{fill as fill_postgres, make as make_postgres, make_empty as make_empty_postgres, tell_statements};
pub use sqlite::fill as fill_sqlite;
pub use table::{Cell, Table, rows};

use crate::baseline::{Crm, Place};
use crate::world::{VERSION, World};

/// The tables.
const TABLES: &str = include_str!("tables.sql");
/// Their indexes, those that only the baseline uses among them.
const INDEXES: &str = include_str!("indexes.sql");

/// The log of changes, empty.
const LOG: &str = "CREATE TABLE IF NOT EXISTS change_log (n BIGINT PRIMARY KEY, relation TEXT NOT NULL, whom TEXT)";

/// Makes the log of changes beside a CRM that was filled.
///
/// # Errors
/// What the database says against it.
pub async fn make_log(place: &Place) -> anyhow::Result<()> {
    match &mut place.open().await? {
        Crm::Sqlite(connection) => sqlx::raw_sql(LOG).execute(connection).await.map(drop)?,
        Crm::Postgres(connection, _) => sqlx::raw_sql(LOG).execute(connection).await.map(drop)?,
    }
    Ok(())
}

/// The name of the database or file of a world.
pub fn name(world: &World) -> String {
    format!("evaluation_{}_seed{}_version{VERSION}", world.size.name().to_lowercase(), world.seed)
}
