//! Environment variables select the proxy on request, as with curl, and none of their values is ignored.
use crate::harness::{
    proxy_server::{Kind, ProxyServer},
    websocket_server::{TEXT, frame, receive, text, upgrade},
};
use gloaming_shard::{
    tls::Tls,
    transport::{
        Connect, ConnectErrorKind, Connector, ProxyEnvError, ProxyEnvErrorKind, ProxyErrorKind,
        ProxySelector,
    },
};
use gloaming_test_support::Logs;
use std::{error::Error as _, ffi::OsString};
use tokio::{io::AsyncWriteExt as _, net::TcpListener};

type Variables<'a> = &'a [(&'a str, &'a str)];

fn select(variables: Variables<'_>) -> Result<ProxySelector, ProxyEnvError> {
    ProxySelector::from_variables(|name| {
        let found = variables.iter().find(|variable| variable.0 == name)?;
        Some(OsString::from(found.1))
    })
}

/// Returns the proxy's URL, or an empty string for none.
#[track_caller]
fn proxy_for(variables: Variables<'_>, url: &str) -> String {
    let selector = select(variables).unwrap();
    selector
        .proxy_for(url)
        .unwrap()
        .map(ToString::to_string)
        .unwrap_or_default()
}

#[test]
fn variables_are_read_in_the_order_of_curl() {
    let lower = ("https_proxy", "http://lower.test:1");
    let upper = ("HTTPS_PROXY", "http://upper.test:2");
    let all_lower = ("all_proxy", "socks5://all-lower.test");
    let all_upper = ("ALL_PROXY", "socks5h://all-upper.test:4");
    let plain = ("http_proxy", "https://plain.test");
    let empty = ("https_proxy", "");
    for (variables, secure, plain) in [
        (&[][..], "", ""),
        (
            &[lower, upper, all_lower],
            "http://lower.test:1",
            "socks5h://all-lower.test:1080",
        ),
        (&[empty, upper], "http://upper.test:2", ""),
        (
            &[upper, all_upper],
            "http://upper.test:2",
            "socks5h://all-upper.test:4",
        ),
        (
            &[all_lower, all_upper],
            "socks5h://all-lower.test:1080",
            "socks5h://all-lower.test:1080",
        ),
        (&[plain], "", "https://plain.test:443"),
        (
            &[plain, lower],
            "http://lower.test:1",
            "https://plain.test:443",
        ),
        // A request to a CGI program could set it.
        (&[("HTTP_PROXY", "http://attacker.test")], "", ""),
        (
            &[("https_proxy", " proxy.test:3128 ")],
            "http://proxy.test:3128",
            "",
        ),
        (
            &[("https_proxy", "me:secret@proxy.test")],
            "http://proxy.test:80",
            "",
        ),
    ] {
        for url in ["wss://gateway.discord.gg", "https://discord.com/api"] {
            assert_eq!(proxy_for(variables, url), secure, "{variables:?}");
        }
        for url in ["ws://gateway.test", "HTTP://discord.test"] {
            assert_eq!(proxy_for(variables, url), plain, "{variables:?}");
        }
    }
}

