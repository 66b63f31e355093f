//! A stand-in that runs.

use std::fmt;

use tokio_util::{sync::DropGuard, task::TaskTracker};

use crate::service_bus::{broker::Broker, engine::Namespace};

use super::{Builder, StartError, TlsIdentity};

/// A Service Bus on loopback that runs. Dropped, it stops without waiting for its clients.
pub struct LocalAzure {
    broker: Broker,
    ports: Ports,
    identity: Option<TlsIdentity>,
    guard: DropGuard,
    tasks: TaskTracker,
}

/// What listens where.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ports {
    pub(super) amqp: u16,
    pub(super) amqps: Option<u16>,
    pub(super) http: Option<u16>,
}

impl LocalAzure {
    /// Starts on a free port, in memory; queues, topics and subscriptions are made when they are used.
    ///
    /// # Errors
    ///
    /// If no port can be listened on.
    ///
    /// # Panics
    ///
    /// Outside of a Tokio runtime with IO and time.
    pub async fn start() -> Result<Self, StartError> {
        Self::builder().start().await
    }

    /// Settings for one that is to be started.
    pub fn builder() -> Builder {
        Builder::default()
    }

    pub(super) fn new(
        broker: Broker,
        ports: Ports,
        identity: Option<TlsIdentity>,
        guard: DropGuard,
        tasks: TaskTracker,
    ) -> Self {
        Self {
            broker,
            ports,
            identity,
            guard,
            tasks,
        }
    }

    /// How clients connect: as to the official emulator, without TLS. The key is the emulator's, which everybody knows.
    #[must_use]
    pub fn connection_string(&self) -> String {
        format!(
            "{}UseDevelopmentEmulator=true;",
            connection_string(self.ports.amqp)
        )
    }

    /// How clients connect with TLS, if that is served; they have to trust its [root](Self::tls_root_pem).
    #[must_use]
    pub fn tls_connection_string(&self) -> Option<String> {
        self.ports.amqps.map(connection_string)
    }

    /// The port of AMQP without TLS.
    #[must_use]
    pub fn amqp_port(&self) -> u16 {
        self.ports.amqp
    }

    /// The port of AMQP with TLS, if that is served.
    #[must_use]
    pub fn amqps_port(&self) -> Option<u16> {
        self.ports.amqps
    }

    /// The port of HTTP, if it has one of its own.
    #[must_use]
    pub fn http_port(&self) -> Option<u16> {
        self.ports.http
    }

    /// The root certificate that TLS clients have to trust, in PEM, if it was made at start.
    #[must_use]
    pub fn tls_root_pem(&self) -> Option<&str> {
        self.identity.as_ref().and_then(TlsIdentity::root_pem)
    }

    /// The entities and their messages, to look at and to change from within the program.
    #[must_use]
    pub fn namespace(&self) -> &Namespace {
        self.broker.namespace()
    }

    /// What answers the links.
    #[must_use]
    pub fn broker(&self) -> &Broker {
        &self.broker
    }

    /// Stops: takes no further connection, closes those that are open with `amqp:connection:forced`, and returns when
    /// all are gone.
    pub async fn shutdown(self) {
        drop(self.guard);
        self.tasks.close();
        self.tasks.wait().await;
    }
}

impl fmt::Debug for LocalAzure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LocalAzure")
            .field("ports", &self.ports)
            .finish_non_exhaustive()
    }
}

fn connection_string(port: u16) -> String {
    format!(
        "Endpoint=sb://localhost:{port};SharedAccessKeyName=RootManageSharedAccessKey;SharedAccessKey=SAS_KEY_VALUE;"
    )
}
