//! Certificates, generated when the emulator starts.

use std::{io, sync::Arc};

use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa,
    Issuer, KeyPair, KeyUsagePurpose,
};
use rustls::{
    ServerConfig,
    pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer},
};
use tokio_rustls::TlsAcceptor;

/// The names in the server's certificate.
const NAMES: [&str; 3] = ["localhost", "127.0.0.1", "::1"];

/// A root certificate for this emulator, and a server certificate that it signed.
pub(crate) struct Certificates {
    root_der: Vec<u8>,
    root_pem: String,
    config: Arc<ServerConfig>,
}

impl std::fmt::Debug for Certificates {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Certificates").finish_non_exhaustive()
    }
}

impl Certificates {
    /// Generates keys and certificates.
    pub(super) fn generate() -> io::Result<Self> {
        let root_key = KeyPair::generate().map_err(io::Error::other)?;
        let mut root = CertificateParams::default();
        root.distinguished_name = distinguished_name("gloaming-emulator root");
        root.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        root.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        let root_certificate = root.self_signed(&root_key).map_err(io::Error::other)?;
        let issuer = Issuer::new(root, root_key);

        let key = KeyPair::generate().map_err(io::Error::other)?;
        let mut leaf =
            CertificateParams::new(NAMES.map(str::to_owned)).map_err(io::Error::other)?;
        leaf.distinguished_name = distinguished_name("gloaming-emulator");
        leaf.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        leaf.use_authority_key_identifier_extension = true;
        let certificate = leaf.signed_by(&key, &issuer).map_err(io::Error::other)?;

        let private = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
        let chain = vec![CertificateDer::from(certificate.der().to_vec())];
        // The provider is explicit: with several providers in a program, the default would be ambiguous.
        let config =
            ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
                .with_safe_default_protocol_versions()
                .map_err(io::Error::other)?
                .with_no_client_auth()
                .with_single_cert(chain, private)
                .map_err(io::Error::other)?;
        Ok(Self {
            root_der: root_certificate.der().to_vec(),
            root_pem: root_certificate.pem(),
            config: Arc::new(config),
        })
    }

    /// The root certificate in DER.
    pub(crate) fn root_der(&self) -> &[u8] {
        &self.root_der
    }

    /// The root certificate in PEM.
    pub(crate) fn root_pem(&self) -> &str {
        &self.root_pem
    }

    pub(super) fn acceptor(&self) -> TlsAcceptor {
        TlsAcceptor::from(Arc::clone(&self.config))
    }
}

fn distinguished_name(name: &str) -> DistinguishedName {
    let mut names = DistinguishedName::new();
    names.push(DnType::CommonName, name);
    names
}
