use std::{
    collections::HashSet,
    fmt,
    net::SocketAddr,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use axum::{
    Router,
    extract::Request,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use tokio::{net::TcpListener, sync::OnceCell, time::timeout};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use super::{
    Authentication, ConnectionLimits, ServerError, Tls,
    answer::Refusal,
    connection::Connections,
    post::{Defaults, Mount},
};

/// How long the last source waits at its end for answers that are being written.
const FLUSH: Duration = Duration::from_secs(5);

/// An HTTP server that gives out one source a path. Cheap to clone.
///
/// It listens from the moment at which the first of its sources is started by a host, or from [`listen`](Self::listen);
/// it ends when the last of them closes. Make all sources before the first host starts.
///
/// ```no_run
/// use listener_core::{Host, Hosts, Reply, Router, shutdown_signal};
/// use listener_core::source::http::{Authentication, Server, Tls};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> listener_core::Result {
/// # let (crm, score) = (Router::<(), ()>::new().with_state(()), Router::<(), Reply>::new().with_state(()));
/// let server = Server::bind("0.0.0.0:443")
///     .tls(Tls::from_pem_files("chain.pem", "key.pem")?)
///     .authentication(Authentication::webhook_key([std::env::var("WEBHOOK_KEY")?]));
/// let report = Hosts::new()
///     .add(Host::new(server.webhook("/crm")).serve(crm))
///     .add(Host::new(server.rest("/score")).serve(score))
///     .with_graceful_shutdown(shutdown_signal())
///     .await?;
/// println!("{report}");
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
#[must_use = "a server listens once a host has one of its sources"]
pub struct Server(Arc<Shared>);

struct Shared {
    address: String,
    config: Mutex<Config>,
    socket: OnceCell<Socket>,
    serving: OnceCell<()>,
    /// Sources that have not closed.
    open: AtomicUsize,
    shutdown: CancellationToken,
    tracker: TaskTracker,
}

#[derive(Default)]
struct Config {
    tls: Option<Tls>,
    limits: ConnectionLimits,
    authentication: Option<Authentication>,
    allow_anonymous: bool,
    posts: Vec<Arc<dyn Mount>>,
    paths: HashSet<String>,
}

struct Socket {
    address: SocketAddr,
    listener: Mutex<Option<TcpListener>>,
}

impl Server {
    /// A server that will listen on this address: host or IP address, and port; port 0 for any that is free.
    pub fn bind(address: impl Into<String>) -> Self {
        Self(Arc::new(Shared {
            address: address.into(),
            config: Mutex::default(),
            socket: OnceCell::new(),
            serving: OnceCell::new(),
            open: AtomicUsize::new(0),
            shutdown: CancellationToken::new(),
            tracker: TaskTracker::new(),
        }))
    }

    /// Serves HTTPS rather than HTTP.
    pub fn tls(self, tls: Tls) -> Self {
        self.set(|config| config.tls = Some(tls))
    }

    /// What connections may do.
    pub fn limits(self, limits: ConnectionLimits) -> Self {
        self.set(|config| config.limits = limits)
    }

    /// Who may post to those paths that do not say it themselves.
    pub fn authentication(self, authentication: Authentication) -> Self {
        self.set(|config| config.authentication = Some(authentication))
    }

    /// Lets everybody post to those paths that have no authentication, though the address is no loopback address.
    /// Whoever reaches it can then make listeners run on messages of their own making.
    pub fn allow_anonymous(self) -> Self {
        self.set(|config| config.allow_anonymous = true)
    }

    fn set(self, change: impl FnOnce(&mut Config)) -> Self {
        change(&mut self.0.config());
        self
    }

    /// Takes a path. The server waits for its source to [leave](Self::leave).
    #[track_caller]
    pub(super) fn add(&self, path: &str, post: Arc<dyn Mount>) {
        let plain = |c: char| c.is_ascii_alphanumeric() || "-._~/".contains(c);
        assert!(
            path.starts_with('/') && path.chars().all(plain),
            "expected a path of `/`, letters, digits and `-._~`, found `{path}`"
        );
        assert!(
            !self.0.serving.initialized(),
            "`{path}` comes too late: make all sources before the first host starts"
        );
        let mut config = self.0.config();
        for path in post.paths() {
            let free = config.paths.insert(path.clone());
            assert!(free, "two sources of one server have the path `{path}`");
        }
        config.posts.push(post);
        self.0.open.fetch_add(1, Ordering::Relaxed);
    }

    /// Listens now, and tells on which address. Connections wait until the first host starts. Where nobody calls it, the
    /// first host does.
    ///
    /// # Errors
    /// If the address cannot be listened on.
    pub async fn listen(&self) -> Result<SocketAddr, ServerError> {
        self.socket().await.map(|socket| socket.address)
    }

    async fn socket(&self) -> Result<&Socket, ServerError> {
        let bind = async || {
            let listener = TcpListener::bind(&*self.0.address).await?;
            let address = listener.local_addr()?;
            let listener = Mutex::new(Some(listener));
            Ok(Socket { address, listener })
        };
        self.0
            .socket
            .get_or_try_init(bind)
            .await
            .map_err(|cause| ServerError::Bind {
                address: self.0.address.clone(),
                cause,
            })
    }

    /// Serves from now on, unless it does already.
    pub(super) async fn start(&self) -> Result<(), ServerError> {
        self.0
            .serving
            .get_or_try_init(async || {
                let socket = self.socket().await?;
                let connections = self.connections(socket.address)?;
                let listener = socket.take().ok_or(ServerError::Ended)?;
                let tls = connections.tls.is_some();
                tracing::info!(address = %socket.address, tls, "The HTTP server listens.");
                self.0.tracker.spawn(connections.accept(listener));
                Ok(())
            })
            .await?;
        if self.0.shutdown.is_cancelled() {
            return Err(ServerError::Ended);
        }
        Ok(())
    }

    pub(super) fn connections(&self, address: SocketAddr) -> Result<Connections, ServerError> {
        let config = self.0.config();
        let defaults = Defaults {
            address,
            authentication: config.authentication.clone(),
            allow_anonymous: config.allow_anonymous,
        };
        let (mut app, mut guards) = (Router::new(), Vec::new());
        for post in &config.posts {
            app = post.mount(app, &defaults)?;
            guards.push(post.authentication(&defaults)?);
        }
        let guards: Arc<[_]> = guards.into();
        let app = app.fallback(move |request: Request| {
            let guards = guards.clone();
            async move { nowhere(&guards, request) }
        });
        Ok(Connections {
            app,
            limits: config.limits,
            tls: config.tls.as_ref().map(Tls::acceptor),
            shutdown: self.0.shutdown.clone(),
            tracker: self.0.tracker.clone(),
        })
    }

    /// One source fewer; the last one ends the server.
    pub(super) fn leave(&self) {
        if self.0.open.fetch_sub(1, Ordering::AcqRel) == 1 && self.0.serving.initialized() {
            self.0.shutdown.cancel();
            self.0.tracker.close();
        }
    }

    /// Waits until all answers are written, if the server has ended.
    pub(super) async fn flushed(&self) {
        if self.0.shutdown.is_cancelled() && timeout(FLUSH, self.0.tracker.wait()).await.is_err() {
            tracing::warn!("Connections were still open when the HTTP server ended.");
        }
    }
}

/// The answer to a path that does not exist: 404 for who may post to another one, 401 for who may not, as there.
fn nowhere(guards: &[Option<Authentication>], request: Request) -> Response {
    let (parts, _) = request.into_parts();
    let admitted = guards.iter().fold(false, |admitted, guard| {
        admitted | guard.as_ref().is_none_or(|guard| guard.admits(&parts))
    });
    if admitted {
        Refusal::new(StatusCode::NOT_FOUND, "no listener has this path").into_response()
    } else {
        Refusal::unauthorized().into_response()
    }
}

impl Shared {
    fn config(&self) -> MutexGuard<'_, Config> {
        self.config.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Socket {
    fn take(&self) -> Option<TcpListener> {
        self.listener
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take()
    }
}

impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Server")
            .field("address", &self.0.address)
            .finish_non_exhaustive()
    }
}
