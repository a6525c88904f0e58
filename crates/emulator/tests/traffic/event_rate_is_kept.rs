//! Events are generated at the configured rate.

use std::time::{Duration, Instant};

use gloaming_emulator::{Emulator, model::Gateway};

use crate::harness::{Session, all, receive_for};

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

#[test]
fn rate_can_change() {
    let hour = Duration::from_secs(3600);
    let builder = Emulator::builder().guilds(1).heartbeat_interval(hour);
    let mut session = Session::start(builder.events_per_second(10.0), all());
    let ten_seconds = Duration::from_secs(10);
    let mut count_at = |rate: f64| {
        let now = session.now;
        session.gateway.set_events_per_second(now, rate);
        session.receive_for(ten_seconds).len()
    };
    // READY and GUILD_CREATE come first.
    assert!((100..=102).contains(&count_at(10.0)));
    assert_eq!(count_at(0.0), 0);
    assert!((49..=50).contains(&count_at(5.0)));
    assert_eq!(count_at(f64::NAN), 0);
}

#[test]
fn rate_that_is_set_before_a_session_applies_to_it() {
    let builder = Emulator::builder().guilds(1).events_per_second(10.0);
    let mut gateway = Gateway::new(builder.into_settings(), Instant::now());
    gateway.set_events_per_second(Instant::now(), 0.0);
    assert_eq!(gateway.poll_timeout(), None);
}
