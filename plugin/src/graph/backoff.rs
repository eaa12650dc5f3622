//! How long we wait and how often we try: a pure value. Chance comes in from outside.

use std::time::Duration;

use super::error::Next;

/// The waiting policy of one client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Patience {
    /// The wait after the first failure; it doubles with each further one.
    pub first: Duration,
    /// The longest wait of our own choice.
    pub longest: Duration,
    /// How often a call is tried in all when Graph is unwell or silent.
    pub tries: u32,
    /// How often a call is tried in all when Graph asks to wait.
    pub throttled_tries: u32,
    /// The longest wait that Graph may ask for before the caller is told instead of being kept waiting.
    pub held: Duration,
    /// How long a refusal by Entra is remembered before it is asked again.
    pub refusal: Duration,
    /// How long a creation whose answer was lost may still be carried out. Only when that is over, and it is not found, is it made again.
    pub late: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            first: Duration::from_millis(500),
            longest: Duration::from_secs(60),
            tries: 4,
            // One mailbox that is throttled for long holds up the others no longer than this; the next pass takes it up again.
            throttled_tries: 4,
            held: Duration::from_secs(30),
            refusal: Duration::from_secs(60),
            late: Duration::from_secs(10),
        }
    }
}

/// What to do with a call that failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// Try again after this time.
    Wait(Duration),
    /// Tell the caller.
    Tell,
}

/// How often one call has failed so far, by kind.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Tally {
    failed: u32,
    throttled: u32,
}

impl Patience {
    /// Our own wait after `failures` failures: doubling, cut at the longest, half of it by chance (`chance` from 0 to 1) so that
    /// many callers do not come back together.
    pub fn backoff(&self, failures: u32, chance: f64) -> Duration {
        let doublings = failures.saturating_sub(1).min(20);
        let full = self.first.saturating_mul(1 << doublings).min(self.longest);
        full.mul_f64(0.5 + 0.5 * chance.clamp(0.0, 1.0))
    }

    /// Counts a failure and decides whether the call is tried again here. Only what is safe to repeat says `Next::Again`.
    pub(crate) fn judge(&self, tally: &mut Tally, is_throttled: bool, next: impl Fn(Duration) -> Next, chance: f64) -> Verdict {
        let (count, most) = if is_throttled { (&mut tally.throttled, self.throttled_tries) } else { (&mut tally.failed, self.tries) };
        *count += 1;
        match next(self.backoff(*count, chance)) {
            Next::Again(wait) if *count < most && wait <= self.held => Verdict::Wait(wait),
            Next::Again(_)
            | Next::LookUp(_)
            | Next::Recreate
            | Next::FindFolder
            | Next::ReadAgain
            | Next::SkipContact
            | Next::StopAdding
            | Next::StopMailbox
            | Next::StopAll => Verdict::Tell,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: Duration = Duration::from_millis(1);

    #[test]
    fn our_own_wait_doubles_up_to_the_longest() {
        let patience = Patience::default();
        let waits: Vec<u128> = [0, 1, 2, 3, 8, 9, 4_000_000_000].map(|n| patience.backoff(n, 1.0).as_millis()).to_vec();
        assert_eq!(waits, [500, 500, 1_000, 2_000, 60_000, 60_000, 60_000]);
    }

    #[test]
    fn chance_takes_away_at_most_half() {
        let patience = Patience::default();
        assert_eq!(patience.backoff(3, 0.0), 1_000 * MS);
        assert_eq!(patience.backoff(3, 0.5), 1_500 * MS);
        assert_eq!(patience.backoff(3, f64::MAX), 2_000 * MS);
    }

    #[test]
    fn tries_are_counted_by_kind_and_bounded() {
        let patience = Patience { tries: 3, throttled_tries: 2, ..Patience::default() };
        let mut tally = Tally::default();
        let mut judge = |throttled| patience.judge(&mut tally, throttled, Next::Again, 1.0);
        assert_eq!(judge(false), Verdict::Wait(500 * MS));
        assert_eq!(judge(true), Verdict::Wait(500 * MS));
        assert_eq!(judge(false), Verdict::Wait(1_000 * MS));
        assert_eq!(judge(true), Verdict::Tell);
        assert_eq!(judge(false), Verdict::Tell);
    }

    #[test]
    fn what_graph_asks_for_beats_our_own_wait_but_does_not_hold_the_caller_for_long() {
        let patience = Patience::default();
        let asked = |wait| patience.judge(&mut Tally::default(), true, |_| Next::Again(wait), 0.0);
        assert_eq!(asked(30_000 * MS), Verdict::Wait(30_000 * MS));
        assert_eq!(asked(30_001 * MS), Verdict::Tell);
    }

    #[test]
    fn a_lost_creation_is_never_repeated_here() {
        assert_eq!(Patience::default().judge(&mut Tally::default(), false, Next::LookUp, 0.0), Verdict::Tell);
    }
}
