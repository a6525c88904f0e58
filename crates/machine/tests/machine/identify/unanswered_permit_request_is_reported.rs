//! A queue that does not answer is reported again and again, and the shard goes on waiting.

use super::asking;
use gloaming_machine::{Input, Lifecycle, SendKind, ShardState};
use gloaming_protocol::CloseFrame;
use gloaming_test_support::machine::{Harness, asks_for_permit, causes, events, sent};
use std::time::Duration;

const MINUTE: Duration = Duration::from_secs(60);

fn waits(harness: &mut Harness, time: Duration) -> Vec<Duration> {
    let outputs = harness.advance_acknowledged(time);
    assert!(causes(&outputs).is_empty());
    assert!(!asks_for_permit(&outputs));
    let waited = |event: &Lifecycle| match event {
        Lifecycle::PermitDelayed { waited } => Some(*waited),
        _ => None,
    };
    events(&outputs).into_iter().filter_map(waited).collect()
}

#[test]
fn each_minute_of_the_wait_is_reported() {
    let mut harness = asking();
    let moment = Duration::from_millis(1);
    assert!(waits(&mut harness, MINUTE - moment).is_empty());
    assert_eq!(waits(&mut harness, moment), [MINUTE]);
    assert_eq!(waits(&mut harness, 2 * MINUTE), [2 * MINUTE, 3 * MINUTE]);
    assert_eq!(harness.machine.state(), ShardState::Identifying);

    let outputs = harness.input(Input::PermitGranted);
    assert_eq!(sent(&outputs, SendKind::Identify).len(), 1);
    let outputs = harness.advance_acknowledged(2 * MINUTE);
    let is_report = |event: &&Lifecycle| matches!(event, Lifecycle::PermitDelayed { .. });
    assert_eq!(events(&outputs).into_iter().filter(is_report).count(), 0);
}

#[test]
fn wait_counts_from_the_last_request() {
    let mut harness = asking();
    harness.input(Input::PermitRefused {
        retry_in: Some(2 * MINUTE),
    });
    let outputs = harness.advance_acknowledged(2 * MINUTE);
    assert!(asks_for_permit(&outputs));
    let is_report = |event: &&Lifecycle| matches!(event, Lifecycle::PermitDelayed { .. });
    assert_eq!(events(&outputs).into_iter().filter(is_report).count(), 0);
    assert_eq!(waits(&mut harness, MINUTE), [MINUTE]);
}

#[test]
fn shard_closes_while_it_waits() {
    let mut harness = asking();
    waits(&mut harness, MINUTE);
    harness.input(Input::Shutdown(CloseFrame::NORMAL));
    harness.advance(Duration::from_secs(5));
    assert_eq!(harness.machine.state(), ShardState::Closed);
}
