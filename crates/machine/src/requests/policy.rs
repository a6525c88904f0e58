//! Bounds of awaited requests.

use std::time::Duration;

/// The longest time that a request is waited for or held back.
pub(super) const MAX_REQUEST_WAIT: Duration = Duration::from_secs(24 * 60 * 60);

/// Bounds of what is asked of the gateway and waited for.
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
    /// How long nothing may come, from when the request was sent or the last answer came. Default 30 s.
    pub silence: Duration,
    /// How much longer than that while the connection is down, or while what arrives is not read since
    /// the consumer is slow: the answer may have come. Default 2 min.
    pub unheard: Duration,
    /// How often one request may be sent again: when the gateway answers RATE_LIMITED (P25), or when a
    /// new session replaces the one that was asked. Default 3.
    pub resends: u32,
    /// The longest wait that RATE_LIMITED may ask for; a longer one ends the request. Default 2 min.
    pub longest_wait: Duration,
    /// Chunks of members kept for a caller that does not take them; with one more the request ends.
    /// Default 64, which is up to 64,000 members; at least one.
    pub buffered_chunks: usize,
    /// Requests that may be open at a time; further ones wait to be looked at, as many as
    /// [`command_bound`](crate::MachineConfig::command_bound) says. Default 1024, at least one.
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
