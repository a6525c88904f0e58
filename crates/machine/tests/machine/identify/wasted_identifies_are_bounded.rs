use gloaming_machine::{DisconnectCause, Input, Lifecycle, SendKind};
use gloaming_test_support::machine::{
    Harness, causes, connects, events, is_send, ready, ready_as, sent,
};
use std::time::Duration;

const HOUR: Duration = Duration::from_secs(3_600);

/// Long enough for a connection to make up for its end.
const STOOD: Duration = Duration::from_secs(10);

/// Answers each IDENTIFY after some seconds with `end`, for six hours, and returns the number of IDENTIFYs.
fn identifies(mut end: impl FnMut(&mut Harness)) -> usize {
    let mut harness = Harness::new();
    harness.input(Input::Start);
    let start = harness.now;
    while harness.now < start + HOUR * 6 {
        match harness.machine.state_name() {
            "connecting" => drop(harness.input(Input::Connected)),
            "awaiting hello" => drop(harness.hello()),
            "awaiting permit" => drop(harness.input(Input::PermitGranted)),
            "identifying" => {
                harness.advance_acknowledged(STOOD);
                end(&mut harness);
            }
            "active" => {
                harness.advance_acknowledged(STOOD);
                harness.closed(4009);
            }
            _ => drop(harness.next_deadline()),
        }
    }
    let log = harness.log.iter();
    log.filter(|(_, effect)| is_send(effect, SendKind::Identify))
        .count()
}

#[test]
fn ready_without_a_usable_session_id_costs_few_identifies() {
    let long = "x".repeat(257);
    for id in [
        "", " ", "a b", "a\u{a0}b", "\u{e9}", "\\n", "\\u0000", &long,
    ] {
        let count = identifies(|harness| drop(harness.payload(&ready_as(id, 1))));
        assert!((10..=120).contains(&count), "{id:?}: {count}");
    }
}

#[test]
fn any_end_before_ready_costs_few_identifies() {
    let count = identifies(|harness| drop(harness.lost()));
    assert!((10..=120).contains(&count), "{count}");
    let count = identifies(|harness| drop(harness.closed(4000)));
    assert!((10..=120).contains(&count), "{count}");
}

#[test]
fn identify_that_was_not_sent_costs_no_wait() {
    let mut harness = Harness::new();
    harness.input(Input::Start);
    for _ in 0..10 {
        harness.input(Input::Connected);
        harness.hello();
        harness.block();
        let outputs = harness.input(Input::PermitGranted);
        assert!(sent(&outputs, SendKind::Identify).is_empty());
        harness.advance(STOOD);
        assert_eq!(connects(&harness.lost()).len(), 1);
    }
}

#[test]
fn session_in_between_makes_up_for_it() {
    let mut is_ready = false;
    let count = identifies(|harness| {
        is_ready = !is_ready;
        match is_ready {
            true => drop(harness.payload(&ready(1))),
            false => drop(harness.lost()),
        }
    });
    assert!(count > 1_000, "{count}");
}

#[test]
fn unusable_ready_is_delivered_and_told() {
    let mut harness = Harness::new();
    harness.input(Input::Start);
    harness.input(Input::Connected);
    harness.hello();
    harness.input(Input::PermitGranted);
    let outputs = harness.payload(&ready_as("", 1));
    assert_eq!(outputs[0], gloaming_machine::Output::Deliver);
    assert_eq!(causes(&outputs), [DisconnectCause::UnusableReady]);
    assert!(
        events(&outputs)
            .iter()
            .all(|event| !matches!(event, Lifecycle::Ready { .. }))
    );
    assert_eq!(harness.machine.session(), None);
}

#[test]
fn ready_without_a_usable_session_id_keeps_a_session_that_can_be_resumed() {
    let mut harness = Harness::ready();
    harness.dispatch(2);
    let outputs = harness.payload(&ready_as("", 3));
    assert_eq!(causes(&outputs), [DisconnectCause::UnusableReady]);
    harness.input(Input::Connected);
    let outputs = harness.hello();
    let resume = &sent(&outputs, SendKind::Resume)[0];
    assert!(resume.contains(r#""seq":2"#), "{resume}");
}

#[test]
fn longest_session_id_is_resumed() {
    let id = "x".repeat(256);
    let mut harness = Harness::new();
    harness.input(Input::Start);
    harness.input(Input::Connected);
    harness.hello();
    harness.input(Input::PermitGranted);
    harness.payload(&ready_as(&id, 1));
    harness.lost();
    harness.input(Input::Connected);
    let outputs = harness.hello();
    assert!(sent(&outputs, SendKind::Resume)[0].contains(&id));
}
