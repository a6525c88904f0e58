//! A queue that refuses is asked again: not at once, and not next year.

use crate::harness::{Bench, asks_for_permit, events, sent};
use gloaming_machine::{Input, Lifecycle, SendKind, ShardState};
use std::time::Duration;

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

fn asking() -> Bench {
    let mut bench = Bench::new();
    bench.input(Input::Start);
    bench.input(Input::Connected);
    assert!(asks_for_permit(&bench.hello()));
    bench
}

#[test]
fn when_the_queue_says_within_bounds() {
    for (said, waits) in [
        (None, Duration::from_secs(5)),
        (Some(Duration::ZERO), Duration::from_secs(5)),
        (Some(Duration::from_secs(90)), Duration::from_secs(90)),
        (Some(DAY), DAY),
        (Some(Duration::MAX), DAY),
    ] {
        let mut bench = asking();
        let outputs = bench.input(Input::PermitRefused { retry_in: said });
        let refused = Lifecycle::PermitRefused { retry_in: waits };
        assert_eq!(events(&outputs), [&refused]);
        assert_eq!(bench.machine.state(), ShardState::Identifying);

        let moment = Duration::from_millis(1);
        assert!(!asks_for_permit(
            &bench.advance_acknowledged(waits - moment)
        ));
        assert!(asks_for_permit(&bench.advance_acknowledged(moment)));
        let outputs = bench.input(Input::PermitGranted);
        assert_eq!(sent(&outputs, SendKind::Identify).len(), 1);
    }
}

#[test]
fn once() {
    let mut bench = asking();
    bench.input(Input::PermitRefused { retry_in: None });
    bench.advance_acknowledged(Duration::from_secs(5));
    let outputs = bench.advance_acknowledged(Duration::from_secs(600));
    assert!(!asks_for_permit(&outputs), "it is with the queue");
}

#[test]
fn nobody_is_asked_on_behalf_of_a_connection_that_is_gone() {
    let mut bench = asking();
    bench.lost();
    let outputs = bench.input(Input::PermitRefused { retry_in: None });
    assert_eq!(outputs, []);
}
