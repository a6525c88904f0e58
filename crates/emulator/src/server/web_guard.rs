//! Keeps web pages away from the emulator.
//!
//! A page that a developer visits can send requests to loopback, and open WebSockets there. Browsers say in `Origin`
//! that a page does so, and in `Host` the name by which it found this server, which after DNS rebinding is that of the
//! page. Other clients send the address that they were configured with, and no `Origin`.

use std::{
    fmt::{self, Display, Formatter},
    net::IpAddr,
    sync::atomic::{AtomicU32, Ordering},
};

use crate::settings::Settings;

/// The number of refusals that are logged. A page may send any number of requests.
const MAX_LOGGED: u32 = 10;

/// The most characters of a header that are shown.
const MAX_SHOWN: usize = 100;

/// Which hosts and origins a request may have.
#[derive(Debug)]
pub(super) struct WebGuard {
    hosts: Vec<String>,
    origins: Vec<String>,
    refusals: AtomicU32,
}

/// Why a request is refused. Its text says what to do.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum Refusal {
    Host(String),
    Origin(String),
}

impl WebGuard {
    pub(super) fn new(settings: &Settings) -> Self {
        let hosts = settings.allowed_hosts.iter();
        let origins = settings.allowed_origins.iter();
        Self {
            hosts: hosts.map(|host| normal_host(host)).collect(),
            origins: origins.map(|origin| normal_origin(origin)).collect(),
            refusals: AtomicU32::new(0),
        }
    }

    /// Checks the values of all `Host` and `Origin` headers of a request, and logs the first refusals.
    pub(super) fn check<'a>(
        &self,
        hosts: impl IntoIterator<Item = &'a [u8]>,
        origins: impl IntoIterator<Item = &'a [u8]>,
    ) -> Result<(), Refusal> {
        let foreign = |value: &[u8]| !self.allows_host(&String::from_utf8_lossy(value));
        let host = hosts.into_iter().find(|value| foreign(value));
        let foreign = |value: &[u8]| !self.allows_origin(&String::from_utf8_lossy(value));
        let origin = origins.into_iter().find(|value| foreign(value));
        let refusal = match (host, origin) {
            (Some(host), _) => Refusal::Host(shown(host)),
            (None, Some(origin)) => Refusal::Origin(shown(origin)),
            (None, None) => return Ok(()),
        };
        self.log(&refusal);
        Err(refusal)
    }

    fn allows_host(&self, host: &str) -> bool {
        let name = normal_host(without_port(host));
        is_loopback(&name) || self.hosts.contains(&name)
    }

    fn allows_origin(&self, origin: &str) -> bool {
        self.origins.contains(&normal_origin(origin))
    }

    fn log(&self, refusal: &Refusal) {
        match self.refusals.fetch_add(1, Ordering::Relaxed) {
            earlier if earlier + 1 < MAX_LOGGED => tracing::warn!("refused a request: {refusal}"),
            earlier if earlier + 1 == MAX_LOGGED => {
                tracing::warn!("refused a request: {refusal}; further refusals are not logged");
            }
            _ => {
                // The counter must not wrap around to the first refusal.
                self.refusals.fetch_sub(1, Ordering::Relaxed);
            }
        }
    }
}

impl Display for Refusal {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Host(host) => write!(
                f,
                "the host `{host}` is not this machine's loopback, so the request may be that of a web page; connect to \
                 127.0.0.1 or localhost, or allow the host: --allow-host, or EmulatorBuilder::allow_host"
            ),
            Self::Origin(origin) => write!(
                f,
                "the request is that of a web page (its origin is `{origin}`), and pages may not use the emulator; send no \
                 `Origin` header, or allow the origin: --allow-origin, or EmulatorBuilder::allow_origin"
            ),
        }
    }
}

/// The host of a `Host` header without its port. An IPv6 address keeps its brackets.
fn without_port(host: &str) -> &str {
    let host = host.trim();
    match host.rsplit_once(':') {
        Some((name, port))
            if port.bytes().all(|digit| digit.is_ascii_digit())
                && (!name.contains(':') || name.ends_with(']')) =>
        {
            name
        }
        _ => host,
    }
}

fn normal_host(host: &str) -> String {
    let host = host.trim();
    host.strip_suffix('.').unwrap_or(host).to_ascii_lowercase()
}