#[test]
fn entries_of_no_proxy_name_hosts_without_proxy() {
    for (entries, direct, proxied) in [
        ("*", &["gateway.test", "192.0.2.7"][..], &[][..]),
        (
            "discord.gg",
            &[
                "discord.gg",
                "Gateway.Discord.GG",
                "discord.gg.",
                "discord.gg:7878",
            ],
            &["notdiscord.gg", "discord.gg.test", "discord"],
        ),
        (
            ".Discord.gg.",
            &["discord.gg", "gateway.discord.gg"],
            &["notdiscord.gg"],
        ),
        (
            "*.discord.gg",
            &["discord.gg", "gateway.discord.gg"],
            &["notdiscord.gg"],
        ),
        ("localhost", &["localhost:80"], &["127.0.0.1"]),
        (
            "gateway.test:7878",
            &["gateway.test:7878", "a.gateway.test:7878"],
            &["gateway.test"],
        ),
        (
            "*:7878",
            &["gateway.test:7878", "[::1]:7878"],
            &["gateway.test"],
        ),
        (
            "192.0.2.7",
            &["192.0.2.7", "[::ffff:192.0.2.7]"],
            &["192.0.2.8", "1.192.0.2.7.test"],
        ),
        ("192.0.2.7:80", &["192.0.2.7:80"], &["192.0.2.7"]),
        (
            "2001:db8::7",
            &["[2001:db8::7]", "[2001:db8:0::7]:80"],
            &["[2001:db8::8]"],
        ),
        ("[2001:db8::7]", &["[2001:db8::7]"], &["[2001:db8::8]"]),
        (
            "[2001:db8::7]:80",
            &["[2001:db8::7]:80"],
            &["[2001:db8::7]"],
        ),
        (
            "10.0.0.0/8",
            &["10.0.0.1", "10.255.255.255"],
            &["11.0.0.0", "9.255.255.255"],
        ),
        ("10.1.2.3/32", &["10.1.2.3"], &["10.1.2.2"]),
        ("0.0.0.0/0", &["192.0.2.7"], &["[::1]", "gateway.test"]),
        ("::/0", &["[::1]"], &["192.0.2.7"]),
        ("fd00::/8", &["[fd00::1]", "[fdff::1]"], &["[fe00::1]"]),
        ("::ffff:10.0.0.0/104", &["10.1.2.3"], &["11.0.0.0"]),
        (
            "a.test, b.test  c.test,,",
            &["a.test", "b.test", "c.test"],
            &["d.test"],
        ),
        (" , ", &[], &["gateway.test"]),
    ] {
        for name in ["no_proxy", "NO_PROXY"] {
            let variables = [("https_proxy", "http://proxy.test:1"), (name, entries)];
            for (hosts, expected) in [(direct, ""), (proxied, "http://proxy.test:1")] {
                for host in hosts {
                    let selected = proxy_for(&variables, &format!("wss://{host}/?v=10"));
                    assert_eq!(selected, expected, "{entries}: {host}");
                }
            }
        }
    }
}

#[test]
fn lower_case_of_no_proxy_takes_precedence() {
    let proxy = ("all_proxy", "http://proxy.test:1");
    let variables = [proxy, ("no_proxy", "a.test"), ("NO_PROXY", "b.test")];
    assert_eq!(proxy_for(&variables, "wss://a.test"), "");
    assert_eq!(proxy_for(&variables, "wss://b.test"), "http://proxy.test:1");
}

