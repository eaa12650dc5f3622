//! What the CRM's side may ask of the running worker over HTTP: a pass for a user or a record that changed, and what came of it.
//!
//! Off unless section `[api]` of the configuration turns it on. It decides and does nothing itself: requests go into the worker's
//! [`queue`](crate::worker::queue). `openapi.json` beside this file is what it promises, and is served. Start reading at `route.rs`; `admission.rs`
//! says who gets an answer, `wire.rs` bounds connections, `answer.rs` is what is said.
//!
//! Deliberately absent: TLS (a proxy does that better), users of its own, any question about contacts, and more than one request per connection.

mod admission;
mod answer;
mod route;
mod wire;

use std::future::IntoFuture;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::sync::watch;
use tracing::{info, warn};

use self::admission::Admission;
use self::wire::Wire;
use crate::config::{ApiConfig, ConfigError};
use crate::worker::queue::Queue;
use crate::worker::timer::Status;

/// How long requests under way get to end once the worker has ended.
const END: Duration = Duration::from_secs(6);

/// Why nothing listens; nothing was begun.
#[derive(Debug, thiserror::Error)]
pub enum ApiError {
    /// The token cannot be read.
    #[error(transparent)]
    Token(#[from] ConfigError),
    /// The token can be guessed, or not be sent.
    #[error(
        "the token of section [api] is not one of at least {} printable ASCII characters without spaces; nothing was started",
        admission::SHORTEST
    )]
    Weak,
    /// The machine gives no random numbers.
    #[error("no random numbers could be had to keep the token of section [api]")]
    NoRandom,
    /// Somebody else listens there.
    #[error("the address {0} of section [api] is in use by another program; nothing was started")]
    InUse(SocketAddr),
    /// Nothing can listen there.
    #[error("nothing can listen on the address {listen} of section [api]; nothing was started")]
    Listen {
        /// The address.
        listen: SocketAddr,
        /// Why.
        source: std::io::Error,
    },
}

/// What all requests share.
#[derive(Debug)]
struct Counter {
    queue: Arc<Queue>,
    admission: Admission,
    status: watch::Receiver<Status>,
}

/// The interface, listening; nobody is answered before it is served.
#[derive(Debug)]
pub struct Interface {
    listener: TcpListener,
    admission: Admission,
}

impl Interface {
    /// Reads the token and listens.
    ///
    /// # Errors
    /// [`ApiError`]
    pub async fn open(config: &ApiConfig) -> Result<Self, ApiError> {
        let admission = Admission::new(&config.token.read("api.token")?)?;
        let listen = config.listen;
        let listener = TcpListener::bind(listen).await.map_err(|source| match source.kind() {
            std::io::ErrorKind::AddrInUse => ApiError::InUse(listen),
            _ => ApiError::Listen { listen, source },
        })?;
        let address = listener.local_addr().map_err(|source| ApiError::Listen { listen, source })?;
        info!(listen = %address, "Passes can be asked for at http://{address}{}", route::PASSES);
        Ok(Self { listener, admission })
    }

    /// Answers until the worker has ended; requests under way are answered then, too.
    pub async fn serve(self, queue: Arc<Queue>, status: watch::Receiver<Status>) {
        let counter = Arc::new(Counter { queue, admission: self.admission, status });
        let server = axum::serve(Wire::new(self.listener), route::router(Arc::clone(&counter)));
        let server = server.with_graceful_shutdown(worker_ended(counter.status.clone())).into_future();
        let late = async {
            worker_ended(counter.status.clone()).await;
            tokio::time::sleep(END).await;
        };
        tokio::select! {
            // It ends only by being told to.
            _ = server => {}
            () = late => warn!(grace_s = END.as_secs(), "A connection to the interface did not end in time"),
        }
        counter.admission.tell();
    }
}

/// Reads the token and judges it; nothing listens.
///
/// # Errors
/// [`ApiError`]
pub fn check(config: &ApiConfig) -> Result<(), ApiError> {
    Admission::new(&config.token.read("api.token")?).map(drop)
}

async fn worker_ended(mut status: watch::Receiver<Status>) {
    while status.changed().await.is_ok() {}
}

#[cfg(test)]
mod tests {
    use secrecy::SecretString;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpStream;

    use super::*;

    #[tokio::test]
    async fn a_loop_that_is_gone_is_not_alive_and_the_interface_ends_with_it() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let admission = Admission::new(&SecretString::from("x".repeat(32))).unwrap();
        let (status, seen) = watch::channel(Status::default());
        let served = Interface { listener, admission }.serve(Arc::default(), seen);
        let story = async {
            let mut asks = TcpStream::connect(address).await.unwrap();
            asks.write_all(b"GET /api/v1/health HTTP/1.1\r\n").await.unwrap();
            // It is under way, so that it is answered after the loop has ended.
            tokio::time::sleep(Duration::from_millis(200)).await;
            drop(status);
            tokio::time::sleep(Duration::from_millis(200)).await;
            asks.write_all(b"host: x\r\n\r\n").await.unwrap();
            let mut answer = String::new();
            asks.read_to_string(&mut answer).await.unwrap();
            answer
        };
        let (answer, ()) = tokio::time::timeout(Duration::from_secs(20), async { tokio::join!(story, served) }).await.unwrap();
        assert!(answer.starts_with("HTTP/1.1 503") && answer.contains("the worker does not run"), "{answer}");
        assert!(TcpStream::connect(address).await.is_err());
    }
}
