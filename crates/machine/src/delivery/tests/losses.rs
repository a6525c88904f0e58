//! What a process that follows has to report.

use super::{cursor_in, no_session, place, received};
use crate::{
    GapCause, Lifecycle,
    delivery::{
        AckOutcome,
        DeliveryKind::{Event, Loss, Other},
        DeliveryOutcome::Delivered,
        DeliveryTracker,
        Lane::Ordered,
        UnhandledLoss,
    },
};
use std::num::{NonZeroU32, NonZeroUsize};

fn loss(session: &str, after: u64, until: u64, sessions: u32) -> Option<UnhandledLoss> {
    let sessions = NonZeroU32::new(sessions).unwrap();
    Some(UnhandledLoss::new(session, after, until, sessions))
}

#[test]
fn loss_has_the_values_that_it_was_made_of() {
    let loss = loss("a", 3, 5, 2).unwrap();
    assert_eq!((loss.session_id(), loss.after()), ("a", 3));
    assert_eq!((loss.until(), loss.sessions().get()), (5, 2));
}

#[test]
fn limit_of_held_events_is_the_one_that_was_set() {
    let mut tracker = DeliveryTracker::new();
    assert_eq!(tracker.max_held(), DeliveryTracker::DEFAULT_MAX_HELD);
    let max = NonZeroUsize::new(5).unwrap();
    tracker.set_max_held(max);
    assert_eq!(tracker.max_held(), max);
}

/// A tracker of a shard that has lost session `a` at sequence 3 and begun `b`. All events before are handled.
fn lost() -> DeliveryTracker {
    let mut tracker = received(cursor_in("a", 3));
    tracker.advance(no_session());
    tracker
}

#[test]
fn loss_is_unhandled_until_its_report_is_acknowledged() {
    let mut tracker = lost();
    // Nothing else is lost, but nobody knows yet that the session was.
    assert_eq!(tracker.unhandled_loss(), loss("a", 3, 3, 1));
    tracker.buffer(Ordered, Other, no_session());
    tracker.buffer(Ordered, Loss, no_session());
    tracker.buffer(Ordered, Event, cursor_in("b", 1));
    assert_eq!(tracker.deliver(Ordered, Other, no_session()), Delivered);
    assert_eq!(tracker.unhandled_loss(), loss("a", 3, 3, 1));
    assert_eq!(tracker.deliver(Ordered, Loss, no_session()), Delivered);
    let report = tracker.hold().unwrap();
    assert_eq!(
        tracker.deliver(Ordered, Event, cursor_in("b", 1)),
        Delivered
    );
    tracker.acknowledge_taken();
    assert_eq!(tracker.unhandled_loss(), loss("a", 3, 3, 1));
    assert_eq!(place(&tracker.acknowledged()), Some(("b", 1)));
    assert_eq!(tracker.acknowledge(report), AckOutcome::Acknowledged);
    assert_eq!(tracker.unhandled_loss(), None);
}

/// The application has ended the session itself.
#[test]
fn no_report_is_awaited_of_a_shard_that_has_stopped() {
    let mut tracker = received(cursor_in("a", 3));
    tracker.buffer(Ordered, Event, cursor_in("a", 4));
    tracker.advance(no_session());
    tracker.no_more_reports();
    assert_eq!(tracker.unhandled_loss(), loss("a", 3, 4, 1));
    assert_eq!(
        tracker.deliver(Ordered, Event, cursor_in("a", 4)),
        Delivered
    );
    tracker.acknowledge_taken();
    assert_eq!(tracker.unhandled_loss(), None);
}

#[test]
fn several_losses_are_one_until_all_is_handled() {
    let mut tracker = received(cursor_in("a", 3));
    let delivered = |tracker: &mut DeliveryTracker, session: &str, sequence| {
        let outcome = tracker.deliver(Ordered, Event, cursor_in(session, sequence));
        assert_eq!(outcome, Delivered);
    };
    tracker.buffer(Ordered, Event, cursor_in("a", 4));
    tracker.buffer(Ordered, Event, cursor_in("a", 5));
    tracker.buffer(Ordered, Loss, no_session());
    tracker.buffer(Ordered, Event, cursor_in("b", 1));
    tracker.buffer(Ordered, Event, cursor_in("b", 2));
    delivered(&mut tracker, "a", 4);
    assert_eq!(tracker.unhandled_loss(), loss("a", 3, 5, 1));
    tracker.buffer(Ordered, Loss, no_session());
    let both = loss("a", 3, 5, 2);
    assert_eq!(tracker.unhandled_loss(), both);
    delivered(&mut tracker, "a", 5);
    assert_eq!(tracker.deliver(Ordered, Loss, no_session()), Delivered);
    delivered(&mut tracker, "b", 1);
    delivered(&mut tracker, "b", 2);
    assert_eq!(tracker.unhandled_loss(), both);
    assert_eq!(tracker.deliver(Ordered, Loss, no_session()), Delivered);
    assert_eq!(tracker.unhandled_loss(), both);
    tracker.acknowledge_taken();
    assert_eq!(tracker.unhandled_loss(), None);
    // The next one is a loss of its own.
    tracker.buffer(Ordered, Event, cursor_in("c", 1));
    tracker.buffer(Ordered, Loss, no_session());
    assert_eq!(tracker.unhandled_loss(), loss("c", 1, 1, 1));
}