#[test]
fn unusable_values_are_errors_that_name_the_variable_and_no_secret() {
    use ProxyErrorKind::{Credentials, MissingHost, Path, Port, Scheme, Url};

    for (variable, value, kind, shown) in [
        (
            "https_proxy",
            "socks4://me:secret@proxy.test:1",
            Scheme,
            "socks4://***@proxy.test:1",
        ),
        (
            "HTTPS_PROXY",
            "http://me:se/cret@proxy.test",
            Credentials,
            "http://***@proxy.test",
        ),
        (
            "http_proxy",
            "http://me:secret%0a@proxy.test",
            Credentials,
            "http://***@proxy.test",
        ),
        (
            "all_proxy",
            "me:secret%@proxy.test:1",
            Credentials,
            "***@proxy.test:1",
        ),
        ("ALL_PROXY", "http://me:secret", Port, "http://me:***"),
        ("https_proxy", "me:secret", Port, "me:***"),
        (
            "https_proxy",
            "http://me:secret@",
            MissingHost,
            "http://***@",
        ),
        (
            "https_proxy",
            "http://proxy.test/secret",
            Path,
            "http://proxy.test/***",
        ),
        (
            "https_proxy",
            "http://proxy.test?secret",
            Path,
            "http://proxy.test/***",
        ),
        (
            "https_proxy",
            "http://[::1]:secret",
            Port,
            "http://[::1]:***",
        ),
        (
            "https_proxy",
            "http://pro\nxy secret.test",
            Url,
            "http://***",
        ),
        (
            "https_proxy",
            "a secret://proxy.test",
            Scheme,
            "***://proxy.test",
        ),
    ] {
        let error = select(&[(variable, value)]).unwrap_err();
        assert_eq!(error.variable(), variable);
        assert_eq!(error.kind(), ProxyEnvErrorKind::Proxy(kind), "{value}");
        let message = error.to_string();
        assert!(message.contains(&format!(" {variable} ")), "{message}");
        assert!(message.contains(&format!(" ({shown}): ")), "{message}");
        let text = format!("{message} {error:?} {}", error.source().unwrap());
        assert!(
            !text.contains("secret") && !text.contains("cret@"),
            "{text}"
        );
    }

    for (value, shown) in [
        ("a.test,10.0.0.0/33", Some("10.0.0.0/33")),
        ("10.0.0.0/-1", Some("10.0.0.0/-1")),
        ("fd00::/129", Some("fd00::/129")),
        ("gateway.test/8", Some("gateway.test/8")),
        ("gateway.test:0", Some("gateway.test:0")),
        ("gateway.test:port", Some("gateway.test:port")),
        ("[gateway.test]", Some("[gateway.test]")),
        ("[::1]80", Some("[::1]80")),
        ("10.0.*", Some("10.0.*")),
        (".", Some(".")),
        ("https://gateway.test", Some("https://gateway.test")),
        ("gat\u{e9}way.test", Some("gat\u{e9}way.test")),
        ("http://me:secret@proxy.test", None),
        ("http://me:secret,secret@proxy.test", None),
    ] {
        let error = select(&[("NO_PROXY", value)]).unwrap_err();
        assert_eq!(error.variable(), "NO_PROXY");
        assert_eq!(error.kind(), ProxyEnvErrorKind::NoProxyEntry, "{value}");
        let message = error.to_string();
        if let Some(shown) = shown {
            assert!(message.contains(&format!(" ({shown});")), "{message}");
        }
        assert!(
            !format!("{message} {error:?}").contains("secret"),
            "{message}"
        );
    }
}

#[cfg(unix)]
#[test]
fn values_that_are_not_unicode_are_errors() {
    use std::os::unix::ffi::OsStringExt as _;

    let error = ProxySelector::from_variables(|name| {
        (name == "ALL_PROXY").then(|| OsString::from_vec(b"http://\xff".to_vec()))
    })
    .unwrap_err();
    assert_eq!(error.variable(), "ALL_PROXY");
    assert_eq!(error.kind(), ProxyEnvErrorKind::NotUnicode);
    assert!(error.source().is_none());
}

#[test]
fn unusable_target_is_an_error() {
    let error = select(&[]).unwrap().proxy_for("gateway.test").unwrap_err();
    assert_eq!(error.kind(), ConnectErrorKind::Url);
}

#[tokio::test]
async fn connections_use_the_selected_proxy_or_none() {
    let (logs, _guard) = Logs::capture(tracing::Level::TRACE);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let server = tokio::spawn(async move {
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            upgrade(&mut stream).await;
            stream.write_all(&frame(TEXT, b"hello")).await.unwrap();
        }
    });
    let proxy_server = ProxyServer::start(Kind::HttpConnect, Some(("bot", "se:cret"))).await;
    let proxy_url = format!("bot:se%3Acret@{}", proxy_server.address);
    let selector = select(&[
        ("http_proxy", &proxy_url),
        ("NO_PROXY", "other.invalid,127.0.0.0/8"),
    ])
    .unwrap();
    assert!(!format!("{selector:?}").contains("cret"));

    let connector = Connector::new(Tls::plain()).with_proxy(selector);
    // Only the proxy can resolve the name.
    for host in ["gateway.invalid", "127.0.0.1"] {
        let url = format!("ws://{host}:{port}/?v=10");
        let mut transport = connector.connect(&url).await.unwrap();
        assert_eq!(text(receive(&mut *transport).await), "hello");
    }
    assert_eq!(
        proxy_server.requested_hosts(),
        [format!("gateway.invalid:{port}")]
    );
    server.abort();
    let text = logs.text();
    assert!(text.contains("connecting through a proxy"), "{text}");
    assert!(!text.contains("cret"), "{text}");
}
