use std::{fmt, io, path::Path, sync::Arc};

use rustls_pki_types::{
    CertificateDer, PrivateKeyDer,
    pem::{self, PemObject},
};
use tokio_rustls::{
    TlsAcceptor,
    rustls::{self, ServerConfig, crypto::ring},
};

use crate::BoxError;

/// A certificate and its key: TLS 1.2 and 1.3 by rustls, HTTP/2 by ALPN.
///
/// The cryptography is ring's, given explicitly: no provider has to be installed for the process, and none is.
#[derive(Clone)]
pub struct Tls(Arc<ServerConfig>);

/// Why a certificate and key cannot be used.
#[derive(Debug)]
pub struct TlsError {
    text: String,
    cause: BoxError,
}

impl Tls {
    /// Takes a certificate, its chain behind it, and its private key, in PEM.
    ///
    /// # Errors
    /// If there is no certificate or no key, or the key is not the certificate's.
    pub fn from_pem(chain: &[u8], key: &[u8]) -> Result<Self, TlsError> {
        let certificates = CertificateDer::pem_slice_iter(chain)
            .collect::<Result<Vec<_>, _>>()
            .map_err(|error| TlsError::pem("the certificates", error))?;
        if certificates.is_empty() {
            return Err(TlsError::pem("the certificates", pem::Error::NoItemsFound));
        }
        let key = PrivateKeyDer::from_pem_slice(key)
            .map_err(|error| TlsError::pem("the private key", error))?;
        let mut config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .and_then(|builder| {
                builder
                    .with_no_client_auth()
                    .with_single_cert(certificates, key)
            })
            .map_err(TlsError::unfit)?;
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        Ok(Self(Arc::new(config)))
    }

    /// Reads a certificate, its chain behind it, and its private key, from files in PEM.
    ///
    /// # Errors
    /// If a file cannot be read, and as [`from_pem`](Self::from_pem).
    pub fn from_pem_files(
        chain: impl AsRef<Path>,
        key: impl AsRef<Path>,
    ) -> Result<Self, TlsError> {
        let read = |path: &Path| std::fs::read(path).map_err(|error| TlsError::file(path, error));
        Self::from_pem(&read(chain.as_ref())?, &read(key.as_ref())?)
    }

    pub(super) fn acceptor(&self) -> TlsAcceptor {
        self.0.clone().into()
    }
}

impl TlsError {
    fn pem(what: &str, error: pem::Error) -> Self {
        // Its text can quote the file, which may be the key.
        let (text, cause) = match error {
            pem::Error::NoItemsFound => (
                format!("{what}: expected PEM, found no section of that kind"),
                "no items found".into(),
            ),
            pem::Error::Io(error) => (format!("{what}: cannot be read"), error.into()),
            _ => (
                format!("{what}: expected PEM, found a section that is malformed"),
                "malformed section".into(),
            ),
        };
        Self { text, cause }
    }

    fn unfit(error: rustls::Error) -> Self {
        Self {
            text: "the certificate and key cannot be used together".into(),
            cause: error.into(),
        }
    }

    fn file(path: &Path, error: io::Error) -> Self {
        Self {
            text: format!("`{}` cannot be read", path.display()),
            cause: error.into(),
        }
    }
}

impl fmt::Display for TlsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl std::error::Error for TlsError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&*self.cause)
    }
}

impl fmt::Debug for Tls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tls").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn says_what_is_missing_and_quotes_nothing() {
        let error = Tls::from_pem(b"", b"").unwrap_err();
        assert_eq!(
            error.to_string(),
            "the certificates: expected PEM, found no section of that kind"
        );
        let key = b"-----BEGIN PRIVATE KEY-----\nhunter2!\n-----END";
        let chain = b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
        let error = Tls::from_pem(chain, key).unwrap_err();
        assert!(
            error.to_string().starts_with("the private key: "),
            "{error}"
        );
        assert!(!format!("{error:?}").contains("hunter2"));
    }

    #[test]
    fn names_the_file_that_cannot_be_read() {
        let error = Tls::from_pem_files("no/such/chain.pem", "no/such/key.pem").unwrap_err();
        assert_eq!(error.to_string(), "`no/such/chain.pem` cannot be read");
    }
}
