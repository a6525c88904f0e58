//! What may be shown of a URL.

use std::fmt::{Debug, Formatter, Result};

/// Shows a URL's scheme, host and port: the rest may hold secrets of a proxy.
#[allow(missing_debug_implementations)]
pub struct Origin<'a>(pub &'a str);

impl Debug for Origin<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        let (scheme, rest) = self.0.split_once("://").unwrap_or(("", self.0));
        let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
        let host = authority
            .rsplit_once('@')
            .map_or(authority, |(_, host)| host);
        if host.len() == rest.len() {
            return Debug::fmt(self.0, f);
        }
        write!(f, "\"{scheme}://{host}/…\"")
    }
}

#[cfg(test)]
mod tests {
    use super::Origin;

    #[test]
    fn no_path_no_query_and_no_credentials_are_shown() {
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
        ] {
            assert_eq!(format!("{:?}", Origin(url)), format!("{shown:?}"));
        }
    }
}
