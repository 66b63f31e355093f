//! From a socket to AMQP or HTTP, told apart by the first byte.

use std::{future::Future, io, sync::Arc, time::Duration};

use tokio::{
    io::{AsyncBufReadExt, AsyncRead, AsyncWrite},
    net::{TcpListener, TcpStream},
    sync::{OwnedSemaphorePermit, Semaphore},
    time::{sleep, timeout},
};
use tokio_rustls::TlsAcceptor;
use tokio_util::task::TaskTracker;

use super::{health::Health, http};
use crate::faults::Faults;

/// How many connections may be at their TLS handshake, their first byte or a request of HTTP at a time. Those of AMQP
/// have a limit of their own behind it.
const ARRIVING: usize = 256;

/// How long a client may take to say what it wants: as long as AMQP's open.
const FIRST_BYTE_TIMEOUT: Duration = Duration::from_secs(20);

/// How long a listener rests that could not accept, for want of file handles mostly.
const ACCEPT_PAUSE: Duration = Duration::from_millis(200);

/// The first byte of a TLS handshake (RFC 8446, 5.1: `ContentType.handshake`).
const TLS_HANDSHAKE: u8 = 22;

/// What all ports share.
#[derive(Clone)]
pub(super) struct Front {
    health: Health,
    faults: Faults,
    arriving: Arc<Semaphore>,
    tasks: TaskTracker,
}

/// What a port speaks.
#[derive(Clone)]
pub(super) enum Speaks {
    /// AMQP, and HTTP to who begins with it.
    Plain,
    /// Both behind TLS.
    Tls(TlsAcceptor),
    /// HTTP alone.
    Http,
}

impl Front {
    pub(super) fn new(health: Health, faults: Faults, tasks: TaskTracker) -> Self {
        Self {
            health,
            faults,
            arriving: Arc::new(Semaphore::new(ARRIVING)),
            tasks,
        }
    }

    /// Takes what comes to a port, until the end.
    pub(super) fn listen(&self, listeners: Vec<TcpListener>, speaks: &Speaks) {
        for listener in listeners {
            let (front, speaks) = (self.clone(), speaks.clone());
            let shutdown = self.health.shutdown().clone();
            let accept = async move { front.accept(listener, speaks).await };
            self.tasks
                .spawn(async move { shutdown.run_until_cancelled(accept).await });
        }
    }

    async fn accept(&self, listener: TcpListener, speaks: Speaks) {
        loop {
            let Ok(permit) = Arc::clone(&self.arriving).acquire_owned().await else {
                return;
            };
            match listener.accept().await {
                Ok((stream, _)) => {
                    let (front, speaks) = (self.clone(), speaks.clone());
                    let shutdown = self.health.shutdown().clone();
                    self.tasks.spawn(async move {
                        let arrive = front.arrive(stream, speaks, permit);
                        shutdown.run_until_cancelled(arrive).await;
                    });
                }
                Err(error) => {
                    drop(permit);
                    tracing::warn!(%error, "Cannot accept a connection.");
                    sleep(ACCEPT_PAUSE).await;
                }
            }
        }
    }

    async fn arrive(self, stream: TcpStream, speaks: Speaks, permit: OwnedSemaphorePermit) {
        // Without it, a small frame waits for the acknowledgement of the one before.
        if stream.set_nodelay(true).is_err() {
            return;
        }
        match speaks {
            Speaks::Http => self.http(stream, permit).await,
            Speaks::Plain => {
                let mut first = [0; 1];
                let Some(1) = in_time(stream.peek(&mut first)).await else {
                    return;
                };
                if first[0] == TLS_HANDSHAKE {
                    tracing::warn!("A client speaks TLS to the port without it.");
                    return;
                }
                let stream = self.faults.stream(stream);
                self.serve(first[0], stream, permit).await;
            }
            Speaks::Tls(acceptor) => {
                let stream = self.faults.stream(stream);
                let arrive = async {
                    let mut stream = acceptor.accept(stream).await?;
                    let first = stream.fill_buf().await?.first().copied();
                    Ok(first.map(|first| (first, stream)))
                };
                if let Some(Some((first, stream))) = in_time(arrive).await {
                    self.serve(first, stream, permit).await;
                }
            }
        }
    }

    /// AMQP and its security layer begin with `A`; of HTTP's methods none does that anybody has asked us for.
    async fn serve<S>(self, first: u8, stream: S, permit: OwnedSemaphorePermit)
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        if first.is_ascii_uppercase() && first != b'A' {
            self.http(stream, permit).await;
        } else {
            self.amqp(stream, permit);
        }
    }

    async fn http<S>(self, stream: S, permit: OwnedSemaphorePermit)
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        if let Some(upgraded) = http::serve(stream, &self.health).await {
            self.amqp(upgraded, permit);
        }
    }

    /// A task of its own: the shutdown of the server tells the client, where ours would only cut it off.
    fn amqp<S>(self, stream: S, permit: OwnedSemaphorePermit)
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        if let Some(server) = self.health.server() {
            self.tasks.spawn(server.connection(stream));
        }
        drop(permit);
    }
}

async fn in_time<T>(arriving: impl Future<Output = io::Result<T>>) -> Option<T> {
    match timeout(FIRST_BYTE_TIMEOUT, arriving).await {
        Ok(Ok(arrived)) => Some(arrived),
        Ok(Err(error)) => {
            tracing::debug!(%error, "A connection ended before it began.");
            None
        }
        Err(_) => {
            tracing::debug!("A connection said nothing in time.");
            None
        }
    }
}
