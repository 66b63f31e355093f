use std::time::Duration;

use super::Authentication;
use crate::decode;

/// What a server grants its connections.
///
/// ```
/// use listener_core::source::http::ConnectionLimits;
///
/// let mut limits = ConnectionLimits::default();
/// limits.connections = 64;
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ConnectionLimits {
    /// How many connections are open at once; more wait to be accepted. 1024.
    pub connections: usize,
    /// How many headers a request may have; more are answered 431. 100.
    pub headers: usize,
    /// How large the head of a request may be, in bytes; larger ones are answered 431. 32 KiB, and at least 8 KiB.
    pub head_bytes: usize,
    /// How long the head of a request, or a TLS handshake, may take from its first byte; then the connection is closed.
    /// 10 s.
    pub head_within: Duration,
    /// How long a connection may be idle; then it is closed. 75 s.
    pub idle: Duration,
    /// How many requests one HTTP/2 connection may make at once. 64.
    pub streams: u32,
}

impl Default for ConnectionLimits {
    fn default() -> Self {
        Self {
            connections: 1024,
            headers: 100,
            head_bytes: 32 * 1024,
            head_within: Duration::from_secs(10),
            idle: Duration::from_secs(75),
            streams: 64,
        }
    }
}

/// How one path behaves.
#[derive(Clone, Debug)]
pub(super) struct Settings {
    pub(super) authentication: Option<Authentication>,
    pub(super) allow_anonymous: bool,
    pub(super) body_bytes: usize,
    pub(super) body_within: Duration,
    pub(super) answer_within: Duration,
    pub(super) wait: Duration,
    pub(super) waiting: usize,
    pub(super) unrouted: Unrouted,
    pub(super) decode: decode::DecodeOptions,
}

/// What is answered for a message that no listener is registered for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Unrouted {
    /// 404: the system job of an asynchronous step fails, the save of a synchronous one is rolled back.
    NotFound,
    /// 200, a warning in the log and a count for synchronous steps, whose saves would all fail otherwise; 404 for others.
    AcceptSynchronous,
}
