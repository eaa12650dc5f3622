//! The simulator's own time: the system's, moved ahead by tests that do not want to wait.

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::SystemTime;

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};

/// A clock that can be moved ahead, and never back.
#[derive(Debug, Default)]
pub(crate) struct Clock {
    ahead_s: AtomicI64,
}

impl Clock {
    /// The simulator's instant.
    pub(crate) fn now(&self) -> DateTime<Utc> {
        let now = DateTime::<Utc>::from(SystemTime::now());
        let ahead = TimeDelta::try_seconds(self.ahead_s.load(Ordering::Relaxed)).unwrap_or_default();
        now.checked_add_signed(ahead).unwrap_or(now)
    }

    /// Moves the clock ahead; at most a hundred years in all.
    pub(crate) fn advance(&self, seconds: u32) {
        let most = 100 * 366 * 86_400;
        let ahead = self.ahead_s.load(Ordering::Relaxed) + i64::from(seconds);
        self.ahead_s.store(ahead.min(most), Ordering::Relaxed);
    }

    /// How far the clock is ahead of the system's, in seconds.
    pub(crate) fn ahead_s(&self) -> i64 {
        self.ahead_s.load(Ordering::Relaxed)
    }

    /// Takes the offset of a former run.
    pub(crate) fn set_ahead(&self, seconds: i64) {
        self.ahead_s.store(seconds, Ordering::Relaxed);
    }
}

/// Writes an instant as Graph does: UTC, whole seconds, `Z`.
pub(crate) fn stamp(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Secs, true)
}
