use std::{fmt, io, net::SocketAddr};

/// Why a server cannot start.
#[derive(Debug)]
#[non_exhaustive]
pub enum ServerError {
    /// The address cannot be listened on.
    Bind {
        /// The address, as it was given.
        address: String,
        /// Why.
        cause: io::Error,
    },
    /// A path without authentication, on an address that others can reach.
    Anonymous {
        /// The path.
        path: String,
        /// The address.
        address: SocketAddr,
    },
    /// An authentication that lets nobody in, or everybody.
    Authentication {
        /// The path.
        path: String,
        /// What is wrong, without any secret.
        text: String,
    },
    /// All sources of the server have ended, and it with them.
    Ended,
}

impl fmt::Display for ServerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bind { address, cause } => {
                write!(f, "cannot listen on `{address}`")?;
                match cause.kind() {
                    io::ErrorKind::AddrInUse => f.write_str(
                        ", which is taken: end what listens there, or take another port",
                    ),
                    io::ErrorKind::PermissionDenied => {
                        f.write_str(", which needs privileges: take a port from 1024 up")
                    }
                    _ => Ok(()),
                }
            }
            Self::Anonymous { path, address } => write!(
                f,
                "`{path}` has no authentication, and {address} is no loopback address: give it one by \
                 `authentication`, or let everybody in by `allow_anonymous`"
            ),
            Self::Authentication { path, text } => write!(f, "`{path}`: {text}"),
            Self::Ended => f.write_str(
                "the HTTP server has ended, as its last source has: make a new one for new sources",
            ),
        }
    }
}

impl std::error::Error for ServerError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Bind { cause, .. } => Some(cause),
            _ => None,
        }
    }
}
