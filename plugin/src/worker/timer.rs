//! The worker: a pass now, then one whenever the interval is over, a right turns, or somebody asks, until told to stop. Never two side by side.

use std::time::{Duration, Instant};

use adressbote_schema::state::PassKind;
use chrono::{DateTime, Utc};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use tracing::{error, info, warn};

use super::error::{PassError, sentence};
use super::pass::{self, Order, Unwatched};
use super::queue::{Queue, RequestId};
use super::report::PassReport;
use crate::app::App;
use crate::graph::Graph;
use crate::graph_settings;

/// How it goes, for whoever asks.
#[derive(Clone, Debug, Default)]
pub struct Status {
    /// Since when a pass is running; none: none is.
    pub running_since: Option<DateTime<Utc>>,
    /// What the last pass did.
    pub last: Option<PassReport>,
    /// Why the last pass failed, if it did.
    pub failure: Option<String>,
}

/// The shortest time between two passes over all users.
const LEAST: Duration = Duration::from_secs(1);

/// The least time that additions get in one pass; as long as the interval if that is longer.
const BUDGET: Duration = Duration::from_secs(60);

/// The wait after the first pass that failed; it doubles with each further one, up to the interval.
const AFTER_FAILURE: Duration = Duration::from_secs(5);

/// How long another process that makes a pass is waited for when a pass was asked for; one by the clock comes again anyway.
const IN_TURN: Duration = Duration::from_secs(60);

/// Why a pass is made.
#[derive(Clone, Copy, Debug)]
enum Cause {
    Start,
    Interval,
    Asked(RequestId),
}

impl Cause {
    /// As it stands in the state database, and how long another process is waited for.
    fn told(self) -> (&'static str, Duration) {
        match self {
            Self::Start => ("start", Duration::ZERO),
            Self::Interval => ("interval", Duration::ZERO),
            Self::Asked(_) => ("request", IN_TURN),
        }
    }
}

/// Repeats passes until told to stop. A pass that fails is reported and tried again, later each time. What is asked for between does not put off the next
/// pass over all users.
pub async fn run(app: &App, graph: &Graph, queue: &Queue, status: watch::Sender<Status>, stop: CancellationToken) {
    let mut clock = Clock { next: Instant::now(), failures: 0 };
    let (mut kind, mut cause) = (PassKind::Full, Cause::Start);
    while !stop.is_cancelled() {
        let now = Utc::now();
        status.send_modify(|status| status.running_since = Some(now));
        let verifies = kind == PassKind::Full && is_time_to_verify(app, now).await;
        let every = Duration::from_secs(u64::from(app.config.worker.every_s.get()));
        let (word, wait) = cause.told();
        let order = Order { kind: kind.clone(), cause: word, verifies, budget: Some(every.max(BUDGET)) };
        let outcome = pass::run_in_turn(app, graph, &order, &Unwatched, (&stop, wait)).await;
        let turn = outcome.as_ref().ok().map(|report| report.next_pass().map(|turn| (turn - Utc::now()).to_std().unwrap_or_default()));
        if matches!(&outcome, Err(error) if !matches!(error, PassError::Unknown(_))) {
            read_credential(app, graph).await;
        }
        clock.set(&kind, turn, every, Instant::now());
        status.send_modify(|status| note(status, &kind, &outcome));
        if let Cause::Asked(id) = cause {
            queue.end(id, outcome, Utc::now());
        }
        (kind, cause) = tokio::select! {
            biased;
            () = stop.cancelled() => break,
            () = tokio::time::sleep_until(clock.next.into()) => (PassKind::Full, Cause::Interval),
            (id, kind) = queue.next() => (kind, Cause::Asked(id)),
        };
    }
}

/// Reads the credential again, since a pass may have failed because a secret has expired: a person puts a new one in its place.
async fn read_credential(app: &App, graph: &Graph) {
    match graph_settings::credential(&app.config.graph) {
        Ok(credential) => graph.present(credential).await,
        Err(error) => error!(error = sentence(&error), "The credential cannot be read again; the one read before is used"),
    }
}

/// When the next pass over all users is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Clock {
    next: Instant,
    failures: u32,
}

impl Clock {
    /// Sets the clock after a pass. `turn` says, if it went through, how long until a right turns.
    fn set(&mut self, kind: &PassKind, turn: Option<Option<Duration>>, every: Duration, now: Instant) {
        let is_full = *kind == PassKind::Full;
        let wait = match turn {
            Some(turn) => turn.unwrap_or(every).min(every).max(LEAST),
            None => AFTER_FAILURE.saturating_mul(1 << self.failures.min(16)).min(every).max(LEAST),
        };
        match (is_full, turn) {
            (true, Some(_)) => *self = Self { next: now + wait, failures: 0 },
            (true, None) => *self = Self { next: now + wait, failures: self.failures + 1 },
            // It saw the rights as they are now, so it may only bring the next pass forward.
            (false, Some(_)) => self.next = self.next.min(now + wait),
            (false, None) => {}
        }
    }
}

