//! How long a shard waits at least until it asks a ledger again that refused its identify. Without IO or a clock.

use std::time::{Duration, Instant};

use crate::limits::IDENTIFY_SPACING;

/// The wait after the first refusal.
const FIRST: Duration = Duration::from_millis(100);

/// The longest wait. Identifies of one rate-limit key do not follow one another faster.
const LONGEST: Duration = IDENTIFY_SPACING;

/// The waits of one shard.
///
/// The state of a ledger normally says why it refused, and the scheduler then waits for longer than this. A ledger that
/// refuses what its state allows is asked less and less often.
#[derive(Debug, Default)]
pub(super) struct RefusalBackoff {
    /// The last refusal, and the wait after it.
    last: Option<(Instant, Duration)>,
}

impl RefusalBackoff {
    /// Returns how long to wait after a refusal.
    pub(super) fn refused(&mut self, now: Instant) -> Duration {
        let wait = match self.last {
            // The shard waited for nothing else.
            Some((at, wait)) if now.saturating_duration_since(at) <= 2 * wait => {
                (2 * wait).min(LONGEST)
            }
            _ => FIRST,
        };
        self.last = Some((now, wait));
        wait
    }
}

#[cfg(test)]
mod tests {
    use super::{FIRST, LONGEST, RefusalBackoff};
    use std::time::{Duration, Instant};

    #[test]
    fn refusals_that_follow_each_wait_double_it_up_to_a_bound() {
        let mut now = Instant::now();
        let mut backoff = RefusalBackoff::default();
        let mut waits = Vec::new();
        for _ in 0..8 {
            let wait = backoff.refused(now);
            waits.push(wait.as_millis());
            now += wait + Duration::from_millis(20);
        }
        assert_eq!(waits, [100, 200, 400, 800, 1600, 3200, 5250, 5250]);
        assert_eq!(backoff.refused(now), LONGEST);
    }

    #[test]
    fn refusal_after_another_wait_is_a_first_one() {
        let now = Instant::now();
        let mut backoff = RefusalBackoff::default();
        assert_eq!(backoff.refused(now), FIRST);
        let soon = now + 2 * FIRST;
        assert_eq!(backoff.refused(soon), 2 * FIRST);
        let later = soon + 4 * FIRST + Duration::from_nanos(1);
        assert_eq!(backoff.refused(later), FIRST);
    }
}
