use gloaming_machine::{CommandOutcome, SendKind};
use gloaming_test_support::machine::{Harness, outcomes, sent};

fn of_size(bytes: usize) -> String {
    let empty = r#"{"op":3,"d":""}"#;
    format!(r#"{{"op":3,"d":"{}"}}"#, "a".repeat(bytes - empty.len()))
}

#[test]
fn oversized_command_is_refused() {
    let mut harness = Harness::ready();
    let (id, outputs) = harness.command(of_size(4_097));
    assert_eq!(outcomes(&outputs), [(id, CommandOutcome::TooLarge)]);
    assert!(sent(&outputs, SendKind::Command).is_empty());
}

#[test]
fn up_to_4096_bytes_are_sent() {
    let mut harness = Harness::ready();
    let (id, outputs) = harness.command(of_size(4_096));
    assert_eq!(outcomes(&outputs), [(id, CommandOutcome::Sent)]);
    assert_eq!(sent(&outputs, SendKind::Command)[0].len(), 4_096);
}
