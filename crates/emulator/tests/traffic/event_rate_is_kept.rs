//! Events are generated at the configured rate.

use std::time::Duration;

use gloaming_emulator::Emulator;

use crate::harness::{all, receive_for};

fn events(rate: f64, time: Duration) -> usize {
    receive_for(
        Emulator::builder().guilds(1).events_per_second(rate),
        all(),
        time,
    )
    .len()
        - 2
}

#[test]
fn event_rate_is_kept() {
    for (rate, seconds, expected) in [
        (0.0, 1000, 0),
        (0.1, 100, 10),
        (7.0, 60, 420),
        (5000.0, 2, 10_000),
    ] {
        let made = events(rate, Duration::from_secs(seconds));
        // Rounding and the last millisecond may remove a few.
        let slack = (rate / 500.0).ceil() as usize;
        assert!(
            (expected - slack.min(expected)..=expected).contains(&made),
            "{rate} for {seconds} s: {made}"
        );
    }
}

#[test]
fn invalid_rates_generate_nothing() {
    for rate in [f64::NAN, f64::NEG_INFINITY, -1.0, f64::INFINITY] {
        assert_eq!(events(rate, Duration::from_secs(10)), 0);
    }
}
