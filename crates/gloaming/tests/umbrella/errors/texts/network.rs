//! Connections, TLS and proxies.

use super::{SECRET, Texts};
use gloaming::{
    error::{
        ConnectError, ConnectErrorKind, ProxyErrorKind, TlsError, TlsErrorKind, TransportError,
        TransportErrorKind,
    },
    tls::{Tls, TlsBackend},
    transport::{Proxy, ProxySelector},
};
use std::ffi::OsString;

pub(super) fn add(texts: &mut Texts) {
    add_connecting(texts);
    add_transports(texts);
    add_tls(texts);
    add_proxies(texts);
}

fn add_connecting(texts: &mut Texts) {
    use ConnectErrorKind as Kind;

    const HOST: &str = "gateway.test:443";
    for (name, kind) in [
        ("Url", Kind::Url),
        ("Resolve", Kind::Resolve),
        ("Tcp", Kind::Tcp),
        ("Tls", Kind::Tls),
        ("NotTls", Kind::NotTls),
        ("Certificate", Kind::Certificate),
        ("MissingTls", Kind::MissingTls),
        ("Handshake (403)", Kind::Handshake { status: 403 }),
        ("Handshake (404)", Kind::Handshake { status: 404 }),
        ("Handshake (429)", Kind::Handshake { status: 429 }),
        ("Handshake (503)", Kind::Handshake { status: 503 }),
        ("Handshake (200)", Kind::Handshake { status: 200 }),
        ("NotWebSocket", Kind::NotWebSocket),
        ("ProxyUnreachable", Kind::ProxyUnreachable),
        ("ProxyStatus (403)", Kind::ProxyStatus { status: 403 }),
        ("ProxyStatus (405)", Kind::ProxyStatus { status: 405 }),
        ("ProxyStatus (429)", Kind::ProxyStatus { status: 429 }),
        ("ProxyStatus (502)", Kind::ProxyStatus { status: 502 }),
        ("ProxyStatus (302)", Kind::ProxyStatus { status: 302 }),
        ("ProxyReply", Kind::ProxyReply { reply: 5 }),
        ("Timeout", Kind::Timeout),
        ("Other", Kind::Other),
    ] {
        let error = ConnectError::new(kind).with_endpoint(HOST);
        texts.add_with_place(&format!("ConnectErrorKind::{name}"), &error, HOST);
    }
    // What the host is has no part in these.
    for (name, kind) in [
        ("TlsSetup", Kind::TlsSetup),
        ("RootCertificates", Kind::RootCertificates),
        ("ProxyCredentials", Kind::ProxyCredentials),
        ("NotProxy", Kind::NotProxy),
    ] {
        let error = ConnectError::new(kind);
        texts.add(&format!("ConnectErrorKind::{name}"), &error);
    }
}

fn add_transports(texts: &mut Texts) {
    use TransportErrorKind as Kind;

    let too_long = Kind::MessageTooLong {
        bytes: 20,
        limit: 10,
    };
    for (name, kind) in [
        ("Io", Kind::Io),
        ("MessageTooLong", too_long),
        ("InvalidUtf8", Kind::InvalidUtf8),
        ("Protocol", Kind::Protocol),
        ("WriteBufferFull", Kind::WriteBufferFull),
        ("SendAfterClose", Kind::SendAfterClose),
        ("UnsendableCloseCode", Kind::UnsendableCloseCode(1005)),
    ] {
        let error = TransportError::new(kind);
        texts.add(&format!("TransportErrorKind::{name}"), &error);
    }
}

fn add_tls(texts: &mut Texts) {
    use TlsErrorKind as Kind;

    let backend = TlsBackend::NativeTls;
    for (name, kind) in [
        ("MissingBackend", Kind::MissingBackend(Some(backend))),
        ("MissingBackend (all)", Kind::MissingBackend(None)),
        ("NoRootCertificates", Kind::NoRootCertificates),
        (
            "UnreadableRootCertificates",
            Kind::UnreadableRootCertificates,
        ),
        ("InvalidCertificate", Kind::InvalidCertificate),
        ("NotExtensible", Kind::NotExtensible),
        ("Library", Kind::Library),
    ] {
        texts.add(&format!("TlsErrorKind::{name}"), &TlsError::new(kind));
    }
    let error = Tls::plain().with_root_certificate(b"").unwrap_err();
    assert_eq!(error.kind(), Kind::NotExtensible);
}

fn add_proxies(texts: &mut Texts) {
    for (name, url) in [
        ("Url", "http://[::1"),
        ("Scheme", "ftp://proxy.test"),
        ("MissingHost", "http://"),
        ("Port", "http://proxy.test:99999"),
        ("Path", "http://proxy.test/path"),
        ("Credentials", "http://a%zz@proxy.test"),
    ] {
        let error = Proxy::parse(url).unwrap_err();
        let kind = format!("{:?}", error.kind());
        assert_eq!(kind, name, "{url}");
        texts.add(&format!("ProxyErrorKind::{name}"), &error);
    }
    for (name, value) in [
        ("Proxy", format!("ftp://name:{SECRET}@proxy.test")),
        ("NoProxyEntry", "10.0.0.0/99".to_owned()),
    ] {
        let variable = if name == "Proxy" {
            "https_proxy"
        } else {
            "no_proxy"
        };
        let variables = |read: &str| (read == variable).then(|| OsString::from(&value));
        let error = ProxySelector::from_variables(variables).unwrap_err();
        texts.add_with_place(&format!("ProxyEnvErrorKind::{name}"), &error, variable);
    }
    #[cfg(unix)]
    {
        use std::os::unix::ffi::OsStringExt as _;

        let variable = "https_proxy";
        let variables = |read: &str| (read == variable).then(|| OsString::from_vec(vec![0xff]));
        let error = ProxySelector::from_variables(variables).unwrap_err();
        texts.add_with_place("ProxyEnvErrorKind::NotUnicode", &error, variable);
    }
    let url = format!("http://name:{SECRET}@proxy.test:0/");
    let error = Proxy::parse(&url).unwrap_err();
    assert_eq!(error.kind(), ProxyErrorKind::Port);
    assert!(!error.to_string().contains(SECRET));
}
