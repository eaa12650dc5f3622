//! The state's tables, in steps: the same numbers, tables and columns for each kind of database.

use std::borrow::Cow;
use std::sync::LazyLock;

use sqlx::SqlSafeStr;
use sqlx::migrate::{Migrate, MigrateError, Migration, MigrationType, Migrator};

/// The steps for SQLite; a program that does not know a step refuses the database.
pub(super) static SQLITE: LazyLock<Migrator> = LazyLock::new(|| migrator(STEPS_OF_SQLITE));

/// The steps for PostgreSQL.
pub(super) static POSTGRES: LazyLock<Migrator> = LazyLock::new(|| migrator(STEPS_OF_POSTGRES));

/// The number of a step, its name and what it does.
type Step = (i64, &'static str, &'static str);

/// A step that was ever released is never changed.
const STEPS_OF_SQLITE: [Step; 14] = [
    (1, "installation", include_str!("../../migrations/sqlite/0001_installation.sql")),
    (2, "binding", include_str!("../../migrations/sqlite/0002_binding.sql")),
    (3, "ledger", include_str!("../../migrations/sqlite/0003_ledger.sql")),
    (4, "wish", include_str!("../../migrations/sqlite/0004_wish.sql")),
    (5, "pass", include_str!("../../migrations/sqlite/0005_pass.sql")),
    (6, "disclosure", include_str!("../../migrations/sqlite/0006_disclosure.sql")),
    (7, "audit", include_str!("../../migrations/sqlite/0007_audit.sql")),
    (8, "read_back", include_str!("../../migrations/sqlite/0008_read_back.sql")),
    (9, "writer", include_str!("../../migrations/sqlite/0009_writer.sql")),
    (10, "doubt_rows", include_str!("../../migrations/sqlite/0010_doubt_rows.sql")),
    (11, "restored", include_str!("../../migrations/sqlite/0011_restored.sql")),
    (12, "writer_end", include_str!("../../migrations/sqlite/0012_writer_end.sql")),
    (13, "block", include_str!("../../migrations/sqlite/0013_block.sql")),
    (14, "block_told", include_str!("../../migrations/sqlite/0014_block_told.sql")),
];

/// The same steps.
const STEPS_OF_POSTGRES: [Step; 14] = [
    (1, "installation", include_str!("../../migrations/postgres/0001_installation.sql")),
    (2, "binding", include_str!("../../migrations/postgres/0002_binding.sql")),
    (3, "ledger", include_str!("../../migrations/postgres/0003_ledger.sql")),
    (4, "wish", include_str!("../../migrations/postgres/0004_wish.sql")),
    (5, "pass", include_str!("../../migrations/postgres/0005_pass.sql")),
    (6, "disclosure", include_str!("../../migrations/postgres/0006_disclosure.sql")),
    (7, "audit", include_str!("../../migrations/postgres/0007_audit.sql")),
    (8, "read_back", include_str!("../../migrations/postgres/0008_read_back.sql")),
    (9, "writer", include_str!("../../migrations/postgres/0009_writer.sql")),
    (10, "doubt_rows", include_str!("../../migrations/postgres/0010_doubt_rows.sql")),
    (11, "restored", include_str!("../../migrations/postgres/0011_restored.sql")),
    (12, "writer_end", include_str!("../../migrations/postgres/0012_writer_end.sql")),
    (13, "block", include_str!("../../migrations/postgres/0013_block.sql")),
    (14, "block_told", include_str!("../../migrations/postgres/0014_block_told.sql")),
];

fn migrator<const N: usize>(steps: [Step; N]) -> Migrator {
    let step = |(version, name, sql): Step| Migration::new(version, Cow::Borrowed(name), MigrationType::Simple, SqlSafeStr::into_sql_str(sql), false);
    let mut migrator = Migrator::with_migrations(steps.into_iter().map(step).collect());
    // All steps are one change, which keeps others out already.
    migrator.set_locking(false);
    migrator
}

/// Whether the database has had some of the steps, and not all: an older program made it, and may be at work on it.
pub(super) async fn is_behind<C: Migrate>(steps: &Migrator, connection: &mut C) -> Result<bool, MigrateError> {
    connection.ensure_migrations_table(&steps.table_name).await?;
    let had = connection.list_applied_migrations(&steps.table_name).await?;
    let is_missing = |step: &Migration| !had.iter().any(|one| one.version == step.version);
    Ok(!had.is_empty() && steps.iter().any(is_missing))
}
