//! A refused permit is requested again, within bounds.

use super::asking;
use gloaming_machine::{Input, Lifecycle, SendKind, ShardState};
use gloaming_test_support::machine::{asks_for_permit, events, sent};
use std::time::Duration;

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

#[test]
fn permit_is_requested_when_the_queue_says_within_bounds() {
    for (said, waits) in [
        (None, Duration::from_secs(5)),
        (Some(Duration::ZERO), Duration::from_secs(5)),
        (Some(Duration::from_secs(90)), Duration::from_secs(90)),
        (Some(DAY), DAY),
        (Some(Duration::MAX), DAY),
    ] {
        let mut harness = asking();
        let outputs = harness.input(Input::PermitRefused { retry_in: said });
        let refused = Lifecycle::PermitRefused { retry_in: waits };
        assert_eq!(events(&outputs), [&refused]);
        assert_eq!(harness.machine.state(), ShardState::Identifying);

        let moment = Duration::from_millis(1);
        assert!(!asks_for_permit(
            &harness.advance_acknowledged(waits - moment)
        ));
        assert!(asks_for_permit(&harness.advance_acknowledged(moment)));
        let outputs = harness.input(Input::PermitGranted);
        assert_eq!(sent(&outputs, SendKind::Identify).len(), 1);
    }
}

#[test]
fn permit_is_requested_once() {
    let mut harness = asking();
    harness.input(Input::PermitRefused { retry_in: None });
    harness.advance_acknowledged(Duration::from_secs(5));
    let outputs = harness.advance_acknowledged(Duration::from_secs(600));
    assert!(!asks_for_permit(&outputs), "it is with the queue");
}

#[test]
fn lost_connection_requests_no_permit() {
    let mut harness = asking();
    harness.lost();
    let outputs = harness.input(Input::PermitRefused { retry_in: None });
    assert!(outputs.is_empty(), "{outputs:?}");
}
