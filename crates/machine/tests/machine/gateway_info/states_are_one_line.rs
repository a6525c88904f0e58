use super::harness::{Harness, limited, seconds, status, within};
use gloaming_machine::gateway_info::{
    GatewayInfoDecision, GatewayInfoFault, GatewayInfoState, RetryAfter,
};
use std::time::Duration;

#[track_caller]
fn waiting(fault: GatewayInfoFault, wait: Duration) -> String {
    let harness = Harness::new(within(seconds(300)), 1);
    let retry_at = harness.now + wait;
    harness
        .retry
        .waiting(harness.now, fault, retry_at)
        .to_string()
}

#[test]
fn state_names_attempt_reason_and_wait() {
    let mut harness = Harness::new(within(seconds(100_000)), 1);
    harness.retry.start_attempt(harness.now);
    let state = harness.retry.requesting();
    assert_eq!(state, GatewayInfoState::Requesting { attempt: 1 });
    assert_eq!(
        state.to_string(),
        "asking Discord for the number of shards: attempt 1"
    );

    let fault = limited(RetryAfter::Given(seconds(82_721)));
    let GatewayInfoDecision::RetryAt(retry_at) = harness.retry.handle_fault(harness.now, fault)
    else {
        panic!("the deadline is later");
    };
    let state = harness.retry.waiting(harness.now, fault, retry_at);
    let expected = GatewayInfoState::Waiting {
        attempt: 1,
        reason: fault,
        wait: seconds(82_721),
        retry_at: harness.start + seconds(82_721),
    };
    assert_eq!(state, expected);
    assert_eq!(
        state.to_string(),
        "asking Discord for the number of shards: rate limited (HTTP 429), next try in 82721 s"
    );
}

#[test]
fn waits_are_rounded_up() {
    for (millis, text) in [
        (0, "next try in 0 s"),
        (1, "next try in 0.1 s"),
        (734, "next try in 0.8 s"),
        (1_000, "next try in 1 s"),
        (9_850, "next try in 9.9 s"),
        (9_950, "next try in 10 s"),
        (10_050, "next try in 11 s"),
        (12_001, "next try in 13 s"),
    ] {
        let state = waiting(status(502), Duration::from_millis(millis));
        assert!(state.ends_with(text), "{state}");
        assert!(state.contains("error (HTTP 502)"), "{state}");
    }
}
