//! What a stand-in is to be like.

use tokio_util::task::TaskTracker;

use crate::{
    amqp::{Limits, Server},
    faults::Faults,
    service_bus::{
        broker::Broker,
        config::ServiceBusConfig,
        declare,
        engine::{Namespace, NamespaceOptions},
    },
};

use super::{
    LocalAzure, StartError, TlsIdentity,
    front::{Front, Speaks},
    health::Health,
    running::Ports,
    sockets::Sockets,
};

/// Settings of a [`LocalAzure`] that is to be started.
///
/// ```no_run
/// use listener_local::{local::{LocalAzure, TlsIdentity}, service_bus::config::ServiceBusConfig};
///
/// # async fn run() -> Result<(), Box<dyn std::error::Error>> {
/// let loaded = ServiceBusConfig::from_json(&std::fs::read("Config.json")?)?;
/// let azure = LocalAzure::builder()
///     .port(5672)
///     .http_port(5300)
///     .tls_port(5671)
///     .tls(TlsIdentity::from_pem_files("chain.pem", "key.pem")?)
///     .config(loaded.config)
///     .start()
///     .await?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, Default)]
#[must_use = "nothing listens before `start`"]
pub struct Builder {
    port: u16,
    tls_port: Option<u16>,
    tls: Option<TlsIdentity>,
    http_port: Option<u16>,
    config: Option<ServiceBusConfig>,
    create_on_use: Option<bool>,
    limits: Limits,
    faults: Faults,
}

impl Builder {
    /// The port for AMQP; 0, as unless set, takes one that is free. The official emulator has 5672.
    pub fn port(mut self, port: u16) -> Self {
        self.port = port;
        self
    }

    /// Serves TLS on this port too; 0 takes one that is free. Azure has 5671.
    ///
    /// Without an [identity](Self::tls) one is made at start, for [localhost](TlsIdentity::for_localhost).
    pub fn tls_port(mut self, port: u16) -> Self {
        self.tls_port = Some(port);
        self
    }

    /// Serves TLS with this identity, on a free port unless [one is set](Self::tls_port).
    pub fn tls(mut self, identity: TlsIdentity) -> Self {
        self.tls = Some(identity);
        self
    }

    /// Serves HTTP on a port of its own; 0 takes one that is free. The official emulator has 5300.
    pub fn http_port(mut self, port: u16) -> Self {
        self.http_port = Some(port);
        self
    }

    /// Declares entities. Only these are there then, unless more are [made on use](Self::create_on_use).
    pub fn config(mut self, config: ServiceBusConfig) -> Self {
        self.config = Some(config);
        self
    }

    /// Whether an entity that is used and is not there is made. Unless set it is, where no
    /// [configuration](Self::config) says what there is.
    pub fn create_on_use(mut self, create: bool) -> Self {
        self.create_on_use = Some(create);
        self
    }

    /// What connections of AMQP may do.
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// Lets go wrong what is switched on here, now or later, on every port of AMQP and in the broker.
    ///
    /// ```no_run
    /// use listener_local::{faults::{Fault, Faults}, local::LocalAzure};
    ///
    /// # async fn run() -> Result<(), Box<dyn std::error::Error>> {
    /// let faults = Faults::new();
    /// let azure = LocalAzure::builder().faults(&faults).start().await?;
    /// // A listener connects and works; then:
    /// faults.switch(Fault::Cut);
    /// # Ok(())
    /// # }
    /// ```
    pub fn faults(mut self, faults: &Faults) -> Self {
        self.faults = faults.clone();
        self
    }

    /// Starts. When this returns, clients can connect.
    ///
    /// # Errors
    ///
    /// If a port cannot be listened on, or an entity that is declared cannot be made.
    ///
    /// # Panics
    ///
    /// Outside of a Tokio runtime with IO and time.
    pub async fn start(self) -> Result<LocalAzure, StartError> {
        let health = Health::default();
        let tasks = TaskTracker::new();
        let front = Front::new(health.clone(), tasks.clone(), self.faults.clone());
        // Stops what listens already, should the rest fail.
        let guard = health.shutdown().clone().drop_guard();

        // HTTP comes first: who asks for the health while messages are loaded is to hear that it takes a while.
        let http = bind_some("HTTP", self.http_port).await?;
        let http_port = http.as_ref().map(|sockets| sockets.port);
        if let Some(sockets) = http {
            front.listen(sockets.listeners, &Speaks::Http);
        }
        let plain = bind("AMQP", self.port).await?;
        let tls_port = self.tls_port.or(self.tls.as_ref().map(|_| 0));
        let tls = bind_some("AMQPS", tls_port).await?;
        let identity = match (tls_port, self.tls) {
            (Some(_), None) => Some(TlsIdentity::for_localhost()?),
            (_, identity) => identity,
        };

        let namespace = Namespace::new(NamespaceOptions {
            create_on_use: self.create_on_use.unwrap_or(self.config.is_none()),
            ..NamespaceOptions::default()
        });
        if let Some(config) = &self.config {
            declare(config, &namespace)?;
        }
        let broker = Broker::new(namespace);
        let server = Server::with_limits(broker.clone().with_faults(&self.faults), self.limits);
        health.serve(server.clone());

        let ports = Ports {
            amqp: plain.port,
            amqps: tls.as_ref().map(|sockets| sockets.port),
            http: http_port,
        };
        front.listen(plain.listeners, &Speaks::Plain);
        if let (Some(sockets), Some(identity)) = (tls, &identity) {
            front.listen(sockets.listeners, &Speaks::Tls(identity.acceptor()));
        }
        let stop = health.shutdown().clone();
        tasks.spawn(async move {
            stop.cancelled().await;
            server.shutdown().await;
        });
        Ok(LocalAzure::new(broker, ports, identity, guard, tasks))
    }
}

async fn bind_some(
    protocol: &'static str,
    port: Option<u16>,
) -> Result<Option<Sockets>, StartError> {
    match port {
        Some(port) => bind(protocol, port).await.map(Some),
        None => Ok(None),
    }
}

async fn bind(protocol: &'static str, port: u16) -> Result<Sockets, StartError> {
    Sockets::bind(port).await.map_err(|cause| StartError::Port {
        protocol,
        port,
        cause,
    })
}
