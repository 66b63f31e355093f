/// What can be done about an [`Error`](super::Error).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The token is wrong, expired, or lacks the right.
    Unauthorized,
    /// Whoever provides tokens gave none.
    NoToken,
    /// The entity or message does not exist.
    NotFound,
    /// The service does not allow this here: a session entity without a session, a disabled entity, a wrong argument.
    NotAllowed,
    /// The lock of a message has expired or somebody else has it.
    LockLost,
    /// The lock of a session has expired or somebody else has it.
    SessionLockLost,
    /// Somebody else holds the session.
    SessionLocked,
    /// The service asks to be left alone for [a while](super::Error::retry_after).
    ServerBusy,
    /// The service failed, in its own words or in none.
    ServerFault,
    /// The entity or namespace is full, or there are too many connections.
    QuotaExceeded,
    /// The message is larger than the link takes.
    TooLarge,
    /// The message was not taken: the peer rejected or released it.
    NotTaken,
    /// The link is gone; a new one may do.
    LinkDetached,
    /// Another receiver took the partition over.
    LinkStolen,
    /// The connection is gone; a new one may do.
    ConnectionLost,
    /// No connection came about: the name, the port, the network, or TLS.
    CannotConnect,
    /// The server's certificate is not believed.
    NotTrusted,
    /// Nothing came in time.
    TimedOut,
    /// The peer, or we, said what the protocol does not allow.
    Protocol,
}

impl ErrorKind {
    /// Whether the same may succeed later, be it on a new link or connection.
    pub fn is_transient(self) -> bool {
        match self {
            Self::NoToken
            | Self::SessionLocked
            | Self::ServerBusy
            | Self::ServerFault
            | Self::NotTaken
            | Self::LinkDetached
            | Self::ConnectionLost
            | Self::CannotConnect
            | Self::TimedOut => true,
            Self::Unauthorized
            | Self::NotFound
            | Self::NotAllowed
            | Self::LockLost
            | Self::SessionLockLost
            | Self::QuotaExceeded
            | Self::TooLarge
            | Self::LinkStolen
            | Self::NotTrusted
            | Self::Protocol => false,
        }
    }

    pub(super) fn words(self) -> &'static str {
        match self {
            Self::Unauthorized => "not authorized",
            Self::NoToken => "there is no token",
            Self::NotFound => "not found",
            Self::NotAllowed => "not allowed",
            Self::LockLost => "the message's lock is lost",
            Self::SessionLockLost => "the session's lock is lost",
            Self::SessionLocked => "the session is locked by another receiver",
            Self::ServerBusy => "the service is busy",
            Self::ServerFault => "the service failed",
            Self::QuotaExceeded => "a quota is used up",
            Self::TooLarge => "the message is too large",
            Self::NotTaken => "the message was not taken",
            Self::LinkDetached => "the link is detached",
            Self::LinkStolen => "another receiver took over",
            Self::ConnectionLost => "the connection is lost",
            Self::CannotConnect => "no connection",
            Self::NotTrusted => "the server's certificate is not trusted",
            Self::TimedOut => "timed out",
            Self::Protocol => "the protocol was broken",
        }
    }

    pub(super) fn advice(self) -> &'static str {
        match self {
            Self::Unauthorized => {
                "give a key or identity that has the Send, Listen or Manage right on this entity"
            }
            Self::NoToken => {
                "check the credential (its tenant, client, secret or managed identity), and that its service can be reached"
            }
            Self::NotFound => "check the entity's name and the namespace",
            Self::NotAllowed => {
                "check the entity's settings (sessions, disabled) and the arguments"
            }
            Self::LockLost => {
                "the message comes again; renew the lock earlier, or lengthen the entity's lock duration"
            }
            Self::SessionLockLost => {
                "accept the session again; renew its lock earlier, or lengthen the entity's lock duration"
            }
            Self::SessionLocked => "take another session, or try later",
            Self::ServerBusy => {
                "try again after ten seconds; send and receive less at a time, or scale the namespace"
            }
            Self::ServerFault => "try again",
            Self::QuotaExceeded => "empty the entity, enlarge it, or close connections",
            Self::TooLarge => "send less in one message, or use a tier that takes more",
            Self::NotTaken => "try again; a rejected message needs a change",
            Self::LinkDetached => "attach again",
            Self::LinkStolen => "let the other receiver go on, or use a higher owner level",
            Self::ConnectionLost => "connect again",
            Self::CannotConnect => {
                "check the endpoint's name and port, the firewall, and the trusted roots"
            }
            Self::NotTrusted => {
                "let the operating system trust the authority that signed it, as a company's proxy needs, or give its \
                 certificate to `Connector::trust`; check the endpoint's name, and this machine's clock"
            }
            Self::TimedOut => "try again, or allow more time",
            Self::Protocol => {
                "check that endpoint and port are those of the namespace's AMQP; if they are, it is a fault of a program: \
                 report it"
            }
        }
    }
}
