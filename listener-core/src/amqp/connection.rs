//! Connections and sessions (AMQP 1.0, transport, 2.4 and 2.5).

use std::{fmt, future::Future, io, time::Duration};

use fe2o3_amqp::{
    Connection as Amqp, Session as AmqpSession, connection::ConnectionHandle,
    sasl_profile::SaslProfile, session::SessionHandle,
};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    runtime::Handle,
    time::{sleep, timeout},
};
use tokio_util::sync::CancellationToken;

use super::{
    ConnectionString, Endpoint, Error, ErrorKind, Trust,
    broker::Login,
    error::Told,
    mux::{self, Mux},
    random::new_uuid,
    socket::{Address, Dial, Stream},
};

/// How to connect to a namespace.
///
/// ```no_run
/// # async fn run() -> Result<(), Box<dyn std::error::Error>> {
/// use listener_core::amqp::{ConnectionString, Connector};
///
/// let string: ConnectionString = std::env::var("SERVICE_BUS_CONNECTION")?.parse()?;
/// let mut connection = Connector::new(&string).connect().await?;
/// let session = connection.session().await?;
/// # Ok(()) }
/// ```
#[derive(Clone, Debug)]
pub struct Connector {
    address: Address,
    pub(super) login: Option<Login>,
    /// What the peer is told of the host, where that is not its address.
    pub(super) hostname: Option<String>,
    trust: Option<Trust>,
    dial: Option<Dial>,
    container_id: String,
    connect_timeout: Duration,
    idle_timeout: Duration,
}

/// What to change where a port does not answer as a stand-in without TLS does.
const WITHOUT_TLS: &str = "check that endpoint and port are those of AMQP; it was spoken without TLS, as `UseDevelopmentEmulator=true` \
     says: leave that out where the port wants TLS";

impl Connector {
    /// To the namespace of this string, under a container id of its own.
    pub fn new(string: &ConnectionString) -> Self {
        Self::to(string.endpoint())
    }

    /// To this namespace, under a container id of its own.
    pub fn to(endpoint: &Endpoint) -> Self {
        Self {
            address: Address {
                host: endpoint.host().into(),
                port: endpoint.port(),
                transport: endpoint.transport(),
                tls: !endpoint.is_emulator(),
            },
            login: None,
            hostname: None,
            trust: None,
            dial: None,
            container_id: format!("listener-{}", new_uuid()),
            connect_timeout: Duration::from_secs(30),
            idle_timeout: Duration::from_secs(60),
        }
    }

    /// The name of this process in the service's logs. Set a name of yours with something unique in it.
    #[must_use]
    pub fn container_id(mut self, id: impl Into<String>) -> Self {
        self.container_id = id.into();
        self
    }

    /// How long all of name look-up, TCP, TLS, WebSocket and AMQP's opening may take together; 30 seconds unless set.
    #[must_use]
    pub fn connect_timeout(mut self, timeout: Duration) -> Self {
        self.connect_timeout = timeout;
        self
    }

    /// After how long a silence of the peer the connection counts as lost; a minute unless set.
    #[must_use]
    pub fn idle_timeout(mut self, timeout: Duration) -> Self {
        self.idle_timeout = timeout;
        self
    }

    /// Which servers are believed, in place of the operating system's roots.
    #[must_use]
    pub fn trust(mut self, trust: Trust) -> Self {
        self.trust = Some(trust);
        self
    }

