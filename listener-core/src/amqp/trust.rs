use std::{fmt, sync::Arc};

use rustls_pki_types::{CertificateDer, pem::PemObject};
use rustls_platform_verifier::BuilderVerifierExt;
use tokio_rustls::rustls::{ClientConfig, RootCertStore, crypto::ring};

use super::{Error, ErrorKind};

/// Which certificates of servers are believed: TLS 1.2 and 1.3 by rustls with ring.
#[derive(Clone)]
pub struct Trust(Arc<ClientConfig>);

impl Trust {
    /// What the operating system trusts, a company's own authority among it.
    ///
    /// # Errors
    /// If the system's roots cannot be read.
    pub fn platform() -> Result<Self, Error> {
        ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .and_then(BuilderVerifierExt::with_platform_verifier)
            .map(|builder| Self(Arc::new(builder.with_no_client_auth())))
            .map_err(|error| trust_error(&error.to_string()))
    }

    /// These roots, in PEM, and no others.
    ///
    /// # Errors
    /// If there is no certificate, or one that is malformed.
    pub fn roots_from_pem(pem: &[u8]) -> Result<Self, Error> {
        let mut roots = RootCertStore::empty();
        for root in CertificateDer::pem_slice_iter(pem) {
            // The reader's own text can quote the file.
            let root = root.map_err(|_| trust_error("a section of the PEM is malformed"))?;
            roots
                .add(root)
                .map_err(|error| trust_error(&error.to_string()))?;
        }
        if roots.is_empty() {
            return Err(trust_error("expected certificates in PEM, found none"));
        }
        ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .map(|builder| {
                Self(Arc::new(
                    builder.with_root_certificates(roots).with_no_client_auth(),
                ))
            })
            .map_err(|error| trust_error(&error.to_string()))
    }

    pub(super) fn config(&self) -> Arc<ClientConfig> {
        self.0.clone()
    }
}

fn trust_error(detail: &str) -> Error {
    Error::new(ErrorKind::CannotConnect, "reading the trusted roots").with_detail(detail)
}

impl fmt::Debug for Trust {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Trust").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refuses_what_is_no_root_and_quotes_nothing() {
        for (pem, part) in [
            (&b"canary"[..], "found none"),
            (
                b"-----BEGIN CERTIFICATE-----\ncanary!\n-----END CERTIFICATE-----\n",
                "malformed",
            ),
        ] {
            let error = Trust::roots_from_pem(pem).unwrap_err();
            assert!(error.to_string().contains(part), "{error}");
            assert!(!format!("{error:?}").contains("canary"));
        }
    }
}
