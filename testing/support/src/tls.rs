//! A certificate authority for servers of tests.

use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};
use rustls::{ServerConfig, pki_types::PrivatePkcs8KeyDer};
use std::sync::Arc;
use tokio_rustls::TlsAcceptor;

/// A certificate authority, and a server certificate that it issued.
#[derive(Debug)]
pub struct Authority {
    /// The root certificate to trust, in DER form.
    pub root: Vec<u8>,
    /// The same in PEM form.
    pub root_pem: String,
    config: Arc<ServerConfig>,
}

impl Authority {
    /// Issues a certificate for a server with these names.
    #[must_use]
    pub fn of(names: &[&str]) -> Self {
        Self::issue(names, |_| {})
    }

    /// Issues a certificate that expired long ago.
    #[must_use]
    pub fn expired(names: &[&str]) -> Self {
        Self::issue(names, |params| {
            params.not_before = rcgen::date_time_ymd(2001, 1, 1);
            params.not_after = rcgen::date_time_ymd(2002, 1, 1);
        })
    }

    /// Returns what accepts TLS connections with the certificate.
    #[must_use]
    pub fn acceptor(&self) -> TlsAcceptor {
        Arc::clone(&self.config).into()
    }

    fn issue(names: &[&str], adjust: impl FnOnce(&mut CertificateParams)) -> Self {
        let mut params = CertificateParams::new(Vec::new()).expect("no name is invalid");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        // OpenSSL regards a certificate as self-signed if its issuer has the same name.
        params
            .distinguished_name
            .push(DnType::CommonName, "gloaming's test authority");
        let key = KeyPair::generate().expect("the system has randomness");
        let root = params.self_signed(&key).expect("the key can sign");
        let (root, root_pem) = (root.der().to_vec(), root.pem());
        let issuer = Issuer::new(params, key);

        let names: Vec<_> = names.iter().map(ToString::to_string).collect();
        let key = KeyPair::generate().expect("the system has randomness");
        let mut params = CertificateParams::new(names).expect("the names are valid");
        // Distinguishes authorities with the same name.
        params.use_authority_key_identifier_extension = true;
        adjust(&mut params);
        let certificate = params.signed_by(&key, &issuer).expect("the key can sign");
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .expect("ring has all versions")
            .with_no_client_auth()
            .with_single_cert(
                vec![certificate.der().clone()],
                PrivatePkcs8KeyDer::from(key.serialize_der()).into(),
            )
            .expect("the key is that of the certificate");
        Self {
            root,
            root_pem,
            config: Arc::new(config),
        }
    }
}
