//! A stand-in that runs.

use std::fmt;

use tokio_util::{sync::DropGuard, task::TaskTracker};

use crate::{
    faults::Faults,
    service_bus::{
        broker::Broker,
        engine::{EngineError, Namespace},
    },
};

use super::{Builder, StartError, TlsIdentity};

/// A Service Bus on loopback that runs. Dropped, it stops without waiting for its clients.
pub struct LocalAzure {
    pub(super) broker: Broker,
    pub(super) faults: Faults,
    pub(super) ports: Ports,
    pub(super) key: SharedKey,
    pub(super) identity: Option<TlsIdentity>,
    /// Stops everything.
    pub(super) guard: DropGuard,
    pub(super) tasks: TaskTracker,
}

/// What listens where.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ports {
    pub(super) amqp: u16,
    pub(super) amqps: Option<u16>,
    pub(super) http: Option<u16>,
}

/// A shared access key and the name of its policy; the official emulator's, which everybody knows, unless set.
#[derive(Clone)]
pub(super) struct SharedKey {
    pub(super) name: String,
    pub(super) key: String,
}

impl Default for SharedKey {
    fn default() -> Self {
        Self {
            name: "RootManageSharedAccessKey".to_owned(),
            key: "SAS_KEY_VALUE".to_owned(),
        }
    }
}

impl fmt::Debug for SharedKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SharedKey")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
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

    /// How clients connect: as to the official emulator, without TLS. It holds the [key](Builder::key), or, where tokens
    /// are not asked for, that of the emulator, which everybody knows.
    #[must_use]
    pub fn connection_string(&self) -> String {
        let string = self.string_for(self.ports.amqp);
        format!("{string}UseDevelopmentEmulator=true;")
    }

    /// How clients connect with TLS, if that is served; they have to trust its [root](Self::tls_root_pem).
    #[must_use]
    pub fn tls_connection_string(&self) -> Option<String> {
        self.ports.amqps.map(|port| self.string_for(port))
    }

    fn string_for(&self, port: u16) -> String {
        let SharedKey { name, key } = &self.key;
        format!("Endpoint=sb://localhost:{port};SharedAccessKeyName={name};SharedAccessKey={key};")
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

    /// Switches for what goes wrong: lost connections, a busy broker, locks that end.
    ///
    /// ```
    /// # #[tokio::main]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use listener_local::{faults::{Fault, Times}, local::LocalAzure};
    ///
    /// let azure = LocalAzure::start().await?;
    /// // The next three sends, attaches or requests hear that the server is busy.
    /// azure.faults().switch(Fault::Throttle(Times::Next(3)));
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn faults(&self) -> &Faults {
        &self.faults
    }

    /// Stops: takes no further connection, closes those that are open with `amqp:connection:forced`, and returns when
    /// all are gone and what is [kept](Builder::data) is on the disk.
    ///
    /// # Errors
    ///
    /// If the disk does not take the last of it. Nothing that a client was told is lost then.
    pub async fn shutdown(self) -> Result<(), EngineError> {
        drop(self.guard);
        self.tasks.close();
        self.tasks.wait().await;
        self.broker.namespace().close().await
    }
}

impl fmt::Debug for LocalAzure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LocalAzure")
            .field("ports", &self.ports)
            .finish_non_exhaustive()
    }
}
