use super::{cursor, cursor_in, place, received};
use crate::delivery::{
    AckOutcome,
    DeliveryKind::Event,
    DeliveryOutcome::{Delivered, Withheld},
    DeliveryTracker,
    Lane::{Ordered, Overtaking},
};

#[test]
fn event_that_overtakes_others_is_not_past_them() {
    let mut tracker = received(cursor(1));
    tracker.buffer(Ordered, Event, cursor(2));
    tracker.buffer(Ordered, Event, cursor(3));
    tracker.buffer(Overtaking, Event, cursor(4));
    tracker.buffer(Ordered, Event, cursor(5));
    let acknowledged = |tracker: &DeliveryTracker| tracker.acknowledged().sequence();
    assert_eq!(tracker.deliver(Overtaking, Event, cursor(4)), Delivered);
    assert_eq!(place(tracker.delivered()), Some(("s", 4)));
    let overtaking = tracker.hold().unwrap();
    assert_eq!(acknowledged(&tracker), Some(1));
    let ordered = [2, 3, 5].map(|sequence| {
        assert_eq!(tracker.deliver(Ordered, Event, cursor(sequence)), Delivered);
        tracker.hold().unwrap()
    });
    assert_eq!((tracker.held_events(), tracker.awaited_events()), (4, 4));
    for (ticket, position) in [
        (ordered[0], 2),
        (ordered[2], 2),
        (ordered[1], 3),
        (overtaking, 5),
    ] {
        assert_eq!(tracker.acknowledge(ticket), AckOutcome::Acknowledged);
        assert_eq!(acknowledged(&tracker), Some(position));
    }
}

#[test]
fn buffered_event_of_either_lane_holds_the_position_back() {
    let mut tracker = received(cursor(1));
    tracker.buffer(Overtaking, Event, cursor(2));
    tracker.advance(cursor(3));
    tracker.buffer(Ordered, Event, cursor(4));
    assert_eq!(tracker.buffered_items(), 2);
    assert_eq!(tracker.deliver(Ordered, Event, cursor(4)), Delivered);
    tracker.acknowledge_taken();
    assert_eq!(tracker.acknowledged().sequence(), Some(1));
    assert_eq!(tracker.freeze().sequence(), Some(1));
    assert_eq!(tracker.deliver(Overtaking, Event, cursor(2)), Withheld);
}

#[test]
fn taken_event_of_one_lane_says_nothing_of_the_other() {
    for (taken, buffered) in [(Ordered, Overtaking), (Overtaking, Ordered)] {
        let mut tracker = received(cursor(1));
        tracker.buffer(buffered, Event, cursor(2));
        tracker.advance(cursor(3));
        tracker.buffer(taken, Event, cursor(4));
        assert_eq!(tracker.deliver(taken, Event, cursor(4)), Delivered);
        assert_eq!(tracker.acknowledged().sequence(), Some(1));
        tracker.advance(cursor_in("next", 1));
        let loss = tracker.unhandled_loss().map(|loss| loss.after());
        assert_eq!(loss, Some(1));
    }
}

#[test]
fn loss_is_known_of_both_lanes() {
    let mut tracker = received(cursor(1));
    for (lane, sequence) in [(Overtaking, 2), (Ordered, 3), (Overtaking, 4)] {
        tracker.buffer(lane, Event, cursor(sequence));
    }
    assert_eq!(tracker.deliver(Ordered, Event, cursor(3)), Delivered);
    let ordered = tracker.hold().unwrap();
    assert_eq!(tracker.deliver(Overtaking, Event, cursor(2)), Delivered);
    let overtaking = tracker.hold().unwrap();
    assert_eq!(tracker.deliver(Overtaking, Event, cursor(4)), Delivered);
    tracker.advance(cursor_in("next", 1));
    tracker.no_more_reports();
    let loss = |tracker: &DeliveryTracker| Some(tracker.unhandled_loss()?.after());
    assert_eq!(loss(&tracker), Some(1));
    assert_eq!(tracker.acknowledge(overtaking), AckOutcome::Acknowledged);
    assert_eq!(loss(&tracker), Some(2));
    assert_eq!(tracker.acknowledge(ordered), AckOutcome::Acknowledged);
    assert_eq!(loss(&tracker), Some(3));
    tracker.acknowledge_taken();
    assert_eq!(loss(&tracker), None);
}
