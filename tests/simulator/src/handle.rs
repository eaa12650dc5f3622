//! What a test or a demo does with a running simulator from inside the same process.

use std::sync::Arc;

use serde_json::{Value, json};

use crate::action::{self, Action, ActionError};
use crate::clock::stamp;
use crate::fault::{Fault, FaultCount};
use crate::inspect::{self, MailboxView, TrafficView, UserView};
use crate::log::Logged;
use crate::sim::Sim;
use crate::state::Unsaved;
use crate::throttle::Limits;

/// A hand on a running simulator; copies are the same one.
#[derive(Debug, Clone)]
pub struct Handle {
    sim: Arc<Sim>,
}

impl Handle {
    pub(crate) fn new(sim: Arc<Sim>) -> Self {
        Self { sim }
    }

    /// The base address of Graph: `http://127.0.0.1:port/v1.0`.
    pub fn base(&self) -> String {
        format!("{}/v1.0", self.sim.origin)
    }

    /// The token endpoint of the tenant.
    pub fn token_url(&self) -> String {
        format!("{}/{}/oauth2/v2.0/token", self.sim.origin, self.tenant())
    }

    /// The tenant's id.
    pub fn tenant(&self) -> String {
        self.sim.look(|state| state.tenant.id.clone())
    }

    /// The app's id.
    pub fn client_id(&self) -> String {
        self.sim.look(|state| state.apps.keys().next().cloned().unwrap_or_default())
    }

    /// The app's newest secret that has not expired; empty if there is none.
    pub fn client_secret(&self) -> String {
        self.sim.look(|state| {
            let secrets = state.apps.values().next().map(|app| app.secrets.as_slice()).unwrap_or_default();
            secrets.iter().rev().find(|secret| !secret.is_expired).map(|secret| secret.value.clone()).unwrap_or_default()
        })
    }

    /// What a program needs to use the simulator: `base`, `token_url`, `tenant`, `client_id`, `client_secret`, and `users` with
    /// `id` and `userPrincipalName`.
    pub fn info(&self) -> Value {
        json!({
            "base": self.base(),
            "token_url": self.token_url(),
            "tenant": self.tenant(),
            "client_id": self.client_id(),
            "client_secret": self.client_secret(),
            "users": self.users(),
        })
    }

    /// All users, by principal name.
    pub fn users(&self) -> Vec<UserView> {
        self.sim.look(inspect::users)
    }

    /// The object id of a user.
    pub fn user_id(&self, user_principal_name: &str) -> Option<String> {
        self.sim.look(|state| state.user(user_principal_name).map(|user| user.id.clone()))
    }

    /// All mailboxes that have something in them, with everything in it.
    pub fn mailboxes(&self) -> Vec<MailboxView> {
        self.sim.look(|state| state.users.keys().filter_map(|user| inspect::mailbox(state, user)).filter(|mailbox| !mailbox.is_empty()).collect())
    }

    /// A user's mailbox, by object id or principal name, with everything in it.
    pub fn mailbox(&self, user: &str) -> Option<MailboxView> {
        self.sim.look(|state| inspect::mailbox(state, user))
    }

    /// Does what a user or an administrator might do; the answer holds the ids of what was made.
    ///
    /// # Errors
    /// If the action names what is not there, or would not be possible for a person either.
    pub fn act(&self, action: Action) -> Result<Value, ActionError> {
        let now = self.sim.clock.now();
        let ahead = match &action {
            Action::AdvanceClock { seconds } => {
                self.sim.clock.advance(*seconds);
                Some(self.sim.clock.ahead_s())
            }
            _ => None,
        };
        let done = self.sim.change(|state| {
            if let Some(ahead) = ahead {
                state.tenant.clock_ahead_s = ahead;
                state.unsaved.push(Unsaved::Tenant);
            }
            action::act(state, action, now)
        });
        done.unwrap_or_else(|error| Err(ActionError(format!("the state file cannot be written: {error}"))))
    }

    /// The requests so far, in the order in which they were begun; items of batches are entries of their own.
    pub fn log(&self) -> Vec<Logged> {
        self.log_since(0, None)
    }

    /// The requests after a number, all or those to one mailbox (object id of its user).
    pub fn log_since(&self, number: u64, mailbox: Option<&str>) -> Vec<Logged> {
        self.sim.log.since(number, mailbox)
    }

    /// Forgets the requests so far.
    pub fn clear_log(&self) {
        self.sim.log.clear();
    }

    /// What was counted per app and mailbox: requests, the most in flight, refusals.
    pub fn traffic(&self) -> Vec<TrafficView> {
        let view = |(app, mailbox, traffic)| TrafficView { app, mailbox, traffic };
        self.sim.gates.traffic().into_iter().map(view).collect()
    }

    /// Replaces the throttles' figures.
    pub fn set_limits(&self, limits: Limits) {
        self.sim.gates.set_limits(limits);
    }

    /// Switches a fault on; the number removes it.
    pub fn add_fault(&self, mut fault: Fault) -> u64 {
        fault.mailbox = fault.mailbox.map(|user| self.user_id(&user).unwrap_or(user));
        self.sim.faults.add(fault)
    }

    /// Switches one fault off.
    pub fn remove_fault(&self, number: u64) {
        self.sim.faults.remove(Some(number));
    }

    /// Switches all faults off.
    pub fn clear_faults(&self) {
        self.sim.faults.remove(None);
    }

    /// The faults that are on, and how often each struck.
    pub fn faults(&self) -> Vec<FaultCount> {
        self.sim.faults.counts()
    }

    /// The simulator's instant.
    pub fn now(&self) -> String {
        stamp(self.sim.clock.now())
    }
}
