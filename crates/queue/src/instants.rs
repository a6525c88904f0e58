use std::time::{Duration, Instant};

/// Further away than any program runs, and still a valid instant everywhere.
const FAR: Duration = Duration::from_secs(30 * 365 * 24 * 60 * 60);

/// `now + wait`, for waits that come from outside and may be of any length.
pub(crate) fn after(now: Instant, wait: Duration) -> Instant {
    now + wait.min(FAR)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wait_of_decades_is_kept_and_any_other_has_an_end() {
        let now = Instant::now();
        let decades = Duration::from_secs(20 * 365 * 24 * 60 * 60);
        assert_eq!(after(now, decades), now + decades);
        assert!(after(now, Duration::MAX) > now + decades);
    }
}
