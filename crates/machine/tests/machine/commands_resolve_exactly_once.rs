use gloaming_machine::{CommandOutcome, Input};
use gloaming_protocol::CloseFrame;
use gloaming_test_support::machine::{Harness, outcomes, ready_as};
use std::time::Duration;

#[test]
fn sent_at_once_when_active() {
    let mut harness = Harness::ready();
    let (id, outputs) = harness.command("{}");
    assert_eq!(outcomes(&outputs), [(id, CommandOutcome::Sent)]);
}

#[test]
fn expired_when_no_session_comes() {
    let mut harness = Harness::new();
    harness.input(Input::Start);
    let (id, _) = harness.command("{}");
    let outputs = harness.advance(Duration::from_secs(600));
    assert_eq!(outcomes(&outputs), [(id, CommandOutcome::Expired)]);
}

#[test]
fn replaced_when_the_session_it_was_meant_for_is_gone() {
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
fn full_when_too_many_wait() {
    let mut harness = Harness::configured(|config| config.command_bound = 3);
    harness.input(Input::Start);
    for _ in 0..3 {
        assert!(harness.command("{}").1.is_empty());
    }
    let (id, outputs) = harness.command("{}");
    assert_eq!(outcomes(&outputs), [(id, CommandOutcome::Full)]);
}

#[test]
fn closed_when_the_shard_stops() {
    let mut harness = Harness::new();
    harness.input(Input::Start);
    let (waiting, _) = harness.command("{}");
    let outputs = harness.input(Input::Shutdown(CloseFrame::NORMAL));
    assert_eq!(outcomes(&outputs), [(waiting, CommandOutcome::Closed)]);
    let (late, outputs) = harness.command("{}");
    assert_eq!(outcomes(&outputs), [(late, CommandOutcome::Closed)]);
}

#[test]
fn withdrawn_while_it_waits_and_not_once_it_is_sent() {
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
