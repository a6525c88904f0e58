use super::harness::{Harness, limited, seconds, status, within};
use gloaming_machine::gateway_info::{
    GatewayInfoDecision, GatewayInfoErrorKind, GatewayInfoFault, GatewayInfoPolicy, RetryAfter,
};
use std::time::Duration;

#[test]
fn rate_limit_past_the_deadline_ends_the_attempts_at_once() {
    let mut harness = Harness::new(GatewayInfoPolicy::default(), 1);
    let day = seconds(82_721);
    let decision = harness.fail(limited(RetryAfter::Given(day)));
    let expected = GatewayInfoDecision::GiveUp {
        kind: GatewayInfoErrorKind::RateLimited,
        retry_after: Some(day),
    };
    assert_eq!(decision, expected);
}

#[test]
fn wait_that_ends_at_the_deadline_is_too_long() {
    for (wait, is_retried) in [(299, true), (300, false), (301, false)] {
        let mut harness = Harness::new(within(seconds(300)), 1);
        let decision = harness.fail(limited(RetryAfter::Given(seconds(wait))));
        let retried = matches!(decision, GatewayInfoDecision::RetryAt(_));
        assert_eq!(retried, is_retried, "{wait}");
    }
}

#[test]
fn every_fault_ends_within_the_deadline_and_names_the_last_cause() {
    use GatewayInfoErrorKind::{RateLimited, Unavailable, Unreachable};

    for (fault, kind) in [
        (GatewayInfoFault::Network, Unreachable),
        (GatewayInfoFault::TimedOut, Unreachable),
        (GatewayInfoFault::UnknownStatus, Unavailable),
        (GatewayInfoFault::HeldBack, RateLimited),
        (status(502), Unavailable),
        (limited(RetryAfter::Missing), RateLimited),
        (limited(RetryAfter::Hidden), RateLimited),
    ] {
        let mut harness = Harness::new(GatewayInfoPolicy::default(), 3);
        let decision = loop {
            match harness.fail(fault) {
                GatewayInfoDecision::RetryAt(at) => harness.now = at,
                decision @ GatewayInfoDecision::GiveUp { .. } => break decision,
            }
        };
        let expected = GatewayInfoDecision::GiveUp {
            kind,
            retry_after: None,
        };
        assert_eq!(decision, expected);
        let took = harness.now - harness.start;
        assert!(took < seconds(300), "{fault:?}: {took:?}");
        let attempts = harness.retry.attempts();
        assert!((2..=16).contains(&attempts), "{fault:?}: {attempts}");
    }
}

#[test]
fn attempt_ends_at_its_timeout_or_the_deadline() {
    let mut policy = within(seconds(20));
    policy.attempt_timeout = seconds(15);
    let mut harness = Harness::new(policy, 1);
    let start = harness.start;
    assert_eq!(
        harness.retry.start_attempt(start),
        Some(start + seconds(15))
    );
    assert_eq!(
        harness.retry.start_attempt(start + seconds(10)),
        Some(start + seconds(20))
    );
}

/// A deadline that no clock reaches is none.
#[test]
fn longest_durations_do_not_overflow() {
    let mut policy = within(Duration::MAX);
    policy.attempt_timeout = Duration::MAX;
    let mut harness = Harness::new(policy, 1);
    assert_eq!(harness.retry.start_attempt(harness.now), None);
    let years = seconds(100 * 365 * 86_400);
    assert_eq!(harness.wait(limited(RetryAfter::Given(years))), years);
    let decision = harness.fail(limited(RetryAfter::Given(Duration::MAX)));
    let expected = GatewayInfoDecision::GiveUp {
        kind: GatewayInfoErrorKind::RateLimited,
        retry_after: Some(Duration::MAX),
    };
    assert_eq!(decision, expected);
}
