use std::{str::FromStr, time::Duration};

use crate::amqp::{
    Connection, ConnectionString, ConnectionStringError, Connector, Endpoint, Error, ErrorKind,
    Tokens,
};

/// A namespace, and as whom we speak to it: what connections are made from, and made again.
///
/// ```
/// use listener_core::amqp::{ConnectionString, Namespace};
///
/// # fn run(text: &str) -> Result<(), Box<dyn std::error::Error>> {
/// let string: ConnectionString = text.parse()?;
/// let namespace = Namespace::new(&string);
/// // Or in one step:
/// let namespace: Namespace = text.parse()?;
/// # Ok(()) }
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct Namespace {
    pub(super) endpoint: Endpoint,
    pub(in crate::amqp) connector: Connector,
    pub(super) tokens: Option<Tokens>,
    pub(super) within: Duration,
    pub(super) start_within: Duration,
}

impl Namespace {
    /// The namespace of this string, with its key.
    pub fn new(string: &ConnectionString) -> Self {
        Self {
            tokens: Some(Tokens::new(string.credential().clone())),
            ..Self::without_cbs(string.endpoint())
        }
    }

    /// The namespace at this endpoint, as whoever these tokens are for.
    ///
    /// ```
    /// # use listener_core::amqp::{Namespace, Tokens};
    /// # fn run(tokens: Tokens) -> Result<(), Box<dyn std::error::Error>> {
    /// let namespace = Namespace::with_tokens(&"contoso.servicebus.windows.net".parse()?, tokens);
    /// # Ok(()) }
    /// ```
    pub fn with_tokens(endpoint: &Endpoint, tokens: Tokens) -> Self {
        Self::without_cbs(endpoint).tokens(tokens)
    }

    /// What is at this endpoint, without tokens.
    pub(in crate::amqp) fn without_cbs(endpoint: &Endpoint) -> Self {
        Self {
            endpoint: endpoint.clone(),
            connector: Connector::to(endpoint),
            tokens: None,
            within: Duration::from_secs(30),
            start_within: Duration::from_secs(60),
        }
    }

    /// How to connect, where the string does not say all of it.
    pub fn connector(mut self, connector: Connector) -> Self {
        self.connector = connector;
        self
    }

    /// Where tokens come from, in place of the string's key.
    pub fn tokens(mut self, tokens: Tokens) -> Self {
        self.tokens = Some(tokens);
        self
    }

    /// Puts no tokens, for brokers that do not ask for any.
    pub fn without_tokens(mut self) -> Self {
        self.tokens = None;
        self
    }

    /// How long putting a token, attaching a link, or an answer to a request may take; 30 seconds unless set.
    pub fn request_timeout(mut self, within: Duration) -> Self {
        self.within = within;
        self
    }

    /// How long an answer to a request may take.
    #[cfg(feature = "service-bus")]
    pub(crate) fn within(&self) -> Duration {
        self.within
    }

    /// For how long the first connection is tried where the network or the service is away; a minute unless set. What
    /// will not pass by itself, such as a wrong key, ends the start at once.
    pub fn start_timeout(mut self, within: Duration) -> Self {
        self.start_within = within;
        self
    }

    /// Opens a connection of its own, which is not made again; tokens are left to its user.
    ///
    /// # Errors
    /// As [`Connector::connect`].
    pub async fn connect(&self) -> Result<Connection, Error> {
        self.connector.connect().await
    }

    /// The same error, with where and as whom it came about; secrets have no part in it.
    pub(super) fn placed(&self, error: Error) -> Error {
        let endpoint = &self.endpoint;
        match &self.tokens {
            Some(tokens) if error.kind() == ErrorKind::Unauthorized => error
                .at(format!("at `{endpoint}`, with {}", tokens.whom()))
                .with_advice_unless_known(tokens.advice()),
            _ => error.at(format!("at `{endpoint}`")),
        }
    }
}

impl FromStr for Namespace {
    type Err = ConnectionStringError;

    /// Of a connection string.
    fn from_str(text: &str) -> Result<Self, ConnectionStringError> {
        Ok(Self::new(&text.parse()?))
    }
}
