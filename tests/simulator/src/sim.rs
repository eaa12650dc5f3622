//! The parts of a running simulator, and the one lock around its state.

use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::clock::Clock;
use crate::fault::Faults;
use crate::journal::{self, Journal};
use crate::log::Log;
use crate::options::Behaviour;
use crate::state::State;
use crate::throttle::Gates;

/// A simulator.
#[derive(Debug)]
pub(crate) struct Sim {
    pub clock: Clock,
    pub behaviour: Behaviour,
    pub gates: Arc<Gates>,
    pub faults: Faults,
    pub log: Log,
    /// Ends waiting requests when the server stops.
    pub stop: CancellationToken,
    /// `http://address:port`.
    pub origin: String,
    pub store: Mutex<Store>,
}

/// The state and the file it survives in.
#[derive(Debug)]
pub(crate) struct Store {
    pub state: State,
    pub journal: Option<Journal>,
}

impl Sim {
    fn open(&self) -> MutexGuard<'_, Store> {
        self.store.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Reads the state.
    pub(crate) fn look<T>(&self, read: impl FnOnce(&State) -> T) -> T {
        read(&self.open().state)
    }

    /// Changes the state; what changed is in the file before this returns.
    pub(crate) fn change<T>(&self, act: impl FnOnce(&mut State) -> T) -> io::Result<T> {
        let mut store = self.open();
        let Store { state, journal } = &mut *store;
        let done = act(state);
        match journal {
            Some(journal) => journal.save(state)?,
            None => journal::discard(state),
        }
        Ok(done)
    }

    /// Waits, unless the server is to stop.
    pub(crate) async fn wait(&self, ms: u64) {
        if ms > 0 {
            tokio::select! {
                () = tokio::time::sleep(Duration::from_millis(ms)) => {}
                () = self.stop.cancelled() => {}
            }
        }
    }
}
