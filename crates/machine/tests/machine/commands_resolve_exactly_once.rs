use crate::harness::{Bench, outcomes, ready_as};
use gloaming_machine::{CommandOutcome, Input};
use gloaming_protocol::CloseFrame;
use std::time::Duration;

#[test]
fn sent_at_once_when_active() {
    let mut bench = Bench::ready();
    let (id, outputs) = bench.command("{}");
    assert_eq!(outcomes(&outputs), [(id, CommandOutcome::Sent)]);
}

#[test]
fn expired_when_no_session_comes() {
    let mut bench = Bench::new();
    bench.input(Input::Start);
    let (id, _) = bench.command("{}");
    let outputs = bench.advance(Duration::from_secs(600));
    assert_eq!(outcomes(&outputs), [(id, CommandOutcome::Expired)]);
}

#[test]
fn replaced_when_the_session_it_was_meant_for_is_gone() {
    let mut bench = Bench::ready();
    bench.lost();
    let (old, _) = bench.command("{}");
    bench.input(Input::Connected);
    bench.hello();
    bench.payload(r#"{"op":9,"d":false}"#);
    bench.lost();
    let (new, _) = bench.command("{}");
    bench.next_deadline();
    bench.input(Input::Connected);
    bench.hello();
    bench.input(Input::PermitGranted);
    let outputs = bench.payload(&ready_as("new", 1));
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
    let mut bench = Bench::configured(|config| config.command_bound = 3);
    bench.input(Input::Start);
    for _ in 0..3 {
        assert!(bench.command("{}").1.is_empty());
    }
    let (id, outputs) = bench.command("{}");
    assert_eq!(outcomes(&outputs), [(id, CommandOutcome::Full)]);
}

#[test]
fn closed_when_the_shard_stops() {
    let mut bench = Bench::new();
    bench.input(Input::Start);
    let (waiting, _) = bench.command("{}");
    let outputs = bench.input(Input::Shutdown(CloseFrame::NORMAL));
    assert_eq!(outcomes(&outputs), [(waiting, CommandOutcome::Closed)]);
    let (late, outputs) = bench.command("{}");
    assert_eq!(outcomes(&outputs), [(late, CommandOutcome::Closed)]);
}

#[test]
fn withdrawn_while_it_waits_and_not_once_it_is_sent() {
    let mut bench = Bench::new();
    bench.input(Input::Start);
    let (unwanted, _) = bench.command("{}");
    let (kept, _) = bench.command("{}");
    let outputs = bench.input(Input::WithdrawCommand(unwanted));
    assert_eq!(outcomes(&outputs), [(unwanted, CommandOutcome::Withdrawn)]);
    bench.input(Input::Connected);
    bench.hello();
    bench.input(Input::PermitGranted);
    let outputs = bench.payload(&ready_as("new", 1));
    assert_eq!(outcomes(&outputs), [(kept, CommandOutcome::Sent)]);
    for id in [unwanted, kept] {
        let outputs = bench.input(Input::WithdrawCommand(id));
        assert_eq!(outcomes(&outputs), []);
    }
}
