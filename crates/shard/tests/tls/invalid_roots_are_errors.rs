//! An invalid certificate is rejected when it is added, not when a shard connects.
use crate::harness::{Authority, available_backends};
use gloaming_shard::tls::{Tls, TlsErrorKind};
use std::error::Error;

#[test]
fn invalid_certificates_are_rejected_when_added() {
    let root = Authority::of(&["localhost"]).root;
    for backend in available_backends() {
        for der in [
            &b""[..],
            b"-----BEGIN CERTIFICATE-----",
            &root[..root.len() / 2],
        ] {
            let tls = Tls::with_backend(backend).unwrap();
            let error = tls.with_root_certificate(der).unwrap_err();
            assert_eq!(error.kind(), TlsErrorKind::InvalidCertificate, "{backend}");
            assert!(error.source().is_some());
        }
    }
}
