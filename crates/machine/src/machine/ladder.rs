//! The healing ladder: how a session is sought again after a drop (P16).

use super::state::Standing;
use std::time::{Duration, Instant};

/// A step of the healing ladder, from the cheapest to the one that always works.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum Rung {
    /// RESUME on the host that READY named.
    ResumeHost,
    /// RESUME of the same session on the main URL.
    MainHost,
    /// IDENTIFY, through the queue, on the main URL.
    Identify,
}

/// Bounds of one rung.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct RungBounds {
    /// Failures after which the next rung is taken. On [`Rung::MainHost`] only failures after HELLO
    /// count: while the main URL can't be reached, IDENTIFY could not be sent either, and giving
    /// the session up would gain nothing.
    pub tries: u32,
    /// Time since the rung was first tried, or a connection on which missed events came was lost, after
    /// which the next failure moves on.
    pub within: Duration,
}

/// The healing ladder's bounds; past the last of them the shard identifies.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct LadderPolicy {
    /// Default: 2 tries, 30 s.
    pub resume_host: RungBounds,
    /// Default: 3 tries, 5 min: about as long as the server keeps a session (P19).
    pub main_host: RungBounds,
}

impl Default for LadderPolicy {
    fn default() -> Self {
        Self {
            resume_host: RungBounds {
                tries: 2,
                within: Duration::from_secs(30),
            },
            main_host: RungBounds {
                tries: 3,
                within: Duration::from_secs(300),
            },
        }
    }
}

/// Where on the ladder the shard stands.
#[derive(Debug)]
pub(super) struct Ladder {
    policy: LadderPolicy,
    rung: Rung,
    failures: u32,
    since: Option<Instant>,
}

impl Ladder {
    /// Stands on the rung that the state of the session calls for.
    pub(super) const fn new(policy: LadderPolicy, rung: Rung) -> Self {
        Self {
            policy,
            rung,
            failures: 0,
            since: None,
        }
    }

    pub(super) const fn rung(&self) -> Rung {
        self.rung
    }

    pub(super) const fn move_to(&mut self, rung: Rung) {
        self.rung = rung;
        self.failures = 0;
        self.since = None;
    }

    pub(super) fn trying(&mut self, now: Instant) {
        self.since.get_or_insert(now);
    }

    /// Counts a failed try; returns the rung below if this one is used up.
    pub(super) fn failed(&mut self, now: Instant, standing: Standing) -> Option<Rung> {
        let (bounds, next) = match self.rung {
            Rung::ResumeHost => (self.policy.resume_host, Rung::MainHost),
            Rung::MainHost => (self.policy.main_host, Rung::Identify),
            Rung::Identify => return None,
        };
        if self.rung == Rung::ResumeHost || standing != Standing::Unreached {
            self.failures += 1;
        }
        if standing == Standing::Replayed {
            // The server has had the session until now.
            self.since = Some(now);
        }
        let elapsed = self
            .since
            .map_or(Duration::ZERO, |since| now.saturating_duration_since(since));
        (self.failures >= bounds.tries || elapsed >= bounds.within).then(|| {
            self.move_to(next);
            next
        })
    }
}

#[cfg(test)]
mod tests {
    use super::{Ladder, LadderPolicy, Rung};
    use crate::machine::state::Standing;
    use crate::test_instant;
    use std::time::Duration;

    #[test]
    fn resume_host_gives_way_after_its_tries() {
        let now = test_instant();
        let mut ladder = Ladder::new(LadderPolicy::default(), Rung::ResumeHost);
        ladder.trying(now);
        assert_eq!(ladder.failed(now, Standing::Unreached), None);
        assert_eq!(
            ladder.failed(now, Standing::Unreached),
            Some(Rung::MainHost)
        );
    }

    #[test]
    fn resume_host_gives_way_after_its_time() {
        let now = test_instant();
        let mut ladder = Ladder::new(LadderPolicy::default(), Rung::ResumeHost);
        ladder.trying(now);
        let later = now + Duration::from_secs(30);
        assert_eq!(
            ladder.failed(later, Standing::Unreached),
            Some(Rung::MainHost)
        );
    }

    #[test]
    fn an_unreachable_main_host_costs_the_session_only_after_its_time() {
        let now = test_instant();
        let mut ladder = Ladder::new(LadderPolicy::default(), Rung::MainHost);
        ladder.trying(now);
        for second in 0..299 {
            let now = now + Duration::from_secs(second);
            assert_eq!(ladder.failed(now, Standing::Unreached), None);
        }
        let later = now + Duration::from_secs(300);
        assert_eq!(
            ladder.failed(later, Standing::Unreached),
            Some(Rung::Identify)
        );
    }

    #[test]
    fn a_main_host_that_replays_keeps_its_tries_however_long_it_takes() {
        let mut now = test_instant();
        let mut ladder = Ladder::new(LadderPolicy::default(), Rung::MainHost);
        for expected in [None, None, Some(Rung::Identify)] {
            ladder.trying(now);
            now += Duration::from_secs(1_000);
            assert_eq!(ladder.failed(now, Standing::Replayed), expected);
        }
    }

    #[test]
    fn a_main_host_that_never_resumes_gives_way_after_its_tries() {
        let now = test_instant();
        let mut ladder = Ladder::new(LadderPolicy::default(), Rung::MainHost);
        ladder.trying(now);
        assert_eq!(ladder.failed(now, Standing::Reached), None);
        assert_eq!(ladder.failed(now, Standing::Reached), None);
        assert_eq!(ladder.failed(now, Standing::Reached), Some(Rung::Identify));
        assert_eq!(
            ladder.failed(now, Standing::Reached),
            None,
            "the last rung stays"
        );
    }
}
