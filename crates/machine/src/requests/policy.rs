//! Bounds of awaited requests.

use std::time::Duration;

/// The longest wait of a request.
pub(super) const MAX_REQUEST_WAIT: Duration = Duration::from_secs(24 * 60 * 60);

/// Bounds of requests whose replies are awaited.
///
/// Until it is sent, a request may wait as long as a command does, for
/// [`Timeouts::command`](crate::Timeouts::command).
///
/// ```
/// use gloaming_machine::requests::RequestPolicy;
/// use std::time::Duration;
///
/// let mut policy = RequestPolicy::default();
/// policy.silence = Duration::from_secs(10);
/// ```
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct RequestPolicy {
    /// The longest silence after the request was sent, or after its last reply. Default 30 s.
    pub silence: Duration,
    /// How much longer the silence may be while the connection is down, or while the shard does not read
    /// because its consumer is slow: the reply may have arrived. Default 2 min.
    pub unheard: Duration,
    /// How often a request may be sent again, because the gateway replied RATE_LIMITED
    /// ([P25](gloaming_protocol::rules#p25)) or a new session replaced the one in which it was sent. Default
    /// 3.
    pub resends: u32,
    /// The longest wait that RATE_LIMITED may ask for. A longer one ends the request. Default 2 min.
    pub longest_wait: Duration,
    /// Chunks of members buffered for a caller that does not take them. One more ends the request. Default 64,
    /// which is up to 64,000 members; at least one.
    pub buffered_chunks: usize,
    /// Requests that may be open at a time. Further ones wait, as many as
    /// [`command_bound`](crate::MachineConfig::command_bound). Default 1024, at least one.
    pub open_requests: usize,
}

impl Default for RequestPolicy {
    fn default() -> Self {
        Self {
            silence: Duration::from_secs(30),
            unheard: Duration::from_secs(120),
            resends: 3,
            longest_wait: Duration::from_secs(120),
            buffered_chunks: 64,
            open_requests: 1024,
        }
    }
}

impl RequestPolicy {
    pub(super) fn bounded(mut self) -> Self {
        for wait in [&mut self.silence, &mut self.unheard, &mut self.longest_wait] {
            *wait = (*wait).min(MAX_REQUEST_WAIT);
        }
        self.buffered_chunks = self.buffered_chunks.max(1);
        self.open_requests = self.open_requests.max(1);
        self
    }
}

#[cfg(test)]
mod tests {
    use super::RequestPolicy;
    use std::time::Duration;

    const DAY: Duration = Duration::from_secs(86_400);

    #[test]
    fn no_wait_is_longer_than_a_day() {
        let policy = RequestPolicy {
            silence: Duration::MAX,
            unheard: DAY,
            longest_wait: DAY + Duration::from_secs(1),
            ..RequestPolicy::default()
        };
        let policy = policy.bounded();
        let waits = [policy.silence, policy.unheard, policy.longest_wait];
        assert_eq!(waits, [DAY; 3]);
    }

    #[test]
    fn one_request_and_one_chunk_always_have_room() {
        let policy = RequestPolicy {
            buffered_chunks: 0,
            open_requests: 0,
            ..RequestPolicy::default()
        };
        let policy = policy.bounded();
        assert_eq!((policy.buffered_chunks, policy.open_requests), (1, 1));
    }

    #[test]
    fn policy_within_the_bounds_is_kept() {
        let policy = RequestPolicy {
            silence: Duration::ZERO,
            resends: 0,
            buffered_chunks: 1_000,
            open_requests: 7,
            ..RequestPolicy::default()
        };
        assert_eq!(policy.bounded(), policy);
    }
}
