use gloaming_machine::{DisconnectCause, Input, Lifecycle, Output, ShardState};
use gloaming_test_support::machine::{Harness, causes, close_codes, events};

#[test]
fn hello_without_a_usable_interval_is_unreadable() {
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
fn fractional_interval_is_accepted() {
    let mut harness = Harness::new();
    harness.input(Input::Start);
    harness.input(Input::Connected);
    harness.payload(r#"{"op":10,"d":{"heartbeat_interval":41250.5}}"#);
    assert_eq!(harness.machine.state(), ShardState::Identifying);
}

#[test]
fn ready_without_a_session_is_unusable() {
    for data in ["null", "{}", r#"{"session_id":5}"#, "[1]"] {
        let mut harness = Harness::new();
        harness.input(Input::Start);
        harness.input(Input::Connected);
        harness.hello();
        harness.input(Input::PermitGranted);
        let outputs = harness.payload(&format!(r#"{{"t":"READY","s":1,"op":0,"d":{data}}}"#));
        assert_eq!(causes(&outputs), [DisconnectCause::UnusableReady], "{data}");
    }
}

#[test]
fn invalid_session_without_a_boolean_resumes() {
    for data in ["null", "{}", "\"false\"", "0"] {
        let mut harness = Harness::ready();
        let outputs = harness.payload(&format!(r#"{{"op":9,"d":{data}}}"#));
        assert_eq!(close_codes(&outputs), [4000], "{data}");
        harness.lost();
        assert!(harness.machine.session().is_some(), "{data}");
    }
}

#[test]
fn unexpected_payloads_are_reported() {
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
fn dispatch_without_name_or_sequence_is_delivered() {
    let mut harness = Harness::ready();
    assert_eq!(harness.payload(r#"{"op":0,"d":null}"#), [Output::Deliver]);
    assert_eq!(harness.sequence(), Some(1));
}

#[test]
fn largest_sequence_does_not_overflow() {
    let mut harness = Harness::ready();
    harness.dispatch(u64::MAX);
    harness.dispatch(u64::MAX);
    assert_eq!(harness.sequence(), Some(u64::MAX));
}
