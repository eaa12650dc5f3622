//! What it costs to have what the profile reads, and to do nothing with it: `COPY (…) TO STDOUT` on one connection.

use std::time::Instant;

use anyhow::Context as _;
use futures::TryStreamExt as _;

use crate::baseline::{Crm, Place};

/// The profile's own statements of the large relations.
const STATEMENTS: [(&str, &str); 4] = [
    ("view", include_str!("../profile/view.sql")),
    ("rule territory", include_str!("../profile/rule_territory.sql")),
    ("rule confidentiality", include_str!("../profile/rule_confidentiality.sql")),
    ("subscriptions", include_str!("../profile/subscriptions.sql")),
];

/// What was measured: the median of several runs, by the wall.
#[derive(Clone, Debug, Default)]
pub struct Copied {
    /// Seconds by the clock on the wall.
    pub wall_seconds: f64,
    /// CPU seconds, of this process and the server's.
    pub cpu_seconds: f64,
    /// Bytes that came.
    pub bytes: u64,
}

/// Measures so many runs.
///
/// # Errors
/// What the database says against it; that it is not PostgreSQL.
pub async fn measure(place: &Place, runs: usize) -> anyhow::Result<Copied> {
    let mut crm = place.open().await?;
    let mut all = Vec::new();
    for _ in 0..runs {
        all.push(once(&mut crm).await?);
    }
    all.sort_by(|left, right| left.wall_seconds.total_cmp(&right.wall_seconds));
    all.into_iter().nth(runs / 2).context("nothing was measured")
}

async fn once(crm: &mut Crm) -> anyhow::Result<Copied> {
    let (begun, before) = (Instant::now(), crm.cpu()?);
    let mut bytes = 0;
    for (name, sql) in STATEMENTS {
        let Crm::Postgres(connection, _) = &mut *crm else { anyhow::bail!("only PostgreSQL copies") };
        let statement = format!("COPY ({sql}) TO STDOUT");
        let mut stream = connection.copy_out_raw(&statement).await.with_context(|| format!("{name} could not be copied"))?;
        while let Some(chunk) = stream.try_next().await? {
            bytes += chunk.len() as u64;
        }
    }
    let after = crm.cpu()?;
    Ok(Copied { wall_seconds: begun.elapsed().as_secs_f64(), cpu_seconds: after.0 - before.0 + after.1 - before.1, bytes })
}
