use std::time::{Duration, Instant};

/// Further away than any program runs, and still a valid instant everywhere.
const FAR: Duration = Duration::from_secs(30 * 365 * 24 * 60 * 60);

/// `now + wait`, for waits that come from outside and may be of any length.
pub(crate) fn after(now: Instant, wait: Duration) -> Instant {
    now + wait.min(FAR)
}
