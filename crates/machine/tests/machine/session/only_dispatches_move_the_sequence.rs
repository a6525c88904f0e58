use gloaming_machine::{Input, Output, SendKind};
use gloaming_test_support::machine::{Harness, INTERVAL, message, sent};

/// Payloads that are no dispatch, with a sequence that only dispatches have.
const STRAY: [&str; 5] = [
    r#"{"op":11,"d":null,"s":1000,"t":null}"#,
    r#"{"op":1,"d":null,"s":1000,"t":null}"#,
    r#"{"op":99,"d":null,"s":1000,"t":null}"#,
    r#"{"op":10,"d":null,"s":1000,"t":null}"#,
    r#"{"op":31,"d":null,"s":18446744073709551615,"t":"MESSAGE_CREATE"}"#,
];

#[test]
fn stray_sequence_does_not_move_the_session() {
    for stray in STRAY {
        let mut harness = Harness::ready();
        harness.dispatch(2);
        harness.payload(stray);
        assert_eq!(harness.sequence(), Some(2), "{stray}");
        let outputs = harness.payload(&message(3));
        assert_eq!(outputs, [Output::Deliver], "{stray}");
        let outputs = harness.advance(INTERVAL);
        let heartbeats = sent(&outputs, SendKind::Heartbeat);
        assert_eq!(heartbeats, [r#"{"op":1,"d":3}"#], "{stray}");
    }
}

#[test]
fn stray_sequence_is_not_resumed_from() {
    for op in [7, 9] {
        let mut harness = Harness::ready();
        harness.dispatch(2);
        harness.payload(&format!(r#"{{"op":{op},"d":true,"s":1000}}"#));
        harness.lost();
        harness.input(Input::Connected);
        let outputs = harness.hello();
        let resume = sent(&outputs, SendKind::Resume)[0];
        assert!(resume.contains(r#""seq":2"#), "{resume}");
    }
}

#[test]
fn stray_sequence_without_a_session_is_not_in_heartbeats() {
    let mut harness = Harness::new();
    harness.input(Input::Start);
    harness.input(Input::Connected);
    harness.hello();
    harness.payload(STRAY[0]);
    let outputs = harness.advance(INTERVAL);
    let heartbeats = sent(&outputs, SendKind::Heartbeat);
    assert_eq!(heartbeats, [r#"{"op":1,"d":null}"#]);
}
