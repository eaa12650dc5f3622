//! `ledger audit` and `ledger passes`.

use adressbote_schema::state::{AuditRow, Pass, PassKind};
use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::Value as Json;

use crate::cli::Desk;
use crate::cli::exit::Exit;
use crate::cli::output::{instant, table};

/// Which rows of the audit.
#[derive(Debug, clap::Args)]
pub struct AuditArgs {
    /// Only rows before this number
    #[arg(long, value_name = "NUMBER")]
    before: Option<i64>,
    /// How many rows at most
    #[arg(long, value_name = "COUNT", default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..))]
    limit: u32,
}

/// How many passes.
#[derive(Debug, clap::Args)]
pub struct PassArgs {
    /// How many at most
    #[arg(long, value_name = "COUNT", default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..))]
    limit: u32,
}

/// Something that was done.
#[derive(Debug, Serialize)]
struct Deed {
    number: i64,
    at: DateTime<Utc>,
    actor: String,
    action: String,
    subjects: Vec<String>,
    why: Option<String>,
}

/// A pass.
#[derive(Debug, Serialize)]
struct PassLine {
    pass: String,
    kind: &'static str,
    subject: Option<String>,
    cause: String,
    started_at: DateTime<Utc>,
    finished_at: Option<DateTime<Utc>>,
    summary: Option<Json>,
}

/// Shows the audit, the latest first.
///
/// # Errors
/// When the state database cannot be read.
pub async fn audit(args: AuditArgs, desk: &Desk) -> anyhow::Result<Exit> {
    let ledger = desk.ledger().await?;
    let deed = |AuditRow { id, at, entry }: AuditRow| Deed {
        number: id,
        at,
        actor: entry.by.actor,
        action: entry.action,
        subjects: entry.subjects,
        why: entry.by.why,
    };
    let deeds: Vec<Deed> = ledger.state.audit_page(args.before, args.limit).await?.into_iter().map(deed).collect();
    desk.output.show(&deeds, |deeds| {
        let rows = deeds.iter().map(|deed| {
            let why = deed.why.clone().unwrap_or_default();
            [deed.number.to_string(), instant(deed.at), deed.actor.clone(), deed.action.clone(), deed.subjects.join(", "), why]
        });
        table(["number", "at", "who", "what", "to whom", "why"], rows, "Nothing was done yet.")
    })?;
    Ok(Exit::Done)
}

/// Shows the last passes, the latest first.
///
/// # Errors
/// When the state database cannot be read.
pub async fn passes(args: PassArgs, desk: &Desk) -> anyhow::Result<Exit> {
    let ledger = desk.ledger().await?;
    let passes: Vec<PassLine> = ledger.state.passes(args.limit).await?.into_iter().map(pass).collect();
    desk.output.show(&passes, |passes| {
        let rows = passes.iter().map(|pass| {
            let kind = pass.subject.as_ref().map_or_else(|| pass.kind.to_owned(), |subject| format!("{} {subject}", pass.kind));
            let finished = pass.finished_at.map_or_else(|| "not finished".to_owned(), instant);
            [pass.pass.clone(), kind, pass.cause.clone(), instant(pass.started_at), finished, summary(pass.summary.as_ref())]
        });
        table(["pass", "of", "cause", "started", "finished", "came of it"], rows, "No pass was made yet.")
    })?;
    Ok(Exit::Done)
}

fn pass(pass: Pass) -> PassLine {
    let Pass { id, kind, cause, started_at, finished_at, summary } = pass;
    let (kind, subject) = match kind {
        PassKind::Full => ("full", None),
        PassKind::User(user) => ("user", Some(user.to_string())),
        PassKind::Record(record) => ("record", Some(record.to_string())),
    };
    PassLine { pass: id.to_string(), kind, subject, cause, started_at, finished_at, summary }
}

/// Counts other than zero.
fn summary(summary: Option<&Json>) -> String {
    let counts = summary.and_then(Json::as_object).into_iter().flatten();
    counts.filter(|(_, count)| count.as_u64() != Some(0)).map(|(name, count)| format!("{name} {count}")).collect::<Vec<_>>().join(", ")
}
