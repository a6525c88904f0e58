use super::{
    GatewayUrl, RedactedUrl, ResumeUrlError, ResumeUrlErrorKind,
    host::{Encryption, Host},
};
use crate::limits::{GATEWAY_DOMAIN, MAX_RESUME_URL_BYTES};

/// The hosts on which a session may be resumed, which is where its token is sent ([P14](crate::rules#p14)).
///
/// READY names the URL, and a stored session contains it. A proxy, or a program that changes what is stored, could name any
/// host. So the URL is used only if
///
/// - it is encrypted (`wss://`) or the main URL is not either, and
/// - its host is the host of the main URL, a subdomain of that, a host of Discord's gateway (`discord.gg` and its
///   subdomains) if the main URL's is one, on this machine if the main URL's is, or one of the
///   [added](Self::with) hosts. The port may differ.
///
/// A sibling such as `resume.example.com` of `gateway.example.com` is not among them. Whether two names with the same
/// ending have the same owner depends on the ending (`co.uk`, `github.io`), and the list of such endings changes.
/// `discord.gg` has no subdomains of others.
///
/// ```
/// use gloaming_protocol::{Compression, GatewayUrl, ResumeHosts, ResumeUrlErrorKind};
///
/// let main = GatewayUrl::new("wss://gateway.discord.gg", Compression::None)?;
/// let hosts = ResumeHosts::default();
/// assert!(hosts.check(&main, "wss://gateway-us-east1-b.discord.gg").is_ok());
/// let error = hosts.check(&main, "wss://gateway.example.com").unwrap_err();
/// assert_eq!(error.kind(), ResumeUrlErrorKind::ForeignHost);
///
/// let hosts = hosts.with("example.com");
/// assert!(hosts.check(&main, "wss://gateway.example.com").is_ok());
/// # Ok::<_, gloaming_protocol::UrlError>(())
/// ```
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct ResumeHosts(Vec<Box<str>>);

impl ResumeHosts {
    /// Adds a host and its subdomains, such as `proxy.example.com`, or an IP address.
    ///
    /// A text that is no host, such as a URL, allows nothing; [`is_host`](Self::is_host) tells.
    #[must_use]
    pub fn with(mut self, host: impl Into<String>) -> Self {
        self.0.push(host.into().into_boxed_str());
        self
    }

    /// The added hosts.
    pub fn added(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|host| &**host)
    }

    /// Whether the text is the name of a host or an IP address, without scheme, port and path. An IPv6 address is in
    /// brackets.
    #[must_use]
    pub fn is_host(text: &str) -> bool {
        Host::parse(text).is_some()
    }

    /// Checks whether a session may be resumed on `url` in place of the main URL.
    ///
    /// # Errors
    ///
    /// Returns an error that says why it may not.
    pub fn check(&self, main: &GatewayUrl, url: &str) -> Result<(), ResumeUrlError> {
        let refuse = |kind| Err(ResumeUrlError::new(kind, &RedactedUrl::new(url)));
        if url.len() > MAX_RESUME_URL_BYTES || GatewayUrl::check(url).is_err() {
            return refuse(ResumeUrlErrorKind::Invalid);
        }
        let Some((encryption, host)) = Host::of_url(url) else {
            return refuse(ResumeUrlErrorKind::Invalid);
        };
        let main = Host::of_url(main.as_str());
        let main_encryption = main.as_ref().map(|(encryption, _)| *encryption);
        if encryption == Encryption::None && main_encryption != Some(Encryption::None) {
            return refuse(ResumeUrlErrorKind::Unencrypted);
        }
        let is_related = main.is_some_and(|(_, main)| are_related(&main, &host));
        let mut added = self.0.iter().filter_map(|added| Host::parse(added));
        if is_related || added.any(|added| host.is_within(&added)) {
            return Ok(());
        }
        refuse(ResumeUrlErrorKind::ForeignHost)
    }
}

