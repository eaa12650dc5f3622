//! `run`: the worker in the foreground, until told to stop.

use std::sync::Arc;
use std::time::Duration;

use adressbote_schema::state::PassKind;
use anyhow::Context;
use tokio::sync::{mpsc, watch};
use tokio::task::{JoinSet, LocalSet};
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

use super::Desk;
use super::exit::Exit;
use super::signal::{Asked, Stop};
use crate::app::App;
use crate::graph::Graph;
use crate::worker::timer::{self, Status};

/// How long tasks get to end once the program was told to stop: a request under way is waited for, as its outcome belongs into the ledger.
const GRACE: Duration = Duration::from_secs(120);

/// Requests for a pass that may wait at a time; further ones are answered by those.
const REQUESTS: usize = 4;

/// Run the worker: a pass on every interval and whenever a right turns, until Ctrl-C or SIGTERM; SIGHUP asks for a pass now
#[derive(Debug, clap::Args)]
pub struct Args {}

/// Runs the worker until the program is told to stop.
///
/// # Errors
/// When it cannot start, or a task breaks.
pub async fn run(Args {}: Args, desk: &Desk) -> anyhow::Result<Exit> {
    // The worker's task stays on this thread: it borrows from itself across its waits, which only a task that never moves may do.
    LocalSet::new().run_until(tree(desk)).await
}

/// The tasks, from start to stop.
async fn tree(desk: &Desk) -> anyhow::Result<Exit> {
    let (mut told, requests) = (Stop::listen(), Asked::listen());
    let app = Arc::new(desk.open().await?);
    let graph = app.graph()?;
    let (status, last) = watch::channel(Status::default());
    let stop = CancellationToken::new();
    let mut tasks = JoinSet::new();
    let (ask, asked) = mpsc::channel(REQUESTS);
    tasks.spawn_local(work(Arc::clone(&app), graph, asked, (status, stop.clone())));
    tasks.spawn_local(pass_on_requests(requests, ask, stop.clone()));
    info!(every_s = app.config.worker.every_s.get(), books = app.books.len(), "The worker runs");
    let mut outcome = Ok(());
    tokio::select! {
        () = told.told() => info!("Told to stop; what is under way is finished first"),
        Some(ended) = tasks.join_next() => outcome = ended.context("a task of the worker broke"),
    }
    stop.cancel();
    let drain = async { while tasks.join_next().await.is_some() {} };
    if timeout(GRACE, drain).await.is_err() {
        warn!(grace_s = GRACE.as_secs(), "Tasks did not stop in time; what they left open is looked up at the next start");
    }
    outcome?;
    app.state.close().await;
    let needs_attention = {
        let last = last.borrow();
        last.failure.is_some() || last.last.as_ref().is_some_and(|report| report.needs_attention() && !report.is_stopped)
    };
    Ok(if needs_attention { Exit::Attention } else { Exit::Done })
}

async fn work(app: Arc<App>, graph: Graph, asked: mpsc::Receiver<PassKind>, (status, stop): (watch::Sender<Status>, CancellationToken)) {
    timer::run(&app, &graph, asked, status, stop).await;
}

/// Asks for a pass whenever an administrator does.
async fn pass_on_requests(mut requests: Asked, ask: mpsc::Sender<PassKind>, stop: CancellationToken) {
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            () = requests.told() => {}
        }
        // A full queue means that a pass is about to be made anyway.
        if ask.try_send(PassKind::Full).is_ok() {
            info!("A pass was asked for");
        }
    }
}
