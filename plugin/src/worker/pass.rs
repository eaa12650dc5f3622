//! One pass: read, decide for everybody, withdraw first, and only then ask what additions need; then every user's first contacts, then the rest.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use adressbote_rules::due::Evaluation;
use adressbote_rules::key::{RecordKey, UserKey};
use adressbote_rules::ledger::Brought;
use adressbote_schema::state::{FolderKey, Intent, Lock, PassId, PassKind, StateError};
use chrono::{DateTime, Utc};
use futures::FutureExt;
use tokio_util::sync::CancellationToken;
use tracing::warn;

use super::binding::{self, Bindings};
use super::case::{self, Case};
use super::concern::concerned;
use super::error::{DeliveryError, PassError, sentence};
use super::quiet::{self, Awake, Known, Quiet};
use super::reading::{self, Reading};
use super::recent::Recent;
use super::report::PassReport;
use super::rest::{Begin, Calm, News};
use super::stage::{Stage, Step, deliver, side_by_side};
use super::{finish, folder, prepare, recent, rest};
use crate::app::{App, OpenBook};
use crate::graph::{Graph, GraphError, Next};

/// What a pass is to do.
#[derive(Clone, Debug)]
pub struct Order {
    /// For whom.
    pub kind: PassKind,
    /// Why now, for the log and the state database.
    pub cause: &'static str,
    /// Whether folders are read back, too.
    pub verifies: bool,
    /// How long additions may take before the next pass is to look for withdrawals again; none: until everything is done.
    pub budget: Option<Duration>,
}

/// Somebody who watches a pass, such as a progress bar.
pub trait Watch: Sync {
    /// A stage begins, with so many folders to go through.
    fn stage(&self, name: &'static str, folders: usize);
    /// One folder of the stage is through.
    fn step(&self);
}

/// Nobody watches.
#[derive(Debug)]
pub struct Unwatched;

impl Watch for Unwatched {
    fn stage(&self, _: &'static str, _: usize) {}
    fn step(&self) {}
}

/// What all steps of a pass share.
#[derive(Debug)]
pub struct Round<'a> {
    /// The program.
    pub app: &'a App,
    /// The client.
    pub graph: &'a Graph,
    /// What is to be done.
    pub order: &'a Order,
    /// Whom it deals with; none: everybody.
    pub concerned: Option<BTreeSet<UserKey>>,
    /// What was read.
    pub reading: &'a Reading,
    /// The books over it, as the program has them.
    pub evaluations: Vec<Evaluation<'a>>,
    /// The pass.
    pub pass: PassId,
    /// Its instant.
    pub now: DateTime<Utc>,
    /// After which pass the state was brought back from a backup, if no pass over all users came to its end since and this is one.
    pub restored_after: Option<PassId>,
    /// From when on no other process sends anything any longer.
    pub quiet_from: Instant,
    /// Told when the pass is to stop between changes.
    pub stop: &'a CancellationToken,
    additions_until: OnceLock<Instant>,
    is_cut: AtomicBool,
    is_unfinished: AtomicBool,
    alarms: Mutex<BTreeSet<String>>,
}

impl<'a> Round<'a> {
    /// The book of a case; the first one for a book that was removed from the configuration.
    pub fn book(&self, case: &Case) -> &OpenBook {
        // INVARIANT: a configuration has at least one book, and `case.book` is a place in it.
        #[expect(clippy::indexing_slicing, reason = "see the invariant")]
        &self.app.books[case.book]
    }

    /// The book of a case over what was read.
    pub fn evaluation(&self, case: &Case) -> Option<&Evaluation<'a>> {
        self.evaluations.get(case.book)
    }

    /// Whether the pass deals with this user.
    pub fn concerns(&self, user: &UserKey) -> bool {
        self.concerned.as_ref().is_none_or(|users| users.contains(user))
    }

    /// From now on the time for additions runs.
    fn begin_additions(&self) {
        if let Some(until) = self.order.budget.and_then(|budget| Instant::now().checked_add(budget)) {
            let _ = self.additions_until.set(until);
        }
    }

