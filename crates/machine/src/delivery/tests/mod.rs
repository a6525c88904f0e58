mod ages;
mod freezing;
mod lanes;
mod losses;

use super::{
    AckOutcome, Cursor,
    DeliveryKind::{Event, Loss, Other},
    DeliveryOutcome::Delivered,
    DeliveryTracker,
    Lane::Ordered,
    Ticket,
};
use crate::{Session, random::Random};
use std::{collections::BTreeSet, num::NonZeroUsize};

fn no_session() -> Cursor {
    Cursor::default()
}

fn cursor_in(session: &str, sequence: u64) -> Cursor {
    let session = Session::new(sequence, session.to_owned());
    Cursor::of(Some(&session), &Cursor::default())
}

fn cursor(sequence: u64) -> Cursor {
    cursor_in("s", sequence)
}

/// A tracker of a shard that has received everything up to this position.
fn received(cursor: Cursor) -> DeliveryTracker {
    let mut tracker = DeliveryTracker::new();
    tracker.advance(cursor);
    tracker
}

/// The session and sequence of a position.
fn place(cursor: &Cursor) -> Option<(&str, u64)> {
    Some((cursor.session_id()?, cursor.sequence()?))
}

/// Buffers and delivers these events, and holds each.
fn held(tracker: &mut DeliveryTracker, sequences: impl IntoIterator<Item = u64>) -> Vec<Ticket> {
    let hold = |sequence| {
        tracker.buffer(Ordered, Event, cursor(sequence));
        assert_eq!(tracker.deliver(Ordered, Event, cursor(sequence)), Delivered);
        tracker.hold().expect("the event is replayed by a resume")
    };
    sequences.into_iter().map(hold).collect()
}

#[test]
fn buffered_events_are_not_acknowledged() {
    let mut tracker = received(cursor(1));
    assert_eq!(tracker.acknowledged().sequence(), Some(1));
    tracker.advance(cursor(4));
    tracker.buffer(Ordered, Event, cursor(5));
    tracker.buffer(Ordered, Event, cursor(6));
    tracker.advance(cursor(9));
    assert_eq!(tracker.received().sequence(), Some(9));
    assert_eq!(tracker.acknowledged().sequence(), Some(4));
    assert_eq!(tracker.buffered_items(), 2);
    assert_eq!(tracker.deliver(Ordered, Event, cursor(5)), Delivered);
    assert_eq!(
        tracker.acknowledged().sequence(),
        Some(4),
        "the consumer has not come back"
    );
    assert_eq!(tracker.awaited_events(), 1);
    assert_eq!(tracker.deliver(Ordered, Event, cursor(6)), Delivered);
    assert_eq!(tracker.acknowledged().sequence(), Some(5));
    tracker.acknowledge_taken();
    assert_eq!(
        tracker.acknowledged().sequence(),
        Some(9),
        "filtered out after it"
    );
    assert_eq!(tracker.buffered_items(), 0);
}

#[test]
fn items_that_are_no_events_hold_no_position_back() {
    let mut tracker = received(cursor(1));
    tracker.buffer(Ordered, Other, cursor(1));
    tracker.advance(cursor(7));
    tracker.buffer(Ordered, Other, cursor(7));
    assert_eq!(tracker.acknowledged().sequence(), Some(7));
    tracker.buffer(Ordered, Event, cursor(8));
    assert_eq!(tracker.deliver(Ordered, Other, cursor(1)), Delivered);
    assert_eq!(tracker.acknowledged().sequence(), Some(1));
    assert_eq!(tracker.deliver(Ordered, Other, cursor(7)), Delivered);
    assert_eq!(tracker.acknowledged().sequence(), Some(7));
    assert!(tracker.hold().is_none());
}

#[test]
fn acknowledged_position_stays_before_the_oldest_held_event() {
    let mut tracker = received(cursor(1));
    let tickets = held(&mut tracker, 2..=5);
    assert_eq!(tracker.held_events(), 4);
    for (nth, acknowledged) in [(3, 1), (1, 1), (0, 3), (2, 5)] {
        assert_eq!(tracker.acknowledge(tickets[nth]), AckOutcome::Acknowledged);
        assert_eq!(tracker.acknowledged().sequence(), Some(acknowledged));
        assert_eq!(tracker.acknowledge(tickets[nth]), AckOutcome::Stale);
    }
    assert_eq!(tracker.held_events(), 0);
}

#[test]
fn event_that_is_held_for_ever_is_never_passed() {
    let mut tracker = received(cursor(1));
    held(&mut tracker, [2]);
    for ticket in held(&mut tracker, 3..1_000) {
        assert_eq!(tracker.acknowledge(ticket), AckOutcome::Acknowledged);
    }
    assert_eq!(tracker.acknowledged().sequence(), Some(1));
    assert_eq!(tracker.held_events(), 1);
}

