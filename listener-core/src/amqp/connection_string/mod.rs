//! Connection strings, exactly as Azure gives them out.
//!
//! <https://learn.microsoft.com/azure/service-bus-messaging/service-bus-dotnet-get-started-with-queues#get-the-connection-string>

#[cfg(test)]
mod tests;

use std::{error::Error as StdError, fmt, str::FromStr};

use super::{
    sas::{Credential, SasKey, SharedAccessSignature},
    secret::Secret,
};

/// Where a namespace is and what opens it: `Endpoint=sb://…/;SharedAccessKeyName=…;SharedAccessKey=…`.
///
/// Keys are compared without case, values are taken as they are, and members that we do not know are passed over, as
/// Azure's own libraries do. Neither `Debug` nor an error shows a key, token or any other value.
///
/// ```
/// use listener_core::amqp::ConnectionString;
///
/// let string: ConnectionString =
///     "Endpoint=sb://localhost:5672;SharedAccessKeyName=x;SharedAccessKey=y;UseDevelopmentEmulator=true;".parse()?;
/// assert_eq!(string.host(), "localhost");
/// assert_eq!(string.port(), 5672);
/// assert!(string.is_emulator());
/// # Ok::<_, listener_core::amqp::ConnectionStringError>(())
/// ```
#[derive(Clone, Debug)]
pub struct ConnectionString {
    host: Box<str>,
    port: Option<u16>,
    credential: Credential,
    entity_path: Option<Box<str>>,
    emulator: bool,
    transport: Transport,
}

/// What carries AMQP.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Transport {
    /// TLS on port 5671; for the emulator plain TCP on port 5672.
    #[default]
    Tcp,
    /// A WebSocket on port 443, for networks that let nothing else out.
    WebSockets,
}

impl ConnectionString {
    /// The host's name or address; an IPv6 address without its brackets.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The port of the endpoint, else the transport's own: 5671, 5672 for the emulator, 443 for WebSockets.
    pub fn port(&self) -> u16 {
        self.port.unwrap_or(match (self.transport, self.emulator) {
            (Transport::Tcp, false) => 5671,
            (Transport::Tcp, true) => 5672,
            (Transport::WebSockets, false) => 443,
            (Transport::WebSockets, true) => 80,
        })
    }

    /// What signs the tokens.
    pub fn credential(&self) -> &Credential {
        &self.credential
    }

    /// The queue, topic or hub that the string is for, if it names one.
    pub fn entity_path(&self) -> Option<&str> {
        self.entity_path.as_deref()
    }

    /// Whether it speaks of a local stand-in, without TLS: `UseDevelopmentEmulator=true`.
    pub fn is_emulator(&self) -> bool {
        self.emulator
    }

    /// TCP, unless the string says `TransportType=AmqpWebSockets` or [`with_transport`](Self::with_transport) did.
    pub fn transport(&self) -> Transport {
        self.transport
    }

    /// The same namespace by another transport.
    #[must_use]
    pub fn with_transport(mut self, transport: Transport) -> Self {
        self.transport = transport;
        self
    }

    /// The name under which a token for this entity is put: `sb://{host}[:{port}]/{entity}`.
    pub fn resource(&self, entity: &str) -> String {
        let host = self.authority();
        format!("sb://{host}/{}", entity.trim_start_matches('/'))
    }

    /// Host and port as a URI writes them.
    fn authority(&self) -> String {
        let host = if self.host.contains(':') {
            format!("[{}]", self.host)
        } else {
            self.host.to_string()
        };
        match self.port {
            Some(port) => format!("{host}:{port}"),
            None => host,
        }
    }
}

#[derive(Default)]
struct Members<'a> {
    endpoint: Option<&'a str>,
    key_name: Option<&'a str>,
    key: Option<Secret>,
    signature: Option<SharedAccessSignature>,
    entity_path: Option<&'a str>,
    emulator: Option<&'a str>,
    transport: Option<&'a str>,
}

impl<'a> Members<'a> {
    fn read(text: &'a str) -> Result<Self, ConnectionStringError> {
        let mut members = Self::default();
        for (index, member) in text.split(';').enumerate() {
            if member.trim().is_empty() {
                continue;
            }
            // The first `=` ends the name: keys are base64, and signatures have fields of their own.
            let Some((name, value)) = member.split_once('=') else {
                return Err(ConnectionStringError::new(format!(
                    "member {} has no `=`; expected `Name=Value` between semicolons",
                    index + 1
                )));
            };
            let value = value.trim();
            let name = name.trim().to_ascii_lowercase();
            let known = match name.as_str() {
                "endpoint" => members.endpoint.replace(value).is_some(),
                "sharedaccesskeyname" => members.key_name.replace(value).is_some(),
                "sharedaccesskey" => members.key.replace(Secret::new(value)).is_some(),
                "sharedaccesssignature" => members
                    .signature
                    .replace(SharedAccessSignature::new(value))
                    .is_some(),
                "entitypath" => members.entity_path.replace(value).is_some(),
                "usedevelopmentemulator" => members.emulator.replace(value).is_some(),
                "transporttype" => members.transport.replace(value).is_some(),
                _ => continue,
            };
            if known || value.is_empty() {
                let what = if known { "stands twice" } else { "is empty" };
                return Err(ConnectionStringError::new(format!(
                    "`{}` {what}; copy the string from the namespace's shared access policies again",
                    spelled(&name)
                )));
            }
        }
        Ok(members)
    }

