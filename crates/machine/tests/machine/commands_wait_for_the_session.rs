use crate::harness::{Bench, outcomes, ready, sent};
use gloaming_machine::{CommandOutcome, Input, SendKind};

const PRESENCE: &str =
    r#"{"op":3,"d":{"since":null,"activities":[],"status":"online","afk":false}}"#;

#[test]
fn nothing_but_heartbeats_goes_out_before_ready() {
    let mut bench = Bench::new();
    let (id, outputs) = bench.command(PRESENCE);
    assert!(outputs.is_empty());
    for input in [Input::Start, Input::Connected] {
        assert!(sent(&bench.input(input), SendKind::Command).is_empty());
    }
    assert!(sent(&bench.hello(), SendKind::Command).is_empty());
    assert!(sent(&bench.input(Input::PermitGranted), SendKind::Command).is_empty());
    let outputs = bench.payload(&ready(1));
    assert_eq!(sent(&outputs, SendKind::Command), [PRESENCE]);
    assert_eq!(outcomes(&outputs), [(id, CommandOutcome::Sent)]);
}

#[test]
fn nor_while_resuming() {
    let mut bench = Bench::ready();
    bench.lost();
    bench.input(Input::Connected);
    bench.hello();
    let (_, outputs) = bench.command(PRESENCE);
    assert!(sent(&outputs, SendKind::Command).is_empty());
    let outputs = bench.payload(&crate::harness::resumed(2));
    assert_eq!(sent(&outputs, SendKind::Command), [PRESENCE]);
}
