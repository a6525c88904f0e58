use super::harness::{Harness, seconds, status, within};
use gloaming_machine::gateway_info::GatewayInfoFault;

#[test]
fn faults_of_network_and_server_are_retried_with_the_backoff_of_a_shard() {
    for fault in [
        GatewayInfoFault::Network,
        GatewayInfoFault::TimedOut,
        GatewayInfoFault::UnknownStatus,
        status(500),
        status(502),
        status(599),
    ] {
        for seed in 0..50 {
            let mut harness = Harness::new(within(seconds(10_000)), seed);
            let waits: Vec<_> = (0..9).map(|_| harness.wait(fault)).collect();
            for (wait, bound) in waits.iter().zip([1, 2, 4, 8, 16, 32, 60, 60, 60]) {
                let bound = seconds(bound);
                assert!((bound / 2..=bound).contains(wait), "{fault:?}: {waits:?}");
            }
            assert_eq!(harness.retry.attempts(), 9);
        }
    }
}

/// The wait counts from the start of the attempt, but is never zero.
#[test]
fn slow_failure_is_followed_by_a_short_wait() {
    let mut harness = Harness::new(within(seconds(10_000)), 1);
    harness.retry.start_attempt(harness.now);
    harness.now += seconds(15);
    let decision = harness
        .retry
        .handle_fault(harness.now, GatewayInfoFault::TimedOut);
    let half_a_second = seconds(1) / 2;
    assert_eq!(
        decision,
        gloaming_machine::gateway_info::GatewayInfoDecision::RetryAt(harness.now + half_a_second)
    );
}
