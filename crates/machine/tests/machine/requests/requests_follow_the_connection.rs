//! Requests are sent, answered and ended by the machine that owns the connection.

use gloaming_machine::{
    CommandOutcome, Input, Output, SendKind,
    requests::{RequestErrorKind, RequestId, RequestPayload, RequestState},
};
use gloaming_protocol::CloseFrame;
use gloaming_test_support::machine::{
    Effect, Harness, INTERVAL, has, outcomes, ready_as, resumed, sent,
};
use std::time::Duration;
use twilight_model::{gateway::payload::outgoing::RequestGuildMembers, id::Id};

fn open(harness: &mut Harness, id: u64) -> Vec<Effect> {
    let request = RequestGuildMembers::builder(Id::new(7))
        .nonce(id.to_string())
        .query("", None);
    harness.input(Input::Request {
        id: RequestId(id),
        payloads: vec![RequestPayload::Members(request.d)],
    })
}

fn chunk(sequence: u64, nonce: &str) -> String {
    chunk_of(sequence, nonce, 1)
}

/// The first of `count` chunks.
fn chunk_of(sequence: u64, nonce: &str, count: u32) -> String {
    format!(
        r#"{{"t":"GUILD_MEMBERS_CHUNK","s":{sequence},"op":0,"d":{{"guild_id":"7","members":[],"chunk_index":0,"chunk_count":{count},"nonce":"{nonce}"}}}}"#
    )
}

fn ended(id: u64, result: Result<(), RequestErrorKind>) -> Output {
    let id = RequestId(id);
    Output::RequestEnded { id, result }
}

fn state(id: u64, state: RequestState) -> Output {
    let id = RequestId(id);
    Output::RequestState { id, state }
}

#[test]
fn request_is_sent_and_its_reply_delivered() {
    let mut harness = Harness::ready();
    let outputs = open(&mut harness, 1);
    assert_eq!(sent(&outputs, SendKind::Command).len(), 1);
    assert!(has(&outputs, &state(1, RequestState::Sent)));
    assert!(outcomes(&outputs).iter().all(|(id, _)| id.is_request()));

    let outputs = harness.payload(&chunk(2, "1"));
    assert_eq!(
        outputs[..2],
        [Output::Deliver, Output::Reply(vec![RequestId(1)])]
    );
    assert!(has(&outputs, &ended(1, Ok(()))));
    assert!(!harness.machine.has_open_requests());
}

/// Creates a machine with an open request. The next heartbeat is due long after the request.
fn waiting() -> Harness {
    let mut harness = Harness::ready();
    while harness.deadline < Some(harness.now + INTERVAL) {
        harness.next_deadline();
        harness.ack();
    }
    open(&mut harness, 1);
    assert!(harness.deadline < Some(harness.now + INTERVAL));
    harness
}

#[test]
fn reply_moves_the_deadline() {
    let mut harness = waiting();
    let mut last = harness.deadline;
    harness.dispatch(2);
    assert_eq!(harness.deadline, last);
    // The second one is a duplicate, which is not delivered.
    for sequence in [3, 4] {
        harness.now += Duration::from_secs(3);
        harness.payload(&chunk_of(sequence, "1", 2));
        assert!(harness.deadline > last);
        harness.check_deadline();
        last = harness.deadline;
    }
}

#[test]
fn new_session_moves_the_deadline() {
    let mut harness = waiting();
    let last = harness.deadline;
    harness.now += Duration::from_secs(3);
    harness.payload(&ready_as("other", 1));
    assert!(harness.deadline > last);
    harness.check_deadline();
}

#[test]
fn duplicate_reply_is_not_delivered() {
    let mut harness = Harness::ready();
    open(&mut harness, 1);
    harness.dispatch(2);
    let outputs = harness.payload(&chunk(2, "1"));
    assert!(!has(&outputs, &Output::Reply(vec![RequestId(1)])));
    assert!(harness.machine.has_open_requests());
}

#[test]
fn request_waits_for_room_and_session() {
    let mut harness = Harness::ready();
    harness.block();
    let outputs = open(&mut harness, 1);
    assert!(sent(&outputs, SendKind::Command).is_empty());
    assert_eq!(sent(&harness.unblock(), SendKind::Command).len(), 1);
}

