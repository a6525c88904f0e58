//! A setting of the environment that leads nowhere is an error that names it, and not a fault of the network.
#![cfg(feature = "rustls-native-roots")]

use gloaming_shard::{
    tls::{Tls, TlsBackend, TlsErrorKind},
    transport::{ConnectError, ConnectErrorKind},
};
use std::{env, error::Error, process::Command};

const MISSING: &str = "/nonexistent/roots.pem";

/// Set in the process whose environment names the missing file.
const IN_CHILD: &str = "GLOAMING_TEST_ROOTS_ARE_MISSING";

#[test]
fn missing_root_file_is_a_fatal_error_that_names_it() {
    if env::var_os(IN_CHILD).is_some() {
        return check();
    }
    let test = "missing_root_file_is_named::missing_root_file_is_a_fatal_error_that_names_it";
    let child = Command::new(env::current_exe().unwrap())
        .args(["--exact", test])
        .env(IN_CHILD, "1")
        .env("SSL_CERT_FILE", MISSING)
        .env_remove("SSL_CERT_DIR")
        .output()
        .unwrap();
    let output = String::from_utf8_lossy(&child.stdout);
    assert!(child.status.success(), "{output}");
    assert!(output.contains("1 passed"), "{output}");
}

fn check() {
    let tls = Tls::with_backend(TlsBackend::RustlsNativeRoots).unwrap();
    let error = tls.load().unwrap_err();
    assert_eq!(error.kind(), TlsErrorKind::UnreadableRootCertificates);
    assert!(error.to_string().contains("SSL_CERT_FILE"), "{error}");
    assert!(error.source().unwrap().to_string().contains(MISSING));

    let error = ConnectError::from(error);
    assert_eq!(error.kind(), ConnectErrorKind::TlsSetup);
    assert!(error.is_fatal());
    assert!(!error.to_string().contains("clock"), "{error}");
}