    /// Whether the time for additions is over, so that the next pass must come soon.
    pub fn adds_no_more(&self) -> bool {
        let is_over = self.additions_until.get().is_some_and(|until| Instant::now() >= *until);
        self.is_cut.fetch_or(is_over, Ordering::Relaxed);
        is_over
    }

    /// Whether additions were left to the next pass.
    pub fn is_cut(&self) -> bool {
        self.is_cut.load(Ordering::Relaxed)
    }

    /// Notes that the pass is not through, because something that only an unfinished one looks for could not be looked for. What Graph denies us for good
    /// is not waited for.
    pub fn leave_unfinished(&self, error: &GraphError) {
        if matches!(error.next(Duration::ZERO), Next::StopMailbox) {
            warn!(error = sentence(error), "Whether a folder of ours still stands in the mailbox of somebody who is not served cannot be told");
        } else {
            self.leave_unsearched();
        }
    }

    /// Notes that the pass is not through, because it did not look into the mailboxes of those who are not served.
    pub fn leave_unsearched(&self) {
        self.is_unfinished.store(true, Ordering::Relaxed);
        self.alarm(
            "whether folders of ours still stand in mailboxes of users who are not served is not known yet; the next pass looks again".to_owned(),
        );
    }

    /// Notes that the pass is not through, because folders were not looked into after the state was brought back from a backup.
    pub fn leave_unread(&self, folders: usize) {
        self.is_unfinished.store(true, Ordering::Relaxed);
        self.alarm(format!(
            "the state was brought back from a backup, and {folders} folders could not be looked into for what came there since; the next pass looks again"
        ));
    }

    /// Whether something is left that only an unfinished pass looks for.
    pub fn is_unfinished(&self) -> bool {
        self.is_unfinished.load(Ordering::Relaxed)
    }

    /// Tells people something that concerns everybody, once per pass.
    pub fn alarm(&self, sentence: String) {
        self.alarms.lock().unwrap_or_else(PoisonError::into_inner).insert(sentence);
    }

    /// What people are told.
    pub fn alarms(&self) -> Vec<String> {
        self.alarms.lock().unwrap_or_else(PoisonError::into_inner).iter().cloned().collect()
    }
}

/// Makes one pass.
///
/// # Errors
/// [`PassError`]. What fails for one mailbox alone is in the report instead.
pub async fn run(app: &App, graph: &Graph, order: &Order, watch: &dyn Watch, stop: &CancellationToken) -> Result<PassReport, PassError> {
    let news = match rest::begin(app, order).await? {
        Begin::Over(report) => return Ok(*report),
        Begin::Work(news) => news,
    };
    let outcome = run_locked(app, graph, order, watch, (stop, news)).await;
    // What was written last may be lost with the server that took it: the next pass looks into folders again before it adds anything.
    if let Err(error) = &outcome
        && error.of_state().is_some_and(|error| !matches!(error, StateError::Taken { .. }))
    {
        app.forget_listed();
    }
    outcome
}

/// Makes one pass while no other process does.
async fn run_locked(
    app: &App,
    graph: &Graph,
    order: &Order,
    watch: &dyn Watch,
    (stop, news): (&CancellationToken, Option<Box<News>>),
) -> Result<PassReport, PassError> {
    let mut lock = app.state.lock().await.map_err(PassError::NotBegun)?;
    app.note_server(lock.server());
    let quiet_from = quiet_from(app, graph, &lock).await?;
    let ours = stop.child_token();
    let mut pass = std::pin::pin!(run_alone(app, graph, order, watch, (&ours, quiet_from, news)));
    let done = tokio::select! {
        done = &mut pass => done,
        // What is under way is finished, so that its outcome stands in the ledger if nobody took over yet; nothing more is begun.
        lost = lock.lost() => {
            ours.cancel();
            pass.await?;
            return Err(PassError::State(lost));
        }
    };
    let is_quiet = quiet_from.is_none_or(|from| Instant::now() >= from + graph.patience().late);
    if is_quiet
        && done.as_ref().err().and_then(PassError::of_state).is_none()
        && let Err(error) = lock.end(&app.state).await
    {
        warn!(error = sentence(&error), "The end of the pass could not be noted; the next one waits before it settles what may be under way");
    }
    done
}

