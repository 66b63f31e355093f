//! What a stand-in is to be like.

use std::path::PathBuf;

use tokio::task::spawn_blocking;
use tokio_util::task::TaskTracker;

use crate::{
    amqp::{Limits, Server},
    faults::Faults,
    service_bus::{
        broker::{Broker, Keys},
        config::ServiceBusConfig,
        declare,
        engine::{Namespace, NamespaceOptions},
    },
};

use super::{
    LocalAzure, StartError, TlsIdentity,
    front::{Front, Speaks},
    health::Health,
    running::{Ports, SharedKey},
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
    data: Option<PathBuf>,
    keys: Keys,
    first_key: Option<SharedKey>,
    limits: Limits,
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

    /// Keeps entities and messages in this directory, which is made where it is not there. Unless set they are in memory,
    /// and gone at the end.
    pub fn data(mut self, directory: impl Into<PathBuf>) -> Self {
        self.data = Some(directory.into());
        self
    }

    /// Asks clients for a token that this key has signed, by the name of its policy. May be called several times; the
    /// connection strings have the first key.
    ///
    /// Unless it is called, everybody on the machine is served.
    pub fn key(mut self, name: impl Into<String>, key: impl Into<String>) -> Self {
        let key = SharedKey {
            name: name.into(),
            key: key.into(),
        };
        self.keys = self.keys.and(&*key.name, &key.key);
        self.first_key.get_or_insert(key);
        self
    }

    /// What connections of AMQP may do.
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// Starts. When this returns, clients can connect.
    ///
    /// # Errors
    ///
    /// If a port cannot be listened on, the data cannot be read, or an entity that is declared cannot be made.
    ///
    /// # Panics
    ///
    /// Outside of a Tokio runtime with IO and time.
    pub async fn start(self) -> Result<LocalAzure, StartError> {
        let health = Health::default();
        let tasks = TaskTracker::new();
        let faults = Faults::new();
        let front = Front::new(health.clone(), faults.clone(), tasks.clone());
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
        let ports = Ports {
            amqp: plain.port,
            amqps: tls.as_ref().map(|sockets| sockets.port),
            http: http_port,
        };
        let identity = match &self.tls {
            None if tls.is_some() => Some(TlsIdentity::for_localhost()?),
            identity => identity.clone(),
        };

        let broker = self.broker().await?;
        let served = broker.clone().with_faults(&faults);
        let server = Server::with_limits(served, self.limits);
        health.serve(server.clone());
        let stop = health.shutdown().clone();
        tasks.spawn(async move {
            stop.cancelled().await;
            server.shutdown().await;
        });
        front.listen(plain.listeners, &Speaks::Plain);
        if let (Some(sockets), Some(identity)) = (tls, &identity) {
            front.listen(sockets.listeners, &Speaks::Tls(identity.acceptor()));
        }
        Ok(LocalAzure {
            broker,
            faults,
            ports,
            key: self.first_key.unwrap_or_default(),
            identity,
            guard,
            tasks,
        })
    }

    async fn broker(&self) -> Result<Broker, StartError> {
        let namespace = self.namespace().await?;
        if let Some(config) = &self.config {
            declare(config, &namespace)?;
            namespace.committed().await.map_err(StartError::Storage)?;
        }
        let broker = Broker::new(namespace);
        Ok(match self.first_key {
            Some(_) => broker.with_keys(self.keys.clone()),
            None => broker,
        })
    }

    async fn namespace(&self) -> Result<Namespace, StartError> {
        let options = NamespaceOptions {
            create_on_use: self.create_on_use.unwrap_or(self.config.is_none()),
            ..NamespaceOptions::default()
        };
        let Some(directory) = self.data.clone() else {
            return Ok(Namespace::new(options));
        };
        let opened = spawn_blocking(move || Namespace::open_in(directory, options)).await;
        match opened {
            Ok(opened) => opened.map_err(StartError::Data),
            // It is not cancelled, so that it has panicked.
            Err(failed) => std::panic::resume_unwind(failed.into_panic()),
        }
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
