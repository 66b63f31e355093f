//! Takes streams in and serves them.

use super::{
    connection::{Counters, Counts, Setup, drive},
    limits::Limits,
    service::Service,
};
use std::{
    future::Future,
    io,
    sync::{
        Arc,
        atomic::{AtomicU64, AtomicUsize, Ordering},
    },
    time::Duration,
};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::{TcpListener, TcpStream},
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

/// How long a listener rests that could not accept, for want of file handles mostly.
const ACCEPT_PAUSE: Duration = Duration::from_millis(200);

/// Where streams come from: TCP, or anything that makes streams of it (TLS, WebSockets).
pub trait Accept: Send {
    /// A stream of bytes in both directions.
    type Stream: AsyncRead + AsyncWrite + Unpin + Send + 'static;

    /// The next stream.
    ///
    /// Handshakes that a peer could hold up (TLS) belong into a task of their own, or into the stream's first read.
    ///
    /// # Errors
    ///
    /// The server notes it, rests for a moment and accepts again.
    fn accept(&mut self) -> impl Future<Output = io::Result<Self::Stream>> + Send;
}

impl Accept for TcpListener {
    type Stream = TcpStream;

    async fn accept(&mut self) -> io::Result<TcpStream> {
        let (stream, _) = TcpListener::accept(self).await?;
        // Without it, a small frame waits for the acknowledgement of the one before.
        stream.set_nodelay(true)?;
        Ok(stream)
    }
}

/// A server of AMQP 1.0; clones share their connections.
///
/// ```no_run
/// use listener_local::amqp::{AttachFuture, AttachRequest, Server, Service, types::definitions::AmqpError};
///
/// struct NoLinks;
///
/// impl Service for NoLinks {
///     fn attach(&self, _: AttachRequest) -> AttachFuture {
///         Box::pin(async { Err(AmqpError::NotFound.into()) })
///     }
/// }
///
/// # async fn run() -> std::io::Result<()> {
/// let listener = tokio::net::TcpListener::bind("127.0.0.1:5672").await?;
/// let server = Server::new(NoLinks);
/// tokio::spawn(server.clone().serve(listener));
/// // …
/// server.shutdown().await;
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Server {
    shared: Arc<Inner>,
}

struct Inner {
    service: Arc<dyn Service>,
    limits: Limits,
    container_id: String,
    counters: Arc<Counters>,
    last_id: AtomicU64,
    shutdown: CancellationToken,
    tasks: TaskTracker,
}

impl std::fmt::Debug for Server {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Server")
            .field("container_id", &self.shared.container_id)
            .field("limits", &self.shared.limits)
            .field("counts", &self.counts())
            .finish_non_exhaustive()
    }
}

impl Server {
    /// A server with the default limits.
    #[must_use]
    pub fn new(service: impl Service) -> Self {
        Self::with_limits(service, Limits::default())
    }

    /// A server with limits of its own.
    #[must_use]
    pub fn with_limits(service: impl Service, limits: Limits) -> Self {
        let container_id = uuid::Uuid::new_v4().simple().to_string();
        Self {
            shared: Arc::new(Inner {
                service: Arc::new(service),
                limits,
                container_id,
                counters: Arc::default(),
                last_id: AtomicU64::new(0),
                shutdown: CancellationToken::new(),
                tasks: TaskTracker::new(),
            }),
        }
    }

    /// What the server holds at this moment.
    #[must_use]
    pub fn counts(&self) -> Counts {
        self.shared.counters.read()
    }

    /// Accepts streams, each served by a task of its own, until [`shutdown`](Self::shutdown).
    pub async fn serve(self, mut listener: impl Accept) {
        while let Some(accepted) = self
            .shared
            .shutdown
            .run_until_cancelled(listener.accept())
            .await
        {
            match accepted {
                Ok(stream) => {
                    tokio::spawn(self.connection(stream));
                }
                Err(error) => {
                    tracing::warn!(%error, "Cannot accept a connection.");
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                }
            }
        }
    }

    /// Serves one stream, for who accepts by other means; the future ends with the connection.
    ///
    /// Beyond [`Limits::connections`] the stream is dropped unread.
    pub fn connection<S>(&self, stream: S) -> impl Future<Output = ()> + Send + use<S>
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let shared = Arc::clone(&self.shared);
        let counted = Counted::new(&shared);
        let tasks = self.shared.tasks.clone();
        tasks.track_future(async move {
            let Some(_counted) = counted else {
                tracing::warn!(
                    limit = shared.limits.connections,
                    "Dropped a connection beyond the limit."
                );
                return;
            };
            let setup = Setup {
                id: shared.last_id.fetch_add(1, Ordering::Relaxed) + 1,
                container_id: shared.container_id.clone(),
                service: Arc::clone(&shared.service),
                limits: shared.limits.clone(),
                counters: Arc::clone(&shared.counters),
                shutdown: shared.shutdown.clone(),
            };
            drive(stream, setup).await;
        })
    }

    /// Stops accepting and closes every connection with `amqp:connection:forced`; returns when all are gone,
    /// which [`Limits::close_timeout`] and [`Limits::write_timeout`] bound.
    pub async fn shutdown(&self) {
        self.shared.shutdown.cancel();
        self.shared.tasks.close();
        self.shared.tasks.wait().await;
    }
}

/// One connection in the count, until it is dropped.
struct Counted(Arc<Counters>);

impl Counted {
    fn new(inner: &Inner) -> Option<Self> {
        let connections: &AtomicUsize = &inner.counters.connections;
        if connections.fetch_add(1, Ordering::AcqRel) >= inner.limits.connections {
            connections.fetch_sub(1, Ordering::AcqRel);
            return None;
        }
        Some(Self(Arc::clone(&inner.counters)))
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.connections.fetch_sub(1, Ordering::AcqRel);
    }
}
