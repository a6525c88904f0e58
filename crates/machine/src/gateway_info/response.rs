//! Reads a response to `GET /gateway/bot`.

use super::{fault::GatewayInfoFault, retry_after::RetryAfter};
use std::{
    error::Error,
    fmt::{self, Display, Formatter},
};
use twilight_model::gateway::connection_info::BotConnectionInfo;

/// Reads a response: its HTTP status, its header `Retry-After`, and its body.
///
/// ```
/// use gloaming_machine::gateway_info::{GatewayInfoFault, RetryAfter, read_response};
/// use std::time::Duration;
///
/// let error = read_response(429, Some(b"82721"), b"error code: 1015").unwrap_err();
/// let retry_after = RetryAfter::Given(Duration::from_secs(82_721));
/// assert_eq!(error.fault(), GatewayInfoFault::Status { status: 429, retry_after });
/// ```
///
/// # Errors
///
/// Returns an error if the status is outside of 200 to 299, if the body is not the documented object, or if it
/// recommends zero shards.
pub fn read_response(
    status: u16,
    retry_after: Option<&[u8]>,
    body: &[u8],
) -> Result<BotConnectionInfo, UnusableResponseError> {
    if !matches!(status, 200..=299) {
        let retry_after = RetryAfter::read(retry_after, body);
        return Err(GatewayInfoFault::Status {
            status,
            retry_after,
        }
        .into());
    }
    match serde_json::from_slice::<BotConnectionInfo>(body) {
        Ok(info) if info.shards == 0 => Err(GatewayInfoFault::NoShards.into()),
        Ok(info) => Ok(info),
        Err(error) => Err(UnusableResponseError {
            fault: GatewayInfoFault::Undecodable,
            source: Some(Box::new(error)),
        }),
    }
}

/// A response does not contain the recommended number of shards (peer).
#[derive(Debug)]
pub struct UnusableResponseError {
    fault: GatewayInfoFault,
    source: Option<Box<dyn Error + Send + Sync>>,
}

impl UnusableResponseError {
    /// Returns what is wrong with the response.
    #[must_use]
    pub const fn fault(&self) -> GatewayInfoFault {
        self.fault
    }

    /// Returns what is wrong with the response, and the error of the parser, if there is one.
    #[must_use]
    pub fn into_parts(self) -> (GatewayInfoFault, Option<Box<dyn Error + Send + Sync>>) {
        (self.fault, self.source)
    }
}

impl From<GatewayInfoFault> for UnusableResponseError {
    fn from(fault: GatewayInfoFault) -> Self {
        Self {
            fault,
            source: None,
        }
    }
}

impl Display for UnusableResponseError {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        Display::fmt(&self.fault, f)
    }
}

impl Error for UnusableResponseError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.source
            .as_deref()
            .map(|source| source as &(dyn Error + 'static))
    }
}
