//! What has been received from the gateway, buffered, and delivered to the consumer.

use super::{byte_budget::HeldBytes, cursor::Cursor};
use crate::{Crash, Item, Session, driver::Reading};
use std::collections::VecDeque;

/// Crash reports that may wait for room in the buffer. A report that is dropped still shows, since each one
/// carries the number of crashes so far.
const MAX_PENDING_CRASHES: usize = 8;

/// An item in the buffer, and the position in the session right after it.
#[derive(Debug)]
pub(super) struct BufferedItem {
    pub(super) item: Item,
    pub(super) cursor: Cursor,
    /// Released when the consumer takes the item.
    pub(super) _held: HeldBytes,
}

/// Tracks how far a shard's task and its consumer have come.
///
/// It belongs to the buffer and not to the task, so that it survives a panic of the task.
#[derive(Debug, Default)]
pub(super) struct DeliveryTracker {
    /// After everything that was buffered or filtered out. Its session is the current one: no other can be
    /// resumed.
    received: Cursor,
    /// The first position in the current session, right after READY.
    session_start: Cursor,
    /// After the last item that the consumer took.
    delivered: Cursor,
    buffered: BufferedCounts,
    /// Once set, events after it are withheld: the process that resumes the session gets them.
    frozen: Option<Cursor>,
    pending_crashes: VecDeque<Crash>,
    reading: Reading,
}

#[derive(Debug, Default)]
struct BufferedCounts {
    items: u64,
    /// The items among them that are events of a session.
    events: u64,
}

impl DeliveryTracker {
    /// Records that a shard starts at this position, or that everything before it was either buffered or
    /// filtered out.
    pub(super) fn advance(&mut self, cursor: Cursor) {
        if !cursor.is_in_same_session(&self.received) {
            self.session_start = cursor.clone();
        }
        self.received = cursor;
    }

    /// Records that an item enters the buffer.
    pub(super) fn buffer(&mut self, entry: &BufferedItem) {
        if self.buffered.events == 0 {
            // Everything received since the last delivered item was filtered out.
            self.delivered = self.received.clone();
        }
        self.buffered.items += 1;
        self.buffered.events += u64::from(entry.item.is_from_the_session());
        self.advance(entry.cursor.clone());
    }

    /// Records that an item leaves the buffer, and returns it if the consumer is to have it. Once frozen,
    /// events that the gateway sends again after a resume are withheld.
    pub(super) fn deliver(&mut self, entry: BufferedItem) -> Option<Item> {
        let is_event = entry.item.is_from_the_session();
        self.buffered.items -= 1;
        self.buffered.events -= u64::from(is_event);
        if let Some(frozen) = &self.frozen
            && is_event
            && entry.cursor.is_replayed_from(frozen)
        {
            return None;
        }
        self.delivered = entry.cursor;
        Some(entry.item)
    }

    pub(super) const fn received(&self) -> &Cursor {
        &self.received
    }

    /// Returns the position from which a resume replays every buffered event that can be replayed.
    pub(super) fn delivered(&self) -> &Cursor {
        match &self.frozen {
            Some(cursor) => cursor,
            // Everything received since the last delivered item was filtered out.
            None if self.buffered.events == 0 => &self.received,
            None if self.delivered.is_in_same_session(&self.received) => &self.delivered,
            // The consumer has not reached the current session.
            None => &self.session_start,
        }
    }

    pub(super) const fn buffered_items(&self) -> u64 {
        self.buffered.items
    }

    /// Withholds events that can be replayed from now on, and returns the session to resume. Later calls
    /// return the same.
    pub(super) fn freeze(&mut self) -> Option<Session> {
        let cursor = self.delivered().clone();
        self.frozen.insert(cursor).session()
    }

    /// Records whether the shard reads, or waits for room.
    pub(super) const fn set_reading(&mut self, reading: Reading) {
        self.reading = reading;
    }

    pub(super) const fn reading(&self) -> Reading {
        self.reading
    }

    pub(super) fn queue_crash(&mut self, crash: Crash) {
        if self.pending_crashes.len() == MAX_PENDING_CRASHES {
            self.pending_crashes.pop_front();
        }
        self.pending_crashes.push_back(crash);
    }

    pub(super) fn next_crash(&mut self) -> Option<Crash> {
        self.pending_crashes.pop_front()
    }