#[test]
fn request_that_was_not_sent_goes_to_the_new_session() {
    let mut harness = Harness::ready();
    harness.block();
    open(&mut harness, 1);
    harness.payload(r#"{"op":9,"d":false}"#);
    harness.unblock();
    harness.closed(4000);
    harness.advance(Duration::from_secs(10));
    harness.input(Input::Connected);
    harness.hello();
    harness.input(Input::PermitGranted);
    let outputs = harness.payload(&ready_as("another", 1));
    assert_eq!(sent(&outputs, SendKind::Command).len(), 1);
}

#[test]
fn request_without_a_reply_is_sent_again_in_the_new_session() {
    let mut harness = Harness::ready();
    open(&mut harness, 1);
    harness.closed(4009);
    harness.input(Input::Connected);
    harness.hello();
    harness.input(Input::PermitGranted);
    harness.payload(&ready_as("another", 1));
    // Full lists of a guild keep their distance.
    let outputs = harness.advance(Duration::from_secs(31));
    assert_eq!(sent(&outputs, SendKind::Command).len(), 1);
}

#[test]
fn reply_after_a_resume_ends_the_request() {
    let mut harness = Harness::ready();
    open(&mut harness, 1);
    harness.lost();
    harness.input(Input::Connected);
    harness.hello();
    harness.payload(&resumed(2));
    assert!(has(&harness.payload(&chunk(3, "1")), &ended(1, Ok(()))));
}

#[test]
fn silence_ends_the_request_unless_there_is_a_backlog() {
    let mut harness = Harness::ready();
    open(&mut harness, 1);
    harness.input(Input::ReadPaused);
    let outputs = harness.advance_acknowledged(Duration::from_secs(60));
    assert!(!outputs.iter().any(is_end));
    harness.input(Input::ReadResumed);
    let outputs = harness.advance_acknowledged(Duration::from_secs(31));
    assert!(outputs.iter().any(is_end));
}

#[test]
fn silence_counts_from_the_resume() {
    let mut harness = Harness::ready();
    open(&mut harness, 1);
    harness.lost();
    let outputs = harness.advance(Duration::from_secs(19));
    assert!(!outputs.iter().any(is_end), "no reply can arrive");
    harness.input(Input::Connected);
    harness.hello();
    harness.advance(Duration::from_secs(19));
    harness.payload(&resumed(2));
    let outputs = harness.advance_acknowledged(Duration::from_secs(29));
    assert!(!outputs.iter().any(is_end));
    let outputs = harness.advance_acknowledged(Duration::from_secs(1));
    assert!(outputs.iter().any(is_end));
}

/// The numbers of both start at one.
#[test]
fn outcome_of_a_command_says_nothing_about_a_request() {
    let mut harness = Harness::ready();
    harness.block();
    let (id, _) = harness.command("{}");
    open(&mut harness, 1);
    let outputs = harness.unblock_for_one();
    assert_eq!(outcomes(&outputs), [(id, CommandOutcome::Sent)]);
    assert!(!has(&outputs, &state(1, RequestState::Sent)));
    assert!(has(&harness.unblock(), &state(1, RequestState::Sent)));
}

#[test]
fn room_for_requests_is_reported() {
    let mut harness = Harness::configured(|config| config.requests.open_requests = 2).make_ready();
    assert!(!harness.machine.has_open_requests());
    open(&mut harness, 1);
    assert!(harness.machine.has_request_room());
    open(&mut harness, 2);
    assert!(!harness.machine.has_request_room());
    harness.input(Input::ForgetRequest(RequestId(1)));
    assert!(harness.machine.has_request_room());
    assert!(harness.machine.has_open_requests());
}

#[test]
fn forgotten_request_is_withdrawn() {
    let mut harness = Harness::ready();
    harness.block();
    open(&mut harness, 1);
    assert_eq!(harness.machine.queued_commands(), 1);
    let outputs = harness.input(Input::ForgetRequest(RequestId(1)));
    assert!(!outputs.iter().any(is_end));
    assert_eq!(harness.machine.queued_commands(), 0);
    assert!(!harness.machine.has_open_requests());
}

#[test]
fn requests_leave_the_room_of_commands() {
    let mut harness = Harness::ready();
    harness.block();
    let bound = harness.machine.config().command_bound;
    for id in 0..40 {
        open(&mut harness, id);
    }
    for _ in 0..bound {
        assert!(harness.machine.has_command_room());
        let (_, outputs) = harness.command("{}");
        assert!(outcomes(&outputs).is_empty());
    }
    assert!(!harness.machine.has_command_room());
    let (id, outputs) = harness.command("{}");
    assert_eq!(outcomes(&outputs), [(id, CommandOutcome::Full)]);
}

#[test]
fn shutdown_closes_requests_and_refuses_new_ones() {
    let mut harness = Harness::ready();
    open(&mut harness, 1);
    harness.input(Input::Shutdown(CloseFrame::NORMAL));
    let outputs = harness.closed(1000);
    let closed = Err(RequestErrorKind::Closed);
    assert!(has(&outputs, &ended(1, closed)));
    assert!(has(&open(&mut harness, 2), &ended(2, closed)));
}

fn is_end(effect: &Effect) -> bool {
    matches!(effect, Effect::Output(Output::RequestEnded { .. }))
}
