//! The limits of the attempts.

use std::time::Duration;

/// How long, and how often, Discord is asked for the recommended number of shards.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct GatewayInfoPolicy {
    /// The time for all attempts and waits together. Default 5 min.
    ///
    /// Discord may ask a bot that sent too many requests to wait for up to a day. A longer deadline waits for that in
    /// this process; with a shorter one, the error says how long to wait before the next start.
    pub deadline: Duration,
    /// The time for one attempt, from the lookup of the name to the end of the response. Default 15 s.
    pub attempt_timeout: Duration,
    /// The number of successful responses with an unusable body, such as a page of HTML, after which there are no more
    /// attempts. Zero counts as one. Default 5.
    pub unusable_responses: u32,
}

impl Default for GatewayInfoPolicy {
    fn default() -> Self {
        Self {
            deadline: Duration::from_secs(5 * 60),
            attempt_timeout: Duration::from_secs(15),
            unusable_responses: 5,
        }
    }
}
