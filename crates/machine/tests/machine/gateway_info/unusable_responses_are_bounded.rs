use super::harness::{Harness, seconds, within};
use gloaming_machine::gateway_info::{GatewayInfoDecision, GatewayInfoErrorKind, GatewayInfoFault};

#[test]
fn unusable_responses_are_retried_a_few_times() {
    for (fault, kind) in [
        (
            GatewayInfoFault::Undecodable,
            GatewayInfoErrorKind::Undecodable,
        ),
        (GatewayInfoFault::NoShards, GatewayInfoErrorKind::NoShards),
    ] {
        for (limit, attempts) in [(0, 1), (1, 1), (5, 5)] {
            let mut policy = within(seconds(10_000));
            policy.unusable_responses = limit;
            let mut harness = Harness::new(policy, 1);
            for _ in 1..attempts {
                let wait = harness.wait(fault);
                assert!(wait >= seconds(1) / 2, "{wait:?}");
            }
            let expected = GatewayInfoDecision::GiveUp {
                kind,
                retry_after: None,
            };
            assert_eq!(harness.fail(fault), expected);
            assert_eq!(harness.retry.attempts(), attempts);
        }
    }
}

/// A proxy that alternates between errors is bounded as well.
#[test]
fn other_faults_between_them_do_not_reset_the_number() {
    let mut policy = within(seconds(10_000));
    policy.unusable_responses = 3;
    let mut harness = Harness::new(policy, 1);
    for _ in 0..2 {
        harness.wait(GatewayInfoFault::Undecodable);
        harness.wait(GatewayInfoFault::Network);
    }
    let decision = harness.fail(GatewayInfoFault::Undecodable);
    assert!(matches!(decision, GatewayInfoDecision::GiveUp { .. }));
}
