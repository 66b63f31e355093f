//! Who the TLS port says it is.

use std::{error::Error, fmt, io, path::Path, sync::Arc};

use rcgen::{
    BasicConstraints, Certificate, CertificateParams, DistinguishedName, DnType,
    ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair, KeyUsagePurpose,
};
use rustls::{ServerConfig, crypto::ring};
use rustls_pki_types::{
    CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer,
    pem::{self, PemObject},
};
use time::{Duration, OffsetDateTime};
use tokio_rustls::TlsAcceptor;

/// How long a certificate holds that is made at start. Some clients believe none of more than 825 days.
const VALIDITY: Duration = Duration::days(365);

/// A certificate and its key: TLS 1.2 and 1.3 by rustls with ring.
#[derive(Clone)]
pub struct TlsIdentity {
    config: Arc<ServerConfig>,
    root_pem: Option<Arc<str>>,
}

impl TlsIdentity {
    /// A certificate for `localhost`, `127.0.0.1` and `::1` that holds for a year, by a root of its own.
    ///
    /// Clients have to trust the [root](Self::root_pem). Its key signs this one certificate and is forgotten, so that
    /// nobody can make others that pass for it.
    ///
    /// # Errors
    ///
    /// If the machine gives no random numbers.
    pub fn for_localhost() -> Result<Self, TlsIdentityError> {
        let (chain, key, root) = issue().map_err(TlsIdentityError::issue)?;
        let identity = Self::new(chain, key)?;
        Ok(Self {
            root_pem: Some(root.pem().into()),
            ..identity
        })
    }

    /// Takes a certificate, its chain behind it, and its private key, in PEM.
    ///
    /// # Errors
    ///
    /// If there is no certificate or no key, or the key is not the certificate's.
    pub fn from_pem(chain: &[u8], key: &[u8]) -> Result<Self, TlsIdentityError> {
        let what = "the certificates";
        let certificates = CertificateDer::pem_slice_iter(chain)
            .collect::<Result<Vec<_>, _>>()
            .map_err(|error| TlsIdentityError::pem(what, &error))?;
        if certificates.is_empty() {
            return Err(TlsIdentityError::pem(what, &pem::Error::NoItemsFound));
        }
        let key = PrivateKeyDer::from_pem_slice(key)
            .map_err(|error| TlsIdentityError::pem("the private key", &error))?;
        Self::new(certificates, key)
    }

    /// Reads a certificate, its chain behind it, and its private key, from files in PEM.
    ///
    /// # Errors
    ///
    /// If a file cannot be read, and as [`from_pem`](Self::from_pem).
    pub fn from_pem_files(
        chain: impl AsRef<Path>,
        key: impl AsRef<Path>,
    ) -> Result<Self, TlsIdentityError> {
        let read =
            |path: &Path| std::fs::read(path).map_err(|error| TlsIdentityError::file(path, &error));
        Self::from_pem(&read(chain.as_ref())?, &read(key.as_ref())?)
    }

    fn new(
        chain: Vec<CertificateDer<'static>>,
        key: PrivateKeyDer<'static>,
    ) -> Result<Self, TlsIdentityError> {
        ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .and_then(|builder| builder.with_no_client_auth().with_single_cert(chain, key))
            .map(|config| Self {
                config: Arc::new(config),
                root_pem: None,
            })
            .map_err(|error| TlsIdentityError::unfit(&error))
    }

    /// The root that clients have to trust, in PEM; only of what was made [here](Self::for_localhost).
    #[must_use]
    pub fn root_pem(&self) -> Option<&str> {
        self.root_pem.as_deref()
    }

    pub(super) fn acceptor(&self) -> TlsAcceptor {
        Arc::clone(&self.config).into()
    }
}

impl fmt::Debug for TlsIdentity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TlsIdentity").finish_non_exhaustive()
    }
}

type Issued = (
    Vec<CertificateDer<'static>>,
    PrivateKeyDer<'static>,
    Certificate,
);

fn issue() -> Result<Issued, rcgen::Error> {
    let root_key = KeyPair::generate()?;
    let mut root = params(Vec::new(), "listener local root")?;
    root.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    root.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    let certificate = root.self_signed(&root_key)?;
    let issuer = Issuer::new(root, root_key);

    let key = KeyPair::generate()?;
    let names = ["localhost", "127.0.0.1", "::1"].map(str::to_owned);
    let mut leaf = params(names.into(), "localhost")?;
    leaf.is_ca = IsCa::ExplicitNoCa;
    // Python 3.13 and later refuse a certificate that does not name its issuer's key.
    leaf.use_authority_key_identifier_extension = true;
    leaf.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    leaf.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    let chain = vec![leaf.signed_by(&key, &issuer)?.into()];
    let key = PrivatePkcs8KeyDer::from(key.serialize_der());
    Ok((chain, key.into(), certificate))
}

fn params(names: Vec<String>, common_name: &str) -> Result<CertificateParams, rcgen::Error> {
    let mut params = CertificateParams::new(names)?;
    let now = OffsetDateTime::now_utc();
    // Clients in containers have clocks of their own.
    params.not_before = now - Duration::DAY;
    params.not_after = now + VALIDITY;
    params.distinguished_name = DistinguishedName::new();
    params
        .distinguished_name
        .push(DnType::CommonName, common_name);
    Ok(params)
}

/// Why a certificate and its key cannot be used. Nothing of the files is quoted.
#[derive(Clone, Debug)]
pub struct TlsIdentityError(String);

impl TlsIdentityError {
    fn pem(what: &str, error: &pem::Error) -> Self {
        // Its own text can quote the file, which may be the key.
        Self(match error {
            pem::Error::NoItemsFound => {
                format!("{what}: expected PEM, found no section of that kind")
            }
            _ => format!("{what}: expected PEM, found a section that is malformed"),
        })
    }

    fn unfit(error: &rustls::Error) -> Self {
        Self(format!(
            "the certificate and the key cannot be used together: {error}"
        ))
    }

    fn file(path: &Path, error: &io::Error) -> Self {
        Self(format!("`{}` cannot be read: {error}", path.display()))
    }

    fn issue(error: rcgen::Error) -> Self {
        Self(format!(
            "a certificate for localhost cannot be made: {error}"
        ))
    }
}

impl fmt::Display for TlsIdentityError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Error for TlsIdentityError {}
