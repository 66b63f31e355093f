//! The bytes below AMQP: our own sockets, so that `TCP_NODELAY` is set and TLS is ours.

use std::{fmt, future::Future, io, sync::Arc};

use rustls_pki_types::ServerName;
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpStream,
};
use tokio_rustls::{TlsConnector, rustls};

use super::{Error, ErrorKind, Transport, Trust, websocket};
use crate::BoxFuture;

/// Anything that AMQP can go over.
pub(super) trait Stream:
    AsyncRead + AsyncWrite + fmt::Debug + Send + Unpin + 'static
{
}

impl<T: AsyncRead + AsyncWrite + fmt::Debug + Send + Unpin + 'static> Stream for T {}

/// What makes streams in place of [`Address::connect`].
#[derive(Clone)]
pub(super) struct Dial(Arc<dyn Fn() -> Dialled + Send + Sync>);

type Dialled = BoxFuture<'static, io::Result<Box<dyn Stream>>>;

impl Dial {
    pub(super) fn new<F, S>(dial: impl Fn() -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = io::Result<S>> + Send + 'static,
        S: Stream,
    {
        Self(Arc::new(move || {
            let dialled = dial();
            Box::pin(async move { Ok(Box::new(dialled.await?) as Box<dyn Stream>) })
        }))
    }

    pub(super) fn call(&self) -> Dialled {
        (self.0)()
    }
}

impl fmt::Debug for Dial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Dial")
    }
}

/// What to change where a port does not answer in TLS.
const WITH_TLS: &str = "check the port, and what is between: nothing answered in TLS there; for a stand-in without TLS, add \
     `UseDevelopmentEmulator=true` to the connection string";

/// Where to, and how.
#[derive(Clone, Debug)]
pub(super) struct Address {
    pub(super) host: Box<str>,
    pub(super) port: u16,
    pub(super) transport: Transport,
    /// Without: plain, as the local emulators speak.
    pub(super) tls: bool,
}

impl Address {
    pub(super) async fn connect(&self, trust: Option<&Trust>) -> Result<Box<dyn Stream>, Error> {
        let tcp = TcpStream::connect((&*self.host, self.port))
            .await
            .map_err(|error| self.error(&error.to_string()))?;
        // Without it a small frame waits for the acknowledgement of the one before, which the peer delays by 40 ms.
        tcp.set_nodelay(true)
            .map_err(|error| self.error(&error.to_string()))?;
        let stream: Box<dyn Stream> = if self.tls {
            let trust = match trust {
                Some(trust) => trust.clone(),
                None => Trust::platform()?,
            };
            let name = ServerName::try_from(self.host.to_string())
                .map_err(|_| self.error("the host is no name that TLS can check"))?;
            Box::new(
                TlsConnector::from(trust.config())
                    .connect(name, tcp)
                    .await
                    .map_err(|error| self.tls_error(&error))?,
            )
        } else {
            Box::new(tcp)
        };
        match self.transport {
            Transport::Tcp => Ok(stream),
            Transport::WebSockets => {
                let upgraded = websocket::upgrade(stream, &self.host, self.port, self.tls).await;
                Ok(Box::new(upgraded.map_err(|detail| self.error(&detail))?))
            }
        }
    }

    fn tls_error(&self, error: &io::Error) -> Error {
        let cause = error.get_ref().and_then(|cause| cause.downcast_ref());
        let told = self.error(&format!("TLS: {error}"));
        match cause {
            Some(rustls::Error::InvalidCertificate(_)) => told.with_kind(ErrorKind::NotTrusted),
            // What is no TLS, or nothing at all.
            Some(rustls::Error::InvalidMessage(_)) | None => told.with_advice(WITH_TLS),
            Some(_) => told,
        }
    }

    pub(super) fn error(&self, detail: &str) -> Error {
        let doing = format!("connecting to `{}`, port {}", self.host, self.port);
        Error::new(ErrorKind::CannotConnect, doing).with_detail(detail)
    }
}