/// Whether the folders are to be read back; counted from the last time, whichever process that was.
async fn is_time_to_verify(app: &App, now: DateTime<Utc>) -> bool {
    let every = chrono::TimeDelta::seconds(i64::from(app.config.worker.verify_every_s.get()));
    match app.state.last_read_back().await {
        Ok(last) => last.is_some_and(|last| last + every <= now),
        Err(error) => {
            error!(error = sentence(&error), "Whether the folders are to be read back is not known; they are not in this pass");
            false
        }
    }
}

/// What a pass for a few came to says nothing of the passes over everybody, unless it failed.
fn note(status: &mut Status, kind: &PassKind, outcome: &Result<PassReport, PassError>) {
    status.running_since = None;
    match outcome {
        Ok(report) => {
            log(report);
            if *kind == PassKind::Full {
                status.last = Some(report.clone());
                status.failure = None;
            }
        }
        // Whoever asked is told; what he typed does not belong into the log.
        Err(PassError::Unknown(_)) => warn!("A pass was asked for somebody or something that neither the CRM nor the ledger knows"),
        Err(error) => {
            let sentence = sentence(error);
            error!(error = sentence, "The pass failed");
            status.failure = Some(sentence);
        }
    }
}

/// One line for the pass, and one for each user whose folder changed or is in trouble; ids and counts only.
pub fn log(report: &PassReport) {
    let changed = report.folders.iter().filter(|folder| folder.has_changes());
    info!(folders = report.folders.len(), changed = changed.clone().count(), "A pass is through");
    for folder in report.folders.iter().filter(|folder| folder.trouble.is_some()) {
        let trouble = folder.trouble.as_deref();
        warn!(user.id = folder.user, book = folder.book, trouble, "The folder of user {} needs attention", folder.user);
    }
    for folder in changed.filter(|folder| folder.trouble.is_none()) {
        let deleted: usize = folder.deleted.values().sum();
        let (created, updated, standing) = (folder.created, folder.updated, folder.figures.standing);
        info!(user.id = folder.user, book = folder.book, created, updated, deleted, standing, "The folder of user {} changed", folder.user);
    }
    for alarm in &report.alarms {
        error!(alarm, "A person must act");
    }
    for (relation, doubt) in &report.doubts {
        error!(relation, doubt, "Relation {relation} is in doubt: nothing is delivered from it, removals that rest on it wait");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const S: Duration = Duration::from_secs(1);

    fn after(passes: &[(PassKind, Option<Option<Duration>>)]) -> (u64, u32) {
        let now = Instant::now();
        let mut clock = Clock { next: now + 300 * S, failures: 0 };
        passes.iter().for_each(|(kind, turn)| clock.set(kind, *turn, 300 * S, now));
        ((clock.next - now).as_secs(), clock.failures)
    }

    fn of_user() -> PassKind {
        PassKind::User(adressbote_rules::key::UserKey::new("anna"))
    }

    #[test]
    fn a_turn_comes_before_the_interval_but_never_in_a_hot_loop() {
        for (turn, wait) in [(None, 300), (Some(40 * S), 40), (Some(900 * S), 300), (Some(Duration::ZERO), 1)] {
            assert_eq!(after(&[(PassKind::Full, Some(turn))]), (wait, 0), "{turn:?}");
        }
    }

    #[test]
    fn after_failures_it_waits_longer_each_time_up_to_the_interval() {
        let failed = vec![(PassKind::Full, None); 10];
        let waits: Vec<u64> = (1..=10).map(|count| after(&failed[..count]).0).collect();
        assert_eq!(waits, [5, 10, 20, 40, 80, 160, 300, 300, 300, 300]);
        assert_eq!(after(&[(PassKind::Full, None), (PassKind::Full, Some(None))]), (300, 0));
    }

    #[test]
    fn it_can_be_spawned() {
        fn is_send<T: Send>(_: impl Fn(&'static App, &'static Graph, &'static Queue, watch::Sender<Status>, CancellationToken) -> T) {}
        is_send(run);
    }

    #[test]
    fn what_is_asked_for_does_not_put_off_the_next_pass_over_all() {
        assert_eq!(after(&[(PassKind::Full, Some(Some(40 * S))), (of_user(), Some(None)), (of_user(), None)]).0, 40);
        assert_eq!(after(&[(of_user(), Some(Some(10 * S)))]).0, 10);
    }
}
