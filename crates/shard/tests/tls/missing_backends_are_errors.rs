//! A backend that is not compiled in is an error that names its feature.
use gloaming_shard::{
    tls::{Tls, TlsBackend, TlsErrorKind},
    transport::{Connect, ConnectErrorKind, Connector},
};

#[test]
fn missing_backend_is_an_error() {
    for backend in TlsBackend::ALL {
        match Tls::with_backend(backend) {
            Ok(tls) => {
                assert!(backend.is_available());
                assert_eq!(tls.backend(), Some(backend));
                assert!(!tls.is_plain());
            }
            Err(error) => {
                assert!(!backend.is_available());
                assert_eq!(error.kind(), TlsErrorKind::MissingBackend(Some(backend)));
                assert!(error.to_string().contains(backend.feature()), "{error}");
            }
        }
    }
}

#[test]
fn no_backend_is_an_error() {
    match TlsBackend::best() {
        Some(best) => {
            let first = TlsBackend::ALL
                .into_iter()
                .find(|backend| backend.is_available());
            assert_eq!(first, Some(best));
            assert_eq!(Tls::new().unwrap().backend(), Some(best));
            assert_eq!(Tls::default().backend(), Some(best));
        }
        None => {
            let error = Tls::new().unwrap_err();
            assert_eq!(error.kind(), TlsErrorKind::MissingBackend(None));
            assert!(error.to_string().contains("rustls-native-roots"), "{error}");
            assert!(Tls::default().is_plain());
        }
    }
}

#[tokio::test]
async fn connecting_without_a_backend_fails() {
    if TlsBackend::best().is_some() {
        return;
    }
    // Nothing listens there, but the error comes before the connection attempt.
    let connecting = Connector::default().connect("wss://127.0.0.1:1/");
    let error = connecting.await.err().unwrap();
    assert_eq!(error.kind(), ConnectErrorKind::MissingTls);
    assert!(error.is_fatal());
    assert!(error.to_string().contains("rustls-native-roots"), "{error}");
}

#[test]
fn plain_value_rejects_a_root() {
    let error = Tls::plain().with_root_certificate(b"").unwrap_err();
    assert_eq!(error.kind(), TlsErrorKind::NotExtensible);
    assert!(Tls::plain().load().is_ok());
    assert_eq!(Tls::plain().backend(), None);
}
