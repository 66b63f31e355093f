//! Where a namespace is.

use std::{error::Error as StdError, fmt, net::Ipv6Addr, str::FromStr};

use super::Transport;

/// A namespace's host and port, and how they are spoken to.
///
/// ```
/// use listener_core::amqp::Endpoint;
///
/// let endpoint: Endpoint = "contoso.servicebus.windows.net".parse()?;
/// assert_eq!(endpoint.port(), 5671);
/// assert_eq!(endpoint.resource("crm"), "sb://contoso.servicebus.windows.net/crm");
/// # Ok::<_, listener_core::amqp::EndpointError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint {
    host: Box<str>,
    port: Option<u16>,
    transport: Transport,
    emulator: bool,
}

impl Endpoint {
    /// The host's name or address; an IPv6 address without its brackets.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The port that was given, else the transport's own: 5671, 5672 for the emulator, 443 for WebSockets.
    pub fn port(&self) -> u16 {
        self.port.unwrap_or(match (self.transport, self.emulator) {
            (Transport::Tcp, false) => 5671,
            (Transport::Tcp, true) => 5672,
            (Transport::WebSockets, false) => 443,
            (Transport::WebSockets, true) => 80,
        })
    }

    /// What carries AMQP: TCP unless set.
    pub fn transport(&self) -> Transport {
        self.transport
    }

    /// Whether it is a local stand-in, without TLS: no unless set.
    pub fn is_emulator(&self) -> bool {
        self.emulator
    }

    /// The same namespace by another transport.
    #[must_use]
    pub fn with_transport(mut self, transport: Transport) -> Self {
        self.transport = transport;
        self
    }

    /// Whether it is a local stand-in, without TLS.
    #[must_use]
    pub fn with_emulator(mut self, emulator: bool) -> Self {
        self.emulator = emulator;
        self
    }

    /// The name under which a token for this entity is put: `sb://{host}[:{port}]/{entity}`.
    pub fn resource(&self, entity: &str) -> String {
        format!("sb://{self}/{}", entity.trim_start_matches('/'))
    }
}

/// Host and port as a URI writes them.
impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.host.contains(':') {
            write!(f, "[{}]", self.host)?;
        } else {
            f.write_str(&self.host)?;
        }
        match self.port {
            Some(port) => write!(f, ":{port}"),
            None => Ok(()),
        }
    }
}

impl FromStr for Endpoint {
    type Err = EndpointError;

    /// Of `host`, `host:port` or `sb://host[:port]/`.
    fn from_str(text: &str) -> Result<Self, EndpointError> {
        let error = EndpointError { size: text.len() };
        let rest = match text.split_once("://") {
            Some((scheme, rest)) if scheme.eq_ignore_ascii_case("sb") => rest,
            Some(_) => return Err(error),
            None => text,
        };
        let (host, port) = parts(rest.strip_suffix('/').unwrap_or(rest)).ok_or(error)?;
        Ok(Self {
            host: host.into(),
            port,
            transport: Transport::default(),
            emulator: false,
        })
    }
}

/// Host and port of an authority.
fn parts(authority: &str) -> Option<(&str, Option<u16>)> {
    let (host, port) = if let Some(rest) = authority.strip_prefix('[') {
        let (host, port) = rest.split_once(']')?;
        host.parse::<Ipv6Addr>().ok()?;
        (host, port)
    } else {
        let end = authority.find(':').unwrap_or(authority.len());
        let (host, port) = authority.split_at(end);
        let named = |byte: u8| byte.is_ascii_alphanumeric() || b"-._".contains(&byte);
        if host.is_empty() || !host.bytes().all(named) {
            return None;
        }
        (host, port)
    };
    let port = match port {
        "" => None,
        port => Some(
            port.strip_prefix(':')?
                .parse()
                .ok()
                .filter(|port| *port != 0)?,
        ),
    };
    Some((host, port))
}

/// Why a text is no endpoint, and what to write; never the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EndpointError {
    size: usize,
}

impl fmt::Display for EndpointError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "the endpoint (of {} bytes) is not `sb://host[:port]/`; use `sb://{{namespace}}.servicebus.windows.net/`",
            self.size
        )
    }
}

impl StdError for EndpointError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_alone_is_an_endpoint_as_much_as_a_uri() {
        for (text, shown) in [
            (
                "contoso.servicebus.windows.net",
                "contoso.servicebus.windows.net",
            ),
            ("SB://h:9/", "h:9"),
            ("[::1]:5672", "[::1]:5672"),
        ] {
            assert_eq!(
                text.parse::<Endpoint>().unwrap().to_string(),
                shown,
                "{text}"
            );
        }
    }

    #[test]
    fn what_is_none_is_refused_without_being_quoted() {
        for text in [
            "",
            "https://h/",
            "h/canary",
            "h:0",
            "h:canary",
            "[::1",
            "sb://",
            "Endpoint=sb://canary/",
        ] {
            let error = text.parse::<Endpoint>().unwrap_err().to_string();
            assert!(!error.contains("canary"), "{error}");
        }
    }
}
