use super::harness::{Harness, seconds, status, within};
use gloaming_machine::gateway_info::{
    GatewayInfoDecision, GatewayInfoErrorKind, GatewayInfoFault, RetryAfter,
};

#[test]
fn what_only_a_person_can_change_ends_the_attempts_at_once() {
    use GatewayInfoErrorKind::{Forbidden, Misconfigured, Rejected, Token};

    for (fault, kind) in [
        (GatewayInfoFault::Misconfigured, Misconfigured),
        (status(401), Token),
        (status(403), Forbidden),
        (status(400), Rejected),
        (status(404), Rejected),
        (status(407), Rejected),
        (status(428), Rejected),
        (status(430), Rejected),
        (status(499), Rejected),
        (status(301), Rejected),
        (status(600), Rejected),
    ] {
        let mut harness = Harness::new(within(seconds(300)), 1);
        let expected = GatewayInfoDecision::GiveUp {
            kind,
            retry_after: None,
        };
        assert_eq!(harness.fail(fault), expected, "{fault:?}");
    }
}

#[test]
fn time_to_wait_is_told_with_a_refusal() {
    let mut harness = Harness::new(within(seconds(300)), 1);
    let fault = GatewayInfoFault::Status {
        status: 403,
        retry_after: RetryAfter::Given(seconds(60)),
    };
    let expected = GatewayInfoDecision::GiveUp {
        kind: GatewayInfoErrorKind::Forbidden,
        retry_after: Some(seconds(60)),
    };
    assert_eq!(harness.fail(fault), expected);
}
