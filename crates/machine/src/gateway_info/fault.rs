//! Why an attempt failed.

use super::retry_after::RetryAfter;
use std::fmt::{self, Display, Formatter};

/// Why an attempt did not return the recommended number of shards.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum GatewayInfoFault {
    /// The server was not reached, or the connection ended before the response did (network or peer).
    Network,
    /// The response was not complete in [time](super::GatewayInfoPolicy::attempt_timeout) (network or peer).
    TimedOut,
    /// The request can't be sent with this configuration.
    Misconfigured,
    /// The server answered with an HTTP status outside of 200 to 299 (peer or configuration).
    Status {
        /// The HTTP status.
        status: u16,
        /// How long the server asks to wait.
        retry_after: RetryAfter,
    },
    /// The server answered with an error whose HTTP status the HTTP client in use does not return (peer).
    UnknownStatus,
    /// The rate limiter of the HTTP client in use did not send the request in
    /// [time](super::GatewayInfoPolicy::attempt_timeout).
    HeldBack,
    /// The response is successful, and its body is not the documented object (peer, or a proxy in between).
    Undecodable,
    /// The response recommends zero shards (peer).
    NoShards,
}

impl GatewayInfoFault {
    /// Returns the HTTP status of the response, if one is known.
    #[must_use]
    pub const fn status(self) -> Option<u16> {
        match self {
            Self::Status { status, .. } => Some(status),
            _ => None,
        }
    }
}

impl Display for GatewayInfoFault {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Network => "no response, the connection failed",
            Self::TimedOut => "no complete response in time",
            Self::Misconfigured => "the configuration allows no request",
            Self::Status { status, .. } => {
                let text = match status {
                    429 => "rate limited",
                    500..=599 => "the server has an error",
                    _ => "refused",
                };
                return write!(f, "{text} (HTTP {status})");
            }
            Self::UnknownStatus => "an error response of unknown HTTP status",
            Self::HeldBack => "held back by the rate limiter of the HTTP client",
            Self::Undecodable => "the response is not the documented object",
            Self::NoShards => "the response recommends zero shards",
        })
    }
}
