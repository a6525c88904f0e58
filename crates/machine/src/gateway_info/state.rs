//! What happens until the recommended number of shards is known.

use super::fault::GatewayInfoFault;
use std::{
    fmt::{self, Display, Formatter},
    time::{Duration, Instant},
};

/// What the request for the recommended number of shards is doing.
///
/// `Display` is a line for a log or a status page: "asking Discord for the number of shards: rate limited (HTTP 429),
/// next try in 82721 s".
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum GatewayInfoState {
    /// An attempt has begun, and its response is awaited.
    Requesting {
        /// The number of the attempt, from 1.
        attempt: u32,
    },
    /// An attempt failed, and the next begins later.
    Waiting {
        /// The number of the attempt that failed, from 1.
        attempt: u32,
        /// Why it failed.
        reason: GatewayInfoFault,
        /// The length of the wait, at its beginning.
        wait: Duration,
        /// When the wait ends.
        retry_at: Instant,
    },
}

impl Display for GatewayInfoState {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str("asking Discord for the number of shards: ")?;
        match self {
            Self::Requesting { attempt } => write!(f, "attempt {attempt}"),
            Self::Waiting { reason, wait, .. } => {
                // Rounded up, so that the text never promises a time that is too early.
                let tenths = wait.as_millis().div_ceil(100);
                match (tenths / 10, tenths % 10) {
                    (seconds, 0) => write!(f, "{reason}, next try in {seconds} s"),
                    (seconds, tenth) if seconds < 10 => {
                        write!(f, "{reason}, next try in {seconds}.{tenth} s")
                    }
                    (seconds, _) => write!(f, "{reason}, next try in {} s", seconds + 1),
                }
            }
        }
    }
}
