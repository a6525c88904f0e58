//! While one event follows another, a driver looks after the rest only if there may be something to do.

use gloaming_machine::Input;
use gloaming_test_support::machine::{Effect, Harness};
use std::time::Duration;

/// A ready machine that was looked after just now.
fn maintained() -> Harness {
    let mut harness = Harness::ready();
    harness.machine.maintenance_done(harness.now);
    harness
}

fn is_due(harness: &Harness) -> bool {
    harness.machine.is_maintenance_due(harness.now)
}

#[test]
fn new_machine_is_looked_after_first() {
    assert!(is_due(&Harness::new()));
}

#[test]
fn events_leave_it_until_a_millisecond_has_passed() {
    let mut harness = maintained();
    assert!(!is_due(&harness));
    harness.now += Duration::from_micros(999);
    for sequence in 2..10 {
        harness.input(Input::ReadPaused);
        harness.dispatch(sequence);
        harness.input(Input::ReadResumed);
        assert!(!is_due(&harness));
    }
    harness.now += Duration::from_micros(1);
    assert!(is_due(&harness));
}

#[test]
fn it_is_due_at_the_deadline() {
    let mut harness = maintained();
    let deadline = harness.deadline.expect("a heartbeat is due");
    harness.now = deadline - Duration::from_micros(1);
    harness.machine.maintenance_done(harness.now);
    assert!(!is_due(&harness));
    harness.now = deadline;
    assert!(is_due(&harness));
}

#[test]
fn it_is_due_after_what_may_have_made_work() {
    type Feed = fn(&mut Harness) -> Vec<Effect>;
    let feeds: [(&str, Feed); 4] = [
        ("a command", |harness| harness.command("{}").1),
        ("a timeout", |harness| harness.input(Input::Timeout)),
        ("a requested heartbeat", |harness| {
            harness.payload(r#"{"op":1,"d":null}"#)
        }),
        ("an event that is reported", |harness| harness.dispatch(9)),
    ];
    for (name, feed) in feeds {
        let mut harness = maintained();
        // What is sent is flushed, which would be an input of its own.
        harness.block();
        feed(&mut harness);
        assert!(is_due(&harness), "{name}");
    }
}

#[test]
fn it_is_due_on_request() {
    let mut harness = maintained();
    harness.machine.request_maintenance();
    assert!(is_due(&harness));
    harness.machine.maintenance_done(harness.now);
    assert!(!is_due(&harness));
}