    /// Makes the streams of connections, in place of TCP, TLS and WebSockets: for tunnels, and for tests in memory.
    #[must_use]
    pub fn dial<F, S>(mut self, dial: impl Fn() -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = io::Result<S>> + Send + 'static,
        S: AsyncRead + AsyncWrite + fmt::Debug + Send + Unpin + 'static,
    {
        self.dial = Some(Dial::new(dial));
        self
    }

    /// Connects and opens the connection: with SASL PLAIN for a [`Broker`](super::Broker) that has a login, else with SASL
    /// ANONYMOUS; Azure's tokens follow on `$cbs`.
    ///
    /// # Errors
    /// If the peer cannot be reached, is not believed, or refuses; and if that takes too long.
    pub async fn connect(&self) -> Result<Connection, Error> {
        let connecting = async {
            let stream = match &self.dial {
                Some(dial) => dial
                    .call()
                    .await
                    .map_err(|error| self.address.error(&error.to_string()))?,
                None => self.address.connect(self.trust.as_ref()).await?,
            };
            self.open(stream).await.map_err(|error| match error.kind() {
                ErrorKind::ConnectionLost | ErrorKind::Protocol if !self.address.tls => {
                    error.with_advice(WITHOUT_TLS)
                }
                _ => error,
            })
        };
        timeout(self.connect_timeout, connecting)
            .await
            .map_err(|_| Error::timed_out(self.doing(), self.connect_timeout))?
    }

    /// Over a stream that stands.
    pub(super) async fn open(&self, stream: impl Stream) -> Result<Connection, Error> {
        let idle = u32::try_from(self.idle_timeout.as_millis()).unwrap_or(u32::MAX);
        let cut = CancellationToken::new();
        let (mux, pipe) = mux::start(stream, cut.clone());
        let handle = Amqp::builder()
            .container_id(&*self.container_id)
            .hostname(self.hostname.as_deref().unwrap_or(&self.address.host))
            // The stream has its TLS already.
            .scheme("amqp")
            .max_frame_size(mux::MAX_FRAME)
            .channel_max(mux::CHANNEL_MAX)
            .idle_time_out(idle)
            .sasl_profile(self.sasl_profile())
            .open_with_stream(pipe)
            .await
            .map_err(|error| match mux.failure() {
                Some(failure) => failure.doing(self.doing()),
                None => error.told(self.doing()),
            })?;
        Ok(Connection { handle, mux, cut })
    }

    fn sasl_profile(&self) -> SaslProfile {
        match &self.login {
            Some(login) => SaslProfile::Plain {
                username: login.user.to_string(),
                password: login.password.expose().to_owned(),
            },
            None => SaslProfile::Anonymous,
        }
    }

    fn doing(&self) -> String {
        let Address { host, port, .. } = &self.address;
        format!("connecting to `{host}`, port {port}")
    }
}

/// An open connection. Dropped, it closes without waiting for the peer.
pub struct Connection {
    handle: ConnectionHandle<()>,
    mux: Mux,
    cut: CancellationToken,
}

/// How long a peer may take to answer the close of a connection that was dropped.
const FAREWELL: Duration = Duration::from_secs(5);

impl Connection {
    /// Begins a session: a channel with a flow of its own, on which links are attached.
    ///
    /// # Errors
    /// If the connection is lost, or has no channel left.
    pub async fn session(&mut self) -> Result<Session, Error> {
        let handle = AmqpSession::builder()
            // Credit of links is what we steer by; a window beside it would only stall them.
            .incoming_window(u32::MAX)
            .outgoing_window(u32::MAX)
            .begin(&mut self.handle)
            .await
            .map_err(|error| error.told("beginning a session"))?;
        Ok(Session { handle })
    }

    pub(super) fn mux(&self) -> &Mux {
        &self.mux
    }

    /// Whether it has ended.
    pub fn is_closed(&self) -> bool {
        self.handle.is_closed()
    }

    /// Waits until the connection ends, and tells why. Cancel-safe; a later call tells no reason.
    pub async fn closed(&mut self) -> Error {
        let doing = "keeping the connection";
        let closed = self.handle.on_close().await;
        if let Some(failure) = self.mux.failure() {
            return failure.doing(doing);
        }
        match closed {
            Ok(()) => Error::new(ErrorKind::ConnectionLost, doing),
            Err(error) => error.told(doing),
        }
    }

    /// Closes, and waits for the peer to agree.
    ///
    /// # Errors
    /// If the peer closed with an error, or does not answer in time; the connection is gone all the same.
    pub async fn close(mut self, within: Duration) -> Result<(), Error> {
        let doing = "closing the connection";
        let Ok(closed) = timeout(within, self.handle.close()).await else {
            self.cut.cancel();
            return Err(Error::timed_out(doing, within));
        };
        closed.map_err(|error| error.told(doing))
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        if self.is_closed() {
            return;
        }
        let cut = self.cut.clone();
        match Handle::try_current() {
            Ok(runtime) => {
                runtime.spawn(async move {
                    sleep(FAREWELL).await;
                    cut.cancel();
                });
            }
            Err(_) => cut.cancel(),
        }
    }
}

/// A session. Dropped, it ends without waiting for the peer.
pub struct Session {
    pub(super) handle: SessionHandle<()>,
}

impl Session {
    /// Ends the session, and its links with it.
    ///
    /// # Errors
    /// If the peer ended it with an error, or does not answer in time; the session is gone all the same.
    pub async fn end(mut self, within: Duration) -> Result<(), Error> {
        let doing = "ending a session";
        timeout(within, self.handle.end())
            .await
            .map_err(|_| Error::timed_out(doing, within))?
            .map_err(|error| error.told(doing))
    }
}

impl fmt::Debug for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connection")
            .field("closed", &self.is_closed())
            .finish()
    }
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session")
            .field("ended", &self.handle.is_ended())
            .finish()
    }
}
