use gloaming_machine::{
    BackoffPolicy,
    gateway_info::{
        GatewayInfoDecision, GatewayInfoFault, GatewayInfoPolicy, GatewayInfoRetry, RetryAfter,
    },
};
use gloaming_test_support::start_of_time;
use std::time::{Duration, Instant};

pub(crate) const fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

pub(crate) const fn status(status: u16) -> GatewayInfoFault {
    GatewayInfoFault::Status {
        status,
        retry_after: RetryAfter::Missing,
    }
}

pub(crate) const fn limited(retry_after: RetryAfter) -> GatewayInfoFault {
    GatewayInfoFault::Status {
        status: 429,
        retry_after,
    }
}

pub(crate) fn within(deadline: Duration) -> GatewayInfoPolicy {
    let mut policy = GatewayInfoPolicy::default();
    policy.deadline = deadline;
    policy
}

/// Attempts that fail at once, in virtual time.
pub(crate) struct Harness {
    pub(crate) start: Instant,
    pub(crate) now: Instant,
    pub(crate) retry: GatewayInfoRetry,
}

impl Harness {
    pub(crate) fn new(policy: GatewayInfoPolicy, seed: u64) -> Self {
        let now = start_of_time();
        Self {
            start: now,
            now,
            retry: GatewayInfoRetry::new(policy, BackoffPolicy::default(), now, seed),
        }
    }

    /// Makes an attempt that fails at once.
    pub(crate) fn fail(&mut self, fault: GatewayInfoFault) -> GatewayInfoDecision {
        self.retry.start_attempt(self.now);
        self.retry.handle_fault(self.now, fault)
    }

    /// Makes an attempt that fails at once and is followed by another. Returns the wait until then, after it.
    #[track_caller]
    pub(crate) fn wait(&mut self, fault: GatewayInfoFault) -> Duration {
        match self.fail(fault) {
            GatewayInfoDecision::RetryAt(at) => {
                let wait = at.duration_since(self.now);
                self.now = at;
                wait
            }
            decision => panic!("{fault:?}: {decision:?}"),
        }
    }
}
