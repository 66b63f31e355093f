//! Why a stand-in does not start.

use std::{error::Error, fmt, io};

use crate::service_bus::{
    DeclareError,
    engine::{EngineError, StoreError},
};

use super::TlsIdentityError;

/// Why a [`LocalAzure`](super::LocalAzure) does not start.
#[derive(Debug)]
#[non_exhaustive]
pub enum StartError {
    /// A port cannot be listened on; that it is taken, its cause tells.
    Port {
        /// What was to be served there: `AMQP`, `AMQPS` or `HTTP`.
        protocol: &'static str,
        /// The port that was asked for.
        port: u16,
        /// What the system says.
        cause: io::Error,
    },
    /// A certificate for the TLS port cannot be made.
    Tls(TlsIdentityError),
    /// The directory of the data cannot be used.
    Data(StoreError),
    /// The disk does not take what the configuration declares.
    Storage(EngineError),
    /// An entity cannot be made that the configuration declares.
    Declare(DeclareError),
}

impl fmt::Display for StartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Port {
                protocol,
                port,
                cause,
            } => match cause.kind() {
                io::ErrorKind::AddrInUse => write!(
                    f,
                    "port {port} for {protocol} is taken by another program; end that, or take port 0 for any that is free"
                ),
                _ => write!(f, "cannot listen on port {port} for {protocol}: {cause}"),
            },
            Self::Tls(error) => error.fmt(f),
            Self::Declare(error) => error.fmt(f),
            Self::Data(error) => {
                error.fmt(f)?;
                error
                    .source()
                    .map_or(Ok(()), |cause| write!(f, ": {cause}"))
            }
            Self::Storage(error) => error.fmt(f),
        }
    }
}

/// Causes are in the text already, so that there is no source.
impl Error for StartError {}

impl From<TlsIdentityError> for StartError {
    fn from(error: TlsIdentityError) -> Self {
        Self::Tls(error)
    }
}

impl From<DeclareError> for StartError {
    fn from(error: DeclareError) -> Self {
        Self::Declare(error)
    }
}
