//! Passes that somebody asked for: waiting in line, being made, or through for a while. The worker takes one at a time.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use adressbote_schema::state::PassKind;
use chrono::{DateTime, TimeDelta, Utc};
use tokio::sync::Notify;
use uuid::Uuid;

use super::error::PassError;
use super::report::PassReport;

/// How many may wait at a time.
pub const WAITING: usize = 16;

/// How many that ended are remembered.
pub const REMEMBERED: usize = 100;

/// How long those that ended are remembered.
pub const KEPT: TimeDelta = TimeDelta::hours(1);

/// How many folders the reports that are remembered may hold together; the last report is kept whatever its size.
const FOLDERS: usize = 100_000;

/// The number of a pass that was asked for.
pub type RequestId = Uuid;

/// How it stands with a pass that was asked for.
#[derive(Clone, Debug)]
pub enum State {
    /// It waits.
    Queued,
    /// It is being made.
    Running,
    /// It is through, with this report.
    Done(Arc<PassReport>),
    /// It was begun and failed, or nobody knows whom it was for.
    Failed(Arc<PassError>),
    /// It was not begun, because the worker was told to stop.
    Withdrawn,
}

/// A pass that was asked for.
#[derive(Clone, Debug)]
pub struct Request {
    /// Its number.
    pub id: RequestId,
    /// What it is for.
    pub kind: PassKind,
    /// How it stands.
    pub state: State,
    /// When it was asked for.
    pub asked_at: DateTime<Utc>,
    /// When the worker began with it.
    pub began_at: Option<DateTime<Utc>>,
    /// When it ended.
    pub ended_at: Option<DateTime<Utc>>,
}

/// Why a pass cannot be asked for now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotNow {
    /// Too many wait.
    #[error("{WAITING} passes are waiting already")]
    Full,
    /// The worker was told to stop.
    #[error("the worker is about to stop and takes nothing more on")]
    Closed,
}

/// The queue. Shared by those who ask and the worker.
#[derive(Debug, Default)]
pub struct Queue {
    line: Mutex<Line>,
    arrived: Notify,
}

#[derive(Debug, Default)]
struct Line {
    is_closed: bool,
    /// As they were asked for, the oldest first.
    requests: VecDeque<Request>,
}

impl Queue {
    /// Asks for a pass. One that waits for the same is the answer, too: it has not looked at the CRM yet.
    ///
    /// # Errors
    /// [`NotNow`]
    pub fn ask(&self, kind: PassKind, now: DateTime<Utc>) -> Result<Request, NotNow> {
        let mut line = self.line();
        if line.is_closed {
            return Err(NotNow::Closed);
        }
        let mut waiting = line.requests.iter().filter(|one| matches!(one.state, State::Queued));
        if let Some(same) = waiting.clone().find(|one| one.kind == kind) {
            return Ok(same.clone());
        }
        if waiting.nth(WAITING - 1).is_some() {
            return Err(NotNow::Full);
        }
        let request = Request { id: Uuid::new_v4(), kind, state: State::Queued, asked_at: now, began_at: None, ended_at: None };
        line.requests.push_back(request.clone());
        drop(line);
        self.arrived.notify_one();
        Ok(request)
    }

    /// The request of that number, as long as it is remembered.
    pub fn find(&self, id: RequestId, now: DateTime<Utc>) -> Option<Request> {
        let mut line = self.line();
        line.forget(now);
        line.requests.iter().find(|one| one.id == id).cloned()
    }

    /// Waits for the next request in line and begins with it.
    pub async fn next(&self) -> (RequestId, PassKind) {
        loop {
            if let Some(next) = self.line().begin(Utc::now()) {
                return next;
            }
            self.arrived.notified().await;
        }
    }

    /// Notes what came of a request.
    pub fn end(&self, id: RequestId, outcome: Result<PassReport, PassError>, now: DateTime<Utc>) {
        let mut line = self.line();
        if let Some(request) = line.requests.iter_mut().find(|one| one.id == id) {
            request.ended_at = Some(now);
            request.state = match outcome {
                Ok(report) => State::Done(Arc::new(report)),
                Err(error) => State::Failed(Arc::new(error)),
            };
        }
        line.forget(now);
    }

    /// Takes nothing more on; what waits is withdrawn. Says how many that were.
    pub fn close(&self, now: DateTime<Utc>) -> usize {
        let mut line = self.line();
        line.is_closed = true;
        let waiting = line.requests.iter_mut().filter(|one| matches!(one.state, State::Queued));
        waiting.map(|one| (one.state, one.ended_at) = (State::Withdrawn, Some(now))).count()
    }