#[test]
fn filtered_events_between_held_ones_are_passed_with_them() {
    let mut tracker = received(cursor(1));
    let first = held(&mut tracker, [5]);
    tracker.advance(cursor(8));
    let second = held(&mut tracker, [9]);
    assert_eq!(tracker.acknowledged().sequence(), Some(4));
    assert_eq!(tracker.acknowledge(first[0]), AckOutcome::Acknowledged);
    assert_eq!(tracker.acknowledged().sequence(), Some(8));
    assert_eq!(tracker.acknowledge(second[0]), AckOutcome::Acknowledged);
    assert_eq!(tracker.acknowledged().sequence(), Some(9));
}

#[test]
fn consumer_that_holds_as_many_events_as_it_may_gets_no_more() {
    let mut tracker = received(cursor(1));
    tracker.set_max_held(NonZeroUsize::MIN);
    assert_eq!(tracker.max_held(), NonZeroUsize::MIN);
    assert!(tracker.may_deliver());
    let tickets = held(&mut tracker, [2]);
    assert!(!tracker.may_deliver());
    assert_eq!(tracker.acknowledge(tickets[0]), AckOutcome::Acknowledged);
    assert!(tracker.may_deliver());
}

#[test]
fn held_events_of_a_lost_session_hold_nothing_back() {
    let mut tracker = received(cursor(1));
    let tickets = held(&mut tracker, [2, 3]);
    tracker.buffer(Ordered, Event, cursor(4));
    assert_eq!(tracker.deliver(Ordered, Event, cursor(4)), Delivered);
    assert!(tracker.unhandled_loss().is_none());
    tracker.advance(cursor_in("next", 1));
    tracker.no_more_reports();
    assert_eq!(place(&tracker.acknowledged()), Some(("next", 1)));
    let loss = |tracker: &DeliveryTracker| Some(tracker.unhandled_loss()?.after());
    assert_eq!(loss(&tracker), Some(1));
    assert_eq!(tracker.acknowledge(tickets[0]), AckOutcome::Acknowledged);
    assert_eq!(loss(&tracker), Some(2));
    assert_eq!(tracker.acknowledge(tickets[1]), AckOutcome::Acknowledged);
    assert_eq!(loss(&tracker), Some(3));
    tracker.acknowledge_taken();
    assert_eq!(loss(&tracker), None);
    assert_eq!(place(&tracker.acknowledged()), Some(("next", 1)));
}

#[test]
fn buffered_events_of_a_lost_session_are_known_until_they_are_handled() {
    let mut tracker = received(cursor_in("old", 8));
    tracker.buffer(Ordered, Event, cursor_in("old", 9));
    tracker.buffer(Ordered, Event, cursor_in("old", 10));
    tracker.buffer(Ordered, Loss, no_session());
    tracker.buffer(Ordered, Event, cursor_in("new", 1));
    tracker.buffer(Ordered, Event, cursor_in("new", 2));
    let loss = |tracker: &DeliveryTracker| {
        let loss = tracker.unhandled_loss()?;
        Some((loss.session_id().to_owned(), loss.after()))
    };
    let old = |sequence| Some(("old".to_owned(), sequence));
    assert_eq!(loss(&tracker), old(8));
    assert_eq!(
        tracker.deliver(Ordered, Event, cursor_in("old", 9)),
        Delivered
    );
    let first = tracker.hold().unwrap();
    assert_eq!(
        tracker.deliver(Ordered, Event, cursor_in("old", 10)),
        Delivered
    );
    assert_eq!(tracker.acknowledge(first), AckOutcome::Acknowledged);
    assert_eq!(loss(&tracker), old(9));
    assert_eq!(place(&tracker.acknowledged()), Some(("new", 1)));
    assert_eq!(tracker.deliver(Ordered, Loss, no_session()), Delivered);
    assert_eq!(loss(&tracker), old(10), "the report is not handled");
    assert_eq!(
        tracker.deliver(Ordered, Event, cursor_in("new", 1)),
        Delivered
    );
    assert_eq!(loss(&tracker), None, "the consumer has come back");
    assert_eq!(
        tracker.deliver(Ordered, Event, cursor_in("new", 2)),
        Delivered
    );
    assert_eq!(loss(&tracker), None);
    assert_eq!(place(&tracker.acknowledged()), Some(("new", 1)));
}

#[test]
fn events_before_the_first_session_are_no_loss() {
    let mut tracker = DeliveryTracker::new();
    // HELLO.
    tracker.buffer(Ordered, Event, no_session());
    tracker.buffer(Ordered, Event, cursor(1));
    assert!(tracker.unhandled_loss().is_none());
    assert_eq!(tracker.deliver(Ordered, Event, no_session()), Delivered);
    assert!(tracker.hold().is_none());
}

