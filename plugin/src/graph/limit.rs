//! How much we ask of Graph at once: per mailbox in flight and per ten minutes, for the app as a whole, and not before Graph said so.
//!
//! A mailbox has either up to four single requests in flight, or one batch. Whose turn it is among mailboxes is the caller's business.

use std::collections::HashMap;
use std::num::NonZeroU32;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use governor::{DefaultDirectRateLimiter, DefaultKeyedRateLimiter, Quota, RateLimiter};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::id::MailboxId;
use super::settings::Pace;

/// What a call weighs.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Weight {
    /// Requests; the items of a batch.
    pub(crate) requests: NonZeroU32,
    /// KiB that are sent, rounded up.
    pub(crate) kib: u32,
    /// Whether it takes all of the mailbox's places, as a batch does.
    pub(crate) is_batch: bool,
}

impl Weight {
    pub(crate) fn single(bytes: usize) -> Self {
        Self { requests: NonZeroU32::MIN, kib: kib(bytes), is_batch: false }
    }

    pub(crate) fn batch(items: usize, bytes: usize) -> Self {
        let requests = u32::try_from(items).ok().and_then(NonZeroU32::new).unwrap_or(NonZeroU32::MIN);
        Self { requests, kib: kib(bytes), is_batch: true }
    }
}

fn kib(bytes: usize) -> u32 {
    u32::try_from(bytes.div_ceil(1024)).unwrap_or(u32::MAX)
}

/// The right to have one call in flight; given back when dropped.
pub(crate) struct Pass {
    _mailbox: OwnedSemaphorePermit,
    _app: OwnedSemaphorePermit,
}

/// Graph asked for a longer wait than a caller is held.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct TooLong(pub(crate) Duration);

/// All limits of one client. Without a mailbox a call counts for the directory, which has places of its own.
pub(crate) struct Limits {
    pace: Pace,
    gates: Mutex<HashMap<Option<MailboxId>, Arc<Gate>>>,
    mailboxes: DefaultKeyedRateLimiter<Option<MailboxId>>,
    uploads: DefaultKeyedRateLimiter<Option<MailboxId>>,
    app: DefaultDirectRateLimiter,
    app_in_flight: Arc<Semaphore>,
}

/// What is kept of one mailbox.
struct Gate {
    places: Arc<Semaphore>,
    not_before: Mutex<Instant>,
}

impl Gate {
    fn not_before(&self) -> Instant {
        *self.not_before.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Limits {
    pub(crate) fn new(pace: Pace) -> Self {
        Self {
            pace,
            gates: Mutex::default(),
            mailboxes: RateLimiter::keyed(quota(pace.mailbox_per_10_min, Duration::from_secs(600))),
            uploads: RateLimiter::keyed(quota(pace.upload_kib_per_5_min, Duration::from_secs(300))),
            app: RateLimiter::direct(quota(pace.app_per_10_s, Duration::from_secs(10))),
            app_in_flight: Arc::new(Semaphore::new(permits(pace.app_in_flight))),
        }
    }

    /// Waits until a call of this weight may go. `held` is the longest wait that Graph may have asked for.
    pub(crate) async fn enter(&self, mailbox: Option<&MailboxId>, weight: Weight, held: Duration) -> Result<Pass, TooLong> {
        let key = mailbox.cloned();
        let gate = self.gate(&key);
        let wanted = if weight.is_batch { self.pace.mailbox_in_flight } else { NonZeroU32::MIN };
        let place = acquire(&gate.places, wanted).await;
        take(weight.requests, |n| self.mailboxes.until_key_n_ready(&key, n)).await;
        if let Some(kib) = NonZeroU32::new(weight.kib) {
            take(kib, |n| self.uploads.until_key_n_ready(&key, n)).await;
        }
        take(weight.requests, |n| self.app.until_n_ready(n)).await;
        loop {
            let left = gate.not_before().saturating_duration_since(Instant::now());
            if left > held {
                return Err(TooLong(left));
            }
            tokio::time::sleep(left).await;
            // INVARIANT: the app's place is taken last, so that a waiting mailbox keeps none from the others.
            let app = acquire(&self.app_in_flight, NonZeroU32::MIN).await;
            if gate.not_before() <= Instant::now() {
                return Ok(Pass { _mailbox: place, _app: app });
            }
        }
    }

    /// Lets nothing out to the mailbox for a while, as Graph told us.
    pub(crate) fn hold(&self, mailbox: Option<&MailboxId>, wait: Duration) {
        let gate = self.gate(&mailbox.cloned());
        let mut not_before = gate.not_before.lock().unwrap_or_else(PoisonError::into_inner);
        *not_before = (*not_before).max(Instant::now() + wait);
    }

    /// Forgets mailboxes that are at rest, so that memory follows those in use.
    pub(crate) fn forget_idle(&self) {
        self.mailboxes.retain_recent();
        self.uploads.retain_recent();
        let mut gates = self.gates.lock().unwrap_or_else(PoisonError::into_inner);
        // A caller between `gate` and its place holds the gate, a call in flight its semaphore.
        gates.retain(|_, gate| Arc::strong_count(gate) > 1 || Arc::strong_count(&gate.places) > 1 || gate.not_before() > Instant::now());
    }

    /// How many mailboxes are remembered.
    pub(crate) fn remembered(&self) -> usize {
        self.gates.lock().unwrap_or_else(PoisonError::into_inner).len()
    }

    fn gate(&self, key: &Option<MailboxId>) -> Arc<Gate> {
        let mut gates = self.gates.lock().unwrap_or_else(PoisonError::into_inner);
        let gate = gates.entry(key.clone()).or_insert_with(|| {
            let places = Arc::new(Semaphore::new(permits(self.pace.mailbox_in_flight)));
            Arc::new(Gate { places, not_before: Mutex::new(Instant::now()) })
        });
        Arc::clone(gate)
    }
}

/// A quota that no window of `period` can exceed: what may go at once and what comes back in the meantime add up to `most`.
fn quota(most: NonZeroU32, period: Duration) -> Quota {
    let burst = NonZeroU32::new(most.get() / 5 * 2).unwrap_or(NonZeroU32::MIN);
    let rest = most.get().saturating_sub(burst.get()).max(1);
    let each = (period / rest).max(Duration::from_nanos(1));
    Quota::with_period(each).unwrap_or(Quota::per_second(burst)).allow_burst(burst)
}

/// Takes `n` from a limiter, piece by piece when it is more than the limiter holds at once.
async fn take<F, T>(n: NonZeroU32, ready: impl Fn(NonZeroU32) -> F)
where
    F: Future<Output = Result<T, governor::InsufficientCapacity>>,
{
    let mut left = n.get();
    while let Some(now) = NonZeroU32::new(left) {
        match ready(now).await {
            Ok(_) => return,
            Err(governor::InsufficientCapacity(most)) => {
                let piece = NonZeroU32::new(most).unwrap_or(NonZeroU32::MIN);
                if ready(piece).await.is_err() {
                    return;
                }
                left = left.saturating_sub(piece.get());
            }
        }
    }
}

async fn acquire(semaphore: &Arc<Semaphore>, n: NonZeroU32) -> OwnedSemaphorePermit {
    loop {
        // INVARIANT: no semaphore here is ever closed.
        if let Ok(permit) = Arc::clone(semaphore).acquire_many_owned(n.get()).await {
            return permit;
        }
        tokio::task::yield_now().await;
    }
}

fn permits(n: NonZeroU32) -> usize {
    usize::try_from(n.get()).unwrap_or(Semaphore::MAX_PERMITS).min(Semaphore::MAX_PERMITS)
}

#[cfg(test)]
mod tests;
