use std::time::{Duration, Instant};

/// Longer than any program runs, and short enough for every platform's `Instant`.
const MAX_WAIT: Duration = Duration::from_secs(30 * 365 * 24 * 60 * 60);

/// Returns `now + wait`, with `wait` capped at 30 years: waits from outside may
/// have any length.
pub(crate) fn capped_add(now: Instant, wait: Duration) -> Instant {
    now + wait.min(MAX_WAIT)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_waits_over_thirty_years_are_capped() {
        let now = Instant::now();
        let decades = Duration::from_secs(20 * 365 * 24 * 60 * 60);
        assert_eq!(capped_add(now, decades), now + decades);
        assert!(capped_add(now, Duration::MAX) > now + decades);
    }
}