/// From when on nothing is sent any longer by a process that held the lock before and may have lost it without noticing; none: there is no such process.
async fn quiet_from(app: &App, graph: &Graph, lock: &Lock) -> Result<Option<Instant>, StateError> {
    let now = Instant::now();
    // Whatever is sent stands in the ledger before.
    let is_quiet = lock.is_sole() || app.state.all_open_intents().await?.is_empty();
    Ok((!is_quiet).then(|| now + Lock::NOTICED + graph.call_timeout()))
}

/// Makes one pass under the lock.
async fn run_alone(
    app: &App,
    graph: &Graph,
    order: &Order,
    watch: &dyn Watch,
    (stop, quiet_from, news): (&CancellationToken, Option<Instant>, Option<Box<News>>),
) -> Result<PassReport, PassError> {
    let (now, started) = (Utc::now(), Instant::now());
    let graph = &graph.until(stop);
    let before = app.state.traces().await?;
    // First, so that nothing that fails later keeps what was kept long enough. While nothing changes that is once a day: a new day is a change.
    forget_what_is_over(app, now).await?;
    let recent = recent::read(app, &order.kind, (&before, now), news).await?;
    let reading = &recent.reading;
    let evaluations: Vec<Evaluation<'_>> = app.books.iter().map(|book| recent.evaluation(app, book)).collect();
    let concerned = concerned(app, &reading.snapshot, &evaluations, &order.kind).await?;
    let restored_after = if order.kind == PassKind::Full { app.state.restored_after().await? } else { None };
    let pass = app.state.begin_pass(&order.kind, order.cause, now).await?;
    reading::note(app, reading, &order.kind, now).await?;
    let round = Round {
        app,
        graph,
        order,
        concerned,
        reading,
        evaluations,
        pass,
        now,
        restored_after,
        quiet_from: quiet_from.unwrap_or(started),
        stop,
        additions_until: OnceLock::new(),
        is_cut: AtomicBool::new(false),
        is_unfinished: AtomicBool::new(false),
        alarms: Mutex::default(),
    };
    if let Some(error) = &recent.trouble {
        round.alarm(format!("{error}; until then each record is looked at for each user, which takes long"));
    }
    let Known { mut quiet, awake } = quiet::find(&round, &recent).await?;
    let mut cases = open_cases(&round, &quiet).await?;
    let settled = settle_open(&round, &mut cases).await;
    watch.stage("deciding", cases.len());
    decide_all(&round, &mut cases, &awake);
    deliver(&round, &mut cases, Stage::Withdrawals, watch).await?;
    settled?;
    let bindings = find_mailboxes(&round, &mut cases, &mut quiet).await?;
    owe_read_back(&round, &cases);
    prepare_all(&round, &mut cases, &bindings, watch).await?;
    round.begin_additions();
    for stage in [Stage::Withdrawals, Stage::Updates, Stage::First, Stage::Rest] {
        deliver(&round, &mut cases, stage, watch).await?;
    }
    for case in &mut cases {
        case.report.unsent += case.plan.withdrawals.len() + case.additions.len();
        note_brought(&round, case).await?;
        case.report.figures.standing = case.ledger.len();
    }
    let as_due = quiet::note(&round, &cases, &awake).await?;
    finish::leave_all(&round, &mut cases, &bindings).await?;
    let calm = calm(&round, &cases, &quiet, &as_due);
    let report = finish::finish(&round, cases, quiet).await?;
    rest::note(&round, &report, (before, &recent, calm)).await?;
    drop(round);
    recent::keep(app, recent).await;
    Ok(report)
}

