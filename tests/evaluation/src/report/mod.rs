//! Telling the figures: as a table, as JSON, as a picture.

mod picture;
mod table;

use serde_json::{Value, json};

use crate::baseline::{Baseline, Dialect, Measured};
use crate::changes::Changes;
use crate::copy::Copied;
use crate::cpu;
use crate::worker::Rest;
use crate::world::Size;
pub use picture::picture;

/// What the baseline may need for one user before a ratio to it says nothing: twice what the best query of an experiment took.
const MOST_MS: f64 = 130.0;

/// Everything measured in one run.
#[derive(Clone, Debug)]
pub struct Report {
    /// How large the CRM was.
    pub size: Size,
    /// What kept it.
    pub database: Dialect,
    /// The baseline.
    pub baseline: Baseline,
    /// Bare reading; PostgreSQL only.
    pub copied: Option<Copied>,
    /// What the product needed.
    pub product: Product,
}

/// What the product needed; what was not measured is none.
#[derive(Clone, Debug, Default)]
pub struct Product {
    /// Whether it gave the keys of the baseline in its order, for every user sampled, and by increments what it gives in full.
    pub identical: Option<bool>,
    /// The whole pass of a process that has just begun: load, build, evaluate all, compare with the ledger.
    pub cold: Option<Measured>,
    /// The same with the snapshot loaded.
    pub warm: Option<Measured>,
    /// Seconds of loading, by the wall.
    pub load_wall_seconds: Option<f64>,
    /// CPU milliseconds to evaluate one user anew, from his perspective to the keyed form of what is due to him; the mean over all.
    pub one_user_ms: Option<f64>,
    /// Statements of a pass without change.
    pub no_change_statements: Option<u64>,
    /// CPU milliseconds of a pass without change.
    pub no_change_ms: Option<f64>,
    /// Milliseconds from one changed record to the plans.
    pub changed_1_ms: Option<f64>,
    /// Milliseconds from a hundred changed records to the plans.
    pub changed_100_ms: Option<f64>,
    /// CPU seconds to compare with the ledger beside deciding: where all folders differ, and where none does.
    pub comparing_cpu_seconds: Option<(f64, f64)>,
    /// The most memory at once, in bytes.
    pub peak_memory: Option<u64>,
    /// What changed records took.
    pub changes: Option<Changes>,
    /// What the worker needed as it runs.
    pub worker: Option<Rest>,
    /// Further phases, for the table.
    pub phases: Vec<Measured>,
}

impl Report {
    /// How often what something needed goes into what the baseline needs for everybody; none if the baseline needs so much that this says nothing.
    fn ratio(&self, measured: Option<&Measured>) -> Option<f64> {
        let of = |one: &Measured| one.cpu_seconds.map(|seconds| one.scaled(seconds)).filter(|seconds| *seconds > 0.0);
        of(&self.baseline.best).filter(|_| !self.is_void()).zip(of(measured?)).map(|(baseline, one)| baseline / one)
    }

    /// Whether the baseline needs so much that it is to be written better.
    fn is_void(&self) -> bool {
        self.baseline.best.cpu_ms_per_user().is_some_and(|cost| cost > MOST_MS)
    }

    fn ratio_load(&self) -> Option<f64> {
        Some(self.product.load_wall_seconds? / self.copied.as_ref()?.wall_seconds)
    }

    /// The figures as JSON; what was not measured is null.
    ///
    /// # Errors
    /// That there is no `/proc`.
    pub fn json(&self) -> anyhow::Result<Value> {
        let product = &self.product;
        let ways: Vec<Value> = self.measured().map(|one| way(one, self.size)).collect();
        let database = match self.database {
            Dialect::Sqlite => "sqlite",
            Dialect::Postgres => "postgres",
        };
        let copied = self.copied.as_ref();
        Ok(json!({
            "size": self.size.name(),
            "database": database,
            "records": self.size.records(),
            "users": self.size.users(),
            "identical": product.identical,
            "is_optimized": !cfg!(debug_assertions),
            "baseline_is_void": self.is_void(),
            "ratio_cold_cpu": self.ratio(product.cold.as_ref()),
            "ratio_warm_cpu": self.ratio(product.warm.as_ref()),
            "ratio_load_to_copy": self.ratio_load(),
            "one_user_ms": product.one_user_ms,
            "comparing_s": product.comparing_cpu_seconds.map(|(all, none)| json!({ "all_differ": all, "none_differs": none })),
            "no_change_statements": product.no_change_statements,
            "no_change_ms": product.no_change_ms,
            "changed_1_ms": product.changed_1_ms,
            "changed_100_ms": product.changed_100_ms,
            "changes": product.changes,
            "worker": product.worker,
            "rss_mb": product.peak_memory.map(|bytes| bytes as f64 / 1e6),
            "baseline_rss_mb": cpu::peak_memory()? as f64 / 1e6,
            "copy_wall_seconds": copied.map(|copied| copied.wall_seconds),
            "copy_cpu_seconds": copied.map(|copied| copied.cpu_seconds),
            "copy_bytes": copied.map(|copied| copied.bytes),
            "ways": ways,
        }))
    }

    /// All that was measured: the baseline's ways, then the product's.
    fn measured(&self) -> impl Iterator<Item = &Measured> {
        let (baseline, product) = (&self.baseline, &self.product);
        let of_baseline = std::iter::once(&baseline.best).chain(&baseline.eight).chain(&baseline.others);
        of_baseline.chain(&product.cold).chain(&product.warm).chain(&product.phases)
    }
}

fn way(one: &Measured, size: Size) -> Value {
    let parts = one.parts.iter().map(|(shape, part)| {
        let cost = part.cpu_seconds * 1_000.0 / part.users.max(1) as f64;
        (shape.name().to_owned(), json!({ "way": part.way, "users": part.users, "cpu_ms_per_user": cost }))
    });
    json!({
        "name": one.name,
        "records": size.records(),
        "cpu_seconds_all_users": one.cpu_seconds.map(|seconds| one.scaled(seconds)),
        "wall_seconds_all_users": one.scaled(one.wall_seconds),
        "cpu_ms_per_user": one.cpu_ms_per_user(),
        "client_cpu_ms_per_user": one.client_cpu_seconds.map(|seconds| seconds * 1_000.0 / one.users_done.max(1) as f64),
        "users_asked": one.users_done,
        "users": one.users_total,
        "runs": one.runs,
        "rows": one.rows,
        "bytes": one.bytes,
        "by_filter": serde_json::Map::from_iter(parts),
    })
}
