//! The URL of Discord's REST API.

use crate::{
    net::{ConnectError, ConnectErrorKind},
    transport::Endpoint,
};
use gloaming_protocol::limits::API_VERSION;
use std::net::IpAddr;

/// The server and the path of the API.
pub(crate) struct ApiUrl {
    endpoint: Endpoint,
    /// Without a slash at the end.
    path: Box<str>,
}

impl ApiUrl {
    /// Parses a URL. The path of one without a path is that of the API on Discord's own host.
    pub(crate) fn parse(url: &str) -> Result<Self, ConnectError> {
        let fail = |reason: &str| ConnectError::new(ConnectErrorKind::Url).with_source(reason);

        if url.contains(['?', '#']) {
            return Err(fail("the url has a query or a fragment"));
        }
        let endpoint = Endpoint::parse_http(url)?;
        let path = match endpoint.uri().path().trim_end_matches('/') {
            "" => format!("/api/v{API_VERSION}"),
            path => path.to_owned(),
        };
        Ok(Self {
            endpoint,
            path: path.into(),
        })
    }

    pub(super) const fn endpoint(&self) -> &Endpoint {
        &self.endpoint
    }

    /// Returns the value of the header `Host`.
    pub(super) fn authority(&self) -> &str {
        self.endpoint
            .uri()
            .authority()
            .map_or("", |authority| authority.as_str())
    }

    /// Returns the path of `GET /gateway/bot`.
    pub(super) fn gateway_bot(&self) -> String {
        format!("{}/gateway/bot", self.path)
    }

    /// Returns whether others can read what is sent: it leaves this machine without TLS.
    pub(super) fn is_exposed(&self) -> bool {
        let host = self.endpoint.host();
        let is_loopback = host.eq_ignore_ascii_case("localhost")
            || host.parse().is_ok_and(|ip: IpAddr| ip.is_loopback());
        !self.endpoint.scheme().needs_tls() && !is_loopback
    }
}

#[cfg(test)]
mod tests {
    use super::ApiUrl;
    use std::error::Error as _;

    #[test]
    fn paths_are_kept_and_a_missing_path_is_that_of_discord() {
        for (url, path) in [
            ("https://discord.com/api/v10", "/api/v10/gateway/bot"),
            ("https://discord.com/api/v10/", "/api/v10/gateway/bot"),
            ("http://127.0.0.1:4000", "/api/v10/gateway/bot"),
            ("http://127.0.0.1:4000/", "/api/v10/gateway/bot"),
            ("http://[::1]:80/discord/api", "/discord/api/gateway/bot"),
        ] {
            assert_eq!(ApiUrl::parse(url).unwrap().gateway_bot(), path, "{url}");
        }
    }

    #[test]
    fn authority_has_the_port_only_if_the_url_has_it() {
        let authority = |url| ApiUrl::parse(url).unwrap().authority().to_owned();
        assert_eq!(authority("https://discord.com/api/v10"), "discord.com");
        assert_eq!(authority("http://[::1]:80/"), "[::1]:80");
    }

    #[test]
    fn only_clear_text_that_leaves_the_machine_is_exposed() {
        for (url, is_exposed) in [
            ("https://discord.com", false),
            ("http://127.0.0.1:80", false),
            ("http://[::1]", false),
            ("http://LocalHost", false),
            ("http://proxy.internal", true),
            ("http://192.0.2.1", true),
            ("http://localhost.example", true),
        ] {
            assert_eq!(
                ApiUrl::parse(url).unwrap().is_exposed(),
                is_exposed,
                "{url}"
            );
        }
    }

    #[test]
    fn unusable_urls_are_errors_with_a_reason() {
        for url in [
            "",
            "discord.com/api/v10",
            "wss://gateway.discord.gg",
            "https://",
            "https://user:secret@discord.com",
            "https://discord.com/api?v=10",
            "https://discord.com/api#v10",
        ] {
            let error = ApiUrl::parse(url).map(drop).unwrap_err();
            let source = error.source().expect("there is a reason").to_string();
            assert!(!source.is_empty() && !source.contains("secret"), "{url}");
        }
    }
}
