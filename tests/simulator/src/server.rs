//! Starting and stopping.

use std::io;
use std::net::SocketAddr;
use std::ops::Deref;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use chrono::{DateTime, Utc};
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use crate::clock::Clock;
use crate::directory;
use crate::fault::Faults;
use crate::group;
use crate::handle::Handle;
use crate::http;
use crate::id;
use crate::journal::{self, Journal, JournalError};
use crate::log::Log;
use crate::options::{NewUser, Options};
use crate::people;
use crate::sim::{Sim, Store};
use crate::state::{App, Certificate, Secret, State, Unsaved};
use crate::throttle::Gates;
use crate::wire::{Scissors, Wire};

/// How long requests get to end when the server stops.
const GRACE: Duration = Duration::from_secs(5);

/// Microsoft Graph on loopback.
#[derive(Debug)]
pub struct Simulator;

/// Why a simulator did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// Another machine could reach it.
    #[error("{0} is no loopback address; the simulator knows no real security and listens on 127.0.0.1 or [::1] only")]
    NotLoopback(SocketAddr),
    /// The address is taken or not ours.
    #[error("cannot listen on {listen}")]
    Listen {
        /// The address.
        listen: SocketAddr,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// The state file cannot be used.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// The users, groups or certificates contradict each other.
    #[error("the directory cannot be made: {0}")]
    Directory(String),
}

/// A running simulator. Dropping it leaves the server running until the runtime ends; `stop` ends it.
#[derive(Debug)]
pub struct Running {
    handle: Handle,
    stop: CancellationToken,
    server: JoinHandle<io::Result<()>>,
}

impl Deref for Running {
    type Target = Handle;

    fn deref(&self) -> &Handle {
        &self.handle
    }
}

impl Simulator {
    /// Starts a simulator and returns once it listens.
    ///
    /// # Errors
    /// If the address is not loopback or not free, the state file is not the simulator's, or the directory contradicts itself.
    pub async fn start(options: Options) -> Result<Running, StartError> {
        let listen = options.listen;
        if !listen.ip().is_loopback() {
            return Err(StartError::NotLoopback(listen));
        }
        let failed = |source| StartError::Listen { listen, source };
        let listener = TcpListener::bind(listen).await.map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        let sim = Arc::new(assemble(options, address)?);
        let stop = sim.stop.clone();
        let router = Router::new().fallback(http::answer).with_state(Arc::clone(&sim));
        let service = router.into_make_service_with_connect_info::<Scissors>();
        let until = stop.clone();
        let server = axum::serve(Wire(listener), service).with_graceful_shutdown(async move { until.cancelled().await });
        let server = tokio::spawn(server.into_future());
        Ok(Running { handle: Handle::new(sim), stop, server })
    }
}

/// Starts a simulator with a state file and users (none: the default directory). `Running::info` is the line to print.
///
/// # Errors
/// As `Simulator::start`.
pub async fn serve(listen: SocketAddr, state_file: Option<PathBuf>, users: Vec<NewUser>) -> Result<Running, StartError> {
    Simulator::start(Options { listen, state_file, users, ..Options::default() }).await
}

impl Running {
    /// A hand on the simulator that other tasks may hold.
    pub fn handle(&self) -> Handle {
        self.handle.clone()
    }

    /// Ends the server: requests under way are answered, idle connections closed.
    pub async fn stop(self) {
        self.stop.cancel();
        let abort = self.server.abort_handle();
        if timeout(GRACE, self.server).await.is_err() {
            abort.abort();
        }
    }
}

impl Handle {
    /// What `simulate-graph` prints as its first line, in one line.
    pub fn first_line(&self) -> String {
        Value::to_string(&self.info())
    }
}

fn assemble(options: Options, address: SocketAddr) -> Result<Sim, StartError> {
    let clock = Clock::default();
    let known = options.state_file.as_deref().map(Journal::read).transpose()?.flatten();
    let mut state = match known {
        Some(state) => state,
        None => new_state(&options, clock.now())?,
    };
    clock.set_ahead(state.tenant.clock_ahead_s);
    let journal = options.state_file.as_deref().map(|path| Journal::start(path, &state)).transpose()?;
    forget_unsaved(&mut state);
    Ok(Sim {
        clock,
        gates: Gates::new(options.limits),
        faults: Faults::new(options.behaviour.seed, options.faults),
        log: Log::new(options.behaviour.log_keeps),
        behaviour: options.behaviour,
        stop: CancellationToken::new(),
        origin: format!("http://{address}"),
        store: Mutex::new(Store { state, journal }),
    })
}

/// The whole state was just written, or is not to be: nothing of it is unsaved.
fn forget_unsaved(state: &mut State) {
    state.touched = state.mailboxes.keys().cloned().collect();
    journal::discard(state);
}

fn new_state(options: &Options, now: DateTime<Utc>) -> Result<State, StartError> {
    let domain = &options.tenant_domain;
    let mut state = State::new(domain);
    let is_default = options.users.is_empty();
    let users = if is_default { people::users(domain) } else { options.users.clone() };
    for new in users {
        let user = directory::new_user(new, now);
        if state.users.contains_key(&user.id) || state.user(&user.upn).is_some() {
            return Err(StartError::Directory(format!("the user '{}' stands there twice", user.upn)));
        }
        state.put_user(user);
    }
    let groups = if is_default && options.groups.is_empty() { people::groups(domain) } else { options.groups.clone() };
    group::add_groups(&mut state, groups).map_err(StartError::Directory)?;
    let certificates = options.certificates.iter().map(|bytes| {
        Certificate::read(bytes).ok_or_else(|| StartError::Directory("a certificate is none with an RSA key, in DER or PEM form".to_owned()))
    });
    let app = App {
        id: id::directory(&format!("app.{domain}")),
        name: "Contacts app".to_owned(),
        secrets: vec![Secret { value: options.client_secret.clone().unwrap_or_else(id::fresh), is_expired: false }],
        certificates: certificates.collect::<Result<_, _>>()?,
        roles: options.roles.iter().cloned().collect(),
        is_disabled: false,
        token_generation: 0,
        exchange: None,
    };
    state.unsaved.push(Unsaved::App(app.id.clone()));
    state.apps.insert(app.id.clone(), app);
    Ok(state)
}