fn normal_origin(origin: &str) -> String {
    let origin = origin.trim();
    origin
        .strip_suffix('/')
        .unwrap_or(origin)
        .to_ascii_lowercase()
}

/// Whether a name stands for this machine whatever DNS says (RFC 6761), so that no page can be at that name.
fn is_loopback(host: &str) -> bool {
    let address = host
        .strip_prefix('[')
        .and_then(|address| address.strip_suffix(']'))
        .unwrap_or(host);
    match address.parse::<IpAddr>() {
        Ok(address) => address.to_canonical().is_loopback(),
        Err(_) => host == "localhost" || host.ends_with(".localhost"),
    }
}

fn shown(value: &[u8]) -> String {
    let value = String::from_utf8_lossy(value);
    let mut shown: String = value
        .chars()
        .take(MAX_SHOWN)
        .flat_map(char::escape_debug)
        .collect();
    if value.chars().nth(MAX_SHOWN).is_some() {
        shown.push('…');
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    fn guard(hosts: &[&str], origins: &[&str]) -> WebGuard {
        let owned = |texts: &[&str]| texts.iter().map(ToString::to_string).collect();
        let settings = Settings {
            allowed_hosts: owned(hosts),
            allowed_origins: owned(origins),
            ..Settings::default()
        };
        WebGuard::new(&settings)
    }

    fn check(guard: &WebGuard, host: &str, origin: Option<&str>) -> Result<(), Refusal> {
        guard.check([host.as_bytes()], origin.map(str::as_bytes))
    }

    #[test]
    fn loopback_is_allowed_with_any_port() {
        let guard = guard(&[], &[]);
        for host in [
            "127.0.0.1",
            "127.0.0.1:8700",
            "127.8.9.1:1",
            "localhost",
            "LocalHost:65535",
            "localhost.",
            "gateway.localhost:80",
            "[::1]",
            "[::1]:8700",
            "[::ffff:127.0.0.1]:1",
        ] {
            assert_eq!(check(&guard, host, None), Ok(()), "{host}");
        }
        assert_eq!(guard.check([], []), Ok(()), "no browser omits the host");
    }

    #[test]
    fn foreign_hosts_are_refused() {
        let guard = guard(&[], &[]);
        for host in [
            "evil.test",
            "evil.test:8704",
            "127.0.0.1.evil.test",
            "localhost.evil.test:80",
            "evillocalhost",
            "192.168.0.2:8700",
            "0.0.0.0:8700",
            "[::]:8700",
            "[::2]",
            "user@127.0.0.1:1",
            "127.0.0.1:8704:1",
            "127.0.0.1:x",
            "",
            ":8704",
        ] {
            assert_eq!(
                check(&guard, host, None),
                Err(Refusal::Host(host.to_owned())),
                "{host}"
            );
        }
        let two = guard.check([&b"localhost"[..], b"evil.test"], []);
        assert_eq!(two, Err(Refusal::Host("evil.test".to_owned())));
    }

    #[test]
    fn any_origin_is_refused() {
        let guard = guard(&[], &[]);
        for origin in ["https://evil.test", "http://127.0.0.1:8704", "null", ""] {
            let refused = Err(Refusal::Origin(origin.to_owned()));
            assert_eq!(check(&guard, "localhost", Some(origin)), refused);
        }
    }

    #[test]
    fn others_can_be_allowed() {
        let guard = guard(&["Emulator.", "[FE80::1]"], &["https://Tests.example/"]);
        assert_eq!(
            check(&guard, "emulator:8700", Some("https://tests.example")),
            Ok(())
        );
        assert_eq!(check(&guard, "[fe80::1]:8700", None), Ok(()));
        assert!(check(&guard, "emulator.evil.test", None).is_err());
        assert!(check(&guard, "emulator", Some("http://tests.example")).is_err());
        assert!(check(&guard, "emulator", Some("https://tests.example:8443")).is_err());
    }

    #[test]
    fn texts_say_what_to_do_and_are_short() {
        let guard = guard(&[], &[]);
        let long = format!("a\u{1b}[31m{}", "x".repeat(1_000_000));
        for refusal in [
            check(&guard, &long, None).unwrap_err().to_string(),
            check(&guard, "localhost", Some(&long))
                .unwrap_err()
                .to_string(),
        ] {
            assert!(refusal.contains("--allow-"), "{refusal}");
            assert!(
                refusal.len() < 500 && !refusal.contains('\u{1b}'),
                "{refusal}"
            );
        }
    }
}
