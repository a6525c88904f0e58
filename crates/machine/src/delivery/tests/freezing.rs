use super::{cursor, cursor_in, held, no_session, place, received};
use crate::delivery::{
    AckOutcome, Cursor,
    DeliveryKind::{self, Event, Other},
    DeliveryOutcome::{Delivered, Withheld},
    DeliveryTracker,
    Lane::Ordered,
};

#[test]
fn frozen_tracker_withholds_events_but_nothing_else() {
    let mut tracker = received(cursor(1));
    tracker.buffer(Ordered, Event, cursor(2));
    tracker.buffer(Ordered, Other, cursor(2));
    assert!(!tracker.is_frozen());
    assert_eq!(tracker.freeze().sequence(), Some(1));
    assert!(tracker.is_frozen());
    assert_eq!(tracker.deliver(Ordered, Event, cursor(2)), Withheld);
    assert_eq!(tracker.deliver(Ordered, Other, cursor(2)), Delivered);
    assert_eq!(
        tracker.freeze().sequence(),
        Some(1),
        "a later call returns the same"
    );
}

#[test]
fn event_that_was_taken_when_frozen_counts_as_handled_and_held_ones_do_not() {
    let mut tracker = received(cursor(1));
    let tickets = held(&mut tracker, [2]);
    tracker.buffer(Ordered, Event, cursor(3));
    tracker.buffer(Ordered, Event, cursor(4));
    assert_eq!(tracker.deliver(Ordered, Event, cursor(3)), Delivered);
    assert_eq!(tracker.freeze().sequence(), Some(1));
    assert_eq!(tracker.acknowledge(tickets[0]), AckOutcome::Acknowledged);
    assert_eq!(tracker.freeze().sequence(), Some(3));
    assert_eq!(tracker.deliver(Ordered, Event, cursor(4)), Withheld);
}

#[test]
fn ready_is_delivered_after_freezing_as_it_is_not_replayed() {
    let mut tracker = received(cursor_in("s1", 9));
    // READY came in place of RESUMED.
    tracker.buffer(Ordered, Event, cursor_in("s2", 1));
    assert_eq!(place(&tracker.freeze()), Some(("s2", 1)));
    assert_eq!(
        tracker.deliver(Ordered, Event, cursor_in("s2", 1)),
        Delivered
    );
    assert_eq!(place(&tracker.freeze()), Some(("s2", 1)));
}

#[test]
fn freezing_before_the_first_ready_is_taken_resumes_after_it() {
    let mut tracker = received(no_session());
    tracker.buffer(Ordered, Other, no_session());
    tracker.buffer(Ordered, Event, cursor_in("s1", 1));
    tracker.buffer(Ordered, Event, cursor_in("s1", 2));
    assert_eq!(place(&tracker.freeze()), Some(("s1", 1)));
    assert_eq!(tracker.deliver(Ordered, Other, no_session()), Delivered);
    assert_eq!(
        tracker.deliver(Ordered, Event, cursor_in("s1", 1)),
        Delivered
    );
    assert_eq!(
        tracker.deliver(Ordered, Event, cursor_in("s1", 2)),
        Withheld
    );
}

#[test]
fn session_that_replaces_a_frozen_one_is_not_returned() {
    let mut tracker = received(cursor_in("s1", 9));
    assert_eq!(place(&tracker.freeze()), Some(("s1", 9)));
    tracker.buffer(Ordered, Event, cursor_in("s2", 1));
    tracker.buffer(Ordered, Event, cursor_in("s2", 2));
    for sequence in [1, 2] {
        assert_eq!(
            tracker.deliver(Ordered, Event, cursor_in("s2", sequence)),
            Delivered
        );
    }
    assert_eq!(place(&tracker.acknowledged()), Some(("s1", 9)));
}