#[test]
fn abandoned_event_is_held_while_its_session_can_be_resumed() {
    let mut tracker = received(cursor(1));
    let tickets = held(&mut tracker, [2, 3]);
    assert_eq!(tracker.awaited_events(), 2);
    assert_eq!(tracker.acknowledge(tickets[1]), AckOutcome::Acknowledged);
    tracker.abandon(tickets[0]);
    assert_eq!(tracker.awaited_events(), 0);
    assert_eq!(tracker.acknowledged().sequence(), Some(1));
    assert_eq!(tracker.held_events(), 1);
    tracker.advance(cursor_in("next", 1));
    tracker.no_more_reports();
    assert_eq!(tracker.held_events(), 0);
    assert!(tracker.unhandled_loss().is_none());
}

#[test]
fn first_event_of_a_session_is_held_at_its_start() {
    let mut tracker = received(cursor_in("old", 8));
    tracker.buffer(Ordered, Event, cursor_in("old", 9));
    // READY is filtered out.
    tracker.advance(cursor_in("new", 1));
    tracker.no_more_reports();
    tracker.buffer(Ordered, Event, cursor_in("new", 3));
    assert_eq!(
        tracker.deliver(Ordered, Event, cursor_in("old", 9)),
        Delivered
    );
    let old = tracker.hold().unwrap();
    assert_eq!(
        tracker.deliver(Ordered, Event, cursor_in("new", 3)),
        Delivered
    );
    let new = tracker.hold().unwrap();
    // What came in between was filtered out.
    assert_eq!(place(&tracker.acknowledged()), Some(("new", 2)));
    assert_eq!(tracker.acknowledge(new), AckOutcome::Acknowledged);
    assert_eq!(place(&tracker.acknowledged()), Some(("new", 3)));
    let loss = tracker.unhandled_loss().unwrap();
    assert_eq!((loss.session_id(), loss.after()), ("old", 8));
    assert_eq!(tracker.acknowledge(old), AckOutcome::Acknowledged);
    assert!(tracker.unhandled_loss().is_none());
}

#[test]
fn ready_can_not_be_held() {
    let mut tracker = DeliveryTracker::new();
    tracker.buffer(Ordered, Event, cursor(1));
    assert_eq!(tracker.deliver(Ordered, Event, cursor(1)), Delivered);
    assert!(tracker.hold().is_none());
    assert_eq!(tracker.acknowledged().sequence(), Some(1));
}

#[test]
fn acknowledged_session_is_as_it_is_known_now() {
    let with_url = Session::new(5, "s".to_owned()).with_resume_url("wss://dead".to_owned());
    let mut tracker = received(Cursor::of(Some(&with_url), &Cursor::default()));
    tracker.buffer(Ordered, Event, cursor(6));
    tracker.advance(cursor(7));
    let session = tracker.acknowledged().session().unwrap();
    assert_eq!((session.sequence(), session.resume_url()), (5, None));
}

/// One process after another resumes from the acknowledged position of the one before, and handles events in any
/// order.
#[test]
fn any_sequence_of_processes_handles_every_event() {
    const EVENTS: u64 = 60;
    for seed in 0..300 {
        let mut random = Random::new(seed);
        let mut below = |bound: u64| (random.fraction() * bound as f64) as u64;
        let (mut handled, mut resume_at) = (BTreeSet::from([1]), 1);
        while resume_at < EVENTS {
            let mut tracker = received(cursor(resume_at));
            let mut buffer = std::collections::VecDeque::new();
            let mut holds: Vec<(u64, Ticket)> = Vec::new();
            let (mut next, mut taken) = (resume_at + 1, None);
            for _ in 0..1 + below(80) {
                match below(4) {
                    0 | 1 if next <= EVENTS => {
                        // Some kinds are filtered out.
                        if next.is_multiple_of(5) {
                            handled.insert(next);
                            tracker.advance(cursor(next));
                        } else {
                            tracker.buffer(Ordered, Event, cursor(next));
                            buffer.push_back(next);
                        }
                        next += 1;
                    }
                    2 => {
                        // The consumer comes back, so that it has handled what it took.
                        handled.extend(taken.take());
                        let Some(sequence) = buffer.pop_front() else {
                            tracker.acknowledge_taken();
                            continue;
                        };
                        assert_eq!(tracker.deliver(Ordered, Event, cursor(sequence)), Delivered);
                        match below(2) {
                            0 => holds.push((sequence, tracker.hold().unwrap())),
                            _ => taken = Some(sequence),
                        }
                    }
                    _ if !holds.is_empty() => {
                        let nth = below(holds.len() as u64) as usize;
                        let (sequence, ticket) = holds.swap_remove(nth);
                        assert_eq!(tracker.acknowledge(ticket), AckOutcome::Acknowledged);
                        handled.insert(sequence);
                    }
                    _ => {}
                }
                let acknowledged = tracker.acknowledged().sequence().unwrap();
                let all = (1..=acknowledged).all(|sequence| handled.contains(&sequence));
                assert!(all, "seed {seed}: {acknowledged} of {handled:?}");
            }
            resume_at = tracker.acknowledged().sequence().unwrap();
        }
        assert_eq!(handled.len() as u64, EVENTS, "seed {seed}");
    }
}
