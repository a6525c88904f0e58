//! Parses proxy URLs.

use super::{
    Protocol, Proxy,
    error::{ProxyError, ProxyErrorKind},
};
use std::str::FromStr;
use tokio_tungstenite::tungstenite::http::uri::Authority;

impl Proxy {
    /// Parses a proxy URL; see [above](Self) for its form.
    ///
    /// # Errors
    ///
    /// Returns one of [`ProxyErrorKind`]. The error does not contain the URL.
    pub fn parse(url: &str) -> Result<Self, ProxyError> {
        parse(url)
    }
}

impl FromStr for Proxy {
    type Err = ProxyError;

    fn from_str(url: &str) -> Result<Self, ProxyError> {
        parse(url)
    }
}

fn parse(url: &str) -> Result<Proxy, ProxyError> {
    let fail = |kind| Err(ProxyError::new(kind));

    let Some((scheme, rest)) = url.split_once("://") else {
        return fail(ProxyErrorKind::Scheme);
    };
    let (protocol, default_port) = match scheme.to_ascii_lowercase().as_str() {
        "http" => (Protocol::Http, 80),
        "https" => (Protocol::Https, 443),
        "socks5" | "socks5h" => (Protocol::Socks5, 1080),
        _ => return fail(ProxyErrorKind::Scheme),
    };
    // A path or query with an `@` may also be a password with an unencoded `/` or `?`.
    let rest = rest.strip_suffix('/').unwrap_or(rest);
    if rest.contains(['/', '?', '#']) {
        return fail(if rest.contains('@') {
            ProxyErrorKind::Credentials
        } else {
            ProxyErrorKind::Path
        });
    }
    let (user_info, location) = match rest.rsplit_once('@') {
        Some((user_info, location)) => (Some(user_info), location),
        None => (None, rest),
    };
    if location.is_empty() || location.starts_with(':') {
        return fail(ProxyErrorKind::MissingHost);
    }
    let Ok(authority) = location.parse::<Authority>() else {
        return fail(ProxyErrorKind::Url);
    };
    let host = authority.host();
    let port = match authority.port() {
        Some(port) => port.as_u16(),
        // The crate `http` reads a port that is not a number as a missing port.
        None if location.len() > host.len() => return fail(ProxyErrorKind::Port),
        None => default_port,
    };
    if port == 0 {
        return fail(ProxyErrorKind::Port);
    }
    let bare_host = host
        .strip_prefix('[')
        .and_then(|host| host.strip_suffix(']'))
        .unwrap_or(host);

    let proxy = Proxy::new(protocol, bare_host, port);
    let Some(user_info) = user_info else {
        return Ok(proxy);
    };
    let (name, password) = user_info.split_once(':').unwrap_or((user_info, ""));
    match (percent_decoded(name), percent_decoded(password)) {
        (Some(name), Some(password)) => proxy.with_raw_credentials(&name, &password),
        _ => fail(ProxyErrorKind::Credentials),
    }
}

fn percent_decoded(text: &str) -> Option<Vec<u8>> {
    let mut decoded = Vec::with_capacity(text.len());
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        decoded.push(match byte {
            b'%' => hex_digit(bytes.next()?)? << 4 | hex_digit(bytes.next()?)?,
            byte => byte,
        });
    }
    Some(decoded)
}

fn hex_digit(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        b'A'..=b'F' => Some(digit - b'A' + 10),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Proxy, ProxyErrorKind};

    #[test]
    fn urls_are_parsed_and_shown_without_credentials() {
        for (url, shown) in [
            ("http://proxy.test:3128", "http://proxy.test:3128"),
            ("http://proxy.test", "http://proxy.test:80"),
            ("HTTPS://proxy.test/", "https://proxy.test:443"),
            ("socks5://127.0.0.1", "socks5h://127.0.0.1:1080"),
            ("socks5h://[::1]:9050", "socks5h://[::1]:9050"),
        ] {
            let proxy = Proxy::parse(url).unwrap();
            assert_eq!(proxy.to_string(), shown);
            assert_eq!(url.parse(), Ok(proxy));
        }
    }

    #[test]
    fn credentials_are_percent_decoded() {
        for (url, name, password) in [
            ("http://bot:secret@h", "bot", "secret"),
            ("http://bot@h", "bot", ""),
            ("http://b%6ft:p%40ss%3a%2F%25@h", "bot", "p@ss:/%"),
            ("socks5://b@t:s:t@h", "b@t", "s:t"),
        ] {
            let built = Proxy::parse(&url.replace(url.split('@').next_back().unwrap(), "h"));
            let credentials = built.unwrap().credentials.unwrap();
            assert_eq!(&*credentials.name, name.as_bytes(), "{url}");
            assert_eq!(&*credentials.password, password.as_bytes(), "{url}");
        }
    }

    #[test]
    fn unusable_urls_are_errors_without_the_secret() {
        let long = "x".repeat(256);
        for (url, kind) in [
            ("", ProxyErrorKind::Scheme),
            ("proxy.test:3128", ProxyErrorKind::Scheme),
            ("socks4://proxy.test", ProxyErrorKind::Scheme),
            ("ws://bot:secret@proxy.test", ProxyErrorKind::Scheme),
            ("http://", ProxyErrorKind::MissingHost),
            ("http:///", ProxyErrorKind::MissingHost),
            ("http://:80", ProxyErrorKind::MissingHost),
            ("http://bot:secret@", ProxyErrorKind::MissingHost),
            ("http://proxy.test:", ProxyErrorKind::Port),
            ("http://proxy.test:0", ProxyErrorKind::Port),
            ("http://bot:secret@proxy.test:65536", ProxyErrorKind::Port),
            ("http://proxy.test:port", ProxyErrorKind::Port),
            ("http://pro xy.test", ProxyErrorKind::Url),
            ("http://[::1", ProxyErrorKind::Url),
            ("http://proxy.test\r\nX: y", ProxyErrorKind::Url),
            ("http://proxy.test/path", ProxyErrorKind::Path),
            ("http://proxy.test?secret=1", ProxyErrorKind::Path),
            ("http://bot:se/cret@proxy.test", ProxyErrorKind::Credentials),
            ("http://bot:secret%@proxy.test", ProxyErrorKind::Credentials),
            (
                "http://bot:secret%x0@proxy.test",
                ProxyErrorKind::Credentials,
            ),
            (
                "http://bot:secret%0a@proxy.test",
                ProxyErrorKind::Credentials,
            ),
            (
                "http://b%3Aot:secret@proxy.test",
                ProxyErrorKind::Credentials,
            ),
            ("socks5://bot@proxy.test", ProxyErrorKind::Credentials),
            (
                &format!("socks5://bot:secret{long}@proxy.test"),
                ProxyErrorKind::Credentials,
            ),
        ] {
            let error = Proxy::parse(url).unwrap_err();
            assert_eq!(error.kind(), kind, "{url}");
            assert!(!format!("{error} {error:?}").contains("secret"), "{error}");
        }
    }
}
