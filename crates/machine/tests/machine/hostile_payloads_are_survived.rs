use gloaming_machine::{DisconnectCause, Input, Lifecycle, Output, ShardState};
use gloaming_test_support::machine::{Harness, causes, close_codes, events};

#[test]
fn a_hello_without_a_usable_interval_is_left() {
    for data in [
        "null",
        "{}",
        r#"{"heartbeat_interval":0}"#,
        r#"{"heartbeat_interval":-1}"#,
        r#"{"heartbeat_interval":1}"#,
        r#"{"heartbeat_interval":1e300}"#,
        r#"{"heartbeat_interval":18446744073709551615}"#,
        r#"{"heartbeat_interval":"41250"}"#,
        "[]",
    ] {
        let mut harness = Harness::new();
        harness.input(Input::Start);
        harness.input(Input::Connected);
        let outputs = harness.payload(&format!(r#"{{"op":10,"d":{data}}}"#));
        assert_eq!(outputs[0], Output::Deliver, "{data}: still visible");
        assert_eq!(causes(&outputs), [DisconnectCause::Unreadable], "{data}");
    }
}

#[test]
fn an_interval_with_a_fraction_is_fine() {
    let mut harness = Harness::new();
    harness.input(Input::Start);
    harness.input(Input::Connected);
    harness.payload(r#"{"op":10,"d":{"heartbeat_interval":41250.5}}"#);
    assert_eq!(harness.machine.state(), ShardState::Identifying);
}

#[test]
fn a_ready_that_names_no_session_is_left() {
    for data in ["null", "{}", r#"{"session_id":5}"#, "[1]"] {
        let mut harness = Harness::new();
        harness.input(Input::Start);
        harness.input(Input::Connected);
        harness.hello();
        harness.input(Input::PermitGranted);
        let outputs = harness.payload(&format!(r#"{{"t":"READY","s":1,"op":0,"d":{data}}}"#));
        assert_eq!(causes(&outputs), [DisconnectCause::Unreadable], "{data}");
    }
}

#[test]
fn an_invalid_session_without_a_boolean_is_tried_again() {
    for data in ["null", "{}", "\"false\"", "0"] {
        let mut harness = Harness::ready();
        let outputs = harness.payload(&format!(r#"{{"op":9,"d":{data}}}"#));
        assert_eq!(close_codes(&outputs), [4000], "{data}");
        harness.lost();
        assert!(harness.machine.session().is_some(), "{data}");
    }
}

#[test]
fn payloads_out_of_place_are_told_and_harm_nothing() {
    for json in [
        r#"{"op":10,"d":{"heartbeat_interval":1000}}"#,
        r#"{"op":2,"d":null}"#,
        r#"{"op":6,"d":null}"#,
        r#"{"op":31,"d":null}"#,
        r#"{"op":43,"d":null}"#,
        r#"{"op":99,"d":{"a":[]}}"#,
        r#"{"op":18446744073709551615,"d":0}"#,
        r#"{"t":"RESUMED","s":2,"op":0,"d":null}"#,
    ] {
        let mut harness = Harness::ready();
        let outputs = harness.payload(json);
        assert_eq!(outputs[0], Output::Deliver, "{json}");
        assert!(
            matches!(events(&outputs)[0], Lifecycle::Unexpected { .. }),
            "{json}: {outputs:?}"
        );
        assert_eq!(harness.machine.state(), ShardState::Active, "{json}");
    }
}

#[test]
fn a_dispatch_without_name_or_sequence_is_delivered() {
    let mut harness = Harness::ready();
    assert_eq!(harness.payload(r#"{"op":0,"d":null}"#), [Output::Deliver]);
    assert_eq!(harness.sequence(), Some(1));
}

#[test]
fn a_sequence_at_the_end_of_numbers_does_not_overflow() {
    let mut harness = Harness::ready();
    harness.dispatch(u64::MAX);
    harness.dispatch(u64::MAX);
    assert_eq!(harness.sequence(), Some(u64::MAX));
}