fn are_related(main: &Host, host: &Host) -> bool {
    let discord = Host::Name(GATEWAY_DOMAIN.into());
    host.is_within(main)
        || (main.is_within(&discord) && host.is_within(&discord))
        || (main.is_loopback() && host.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::{ResumeHosts, ResumeUrlErrorKind};
    use crate::limits::MAX_RESUME_URL_BYTES;
    use crate::{Compression, GatewayUrl};

    fn check(main: &str, url: &str) -> Option<ResumeUrlErrorKind> {
        let main = GatewayUrl::new(main, Compression::None).unwrap();
        let result = ResumeHosts::default().check(&main, url);
        result.err().map(|error| error.kind())
    }

    const DISCORD: &str = "wss://gateway.discord.gg";

    #[test]
    fn hosts_of_discord_are_allowed() {
        for url in [
            DISCORD,
            "wss://gateway-us-east1-b.discord.gg",
            "WSS://Gateway-US-East1-B.Discord.GG:443/?v=10",
            "wss://gateway-us-east1-b.discord.gg.",
            "wss://discord.gg/path",
        ] {
            assert_eq!(check(DISCORD, url), None, "{url}");
        }
    }

    #[test]
    fn other_hosts_are_refused() {
        for url in [
            "wss://example.com",
            "wss://discord.gg.example.com",
            "wss://evildiscord.gg",
            "wss://gateway.discord.com",
            "wss://127.0.0.1",
            "wss://[::1]:443",
            "wss://localhost",
            "wss://gg",
        ] {
            assert_eq!(
                check(DISCORD, url),
                Some(ResumeUrlErrorKind::ForeignHost),
                "{url}"
            );
        }
    }

    #[test]
    fn clear_text_is_refused_if_the_main_url_is_encrypted() {
        let unencrypted = Some(ResumeUrlErrorKind::Unencrypted);
        for url in ["ws://gateway.discord.gg", "Ws://example.com"] {
            assert_eq!(check(DISCORD, url), unencrypted, "{url}");
        }
        for url in ["ws://127.0.0.1:80", "wss://127.0.0.1:443"] {
            assert_eq!(check("ws://127.0.0.1", url), None, "{url}");
        }
    }

    #[test]
    fn urls_that_clients_may_read_in_different_ways_are_refused() {
        let long = format!("{DISCORD}/{}", "x".repeat(MAX_RESUME_URL_BYTES));
        for url in [
            "",
            "gateway.discord.gg",
            "https://gateway.discord.gg",
            "wss://",
            "wss://me@gateway.discord.gg",
            "wss://gateway.discord.gg@example.com",
            "wss://example.com\\.discord.gg",
            "wss://example.com%2f.discord.gg",
            "wss://example.com#.discord.gg",
            "wss://example.com;.discord.gg",
            "wss://gateway..discord.gg",
            "wss://.discord.gg",
            "wss://gateway.discord.gg:",
            "wss://gateway.discord.gg:x",
            "wss://gateway.discord.gg:443:443",
            "wss://gäteway.discord.gg",
            "wss://[::1",
            "wss://[::1]x.discord.gg",
            &long,
        ] {
            assert_eq!(
                check(DISCORD, url),
                Some(ResumeUrlErrorKind::Invalid),
                "{url}"
            );
        }
    }

    #[test]
    fn longest_url_is_allowed() {
        let path = "x".repeat(MAX_RESUME_URL_BYTES - DISCORD.len() - 1);
        assert_eq!(check(DISCORD, &format!("{DISCORD}/{path}")), None);
    }

    #[test]
    fn the_host_of_the_main_url_and_its_subdomains_are_allowed() {
        let foreign = Some(ResumeUrlErrorKind::ForeignHost);
        for (main, url, expected) in [
            ("wss://example.com", "wss://example.com:7878", None),
            ("wss://example.com", "wss://a.b.example.com", None),
            ("wss://a.example.com", "wss://example.com", foreign),
            ("wss://a.example.com", "wss://b.example.com", foreign),
            ("wss://example.co.uk", "wss://other.co.uk", foreign),
            ("ws://proxy:7878", "ws://proxy:7879", None),
            ("ws://proxy", "wss://gateway.discord.gg", foreign),
        ] {
            assert_eq!(check(main, url), expected, "{main} {url}");
        }
    }

    #[test]
    fn addresses_allow_themselves_and_loopback_this_machine() {
        let foreign = Some(ResumeUrlErrorKind::ForeignHost);
        for (main, url, expected) in [
            ("ws://127.0.0.1:1", "ws://127.0.0.1:2", None),
            ("ws://127.0.0.1:1", "ws://localhost:2", None),
            ("ws://localhost", "ws://[::1]:2", None),
            ("ws://localhost", "ws://bot.localhost", None),
            ("ws://127.0.0.1", "ws://10.0.0.1", foreign),
            ("ws://127.0.0.1", "ws://localhost.example.com", foreign),
            ("ws://10.0.0.1", "ws://10.0.0.1:99", None),
            ("ws://10.0.0.1", "ws://10.0.0.2", foreign),
            ("ws://10.0.0.1", "ws://x.10.0.0.1", foreign),
            ("ws://[fd00::1]", "ws://[fd00:0::1]:8", None),
            ("ws://[fd00::1]", "ws://[fd00::2]", foreign),
        ] {
            assert_eq!(check(main, url), expected, "{main} {url}");
        }
    }

    #[test]
    fn added_hosts_are_allowed_with_their_subdomains() {
        let main = GatewayUrl::new(DISCORD, Compression::None).unwrap();
        let hosts = ResumeHosts::default()
            .with("Proxy.Example.com")
            .with("10.0.0.2")
            .with("[fd00::2]")
            .with("wss://url.test");
        for (url, is_allowed) in [
            ("wss://proxy.example.com", true),
            ("wss://a.proxy.example.com:1", true),
            ("ws://proxy.example.com", false),
            ("wss://example.com", false),
            ("wss://10.0.0.2:7", true),
            ("wss://[fd00::2]:7", true),
            ("wss://url.test", false),
        ] {
            assert_eq!(hosts.check(&main, url).is_ok(), is_allowed, "{url}");
        }
        assert_eq!(hosts.added().nth(1), Some("10.0.0.2"));
        assert!(ResumeHosts::is_host("proxy.example.com"));
        assert!(!ResumeHosts::is_host("wss://url.test"));
    }

    #[test]
    fn errors_show_the_origin_only() {
        let main = GatewayUrl::new(DISCORD, Compression::None).unwrap();
        let name = "x".repeat(1_000);
        let excerpt = format!("wss://{}…{}", &name[..74], &name[..80]);
        for (url, shown) in [
            ("wss://a.test/secret?k=secret", "wss://a.test/…"),
            ("wss://me:secret@a.test", "wss://a.test/…"),
            ("ws://a\n.test/secret", "ws://a\\n.test/…"),
            (&*format!("wss://{name}"), &*excerpt),
        ] {
            let error = ResumeHosts::default().check(&main, url).unwrap_err();
            assert_eq!(error.origin(), shown);
            let text = error.to_string();
            assert!(text.contains(&format!(" {shown} ")), "{text}");
            assert!(!text.contains("secret"), "{text}");
        }
    }
}
