use gloaming_machine::{CommandOutcome, Input};
use gloaming_protocol::CloseFrame;
use gloaming_test_support::machine::{Harness, outcomes, ready_as};
use std::time::Duration;

#[test]
fn active_session_sends_at_once() {
    let mut harness = Harness::ready();
    let (id, outputs) = harness.command("{}");
    assert_eq!(outcomes(&outputs), [(id, CommandOutcome::Sent)]);
}

#[test]
fn command_without_a_session_expires() {
    let mut harness = Harness::new();
    harness.input(Input::Start);
    let (id, _) = harness.command("{}");
    let outputs = harness.advance(Duration::from_secs(600));
    assert_eq!(outcomes(&outputs), [(id, CommandOutcome::Expired)]);
}

#[test]
fn new_session_replaces_commands_of_the_old() {
    let mut harness = Harness::ready();
    harness.lost();
    let (old, _) = harness.command("{}");
    harness.input(Input::Connected);
    harness.hello();
    harness.payload(r#"{"op":9,"d":false}"#);
    harness.lost();
    let (new, _) = harness.command("{}");
    harness.next_deadline();
    harness.input(Input::Connected);
    harness.hello();
    harness.input(Input::PermitGranted);
    let outputs = harness.payload(&ready_as("new", 1));
    assert_eq!(
        outcomes(&outputs),
        [
            (old, CommandOutcome::SessionReplaced),
            (new, CommandOutcome::Sent)
        ]
    );
}

#[test]
fn full_queue_refuses() {
    let mut harness = Harness::configured(|config| config.command_bound = 3);
    harness.input(Input::Start);
    for _ in 0..3 {
        assert!(harness.command("{}").1.is_empty());
    }
    let (id, outputs) = harness.command("{}");
    assert_eq!(outcomes(&outputs), [(id, CommandOutcome::Full)]);
}

#[test]
fn shutdown_closes_waiting_commands() {
    let mut harness = Harness::new();
    harness.input(Input::Start);
    let (waiting, _) = harness.command("{}");
    let outputs = harness.input(Input::Shutdown(CloseFrame::NORMAL));
    assert_eq!(outcomes(&outputs), [(waiting, CommandOutcome::Closed)]);
    let (late, outputs) = harness.command("{}");
    assert_eq!(outcomes(&outputs), [(late, CommandOutcome::Closed)]);
}

#[test]
fn only_waiting_commands_are_withdrawn() {
    let mut harness = Harness::new();
    harness.input(Input::Start);
    let (unwanted, _) = harness.command("{}");
    let (kept, _) = harness.command("{}");
    let outputs = harness.input(Input::WithdrawCommand(unwanted));
    assert_eq!(outcomes(&outputs), [(unwanted, CommandOutcome::Withdrawn)]);
    harness.input(Input::Connected);
    harness.hello();
    harness.input(Input::PermitGranted);
    let outputs = harness.payload(&ready_as("new", 1));
    assert_eq!(outcomes(&outputs), [(kept, CommandOutcome::Sent)]);
    for id in [unwanted, kept] {
        let outputs = harness.input(Input::WithdrawCommand(id));
        assert_eq!(outcomes(&outputs), []);
    }
}