/// Finds the mailboxes of those who have none yet, and folders of which nothing is known, and decides what that changes.
async fn find_mailboxes(round: &Round<'_>, cases: &mut Vec<Case>, quiet: &mut Quiet) -> Result<Bindings, PassError> {
    let bindings = binding::settle(round).await?;
    for key in quiet::wake(round, &bindings, quiet) {
        let mut case = case::open(round.app, round.reading, &bindings, key).await?;
        decide(round, &mut case);
        cases.push(case);
    }
    let mut changed = case::rebind(round.app, round.reading, &bindings, cases).await?;
    let forgotten = binding::forgotten(round, &bindings).await?;
    let forgotten = case::open_forgotten(round.app, round.reading, &bindings, forgotten).await?;
    let known: BTreeSet<FolderKey> = cases.iter().map(|case| case.key.clone()).collect();
    cases.extend(forgotten.into_iter().filter(|case| !known.contains(&case.key)));
    changed.extend(cases.iter().filter(|case| case.is_forgotten).map(|case| case.key.clone()));
    cases.iter_mut().filter(|case| changed.contains(&case.key)).for_each(|case| decide(round, case));
    Ok(bindings)
}

/// Notes which folders are to be read back; what is not reached in this pass is read back by a later one.
fn owe_read_back(round: &Round<'_>, cases: &[Case]) {
    if let Some(restored_after) = round.restored_after {
        // Where the backup knows of no folder, there may be one all the same.
        let known = cases.iter().filter(|case| case.has_mailbox() && !case.is_forgotten);
        round.app.owe_read_back_after(restored_after, known.map(|case| case.key.clone()));
    }
    if round.order.verifies {
        round.app.owe_read_back(cases.iter().filter(|case| case.folder.is_some()).map(|case| case.key.clone()));
    }
}

/// Lets go what was kept for as long as the books say now.
async fn forget_what_is_over(app: &App, now: DateTime<Utc>) -> Result<(), StateError> {
    for book in &app.books {
        app.state.note_book(&book.key, book.config.retention_days.get(), now).await?;
    }
    app.state.purge(now).await?;
    Ok(())
}

/// Makes one pass; while another process makes one, it is waited for so long, unless it is told to stop.
///
/// # Errors
/// As [`run`].
pub async fn run_in_turn(
    app: &App,
    graph: &Graph,
    order: &Order,
    watch: &dyn Watch,
    (stop, wait): (&CancellationToken, Duration),
) -> Result<PassReport, PassError> {
    let until = Instant::now() + wait;
    loop {
        match run(app, graph, order, watch, stop).await {
            Err(PassError::NotBegun(StateError::Taken { .. })) if Instant::now() < until && !stop.is_cancelled() => {
                tokio::time::sleep(Duration::from_millis(200)).await;
            }
            outcome => return outcome,
        }
    }
}

/// Works out what a pass would do, and does nothing: no request, nothing written. Gives the folders in which nothing would be done apart.
///
/// # Errors
/// [`PassError`]
pub async fn rehearse(app: &App, now: DateTime<Utc>, kind: &PassKind) -> Result<(Arc<Recent>, Vec<Case>, Quiet), PassError> {
    let recent = recent::at_hand(app, kind, now).await?;
    let reading = &recent.reading;
    let evaluations: Vec<Evaluation<'_>> = app.books.iter().map(|book| recent.evaluation(app, book)).collect();
    let concerned = concerned(app, &reading.snapshot, &evaluations, kind).await?;
    let Known { quiet, awake } = quiet::sealed((app, &recent), &evaluations, concerned.as_ref()).await?;
    let mut cases = case::open_all(app, reading, &Bindings::read(app).await?, (concerned.as_ref(), &quiet)).await?;
    cases.iter_mut().for_each(|case| decide_with(&evaluations, case, &awake));
    drop(evaluations);
    Ok((recent, cases, quiet))
}

/// The report of a rehearsal.
pub fn rehearsed(reading: &Reading, cases: Vec<Case>, quiet: Quiet) -> PassReport {
    let mut cases = cases;
    for case in &mut cases {
        case.plan.withdrawals.iter().for_each(|change| case.report.count(change));
        case.report.created += case.additions.len();
    }
    finish::report(reading, cases, quiet)
}

