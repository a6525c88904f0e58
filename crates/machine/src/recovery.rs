//! The recovery: the steps by which a session is resumed after a lost connection
//! ([P16](gloaming_protocol::rules#p16)).

use crate::Session;
use crate::connection::ConnectionProgress;
use std::time::{Duration, Instant};

/// A step of the recovery, from the cheapest to the one that always works.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum RecoveryStep {
    /// RESUME on the host that READY named.
    ResumeHost,
    /// RESUME of the same session on the main URL.
    MainHost,
    /// IDENTIFY, through the queue, on the main URL.
    Identify,
}

impl RecoveryStep {
    /// The step on which a session is resumed first, or IDENTIFY without one.
    pub(crate) fn first_for(session: Option<&Session>) -> Self {
        match session {
            Some(session) if session.resume_url().is_some() => Self::ResumeHost,
            Some(_) => Self::MainHost,
            None => Self::Identify,
        }
    }
}

/// Where the URL of READY leads.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum ResumeServer {
    /// To the server of the main URL.
    Main,
    /// To another one, or there is no URL.
    Other,
}

/// Bounds of one step.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct StepBounds {
    /// The number of failures after which the next step is taken. On [`RecoveryStep::MainHost`] only failures after
    /// HELLO count: while the main URL can't be reached, IDENTIFY can't be sent either, and dropping the session
    /// has no use. An outage of the gateway, however long, therefore costs no session that the server keeps.
    pub tries: u32,
    /// The time since the first try of the step (on [`RecoveryStep::MainHost`] the first failure after HELLO), or since
    /// the end of the last connection that replayed events, after which the next failure takes the next step.
    pub within: Duration,
}

/// Bounds of the recovery. After the last step, the shard identifies.
///
/// If READY named the main URL's own server (host and port), both steps lead there, and a RESUME that it leaves
/// unanswered for [`Timeouts::resumed`](crate::Timeouts::resumed) ends them: the session is given up after that one wait,
/// 30 s by default. Discord names another server, and other failures, such as a connection that breaks, have their tries.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct RecoveryPolicy {
    /// Default: 2 tries, 30 s.
    pub resume_host: StepBounds,
    /// Default: 3 tries, 5 min: about as long as the server keeps a session
    /// ([P19](gloaming_protocol::rules#p19)).
    pub main_host: StepBounds,
}

impl Default for RecoveryPolicy {
    fn default() -> Self {
        Self {
            resume_host: StepBounds {
                tries: 2,
                within: Duration::from_secs(30),
            },
            main_host: StepBounds {
                tries: 3,
                within: Duration::from_secs(300),
            },
        }
    }
}

/// The current step of the recovery and its failures.
#[derive(Debug)]
pub(crate) struct Recovery {
    policy: RecoveryPolicy,
    step: RecoveryStep,
    failures: u32,
    since: Option<Instant>,
}

impl Recovery {
    /// Starts with the given step.
    pub(crate) const fn new(policy: RecoveryPolicy, step: RecoveryStep) -> Self {
        Self {
            policy,
            step,
            failures: 0,
            since: None,
        }
    }

    pub(crate) const fn step(&self) -> RecoveryStep {
        self.step
    }

    pub(crate) const fn move_to(&mut self, step: RecoveryStep) {
        self.step = step;
        self.failures = 0;
        self.since = None;
    }

    pub(crate) fn trying(&mut self, now: Instant) {
        if self.step == RecoveryStep::ResumeHost {
            self.since.get_or_insert(now);
        }
    }

