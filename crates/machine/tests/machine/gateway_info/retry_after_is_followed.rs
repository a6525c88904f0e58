use super::harness::{Harness, limited, seconds, within};
use gloaming_machine::gateway_info::{GatewayInfoFault, RetryAfter};
use std::time::Duration;

const DAYS: Duration = Duration::from_secs(7 * 24 * 60 * 60);

/// The time of a real ban: almost a day.
#[test]
fn time_that_the_server_asks_for_is_waited_whatever_its_length() {
    for wait in [seconds(1), seconds(61), seconds(82_721), DAYS - seconds(1)] {
        let mut harness = Harness::new(within(DAYS), 1);
        assert_eq!(harness.wait(limited(RetryAfter::Given(wait))), wait);
    }
}

#[test]
fn server_that_asks_for_no_time_is_asked_less_and_less_often() {
    for seed in 0..50 {
        let mut harness = Harness::new(within(DAYS), seed);
        let limited = limited(RetryAfter::Given(Duration::ZERO));
        let waits: Vec<_> = (0..8).map(|_| harness.wait(limited)).collect();
        for (wait, bound) in waits.iter().zip([1, 2, 4, 8, 16, 32, 60, 60]) {
            let bound = seconds(bound);
            assert!((bound / 2..=bound).contains(wait), "seed {seed}: {waits:?}");
        }
    }
}

#[test]
fn rate_limit_of_unknown_length_is_waited_for_in_doubling_steps() {
    for (fault, first) in [
        (limited(RetryAfter::Missing), 5),
        (limited(RetryAfter::Hidden), 60),
        (GatewayInfoFault::HeldBack, 60),
    ] {
        let mut lengthened = false;
        for seed in 0..50 {
            let mut harness = Harness::new(within(DAYS), seed);
            for times in 0..40 {
                let wait = harness.wait(fault);
                let bound = seconds(first << times.min(20)).min(seconds(15 * 60));
                assert!(
                    (bound..=bound + bound / 4).contains(&wait),
                    "seed {seed}, {fault:?}, time {times}: {wait:?}"
                );
                lengthened |= wait > bound;
            }
        }
        assert!(lengthened, "the waits of {fault:?} have jitter");
    }
}

/// Maintenance, for example.
#[test]
fn server_error_may_ask_for_a_time_too() {
    let mut harness = Harness::new(within(DAYS), 1);
    let fault = GatewayInfoFault::Status {
        status: 503,
        retry_after: RetryAfter::Given(seconds(3600)),
    };
    assert_eq!(harness.wait(fault), seconds(3600));
}

#[test]
fn header_and_body_are_read_and_the_longer_time_counts() {
    let read = |header: Option<&str>, body: &str| {
        RetryAfter::read(header.map(str::as_bytes), body.as_bytes())
    };
    let given = |millis| RetryAfter::Given(Duration::from_millis(millis));
    for (header, body, expected) in [
        (Some("82721"), "error code: 1015", given(82_721_000)),
        (Some("82721"), "{}", given(82_721_000)),
        (Some(" 65 "), "", given(65_000)),
        (Some("1.337"), "", given(1_337)),
        (Some("0"), "", given(0)),
        (Some("1e3"), "", given(1_000_000)),
        (
            Some("65"),
            r#"{"message":"You are being rate limited.","retry_after":64.57,"global":false}"#,
            given(65_000),
        ),
        (Some("1"), r#"{"retry_after":64.5}"#, given(64_500)),
        (None, r#"{"retry_after":2}"#, given(2_000)),
        (Some("soon"), r#"{"retry_after":2}"#, given(2_000)),
        (None, "", RetryAfter::Missing),
        (None, "{}", RetryAfter::Missing),
        (None, r#"{"retry_after":null}"#, RetryAfter::Missing),
        (None, r#"{"retry_after":"2"}"#, RetryAfter::Missing),
        (None, r#"{"retry_after":-2}"#, RetryAfter::Missing),
        (Some("-1"), "[]", RetryAfter::Missing),
        (Some("NaN"), "", RetryAfter::Missing),
        (Some("inf"), "", RetryAfter::Missing),
        (
            Some("Wed, 21 Oct 2015 07:28:00 GMT"),
            "",
            RetryAfter::Missing,
        ),
    ] {
        assert_eq!(read(header, body), expected, "{header:?} {body}");
    }
    let endless = RetryAfter::read(Some(b"99999999999999999999999"), b"");
    assert_eq!(endless, RetryAfter::Given(Duration::MAX));
    assert_eq!(
        RetryAfter::read(Some(b"\xff\xfe"), b"\xff"),
        RetryAfter::Missing
    );
}
