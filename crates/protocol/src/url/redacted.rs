use std::fmt::{self, Debug, Display, Formatter};

/// Shows the origin of a URL only: scheme, host and port.
///
/// User name, password, path and query may contain secrets of a proxy, so `Display` and `Debug`
/// omit them. The text does not have to be valid.
///
/// ```
/// use gloaming_protocol::RedactedUrl;
///
/// let url = RedactedUrl::new("wss://me:password@proxy.test:7878/secret?key=secret");
/// assert_eq!(url.to_string(), "wss://proxy.test:7878/…");
/// ```
#[derive(Clone, Copy)]
pub struct RedactedUrl<'a>(&'a str);

impl<'a> RedactedUrl<'a> {
    /// Wraps `url`, which is not checked.
    #[must_use]
    pub const fn new(url: &'a str) -> Self {
        Self(url)
    }
}

impl Display for RedactedUrl<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let (scheme, rest) = match self.0.split_once("://") {
            Some((scheme, rest)) => (Some(scheme), rest),
            None => (None, self.0),
        };
        let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
        let host = authority
            .rsplit_once('@')
            .map_or(authority, |(_, host)| host);
        if let Some(scheme) = scheme {
            write!(f, "{scheme}://")?;
        }
        f.write_str(host)?;
        if host.len() < rest.len() {
            f.write_str("/…")?;
        }
        Ok(())
    }
}

impl Debug for RedactedUrl<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        Debug::fmt(&*self.to_string(), f)
    }
}

#[cfg(test)]
mod tests {
    use super::RedactedUrl;

    #[test]
    fn path_query_and_credentials_are_omitted() {
        for (url, shown) in [
            ("wss://gateway.discord.gg", "wss://gateway.discord.gg"),
            (
                "wss://proxy.test:7878/secret?v=10",
                "wss://proxy.test:7878/…",
            ),
            ("wss://proxy.test?key=secret", "wss://proxy.test/…"),
            ("ws://me:secret@[::1]:80", "ws://[::1]:80/…"),
            ("ws://me:se@cret@proxy.test/", "ws://proxy.test/…"),
            ("proxy.test", "proxy.test"),
            ("me:secret@proxy.test", "proxy.test/…"),
        ] {
            assert_eq!(RedactedUrl::new(url).to_string(), shown);
            assert_eq!(format!("{:?}", RedactedUrl::new(url)), format!("{shown:?}"));
        }
    }
}
