//! Any AMQP 1.0 broker: where it is, and as whom we speak to it.

mod url;

use std::time::Duration;

pub use url::BrokerUrlError;

use super::{Connection, Connector, Error, Namespace, Trust, secret::Secret};

/// An AMQP 1.0 broker without Azure's tokens, such as RabbitMQ: what connections are made from, and made again.
///
/// It is spoken to with SASL PLAIN where the URL, or [`login`](Self::login), names a user, and else with SASL ANONYMOUS.
/// Over `amqp://` a password can be read on the way: use `amqps://` wherever the broker is not on this machine.
///
/// ```
/// use listener_core::amqp::Broker;
///
/// # fn run(password: String) -> Result<(), listener_core::amqp::BrokerUrlError> {
/// let broker = Broker::from_url("amqps://rabbit.contoso.com")?.login("crm-listener", password);
/// # Ok(()) }
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct Broker(Namespace);

impl Broker {
    /// The broker at `amqp://[user:password@]host[:port]`, on port 5672 unless another is named, or with TLS at
    /// `amqps://…`, on port 5671. User and password are percent-encoded.
    ///
    /// # Errors
    /// If the text is no such URL.
    pub fn from_url(url: &str) -> Result<Self, BrokerUrlError> {
        let (endpoint, login) = url::parse(url)?;
        let mut namespace = Namespace::without_cbs(&endpoint);
        namespace.connector.login = login;
        Ok(Self(namespace))
    }

    /// As whom we speak to it: SASL PLAIN, in place of what the URL says.
    pub fn login(mut self, user: impl Into<Box<str>>, password: impl Into<Box<str>>) -> Self {
        self.0.connector.login = Some(Login::new(user, password));
        self
    }

    /// Which servers are believed, in place of the operating system's roots.
    pub fn trust(mut self, trust: Trust) -> Self {
        self.0.connector = self.0.connector.trust(trust);
        self
    }

    /// What the connection's opening calls the host, in place of the URL's host. RabbitMQ takes `vhost:NAME` for its
    /// virtual host NAME.
    pub fn hostname(mut self, name: impl Into<String>) -> Self {
        self.0.connector.hostname = Some(name.into());
        self
    }

    /// Changes how it is connected to: timeouts, the container id, or what makes the streams.
    ///
    /// ```
    /// # use listener_core::amqp::Broker;
    /// use std::time::Duration;
    ///
    /// # fn run(broker: Broker) -> Broker {
    /// broker.connector(|connector| connector.idle_timeout(Duration::from_secs(20)))
    /// # }
    /// ```
    pub fn connector(mut self, change: impl FnOnce(Connector) -> Connector) -> Self {
        self.0.connector = change(self.0.connector);
        self
    }

    /// How long attaching a link may take; 30 seconds unless set.
    pub fn request_timeout(self, within: Duration) -> Self {
        Self(self.0.request_timeout(within))
    }

    /// For how long the first connection is tried while the broker is away; a minute unless set. What will not pass by
    /// itself, such as a wrong password, ends the start at once.
    pub fn start_timeout(self, within: Duration) -> Self {
        Self(self.0.start_timeout(within))
    }

    /// Opens a connection of its own, which is not made again.
    ///
    /// # Errors
    /// As [`Connector::connect`].
    pub async fn connect(&self) -> Result<Connection, Error> {
        self.0.connect().await
    }

    #[cfg(feature = "service-bus")]
    pub(crate) fn into_namespace(self) -> Namespace {
        self.0
    }
}

/// A user and a password, for SASL PLAIN (RFC 4616). `Debug` shows the user only.
#[derive(Clone, Debug)]
pub(super) struct Login {
    pub(super) user: Box<str>,
    pub(super) password: Secret,
}

impl Login {
    pub(super) fn new(user: impl Into<Box<str>>, password: impl Into<Box<str>>) -> Self {
        Self {
            user: user.into(),
            password: Secret::new(password),
        }
    }
}