    fn line(&self) -> MutexGuard<'_, Line> {
        self.line.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Line {
    fn begin(&mut self, now: DateTime<Utc>) -> Option<(RequestId, PassKind)> {
        let next = self.requests.iter_mut().find(|one| matches!(one.state, State::Queued))?;
        (next.state, next.began_at) = (State::Running, Some(now));
        Some((next.id, next.kind.clone()))
    }

    /// Forgets what ended too long ago, and of the rest what is too much, the oldest first.
    fn forget(&mut self, now: DateTime<Utc>) {
        let (mut ended, mut folders) = (0, 0);
        let mut kept = VecDeque::new();
        while let Some(request) = self.requests.pop_back() {
            let size = if let State::Done(report) = &request.state { report.folders.len() } else { 0 };
            let is_kept = match request.ended_at {
                None => true,
                Some(at) => at + KEPT > now && ended < REMEMBERED && (folders == 0 || folders + size <= FOLDERS),
            };
            if is_kept {
                (ended, folders) = (ended + usize::from(request.ended_at.is_some()), folders + size);
                kept.push_front(request);
            }
        }
        self.requests = kept;
    }
}

#[cfg(test)]
mod tests {
    use adressbote_rules::key::UserKey;
    use futures::FutureExt;

    use super::super::report::FolderReport;
    use super::*;

    fn of(user: usize) -> PassKind {
        PassKind::User(UserKey::new(format!("user-{user}")))
    }

    fn now() -> DateTime<Utc> {
        Utc::now()
    }

    /// Asks, begins and ends.
    fn make(queue: &Queue, user: usize, folders: usize, at: DateTime<Utc>) -> RequestId {
        let id = queue.ask(of(user), at).unwrap().id;
        assert_eq!(queue.next().now_or_never(), Some((id, of(user))));
        queue.end(id, Ok(PassReport { folders: vec![FolderReport::default(); folders].into(), ..PassReport::default() }), at);
        id
    }

    #[test]
    fn what_waits_is_begun_in_turn_and_the_same_is_asked_for_once() {
        let queue = Queue::default();
        assert_eq!(queue.next().now_or_never(), None);
        let (first, second) = (queue.ask(of(1), now()).unwrap(), queue.ask(PassKind::Full, now()).unwrap());
        assert_eq!(queue.ask(of(1), now()).unwrap().id, first.id);
        assert_eq!(queue.next().now_or_never(), Some((first.id, of(1))));
        assert!(matches!(queue.find(first.id, now()).unwrap().state, State::Running));
        // The one that is being made may have read the CRM before it changed.
        let third = queue.ask(of(1), now()).unwrap();
        assert_ne!(third.id, first.id);
        assert_eq!(queue.next().now_or_never(), Some((second.id, PassKind::Full)));
        assert_eq!(queue.next().now_or_never(), Some((third.id, of(1))));
        assert_eq!(queue.next().now_or_never(), None);
    }

    #[test]
    fn it_is_bounded_and_has_room_again_once_one_is_begun() {
        let queue = Queue::default();
        (0..WAITING).for_each(|user| drop(queue.ask(of(user), now()).unwrap()));
        assert_eq!(queue.ask(of(WAITING), now()).unwrap_err(), NotNow::Full);
        assert!(queue.ask(of(0), now()).is_ok(), "the same as one that waits needs no room");
        assert!(queue.next().now_or_never().is_some());
        assert!(queue.ask(of(WAITING), now()).is_ok());
    }

    #[test]
    fn once_closed_what_waits_is_withdrawn_and_nothing_comes_after() {
        let queue = Queue::default();
        let ids = [1, 2, 3].map(|user| queue.ask(of(user), now()).unwrap().id);
        assert!(queue.next().now_or_never().is_some());
        assert_eq!(queue.close(now()), 2);
        assert_eq!(queue.ask(of(4), now()).unwrap_err(), NotNow::Closed);
        assert_eq!(queue.next().now_or_never(), None);
        let state = |id| queue.find(id, now()).unwrap().state;
        assert!(matches!(ids.map(state), [State::Running, State::Withdrawn, State::Withdrawn]));
        queue.end(ids[0], Ok(PassReport::default()), now());
        assert!(matches!(state(ids[0]), State::Done(_)));
    }

    #[test]
    fn what_ended_is_remembered_for_a_while_and_up_to_a_number() {
        let (queue, at) = (Queue::default(), now());
        let ids: Vec<RequestId> = (0..=REMEMBERED).map(|user| make(&queue, user, 1, at)).collect();
        assert!(queue.find(ids[0], at).is_none() && queue.find(ids[1], at).is_some());
        let waits = queue.ask(of(0), at).unwrap().id;
        let late = at + KEPT;
        assert!(queue.find(ids[REMEMBERED], late - TimeDelta::seconds(1)).is_some());
        assert!(queue.find(ids[REMEMBERED], late).is_none());
        assert!(queue.find(waits, late).is_some(), "what waits is not forgotten");
    }

    #[test]
    fn large_reports_make_room_for_one_another_but_the_last_is_kept() {
        let (queue, at) = (Queue::default(), now());
        let ids = [60_000, 30_000, 60_000].map(|folders| make(&queue, 1, folders, at));
        assert_eq!(ids.map(|id| queue.find(id, at).is_some()), [false, true, true]);
        let huge = make(&queue, 1, FOLDERS + 1, at);
        assert!(queue.find(huge, at).is_some() && queue.find(ids[2], at).is_none());
    }

    #[tokio::test]
    async fn who_waits_for_a_request_gets_one_that_comes_later() {
        let queue = Arc::new(Queue::default());
        let (next, asked) = tokio::join!(queue.next(), async {
            tokio::task::yield_now().await;
            queue.ask(of(1), now()).unwrap().id
        });
        assert_eq!(next.0, asked);
    }
}
