//! Writing the world into a database. What is there already and complete stays.

mod postgres;
mod sqlite;
mod table;

pub use postgres::{fill as fill_postgres, make as make_postgres};
pub use sqlite::fill as fill_sqlite;
pub use table::{Cell, Table, rows};

use crate::world::{VERSION, World};

/// The tables.
const TABLES: &str = include_str!("tables.sql");
/// Their indexes, those that only the baseline uses among them.
const INDEXES: &str = include_str!("indexes.sql");

/// The name of the database or file of a world.
pub fn name(world: &World) -> String {
    format!("evaluation_{}_seed{}_version{VERSION}", world.size.name().to_lowercase(), world.seed)
}
