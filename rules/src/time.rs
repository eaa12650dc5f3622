//! The instant and day of a pass, and periods in which a row counts.

use chrono::{DateTime, NaiveDate, Utc};

/// When a pass happens: one instant, and the day it falls on in the company's time zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moment {
    /// The instant of the pass.
    pub now: DateTime<Utc>,
    /// The day of the pass, which `today()` gives in filters.
    pub today: NaiveDate,
}

/// The time in which a right, membership or subscription counts: from `from` (included) until `until` (excluded).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Period {
    /// The first instant at which the row counts; none: always did.
    pub from: Option<DateTime<Utc>>,
    /// The first instant at which the row no longer counts; none: always will.
    pub until: Option<DateTime<Utc>>,
}

impl Period {
    /// Without bounds.
    pub const ALWAYS: Self = Self { from: None, until: None };

    /// Whether `now` lies in the period.
    pub fn covers(&self, now: DateTime<Utc>) -> bool {
        self.from.is_none_or(|from| from <= now) && self.until.is_none_or(|until| now < until)
    }

    /// The next instant after `now` at which the period begins or ends, if there is one.
    pub fn next_turn(&self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        [self.from, self.until].into_iter().flatten().filter(|turn| *turn > now).min()
    }
}
