//! `sync`: one pass now.

use std::time::{Duration, Instant};

use adressbote_rules::key::{RecordKey, UserKey};
use adressbote_schema::state::{PassKind, StateError};
use chrono::Utc;
use tokio_util::sync::CancellationToken;

use super::Desk;
use super::asker::{unknown_record, unknown_user};
use super::exit::Exit;
use super::progress::Progress;
use super::report::{Mood, text};
use super::signal::Stop;
use crate::app::App;
use crate::graph::Graph;
use crate::worker::error::PassError;
use crate::worker::pass::{self, Order};
use crate::worker::reading;
use crate::worker::report::PassReport;

/// Make one pass now: bring every folder, or one user's, up to date
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Only this user's folders (his key in the CRM)
    #[arg(long, value_name = "USER", conflicts_with = "record")]
    user: Option<String>,
    /// Only this record's contacts (its key in the CRM)
    #[arg(long, value_name = "RECORD", conflicts_with = "dry_run")]
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

/// Makes one pass and prints what came of it.
///
/// # Errors
/// When the pass could not be made.
pub async fn run(args: Args, desk: &Desk) -> anyhow::Result<Exit> {
    let app = desk.open().await?;
    refuse_unknown(&app, &args).await?;
    let user = args.user.as_ref().map(UserKey::new);
    let (report, mood) = if args.dry_run {
        (rehearse(&app, user.as_ref()).await?, Mood::Would)
    } else {
        let graph = app.graph()?;
        let kind = match (&user, &args.record) {
            (Some(user), _) => PassKind::User(user.clone()),
            (None, Some(record)) => PassKind::Record(RecordKey::new(record)),
            (None, None) => PassKind::Full,
        };
        let order = Order { kind, cause: "command", verifies: args.verify, budget: None };
        (patiently(&app, &graph, &order, (Duration::from_secs(args.wait_s), desk)).await?, Mood::Done)
    };
    desk.output.show(&report, |report| text(report, mood))?;
    Ok(if report.needs_attention() { Exit::Attention } else { Exit::Done })
}

/// What a pass would do.
async fn rehearse(app: &App, user: Option<&UserKey>) -> Result<PassReport, PassError> {
    let (reading, cases) = pass::rehearse(app, Utc::now(), user).await?;
    Ok(pass::rehearsed(&reading, cases))
}

/// A pass; while another process makes one, it waits for a while. Told to stop, it stops between two changes; told again, at once.
async fn patiently(app: &App, graph: &Graph, order: &Order, (wait, desk): (Duration, &Desk)) -> anyhow::Result<PassReport> {
    let until = Instant::now() + wait;
    let (stop, mut told) = (CancellationToken::new(), Stop::listen());
    loop {
        let progress = if desk.output.is_watched() { Progress::new() } else { Progress::hidden() };
        let outcome = {
            let pass = pass::run(app, graph, order, &progress, &stop);
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
        match outcome {
            Err(PassError::State(StateError::Taken { .. })) if Instant::now() < until && !stop.is_cancelled() => {
                tokio::time::sleep(Duration::from_millis(200)).await;
            }
            outcome => return Ok(outcome?),
        }
    }
}

/// Refuses a user or record that there is not. One that we know from earlier passes need not be looked for in the CRM.
async fn refuse_unknown(app: &App, args: &Args) -> anyhow::Result<()> {
    if let Some(user) = args.user.as_ref().map(UserKey::new)
        && app.state.binding_history(&user).await?.is_empty()
    {
        let snapshot = reading::take(app, Utc::now()).await?.snapshot;
        if snapshot.viewer(&user).is_none() {
            return Err(unknown_user(&snapshot, &user).into());
        }
    }
    if let Some(record) = args.record.as_ref().map(RecordKey::new)
        && app.state.where_record(&record).await?.is_empty()
    {
        let snapshot = reading::take(app, Utc::now()).await?.snapshot;
        if !snapshot.has(&record) {
            return Err(unknown_record(&snapshot, &record).into());
        }
    }
    Ok(())
}
