//! Exchange's throttles: per app and mailbox so many requests at once, in ten minutes, and so much upload in five.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::error::Refusal;

/// The figures of the throttles. The default is Microsoft's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Limits {
    /// Requests in flight per app and mailbox.
    pub in_flight: u32,
    /// What `Retry-After` says to one too many, in seconds.
    pub in_flight_retry_s: u64,
    /// Requests per app and mailbox in a window.
    pub requests: u32,
    /// The window's length in seconds.
    pub requests_window_s: u32,
    /// Bytes of POST, PATCH and PUT bodies per app and mailbox in a window.
    pub upload_bytes: u64,
    /// The window's length in seconds.
    pub upload_window_s: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self { in_flight: 4, in_flight_retry_s: 1, requests: 10_000, requests_window_s: 600, upload_bytes: 150_000_000, upload_window_s: 300 }
    }
}

/// What was counted for one app and mailbox.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Traffic {
    /// Requests, refused ones included.
    pub requests: u64,
    /// In flight now.
    pub in_flight: u32,
    /// The most that were in flight at once.
    pub most_in_flight: u32,
    /// Refused because too many were in flight.
    pub refused_in_flight: u64,
    /// Refused because of the number in the window, or the upload.
    pub refused_rate: u64,
    /// Bytes uploaded.
    pub upload_bytes: u64,
}

#[derive(Debug, Default)]
struct Gate {
    traffic: Traffic,
    requests: Window,
    upload: Window,
}

#[derive(Debug, Default)]
struct Window {
    since: Option<DateTime<Utc>>,
    used: u64,
}

impl Window {
    /// Adds to the window; the seconds to its end if it is full.
    fn add(&mut self, amount: u64, most: u64, length_s: u32, now: DateTime<Utc>) -> Result<(), u64> {
        let age_s = self.since.map(|since| (now - since).num_seconds());
        if age_s.is_none_or(|age| age >= i64::from(length_s)) {
            self.since = Some(now);
            self.used = 0;
        }
        self.used = self.used.saturating_add(amount);
        if self.used <= most {
            return Ok(());
        }
        let left_s = i64::from(length_s) - age_s.unwrap_or(0);
        Err(u64::try_from(left_s).unwrap_or(1).max(1))
    }
}

/// All gates.
#[derive(Debug, Default)]
pub(crate) struct Gates {
    limits: Mutex<Limits>,
    gates: Mutex<HashMap<(String, String), Gate>>,
}

/// A place among those in flight, given back when dropped.
#[derive(Debug)]
pub(crate) struct Slot {
    gates: Arc<Gates>,
    key: (String, String),
}

impl Drop for Slot {
    fn drop(&mut self) {
        if let Some(gate) = self.gates.open().get_mut(&self.key) {
            gate.traffic.in_flight = gate.traffic.in_flight.saturating_sub(1);
        }
    }
}

impl Gates {
    pub(crate) fn new(limits: Limits) -> Arc<Self> {
        Arc::new(Self { limits: Mutex::new(limits), gates: Mutex::default() })
    }

    pub(crate) fn set_limits(&self, limits: Limits) {
        *self.limits.lock().unwrap_or_else(PoisonError::into_inner) = limits;
    }

    pub(crate) fn limits(&self) -> Limits {
        self.limits.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn open(&self) -> MutexGuard<'_, HashMap<(String, String), Gate>> {
        self.gates.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Lets a request to a mailbox in, or says when to come back.
    pub(crate) fn admit(self: &Arc<Self>, app: &str, mailbox: &str, upload: u64, now: DateTime<Utc>) -> Result<Slot, Refusal> {
        let limits = self.limits();
        let key = (app.to_owned(), mailbox.to_owned());
        let mut gates = self.open();
        let gate = gates.entry(key.clone()).or_default();
        gate.traffic.requests += 1;
        let rate = gate.requests.add(1, u64::from(limits.requests), limits.requests_window_s, now);
        let rate = rate.and_then(|()| gate.upload.add(upload, limits.upload_bytes, limits.upload_window_s, now));
        if let Err(wait_s) = rate {
            gate.traffic.refused_rate += 1;
            return Err(Refusal::new(429, "ApplicationThrottled", "Application is over its RequestRate limit.").after(wait_s));
        }
        if gate.traffic.in_flight >= limits.in_flight {
            gate.traffic.refused_in_flight += 1;
            let refusal = Refusal::new(429, "ApplicationThrottled", "Application is over its MailboxConcurrency limit.");
            return Err(refusal.after(limits.in_flight_retry_s));
        }
        gate.traffic.upload_bytes = gate.traffic.upload_bytes.saturating_add(upload);
        gate.traffic.in_flight += 1;
        gate.traffic.most_in_flight = gate.traffic.most_in_flight.max(gate.traffic.in_flight);
        drop(gates);
        Ok(Slot { gates: Arc::clone(self), key })
    }

    /// What was counted, by app and mailbox.
    pub(crate) fn traffic(&self) -> Vec<(String, String, Traffic)> {
        let gates = self.open();
        let mut all: Vec<_> = gates.iter().map(|((app, mailbox), gate)| (app.clone(), mailbox.clone(), gate.traffic.clone())).collect();
        all.sort_by(|a, b| (&a.0, &a.1).cmp(&(&b.0, &b.1)));
        all
    }
}