    pub(super) fn has_pending_crashes(&self) -> bool {
        !self.pending_crashes.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::{super::byte_budget::ByteBudgets, BufferedItem, Cursor, DeliveryTracker};
    use crate::{Item, Lifecycle, OwnedPayload, Payload, Session};
    use gloaming_protocol::{Decoded, JsonParser, decode_event};

    fn no_session() -> Cursor {
        Cursor::default()
    }

    fn cursor(sequence: u64) -> Cursor {
        cursor_in("s", sequence)
    }

    fn cursor_in(session: &str, sequence: u64) -> Cursor {
        let session = Session::new(sequence, session.to_owned());
        Cursor::of(Some(&session), &Cursor::default())
    }

    fn event(sequence: u64) -> BufferedItem {
        event_at(cursor(sequence))
    }

    /// READY or any other event.
    fn event_at(cursor: Cursor) -> BufferedItem {
        let sequence = cursor.session().map_or(0, |session| session.sequence());
        let text = format!(r#"{{"t":"NOT_DOCUMENTED","s":{sequence},"op":0,"d":{{}}}}"#);
        let payload: OwnedPayload = Payload::parse(&text).unwrap().to_owned_payload();
        let payload = Payload::parse(payload.text()).unwrap();
        let Ok(Decoded::Unknown(event)) = decode_event(&payload, JsonParser::Serde) else {
            panic!("the event has no type");
        };
        BufferedItem {
            item: Item::Unknown(event),
            cursor,
            _held: ByteBudgets::from_iter([]).hold(1),
        }
    }

    fn lifecycle(sequence: u64) -> BufferedItem {
        lifecycle_at(cursor(sequence))
    }

    fn lifecycle_at(cursor: Cursor) -> BufferedItem {
        BufferedItem {
            item: Item::Lifecycle(Lifecycle::AwaitingPermit),
            cursor,
            _held: ByteBudgets::from_iter([]).hold(1),
        }
    }

    fn sequence(session: Option<Session>) -> Option<u64> {
        session.as_ref().map(Session::sequence)
    }

    #[test]
    fn buffered_events_are_not_delivered() {
        let mut tracker = DeliveryTracker::default();
        tracker.advance(cursor(1));
        assert_eq!(sequence(tracker.delivered().session()), Some(1));
        tracker.advance(cursor(4));
        tracker.buffer(&event(5));
        tracker.buffer(&event(6));
        tracker.advance(cursor(9));
        assert_eq!(sequence(tracker.received().session()), Some(9));
        assert_eq!(sequence(tracker.delivered().session()), Some(4));
        assert_eq!(tracker.buffered_items(), 2);
        tracker.deliver(event(5)).unwrap();
        assert_eq!(sequence(tracker.delivered().session()), Some(5));
        tracker.deliver(event(6)).unwrap();
        assert_eq!(
            sequence(tracker.delivered().session()),
            Some(9),
            "filtered out"
        );
    }

    #[test]
    fn lifecycle_items_do_not_hold_the_cursor_back() {
        let mut tracker = DeliveryTracker::default();
        tracker.advance(cursor(1));
        tracker.buffer(&lifecycle(1));
        tracker.advance(cursor(7));
        tracker.buffer(&lifecycle(7));
        assert_eq!(sequence(tracker.delivered().session()), Some(7));
        tracker.buffer(&event(8));
        tracker.deliver(lifecycle(1)).unwrap();
        assert_eq!(sequence(tracker.delivered().session()), Some(1));
        tracker.deliver(lifecycle(7)).unwrap();
        assert_eq!(sequence(tracker.delivered().session()), Some(7));
    }

    #[test]
    fn frozen_tracker_withholds_events_but_not_lifecycle_items() {
        let mut tracker = DeliveryTracker::default();
        tracker.advance(cursor(1));
        tracker.buffer(&event(2));
        tracker.buffer(&lifecycle(2));
        assert_eq!(sequence(tracker.freeze()), Some(1));
        assert!(tracker.deliver(event(2)).is_none());
        assert!(tracker.deliver(lifecycle(2)).is_some());
        assert_eq!(
            sequence(tracker.freeze()),
            Some(1),
            "a later call returns the same"
        );
    }

    /// Freezes and returns the session to resume, as id and sequence.
    fn freeze(tracker: &mut DeliveryTracker) -> Option<(String, u64)> {
        let session = tracker.freeze()?;
        Some((session.id().to_owned(), session.sequence()))
    }

    fn position(session: &str, sequence: u64) -> Option<(String, u64)> {
        Some((session.to_owned(), sequence))
    }

    #[test]
    fn ready_is_delivered_after_freezing_as_it_is_not_replayed() {
        let mut tracker = DeliveryTracker::default();
        tracker.advance(cursor_in("s1", 9));
        // READY came in place of RESUMED.
        tracker.buffer(&event_at(cursor_in("s2", 1)));
        assert_eq!(freeze(&mut tracker), position("s2", 1));
        assert!(tracker.deliver(event_at(cursor_in("s2", 1))).is_some());
        assert_eq!(freeze(&mut tracker), position("s2", 1));
    }

    #[test]
    fn freezing_before_the_first_ready_is_taken_resumes_after_it() {
        let mut tracker = DeliveryTracker::default();
        tracker.advance(no_session());
        tracker.buffer(&lifecycle_at(no_session()));
        tracker.buffer(&event_at(cursor_in("s1", 1)));
        tracker.buffer(&event_at(cursor_in("s1", 2)));
        assert_eq!(freeze(&mut tracker), position("s1", 1));
        assert!(tracker.deliver(lifecycle_at(no_session())).is_some());
        assert!(tracker.deliver(event_at(cursor_in("s1", 1))).is_some());
        assert!(
            tracker.deliver(event_at(cursor_in("s1", 2))).is_none(),
            "replayed"
        );
    }

    #[test]
    fn events_of_a_replaced_session_are_delivered_after_freezing() {
        let mut tracker = DeliveryTracker::default();
        tracker.advance(cursor_in("s1", 9));
        tracker.buffer(&event_at(cursor_in("s1", 10)));
        tracker.buffer(&lifecycle_at(no_session()));
        tracker.buffer(&event_at(cursor_in("s2", 1)));
        tracker.buffer(&event_at(cursor_in("s2", 2)));
        tracker.buffer(&event_at(cursor_in("s2", 3)));
        assert_eq!(freeze(&mut tracker), position("s2", 1));
        assert!(tracker.deliver(event_at(cursor_in("s1", 10))).is_some());
        assert!(tracker.deliver(lifecycle_at(no_session())).is_some());
        assert!(tracker.deliver(event_at(cursor_in("s2", 1))).is_some());
        assert!(
            tracker.deliver(event_at(cursor_in("s2", 2))).is_none(),
            "replayed"
        );
        assert!(
            tracker.deliver(event_at(cursor_in("s2", 3))).is_none(),
            "replayed"
        );
        assert_eq!(
            freeze(&mut tracker),
            position("s2", 1),
            "a later call returns the same"
        );
    }

    #[test]
    fn frozen_cursor_is_in_the_current_session_wherever_the_consumer_is() {
        let entries = || {
            [
                event_at(cursor_in("s1", 10)),
                lifecycle_at(no_session()),
                event_at(cursor_in("s2", 1)),
                event_at(cursor_in("s2", 2)),
                event_at(cursor_in("s2", 3)),
            ]
        };
        for (taken, resumed_at) in [(0, 1), (1, 1), (2, 1), (3, 1), (4, 2), (5, 3)] {
            let mut tracker = DeliveryTracker::default();
            tracker.advance(cursor_in("s1", 9));
            entries().iter().for_each(|entry| tracker.buffer(entry));
            for entry in entries().into_iter().take(taken) {
                tracker.deliver(entry).unwrap();
            }
            let delivered = tracker
                .delivered()
                .session()
                .map(|session| session.sequence());
            assert_eq!(delivered, Some(resumed_at), "{taken} taken");
            assert_eq!(
                freeze(&mut tracker),
                position("s2", resumed_at),
                "{taken} taken"
            );
        }
    }

    #[test]
    fn only_the_last_of_many_sessions_is_resumed() {
        let mut tracker = DeliveryTracker::default();
        tracker.advance(cursor_in("s1", 9));
        tracker.buffer(&event_at(cursor_in("s2", 1)));
        tracker.buffer(&event_at(cursor_in("s2", 2)));
        tracker.buffer(&event_at(cursor_in("s3", 1)));
        tracker.buffer(&event_at(cursor_in("s3", 2)));
        assert_eq!(freeze(&mut tracker), position("s3", 1));
        for delivered in [("s2", 1), ("s2", 2), ("s3", 1)] {
            let entry = event_at(cursor_in(delivered.0, delivered.1));
            assert!(tracker.deliver(entry).is_some(), "{delivered:?}");
        }
        assert!(tracker.deliver(event_at(cursor_in("s3", 2))).is_none());
    }

    #[test]
    fn nothing_is_withheld_without_a_session() {
        let mut tracker = DeliveryTracker::default();
        tracker.advance(cursor_in("s1", 9));
        tracker.buffer(&event_at(cursor_in("s1", 10)));
        tracker.buffer(&lifecycle_at(no_session()));
        assert_eq!(
            freeze(&mut tracker),
            None,
            "it is lost, and there is no other"
        );
        assert!(tracker.deliver(event_at(cursor_in("s1", 10))).is_some());
    }

    #[test]
    fn filtered_ready_still_marks_the_start_of_its_session() {
        let mut tracker = DeliveryTracker::default();
        tracker.advance(cursor_in("s1", 9));
        tracker.buffer(&event_at(cursor_in("s1", 10)));
        tracker.advance(cursor_in("s2", 1));
        tracker.advance(cursor_in("s2", 4));
        tracker.buffer(&event_at(cursor_in("s2", 5)));
        assert_eq!(freeze(&mut tracker), position("s2", 1));
    }

    #[test]
    fn restarted_shard_that_continues_the_session_keeps_the_cursors() {
        let mut tracker = DeliveryTracker::default();
        tracker.advance(no_session());
        tracker.buffer(&event_at(cursor_in("s1", 1)));
        tracker.buffer(&event_at(cursor_in("s1", 2)));
        tracker.advance(cursor_in("s1", 2));
        tracker.buffer(&event_at(cursor_in("s1", 3)));
        assert_eq!(freeze(&mut tracker), position("s1", 1));
    }
}
