//! Requests to REST.

use std::time::Duration;

/// A request to REST, without a socket.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct RestRequest<'a> {
    /// The method, such as `GET`.
    pub method: &'a str,
    /// The path with its prefix, such as `/api/v10/gateway`. It may be percent-encoded.
    pub path: &'a str,
    /// What follows the `?` of the path.
    pub query: &'a str,
    /// The `Authorization` header, such as `Bot TOKEN`.
    pub authorization: Option<&'a str>,
    /// The `Content-Type` header. Without it, the body is JSON.
    pub content_type: Option<&'a str>,
    /// The `X-Audit-Log-Reason` header, which may be percent-encoded.
    pub audit_log_reason: Option<&'a str>,
    /// The body.
    pub body: &'a [u8],
    /// The gateway URL that `GET /gateway` and `GET /gateway/bot` return.
    pub gateway_url: &'a str,
    /// The time since the Unix epoch, for the headers of rate limits.
    pub unix_time: Duration,
}

impl<'a> RestRequest<'a> {
    /// A request without headers and without a body. `target` is the path with its query.
    #[must_use]
    pub fn new(method: &'a str, target: &'a str) -> Self {
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        Self {
            method,
            path,
            query,
            authorization: None,
            content_type: None,
            audit_log_reason: None,
            body: &[],
            gateway_url: "",
            unix_time: Duration::ZERO,
        }
    }

    /// The path without its prefix: `/api/v10`, any other version, or `/api`. Returns `None` if it has no such prefix.
    pub(super) fn resource(&self) -> Option<&'a str> {
        let path = self.path.strip_prefix("/api")?;
        let after_version = path
            .strip_prefix("/v")
            .map(|path| path.trim_start_matches(|letter: char| letter.is_ascii_digit()));
        Some(after_version.unwrap_or(path))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn api_version_is_optional() {
        for (path, resource) in [
            ("/api/gateway", Some("/gateway")),
            ("/api/v9/gateway?x=/api", Some("/gateway")),
            ("/gateway", None),
        ] {
            assert_eq!(RestRequest::new("GET", path).resource(), resource, "{path}");
        }
    }
}