/// The items of a buffer in which one session replaces another.
fn replaced() -> [(DeliveryKind, Cursor); 5] {
    [
        (Event, cursor_in("s1", 10)),
        (Other, no_session()),
        (Event, cursor_in("s2", 1)),
        (Event, cursor_in("s2", 2)),
        (Event, cursor_in("s2", 3)),
    ]
}

fn buffer_all(tracker: &mut DeliveryTracker, items: &[(DeliveryKind, Cursor)]) {
    for (kind, cursor) in items {
        tracker.buffer(Ordered, *kind, cursor.clone());
    }
}

#[test]
fn events_of_a_replaced_session_are_delivered_after_freezing() {
    let mut tracker = received(cursor_in("s1", 9));
    buffer_all(&mut tracker, &replaced());
    assert_eq!(place(&tracker.freeze()), Some(("s2", 1)));
    let outcomes = replaced().map(|(kind, cursor)| tracker.deliver(Ordered, kind, cursor));
    assert_eq!(
        outcomes,
        [Delivered, Delivered, Delivered, Withheld, Withheld]
    );
    assert_eq!(
        place(&tracker.freeze()),
        Some(("s2", 1)),
        "a later call returns the same"
    );
}

#[test]
fn frozen_position_is_in_the_current_session_wherever_the_consumer_is() {
    for (taken, resumed_at) in [(0, 1), (1, 1), (2, 1), (3, 1), (4, 2), (5, 3)] {
        let mut tracker = received(cursor_in("s1", 9));
        buffer_all(&mut tracker, &replaced());
        for (kind, cursor) in replaced().into_iter().take(taken) {
            assert_eq!(tracker.deliver(Ordered, kind, cursor), Delivered);
        }
        tracker.acknowledge_taken();
        let expected = Some(("s2", resumed_at));
        assert_eq!(place(&tracker.acknowledged()), expected, "{taken} taken");
        assert_eq!(place(&tracker.freeze()), expected, "{taken} taken");
    }
}

#[test]
fn only_the_last_of_many_sessions_is_resumed() {
    let items =
        [("s2", 1), ("s2", 2), ("s3", 1), ("s3", 2)].map(|(id, at)| (Event, cursor_in(id, at)));
    let mut tracker = received(cursor_in("s1", 9));
    buffer_all(&mut tracker, &items);
    assert_eq!(place(&tracker.freeze()), Some(("s3", 1)));
    let outcomes = items.map(|(kind, cursor)| tracker.deliver(Ordered, kind, cursor));
    assert_eq!(outcomes, [Delivered, Delivered, Delivered, Withheld]);
}

#[test]
fn nothing_is_withheld_without_a_session() {
    let mut tracker = received(cursor_in("s1", 9));
    tracker.buffer(Ordered, Event, cursor_in("s1", 10));
    tracker.buffer(Ordered, Other, no_session());
    assert_eq!(
        place(&tracker.freeze()),
        None,
        "it is lost, and there is no other"
    );
    assert_eq!(
        tracker.deliver(Ordered, Event, cursor_in("s1", 10)),
        Delivered
    );
}

#[test]
fn filtered_ready_still_marks_the_start_of_its_session() {
    let mut tracker = received(cursor_in("s1", 9));
    tracker.buffer(Ordered, Event, cursor_in("s1", 10));
    tracker.advance(cursor_in("s2", 1));
    tracker.advance(cursor_in("s2", 4));
    tracker.buffer(Ordered, Event, cursor_in("s2", 5));
    assert_eq!(place(&tracker.freeze()), Some(("s2", 1)));
}

#[test]
fn restarted_shard_that_continues_the_session_keeps_the_positions() {
    let mut tracker = received(no_session());
    tracker.buffer(Ordered, Event, cursor_in("s1", 1));
    tracker.buffer(Ordered, Event, cursor_in("s1", 2));
    tracker.advance(cursor_in("s1", 2));
    tracker.buffer(Ordered, Event, cursor_in("s1", 3));
    assert_eq!(place(&tracker.freeze()), Some(("s1", 1)));
}