    /// Counts a failed try. Returns the next step if this one is exhausted.
    pub(crate) fn failed(
        &mut self,
        now: Instant,
        progress: ConnectionProgress,
        resume_server: ResumeServer,
    ) -> Option<RecoveryStep> {
        let (bounds, next) = match self.step {
            RecoveryStep::ResumeHost => (self.policy.resume_host, RecoveryStep::MainHost),
            RecoveryStep::MainHost => (self.policy.main_host, RecoveryStep::Identify),
            RecoveryStep::Identify => return None,
        };
        if self.step == RecoveryStep::MainHost && progress == ConnectionProgress::NotReached {
            return None;
        }
        if progress == ConnectionProgress::Unanswered && resume_server == ResumeServer::Main {
            self.move_to(RecoveryStep::Identify);
            return Some(RecoveryStep::Identify);
        }
        self.failures += 1;
        self.since.get_or_insert(now);
        if progress == ConnectionProgress::Replayed {
            // The server had the session until now.
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
    use super::{Recovery, RecoveryPolicy, RecoveryStep, ResumeServer};
    use crate::connection::ConnectionProgress;
    use crate::test_instant;
    use std::time::{Duration, Instant};

    fn failed(
        recovery: &mut Recovery,
        now: Instant,
        progress: ConnectionProgress,
    ) -> Option<RecoveryStep> {
        recovery.failed(now, progress, ResumeServer::Other)
    }

    #[test]
    fn resume_host_gives_way_after_its_tries() {
        let now = test_instant();
        let mut recovery = Recovery::new(RecoveryPolicy::default(), RecoveryStep::ResumeHost);
        recovery.trying(now);
        assert_eq!(
            failed(&mut recovery, now, ConnectionProgress::NotReached),
            None
        );
        assert_eq!(
            failed(&mut recovery, now, ConnectionProgress::NotReached),
            Some(RecoveryStep::MainHost)
        );
    }

    #[test]
    fn resume_host_gives_way_after_its_time() {
        let now = test_instant();
        let mut recovery = Recovery::new(RecoveryPolicy::default(), RecoveryStep::ResumeHost);
        recovery.trying(now);
        let later = now + Duration::from_secs(30);
        assert_eq!(
            failed(&mut recovery, later, ConnectionProgress::NotReached),
            Some(RecoveryStep::MainHost)
        );
    }

    #[test]
    fn an_unreachable_main_host_never_costs_the_session() {
        let now = test_instant();
        let mut recovery = Recovery::new(RecoveryPolicy::default(), RecoveryStep::MainHost);
        for minute in 0..600 {
            let now = now + Duration::from_secs(60 * minute);
            recovery.trying(now);
            assert_eq!(
                failed(&mut recovery, now, ConnectionProgress::NotReached),
                None
            );
        }
    }

    #[test]
    fn a_main_host_that_never_resumes_gives_way_after_its_time() {
        let now = test_instant();
        let mut recovery = Recovery::new(RecoveryPolicy::default(), RecoveryStep::MainHost);
        assert_eq!(
            failed(&mut recovery, now, ConnectionProgress::Reached),
            None
        );
        let later = now + Duration::from_secs(300);
        assert_eq!(
            failed(&mut recovery, later, ConnectionProgress::NotReached),
            None
        );
        assert_eq!(
            failed(&mut recovery, later, ConnectionProgress::Reached),
            Some(RecoveryStep::Identify)
        );
    }

    #[test]
    fn a_main_host_that_replays_keeps_its_tries_however_long_it_takes() {
        let mut now = test_instant();
        let mut recovery = Recovery::new(RecoveryPolicy::default(), RecoveryStep::MainHost);
        for expected in [None, None, Some(RecoveryStep::Identify)] {
            recovery.trying(now);
            now += Duration::from_secs(1_000);
            assert_eq!(
                failed(&mut recovery, now, ConnectionProgress::Replayed),
                expected
            );
        }
    }

    #[test]
    fn a_main_host_that_never_resumes_gives_way_after_its_tries() {
        let now = test_instant();
        let mut recovery = Recovery::new(RecoveryPolicy::default(), RecoveryStep::MainHost);
        recovery.trying(now);
        assert_eq!(
            failed(&mut recovery, now, ConnectionProgress::Reached),
            None
        );
        assert_eq!(
            failed(&mut recovery, now, ConnectionProgress::Reached),
            None
        );
        assert_eq!(
            failed(&mut recovery, now, ConnectionProgress::Reached),
            Some(RecoveryStep::Identify)
        );
        assert_eq!(
            failed(&mut recovery, now, ConnectionProgress::Reached),
            None,
            "the last step stays"
        );
    }

    #[test]
    fn an_unanswered_resume_ends_the_recovery_if_there_is_one_server() {
        let now = test_instant();
        let unanswered = ConnectionProgress::Unanswered;
        for step in [RecoveryStep::ResumeHost, RecoveryStep::MainHost] {
            let mut recovery = Recovery::new(RecoveryPolicy::default(), step);
            assert_eq!(recovery.failed(now, unanswered, ResumeServer::Other), None);
            assert_eq!(
                recovery.failed(now, unanswered, ResumeServer::Main),
                Some(RecoveryStep::Identify)
            );
            assert_eq!(recovery.step(), RecoveryStep::Identify);
        }
    }
}
