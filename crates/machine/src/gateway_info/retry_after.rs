//! How long a rate limit lasts.

use serde::Deserialize;
use std::time::Duration;

/// How long a server asks to wait before the next request.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum RetryAfter {
    /// The server asks for this time.
    Given(Duration),
    /// The server does not say.
    Missing,
    /// The server may have said it, but the HTTP client in use does not return it.
    Hidden,
}

impl RetryAfter {
    /// Reads the header `Retry-After` (seconds, integer or decimal) and the field `retry_after` of a JSON body. The
    /// longer time counts if there are two.
    ///
    /// A date in the header is not read, since it needs a clock that agrees with the server's. Discord sends none.
    #[must_use]
    pub fn read(header: Option<&[u8]>, body: &[u8]) -> Self {
        let header = header.and_then(|value| str::from_utf8(value).ok()?.trim().parse().ok());
        let body = serde_json::from_slice(body)
            .ok()
            .and_then(|body: RateLimitBody| body.retry_after);
        [header, body]
            .into_iter()
            .flatten()
            .filter_map(duration_of)
            .max()
            .map_or(Self::Missing, Self::Given)
    }

    /// Returns the time that the server asks for.
    #[must_use]
    pub const fn given(self) -> Option<Duration> {
        match self {
            Self::Given(time) => Some(time),
            Self::Missing | Self::Hidden => None,
        }
    }
}

/// The body of a response with HTTP status 429.
#[derive(Deserialize)]
struct RateLimitBody {
    retry_after: Option<f64>,
}

fn duration_of(seconds: f64) -> Option<Duration> {
    let is_time = seconds.is_finite() && seconds >= 0.0;
    is_time.then(|| Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX))
}
