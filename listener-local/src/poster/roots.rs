use std::{fmt, sync::Arc};

use reqwest::Url;
use rustls::{
    ClientConfig, RootCertStore,
    crypto::{CryptoProvider, ring},
    pki_types::{CertificateDer, pem::PemObject},
};
use rustls_platform_verifier::Verifier;

use super::PostError;

/// Which certificates to trust at an `https` URL.
#[derive(Clone, Default)]
pub struct Roots(Option<Vec<CertificateDer<'static>>>);

impl Roots {
    /// What the operating system trusts, a company's own authority among it.
    #[must_use]
    pub const fn platform() -> Self {
        Self(None)
    }

    /// These certificates (PEM, one or more) and no others.
    ///
    /// # Errors
    ///
    /// [`PostError::Roots`] if there is no certificate among `pem`, or a broken one.
    pub fn from_pem(pem: &[u8]) -> Result<Self, PostError> {
        let certificates = CertificateDer::pem_slice_iter(pem)
            .collect::<Result<Vec<_>, _>>()
            .map_err(|error| PostError::Roots(format!("expected certificates in PEM: {error}")))?;
        if certificates.is_empty() {
            return Err(PostError::Roots(
                "expected certificates in PEM (`-----BEGIN CERTIFICATE-----`), found none"
                    .to_owned(),
            ));
        }
        Ok(Self(Some(certificates)))
    }

    /// TLS for this URL. The cryptography is given here, not taken from the process: a library installs no global.
    pub(super) fn client_config(&self, url: &Url) -> Result<ClientConfig, PostError> {
        let provider = Arc::new(ring::default_provider());
        let config = ClientConfig::builder_with_provider(Arc::clone(&provider))
            .with_safe_default_protocol_versions()
            .map_err(roots_error)?;
        // Plain HTTP has to work on a machine without any certificate.
        if url.scheme() != "https" {
            return Ok(config
                .with_root_certificates(RootCertStore::empty())
                .with_no_client_auth());
        }
        let Some(certificates) = &self.0 else {
            return platform(config, provider);
        };
        let mut store = RootCertStore::empty();
        for certificate in certificates {
            store.add(certificate.clone()).map_err(roots_error)?;
        }
        Ok(config.with_root_certificates(store).with_no_client_auth())
    }
}

fn platform(
    config: rustls::ConfigBuilder<ClientConfig, rustls::WantsVerifier>,
    provider: Arc<CryptoProvider>,
) -> Result<ClientConfig, PostError> {
    let verifier = Verifier::new(provider).map_err(roots_error)?;
    Ok(config
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier))
        .with_no_client_auth())
}

fn roots_error(error: rustls::Error) -> PostError {
    PostError::Roots(error.to_string())
}

impl fmt::Debug for Roots {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            None => f.write_str("Roots(platform)"),
            Some(certificates) => write!(f, "Roots({} certificates)", certificates.len()),
        }
    }
}
