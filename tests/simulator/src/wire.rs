//! Connections that can be cut: before an answer, or in the middle of its body.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::extract::connect_info::Connected;
use axum::serve::{IncomingStream, Listener};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};

/// What still passes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Passing {
    #[default]
    All,
    /// So many bytes of the next answer's body.
    Body(usize),
    Nothing,
}

/// Cuts the connection it belongs to.
#[derive(Debug, Clone, Default)]
pub(crate) struct Scissors(Arc<Mutex<Passing>>);

impl Scissors {
    fn open(&self) -> MutexGuard<'_, Passing> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Nothing more is sent.
    pub(crate) fn cut(&self) {
        *self.open() = Passing::Nothing;
    }

    /// So many bytes of the next body are sent, and nothing more.
    pub(crate) fn cut_after(&self, bytes: usize) {
        *self.open() = Passing::Body(bytes);
    }

    /// How much of `buffer` may be sent.
    fn allow(&self, buffer: &[u8]) -> usize {
        let mut passing = self.open();
        match *passing {
            Passing::All => buffer.len(),
            Passing::Nothing => 0,
            Passing::Body(bytes) => {
                *passing = Passing::Nothing;
                let head = buffer.windows(4).position(|end| end == b"\r\n\r\n").map_or(0, |at| at + 4);
                (head + bytes).min(buffer.len())
            }
        }
    }
}

/// A listener whose connections can be cut.
pub(crate) struct Wire(pub TcpListener);

impl Listener for Wire {
    type Io = Line;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Self::Io, Self::Addr) {
        loop {
            match self.0.accept().await {
                Ok((stream, address)) => {
                    // Without it answers wait for the client's delayed acknowledgements.
                    let _ = stream.set_nodelay(true);
                    return (Line { stream, scissors: Scissors::default() }, address);
                }
                Err(_) => tokio::time::sleep(Duration::from_millis(50)).await,
            }
        }
    }

    fn local_addr(&self) -> io::Result<Self::Addr> {
        self.0.local_addr()
    }
}

impl Connected<IncomingStream<'_, Wire>> for Scissors {
    fn connect_info(stream: IncomingStream<'_, Wire>) -> Self {
        stream.io().scissors.clone()
    }
}

/// One connection.
pub(crate) struct Line {
    stream: TcpStream,
    scissors: Scissors,
}

impl AsyncRead for Line {
    fn poll_read(mut self: Pin<&mut Self>, context: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl AsyncWrite for Line {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, buffer: &[u8]) -> Poll<io::Result<usize>> {
        let allowed = self.scissors.allow(buffer);
        if allowed == 0 && !buffer.is_empty() {
            return Poll::Ready(Err(io::Error::new(io::ErrorKind::BrokenPipe, "cut by a fault")));
        }
        let part = buffer.get(..allowed).unwrap_or(buffer);
        Pin::new(&mut self.stream).poll_write(context, part)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