#[test]
fn loss_of_the_process_before_is_unhandled_until_its_report_is_acknowledged() {
    let mut tracker = DeliveryTracker::new();
    let stored = loss("a", 3, 5, 2);
    tracker.restore_loss(stored.as_ref().unwrap());
    tracker.advance(cursor_in("c", 7));
    assert_eq!(tracker.unhandled_loss(), stored);
    tracker.buffer(Ordered, Loss, cursor_in("c", 7));
    tracker.buffer(Ordered, Event, cursor_in("c", 8));
    assert_eq!(tracker.deliver(Ordered, Loss, cursor_in("c", 7)), Delivered);
    assert_eq!(tracker.unhandled_loss(), stored);
    assert_eq!(place(&tracker.acknowledged()), Some(("c", 7)));
    assert_eq!(
        tracker.deliver(Ordered, Event, cursor_in("c", 8)),
        Delivered
    );
    assert_eq!(tracker.unhandled_loss(), None);
    assert_eq!(place(&tracker.acknowledged()), Some(("c", 7)));
}

/// A shard that is closed before it runs reports nothing, and the process after this one has to.
#[test]
fn loss_of_the_process_before_stays_if_no_report_comes() {
    let mut tracker = DeliveryTracker::new();
    let stored = loss("a", 3, 5, 1);
    tracker.restore_loss(stored.as_ref().unwrap());
    tracker.no_more_reports();
    assert_eq!(tracker.unhandled_loss(), stored);
}

#[test]
fn session_that_is_lost_meanwhile_is_added_to_the_loss_of_the_process_before() {
    let mut tracker = DeliveryTracker::new();
    tracker.restore_loss(loss("a", 3, 5, 2).as_ref().unwrap());
    tracker.advance(cursor_in("c", 7));
    tracker.buffer(Ordered, Loss, cursor_in("c", 7));
    tracker.advance(no_session());
    assert_eq!(tracker.unhandled_loss(), loss("a", 3, 5, 3));
    tracker.buffer(Ordered, Loss, no_session());
    for _ in 0..2 {
        assert_eq!(tracker.unhandled_loss(), loss("a", 3, 5, 3));
        assert_eq!(tracker.deliver(Ordered, Loss, no_session()), Delivered);
    }
    tracker.acknowledge_taken();
    assert_eq!(tracker.unhandled_loss(), None);
}

/// A stored session of another shard was never this shard's.
#[test]
fn report_of_a_session_that_was_never_the_shards_is_no_loss_of_it() {
    let mut tracker = received(no_session());
    tracker.buffer(Ordered, Loss, no_session());
    assert_eq!(tracker.unhandled_loss(), None);
    assert_eq!(tracker.deliver(Ordered, Loss, no_session()), Delivered);
    assert!(tracker.hold().is_none());
    assert_eq!(tracker.unhandled_loss(), None);
}

#[test]
fn loss_is_reported_as_a_gap() {
    let gap = loss("a", 3, 5, 3).unwrap().into_gap();
    let cause = GapCause::NotHandled {
        until: 5,
        sessions: NonZeroU32::new(3).unwrap(),
    };
    let expected = Lifecycle::Gap {
        session_id: "a".into(),
        after: 3,
        cause,
    };
    assert_eq!(gap, expected);
    let first = "the process before ended before it had handled the events after 3 of session a, which was lost after \
                 event 5";
    for (sessions, rest) in [
        (1, ""),
        (2, ", and those of another session that was lost"),
        (3, ", and those of 2 more sessions that were lost"),
    ] {
        let gap = loss("a", 3, 5, sessions).unwrap().into_gap();
        assert_eq!(gap.to_string(), format!("{first}{rest}"));
    }
}
