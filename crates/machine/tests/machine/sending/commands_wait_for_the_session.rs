use gloaming_machine::{CommandOutcome, Input, SendKind};
use gloaming_test_support::machine::{Harness, outcomes, ready, resumed, sent};

const PRESENCE: &str =
    r#"{"op":3,"d":{"since":null,"activities":[],"status":"online","afk":false}}"#;

#[test]
fn only_heartbeats_are_sent_before_ready() {
    let mut harness = Harness::new();
    let (id, outputs) = harness.command(PRESENCE);
    assert!(outputs.is_empty());
    for input in [Input::Start, Input::Connected] {
        assert!(sent(&harness.input(input), SendKind::Command).is_empty());
    }
    assert!(sent(&harness.hello(), SendKind::Command).is_empty());
    assert!(sent(&harness.input(Input::PermitGranted), SendKind::Command).is_empty());
    let outputs = harness.payload(&ready(1));
    assert_eq!(sent(&outputs, SendKind::Command), [PRESENCE]);
    assert_eq!(outcomes(&outputs), [(id, CommandOutcome::Sent)]);
}

#[test]
fn only_heartbeats_are_sent_while_resuming() {
    let mut harness = Harness::ready();
    harness.lost();
    harness.input(Input::Connected);
    harness.hello();
    let (_, outputs) = harness.command(PRESENCE);
    assert!(sent(&outputs, SendKind::Command).is_empty());
    let outputs = harness.payload(&resumed(2));
    assert_eq!(sent(&outputs, SendKind::Command), [PRESENCE]);
}