    fn credential(&mut self) -> Result<Credential, ConnectionStringError> {
        let missing = |what: &str| {
            Err(ConnectionStringError::new(format!(
                "{what}; give `SharedAccessKeyName` and `SharedAccessKey`, or `SharedAccessSignature` alone"
            )))
        };
        match (self.key_name, self.key.take(), self.signature.take()) {
            (Some(name), Some(key), None) => Ok(Credential::Key(SasKey::new(name, key.expose()))),
            (None, None, Some(signature)) => Ok(Credential::Signature(signature)),
            (None, None, None) => missing("there is no key and no signature"),
            (_, _, Some(_)) => missing("there are a key and a signature"),
            (Some(_), None, None) => missing("`SharedAccessKey` is missing"),
            (None, Some(_), None) => missing("`SharedAccessKeyName` is missing"),
        }
    }
}

/// A known member's name as Microsoft's page writes it.
fn spelled(name: &str) -> &'static str {
    match name {
        "endpoint" => "Endpoint",
        "sharedaccesskeyname" => "SharedAccessKeyName",
        "sharedaccesskey" => "SharedAccessKey",
        "sharedaccesssignature" => "SharedAccessSignature",
        "entitypath" => "EntityPath",
        "usedevelopmentemulator" => "UseDevelopmentEmulator",
        _ => "TransportType",
    }
}

impl FromStr for ConnectionString {
    type Err = ConnectionStringError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut members = Members::read(text)?;
        let endpoint = members.endpoint.ok_or_else(|| {
            ConnectionStringError::new("`Endpoint` is missing; add `Endpoint=sb://{namespace}/`")
        })?;
        let (host, port) = endpoint_parts(endpoint).ok_or_else(|| {
            ConnectionStringError::new(format!(
                "`Endpoint` (of {} bytes) is not `sb://host[:port]/`; use `sb://{{namespace}}.servicebus.windows.net/`",
                endpoint.len()
            ))
        })?;
        let emulator = match members.emulator {
            None => false,
            Some(value) if value.eq_ignore_ascii_case("true") => true,
            Some(value) if value.eq_ignore_ascii_case("false") => false,
            Some(_) => {
                return Err(ConnectionStringError::new(
                    "`UseDevelopmentEmulator` is neither `true` nor `false`; set it to one of them or leave it out",
                ));
            }
        };
        let transport = match members.transport.map(str::to_ascii_lowercase).as_deref() {
            None | Some("amqp" | "amqptcp") => Transport::Tcp,
            Some("amqpwebsockets") => Transport::WebSockets,
            Some(_) => {
                return Err(ConnectionStringError::new(
                    "`TransportType` is not spoken here; use `Amqp` or `AmqpWebSockets`, or leave it out",
                ));
            }
        };
        Ok(Self {
            host: host.into(),
            port,
            credential: members.credential()?,
            entity_path: members.entity_path.map(Into::into),
            emulator,
            transport,
        })
    }
}

/// Host and port of `sb://host[:port]/`.
fn endpoint_parts(endpoint: &str) -> Option<(&str, Option<u16>)> {
    let (scheme, rest) = endpoint.split_once("://")?;
    let parts = host_and_port(rest.strip_suffix('/').unwrap_or(rest))?;
    scheme.eq_ignore_ascii_case("sb").then_some(parts)
}

/// Host and port of `host[:port]`; an IPv6 address stands in brackets.
pub(super) fn host_and_port(authority: &str) -> Option<(&str, Option<u16>)> {
    let (host, port) = if let Some(rest) = authority.strip_prefix('[') {
        let (host, port) = rest.split_once(']')?;
        host.parse::<std::net::Ipv6Addr>().ok()?;
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

/// Why a connection string cannot be used, and what to change; never a value out of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConnectionStringError(Box<str>);

impl ConnectionStringError {
    fn new(text: impl Into<Box<str>>) -> Self {
        Self(text.into())
    }
}

impl fmt::Display for ConnectionStringError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the connection string cannot be used: {}", self.0)
    }
}

impl StdError for ConnectionStringError {}