/// The cases as the state database has them; nobody is looked up yet.
async fn open_cases(round: &Round<'_>, quiet: &Quiet) -> Result<Vec<Case>, StateError> {
    case::open_all(round.app, round.reading, &Bindings::read(round.app).await?, (round.concerned.as_ref(), quiet)).await
}

fn decide_all(round: &Round<'_>, cases: &mut [Case], awake: &Awake) {
    cases.iter_mut().filter(|case| case.has_mailbox()).for_each(|case| decide_with(&round.evaluations, case, awake));
}

fn decide_with(evaluations: &[Evaluation<'_>], case: &mut Case, awake: &Awake) {
    match (awake.get(&case.key), evaluations.get(case.book)) {
        (Some(woken), Some(evaluation)) => case.decide_among(evaluation, woken),
        (None, Some(evaluation)) => case.decide(evaluation),
        (_, None) => {}
    }
}

/// The folders that stand as they are due.
fn calm(round: &Round<'_>, cases: &[Case], quiet: &Quiet, as_due: &BTreeSet<FolderKey>) -> Calm {
    let (settled, open): (Vec<&Case>, Vec<&Case>) = cases.iter().partition(|case| as_due.contains(&case.key));
    let standing = settled.into_iter().filter(|case| case.folder.is_some() && !folder::is_misplaced(round, case));
    let standing = standing.map(|case| (case.key.clone(), case.report.at_rest()));
    let quiet = quiet.iter().map(|(key, told)| (key.clone(), told.clone()));
    Calm { folders: standing.chain(quiet).collect(), is_all: open.is_empty() }
}

fn decide(round: &Round<'_>, case: &mut Case) {
    if let Some(evaluation) = round.evaluation(case) {
        case.decide(evaluation);
    }
}

/// Settles what earlier runs left open, mailbox by mailbox.
async fn settle_open(round: &Round<'_>, cases: &mut [Case]) -> Result<(), DeliveryError> {
    let mut open: BTreeMap<FolderKey, Vec<Intent>> = BTreeMap::new();
    for intent in round.app.state.all_open_intents().await? {
        open.entry(intent.folder.clone()).or_default().push(intent);
    }
    let concerned = cases.iter_mut().filter_map(|case| Some((open.remove(&case.key)?, case)));
    let step = |(intents, case): (Vec<Intent>, _)| -> Step<'_> { settle_case(round, case, intents).boxed() };
    side_by_side(concerned.map(step).collect(), &Unwatched).await
}

async fn settle_case(round: &Round<'_>, case: &mut Case, intents: Vec<Intent>) -> Result<(), DeliveryError> {
    if round.stop.is_cancelled() {
        case.is_stopped = true;
        return Ok(());
    }
    let outcome = prepare::settle_open(round, case, intents).await;
    case.bear(outcome)
}

async fn prepare_all(round: &Round<'_>, cases: &mut [Case], bindings: &Bindings, watch: &dyn Watch) -> Result<(), DeliveryError> {
    watch.stage("preparing", cases.len());
    let open = cases.iter_mut().filter(|case| !case.is_stopped);
    side_by_side(open.map(|case| -> Step<'_> { prepare_case(round, case, bindings).boxed() }).collect(), watch).await
}

async fn prepare_case(round: &Round<'_>, case: &mut Case, bindings: &Bindings) -> Result<(), DeliveryError> {
    if round.stop.is_cancelled() {
        return Ok(());
    }
    let outcome = prepare::prepare(round, case, bindings).await;
    case.bear(outcome)
}

/// What brought a contact changed, and nothing else did: the ledger learns it without a request.
async fn note_brought(round: &Round<'_>, case: &mut Case) -> Result<(), StateError> {
    let changed: Vec<(RecordKey, Brought)> = std::mem::take(&mut case.plan.rebrought);
    if changed.is_empty() {
        return Ok(());
    }
    round.app.state.rebrought(&case.key, &changed).await
}
