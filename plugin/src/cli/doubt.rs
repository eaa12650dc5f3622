//! `doubt`: relations of the CRM that could not be proven complete.

use adressbote_schema::crm::named;
use adressbote_schema::state::RelationState;
use chrono::{DateTime, Utc};
use serde::Serialize;

use super::exit::{Exit, Refusal};
use super::output::{instant, plain, table};
use super::{Desk, actor};
use crate::near::nearest;

/// Look at relations of the CRM that are in doubt, and confirm them
#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// List the relations with their rows, and those in doubt with the reason
    List,
    /// Say that an emptied or shrunken relation is right as it is now; what waited for it is then carried out
    Confirm(ConfirmArgs),
}

/// What to confirm.
#[derive(Debug, clap::Args)]
pub struct ConfirmArgs {
    /// The relation, as `doubt list` names it
    #[arg(value_name = "RELATION")]
    relation: String,
    /// How many rows it has, as `doubt list` told; if it has others by now, nothing is confirmed
    #[arg(long, value_name = "ROWS")]
    rows: u64,
    /// Why it is right, for the audit
    #[arg(long, value_name = "TEXT", value_parser = crate::cli::actor::reason)]
    why: String,
}

/// A relation.
#[derive(Debug, Serialize)]
struct Line {
    relation: String,
    /// Its rows when it was last proven or confirmed.
    rows: Option<u64>,
    proven_at: Option<DateTime<Utc>>,
    doubtful_since: Option<DateTime<Utc>>,
    doubt: Option<String>,
    /// The rows that can be confirmed.
    doubtful_rows: Option<u64>,
    /// Since when there are that few.
    doubtful_rows_since: Option<DateTime<Utc>>,
    confirmed_at: Option<DateTime<Utc>>,
    confirmed_by: Option<String>,
}

/// Does what was asked.
///
/// # Errors
/// When there is no such relation, or nothing to confirm about it.
pub async fn run(command: Command, desk: &Desk) -> anyhow::Result<Exit> {
    let ledger = desk.ledger().await?;
    if let Command::Confirm(args) = command {
        let known = ledger.state.relations().await?;
        if !known.contains_key(&args.relation) {
            let refusal = Refusal::new(format!("no pass has read a relation `{}`; nothing was changed", args.relation));
            let near = nearest(&args.relation, known.keys().map(String::as_str)).map(|near| format!("did you mean `{near}`?"));
            let other =
                if named(&args.relation).is_some() { "the profile has none, or no pass was made yet" } else { "`adressbote doubt list` names them" };
            return Err(refusal.hint(near.unwrap_or_else(|| other.to_owned())).into());
        }
        ledger.state.confirm_relation(&args.relation, args.rows, &actor::by(Some(&args.why)), Utc::now()).await?;
    }
    let lines: Vec<Line> = ledger.state.relations().await?.into_iter().map(|(name, state)| line(name, state)).collect();
    desk.output.show(&lines, |lines| text(lines))?;
    Ok(if lines.iter().any(|line| line.doubt.is_some()) { Exit::Attention } else { Exit::Done })
}

fn line(relation: String, RelationState { proven, doubt, confirmed }: RelationState) -> Line {
    let (rows, proven_at) = proven.unzip();
    let (doubtful_rows, doubtful_rows_since) = doubt.as_ref().and_then(|doubt| doubt.rows).unzip();
    let (doubtful_since, doubt) = doubt.map(|doubt| (doubt.since, doubt.why)).unzip();
    let (confirmed_at, confirmed_by) = confirmed.unzip();
    Line { relation, rows, proven_at, doubtful_since, doubt, doubtful_rows, doubtful_rows_since, confirmed_at, confirmed_by }
}

fn text(lines: &[Line]) -> String {
    let rows = lines.iter().map(|line| {
        let proven = line.proven_at.map(instant).unwrap_or_default();
        let doubt = match (line.doubtful_since, &line.doubt) {
            (Some(since), Some(why)) => format!("since {}: {why}", instant(since)),
            _ => String::new(),
        };
        let confirmed = match (line.confirmed_at, &line.confirmed_by) {
            (Some(at), Some(by)) => format!("{} by {by}", instant(at)),
            _ => String::new(),
        };
        [line.relation.clone(), line.rows.map(|rows| rows.to_string()).unwrap_or_default(), proven, doubt, confirmed]
    });
    let mut text = table(["relation", "rows", "proven", "in doubt", "confirmed"], rows, "No pass has read the CRM yet.");
    let confirms = lines.iter().filter_map(|line| Some((&line.relation, line.doubtful_rows?, line.doubtful_rows_since?)));
    for (relation, rows, since) in confirms {
        let command = format!("adressbote doubt confirm {relation} --rows {rows} --why TEXT");
        text.push_str(&plain(&format!("{relation} has {rows} rows since {}; if that is right: {command}\n", instant(since))));
    }
    text.trim_end().to_owned()
}
