//! `run`: the worker in the foreground, until told to stop.

use std::sync::Arc;
use std::time::Duration;

use adressbote_schema::crm::CrmError;
use adressbote_schema::state::PassKind;
use anyhow::Context;
use chrono::Utc;
use tokio::sync::watch;
use tokio::task::{JoinSet, LocalSet};
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

use super::Desk;
use super::exit::Exit;
use super::signal::{Asked, Stop};
use crate::api::Interface;
use crate::app::App;
use crate::graph::Graph;
use crate::worker::error::sentence;
use crate::worker::queue::Queue;
use crate::worker::timer::{self, Status};

/// How long tasks get to end once the program was told to stop: a request under way is waited for, as its outcome belongs into the ledger.
const GRACE: Duration = Duration::from_secs(120);

/// Run the worker: a pass on every interval and whenever a right turns, until Ctrl-C or SIGTERM; SIGHUP asks for a pass now, and so may the CRM over HTTP (section `[api]` of the configuration)
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
    let interface = match &app.config.api {
        Some(config) => Some(Interface::open(config).await?),
        None => None,
    };
    let (status, last) = watch::channel(Status::default());
    let stop = CancellationToken::new();
    let mut tasks = JoinSet::new();
    let queue = Arc::new(Queue::default());
    tasks.spawn_local(work(Arc::clone(&app), graph, Arc::clone(&queue), (status, stop.clone())));
    tasks.spawn_local(pass_on_requests(requests, Arc::clone(&queue), stop.clone()));
    tasks.spawn_local(heed_the_crm(Arc::clone(&app), Arc::clone(&queue), stop.clone()));
    // Elsewhere than the worker, so that it answers while much is decided.
    interface.map(|interface| tasks.spawn(interface.serve(Arc::clone(&queue), last.clone())));
    info!(every_s = app.config.worker.every_s.get(), books = app.books.len(), "The worker runs");
    let mut outcome = Ok(());
    tokio::select! {
        () = told.told() => info!("Told to stop; what is under way is finished first"),
        Some(ended) = tasks.join_next() => outcome = ended.context("a task of the worker broke"),
    }
    stop.cancel();
    let withdrawn = queue.close(Utc::now());
    if withdrawn > 0 {
        warn!(withdrawn, "Passes that were asked for are not made");
    }
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

async fn work(app: Arc<App>, graph: Graph, queue: Arc<Queue>, (status, stop): (watch::Sender<Status>, CancellationToken)) {
    timer::run(&app, &graph, &queue, status, stop).await;
}

/// Asks for a pass whenever an administrator does.
async fn pass_on_requests(mut requests: Asked, queue: Arc<Queue>, stop: CancellationToken) {
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            () = requests.told() => {}
        }
        match queue.ask(PassKind::Full, Utc::now()) {
            Ok(_) => info!("A pass was asked for"),
            Err(why) => warn!("A pass was asked for, but {why}"),
        }
    }
}

/// How long notifications are gathered before a pass is asked for.
const GATHER: Duration = Duration::from_secs(1);

/// How long to wait before the CRM is listened to again after that failed.
const DEAF: Duration = Duration::from_secs(30);

/// After how long without a word a bell is hung anew: its connection may have died without anybody being told.
const SILENCE: Duration = Duration::from_mins(10);

/// Asks for a pass whenever the CRM's database notifies us, if the profile says that it does. Without it the interval still holds.
async fn heed_the_crm(app: Arc<App>, queue: Arc<Queue>, stop: CancellationToken) {
    // The first task that ends ends the program.
    let Some(channel) = app.profile.listens_to() else { return stop.cancelled().await };
    let listen = async {
        let mut was_deaf = false;
        loop {
            let Err(error) = ring(&app, channel, &queue, was_deaf).await;
            warn!(error = sentence(&error), wait_s = DEAF.as_secs(), "The CRM cannot be listened to; passes come by their interval meanwhile");
            tokio::time::sleep(DEAF).await;
            was_deaf = true;
        }
    };
    stop.run_until_cancelled(listen).await;
}

async fn ring(app: &App, channel: &str, queue: &Queue, was_deaf: bool) -> Result<std::convert::Infallible, CrmError> {
    let Some(mut bell) = app.source.bell(channel).await? else { return std::future::pending().await };
    if was_deaf {
        heard(queue, "The CRM can be listened to again; something may have changed meanwhile");
    }
    loop {
        match timeout(SILENCE, bell.rung()).await {
            Ok(rung) => rung?,
            Err(_) => {
                // The old one is let go of only when the new one hangs.
                if let Some(next) = app.source.bell(channel).await? {
                    bell = next;
                }
                continue;
            }
        }
        tokio::time::sleep(GATHER).await;
        heard(queue, "The CRM says that something changed");
    }
}

fn heard(queue: &Queue, what: &str) {
    match queue.ask(PassKind::Full, Utc::now()) {
        Ok(_) => info!("{what}"),
        Err(why) => warn!("{what}, but {why}"),
    }
}
