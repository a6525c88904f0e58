//! For how long the consumer has had events.

use super::{cursor, cursor_in, no_session, received};
use crate::delivery::{
    AckOutcome,
    DeliveryKind::{Event, Loss},
    DeliveryOutcome::Delivered,
    DeliveryTracker,
    Lane::{self, Ordered, Overtaking},
    Ticket,
};
use std::time::{Duration, Instant};

fn deliver(tracker: &mut DeliveryTracker, lane: Lane, sequence: u64, at: Instant) {
    tracker.buffer(lane, Event, cursor(sequence));
    assert_eq!(tracker.deliver(lane, Event, cursor(sequence)), Delivered);
    tracker.set_delivered_at(at);
}

fn hold(tracker: &mut DeliveryTracker, lane: Lane, sequence: u64, at: Instant) -> Ticket {
    deliver(tracker, lane, sequence, at);
    tracker.hold().unwrap()
}

#[test]
fn oldest_event_is_the_one_that_was_delivered_first() {
    let start = gloaming_test_support::start_of_time();
    let after = |seconds| start + Duration::from_secs(seconds);
    let mut tracker = received(cursor(1));
    assert_eq!(tracker.oldest_unacknowledged(), None);
    let first = hold(&mut tracker, Ordered, 2, after(1));
    let second = hold(&mut tracker, Overtaking, 3, after(2));
    let third = hold(&mut tracker, Ordered, 4, after(3));
    deliver(&mut tracker, Ordered, 5, after(4));
    for (ticket, oldest) in [(second, 1), (first, 3), (third, 4)] {
        assert_eq!(tracker.acknowledge(ticket), AckOutcome::Acknowledged);
        assert_eq!(tracker.oldest_unacknowledged(), Some(after(oldest)));
    }
    tracker.acknowledge_taken();
    assert_eq!(tracker.oldest_unacknowledged(), None);
}

#[test]
fn later_time_of_a_delivery_takes_the_place_of_the_first() {
    let start = gloaming_test_support::start_of_time();
    let mut tracker = received(cursor(1));
    deliver(&mut tracker, Ordered, 2, start);
    let later = start + Duration::from_secs(1);
    tracker.set_delivered_at(later);
    assert_eq!(tracker.oldest_unacknowledged(), Some(later));
    let ticket = tracker.hold().unwrap();
    tracker.set_delivered_at(start);
    assert_eq!(tracker.oldest_unacknowledged(), Some(later), "it is held");
    assert_eq!(tracker.acknowledge(ticket), AckOutcome::Acknowledged);
}

/// Nobody works on it, and it is never acknowledged.
#[test]
fn dropped_event_has_no_age() {
    let start = gloaming_test_support::start_of_time();
    let after = |seconds| start + Duration::from_secs(seconds);
    let mut tracker = received(cursor(1));
    let tickets = [2, 3, 4].map(|it| hold(&mut tracker, Ordered, it, after(it)));
    tracker.abandon(tickets[0]);
    assert_eq!(tracker.oldest_unacknowledged(), Some(after(3)));
    tracker.abandon(tickets[1]);
    tracker.abandon(tickets[2]);
    assert_eq!(tracker.oldest_unacknowledged(), None);
}

#[test]
fn events_and_the_report_of_a_lost_session_have_an_age() {
    let start = gloaming_test_support::start_of_time();
    let after = |seconds| start + Duration::from_secs(seconds);
    let mut tracker = received(cursor(1));
    let ticket = hold(&mut tracker, Ordered, 2, after(1));
    tracker.buffer(Ordered, Loss, no_session());
    tracker.buffer(Ordered, Event, cursor_in("next", 1));
    assert_eq!(tracker.deliver(Ordered, Loss, no_session()), Delivered);
    tracker.set_delivered_at(after(2));
    assert_eq!(tracker.oldest_unacknowledged(), Some(after(1)));
    assert_eq!(tracker.acknowledge(ticket), AckOutcome::Acknowledged);
    assert_eq!(tracker.oldest_unacknowledged(), Some(after(2)));
    // READY has nothing to acknowledge.
    let ready = cursor_in("next", 1);
    assert_eq!(tracker.deliver(Ordered, Event, ready), Delivered);
    tracker.set_delivered_at(after(3));
    assert_eq!(tracker.oldest_unacknowledged(), None);
}
