//! The state's tables, in steps: the same numbers and tables for each kind of database.

use std::borrow::Cow;
use std::sync::LazyLock;

use sqlx::SqlSafeStr;
use sqlx::migrate::{Migration, MigrationType, Migrator};

/// The steps for SQLite; a program that does not know a step refuses the database.
pub(super) static SQLITE: LazyLock<Migrator> = LazyLock::new(|| migrator(STEPS_OF_SQLITE));

/// The number of a step, its name and what it does.
type Step = (i64, &'static str, &'static str);

/// A step that was ever released is never changed.
const STEPS_OF_SQLITE: [Step; 8] = [
    (1, "installation", include_str!("../../migrations/sqlite/0001_installation.sql")),
    (2, "binding", include_str!("../../migrations/sqlite/0002_binding.sql")),
    (3, "ledger", include_str!("../../migrations/sqlite/0003_ledger.sql")),
    (4, "wish", include_str!("../../migrations/sqlite/0004_wish.sql")),
    (5, "pass", include_str!("../../migrations/sqlite/0005_pass.sql")),
    (6, "disclosure", include_str!("../../migrations/sqlite/0006_disclosure.sql")),
    (7, "audit", include_str!("../../migrations/sqlite/0007_audit.sql")),
    (8, "read_back", include_str!("../../migrations/sqlite/0008_read_back.sql")),
];

fn migrator<const N: usize>(steps: [Step; N]) -> Migrator {
    let step = |(version, name, sql): Step| Migration::new(version, Cow::Borrowed(name), MigrationType::Simple, SqlSafeStr::into_sql_str(sql), false);
    Migrator::with_migrations(steps.into_iter().map(step).collect())
}
