//! `sync`: one pass now.

use std::time::Duration;

use adressbote_rules::key::{RecordKey, UserKey};
use adressbote_schema::state::PassKind;
use chrono::Utc;
use tokio_util::sync::CancellationToken;

use super::Desk;
use super::exit::Exit;
use super::progress::Progress;
use super::report::{Mood, text};
use super::signal::Stop;
use crate::app::App;
use crate::graph::Graph;
use crate::worker::error::PassError;
use crate::worker::pass::{self, Order};
use crate::worker::report::PassReport;

/// Make one pass now: bring every folder up to date, or those of one user, or those that one record concerns
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Only this user's folders (his key in the CRM)
    #[arg(long, value_name = "USER", conflicts_with = "record")]
    user: Option<String>,
    /// Only the folders of users to whom this record is due or in whose mailboxes it stands (its key in the CRM)
    #[arg(long, value_name = "RECORD")]
    record: Option<String>,
    /// Work out what would change, and change nothing
    #[arg(long, conflicts_with = "verify")]
    dry_run: bool,
    /// Read the folders back, too, and restore what users changed in what is ours
    #[arg(long)]
    verify: bool,
    /// How many seconds to wait for another process that is making a pass
    #[arg(long, value_name = "SECONDS", default_value_t = 60)]
    wait_s: u64,
}

impl Args {
    fn kind(&self) -> PassKind {
        match (&self.user, &self.record) {
            (Some(user), _) => PassKind::User(UserKey::new(user)),
            (None, Some(record)) => PassKind::Record(RecordKey::new(record)),
            (None, None) => PassKind::Full,
        }
    }
}

/// Makes one pass and prints what came of it.
///
/// # Errors
/// When the pass could not be made.
pub async fn run(args: Args, desk: &Desk) -> anyhow::Result<Exit> {
    let app = desk.open().await?;
    let kind = args.kind();
    let (report, mood) = if args.dry_run {
        (rehearse(&app, &kind).await?, Mood::Would)
    } else {
        let graph = app.graph()?;
        let order = Order { kind, cause: "command", verifies: args.verify, budget: None };
        (patiently(&app, &graph, &order, (Duration::from_secs(args.wait_s), desk)).await?, Mood::Done)
    };
    desk.output.show(&report, |report| text(report, mood))?;
    Ok(if report.needs_attention() { Exit::Attention } else { Exit::Done })
}

/// What a pass would do.
async fn rehearse(app: &App, kind: &PassKind) -> Result<PassReport, PassError> {
    let (recent, cases, quiet) = pass::rehearse(app, Utc::now(), kind).await?;
    Ok(pass::rehearsed(&recent.reading, cases, quiet))
}

/// A pass; while another process makes one, it waits for a while. Told to stop, it stops between two changes; told again, at once.
async fn patiently(app: &App, graph: &Graph, order: &Order, (wait, desk): (Duration, &Desk)) -> anyhow::Result<PassReport> {
    let (stop, mut told) = (CancellationToken::new(), Stop::listen());
    let progress = if desk.output.is_watched() { Progress::new() } else { Progress::hidden() };
    let outcome = {
        let pass = pass::run_in_turn(app, graph, order, &progress, (&stop, wait));
        tokio::pin!(pass);
        tokio::select! {
            outcome = &mut pass => outcome,
            () = told.told() => {
                stop.cancel();
                tokio::select! {
                    outcome = &mut pass => outcome,
                    () = told.told() => anyhow::bail!("told twice to stop; what was under way is looked up by the next pass"),
                }
            }
        }
    };
    progress.end();
    Ok(outcome?)
}
