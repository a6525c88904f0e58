//! One of the orders in which events reach the consumer.

use super::{Cursor, DeliveryKind, EventSession, unacknowledged::Unacknowledged};

/// The order in which an event reaches the consumer.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Lane {
    /// The order in which the gateway sent the events.
    #[default]
    Ordered,
    /// Ahead of events that came before, for those that have to be handled soon. Among themselves they keep their order.
    Overtaking,
}

impl Lane {
    pub(super) const ALL: [Self; 2] = [Self::Ordered, Self::Overtaking];
}

/// What is known of a lane.
#[derive(Debug, Default)]
pub(super) struct LaneState {
    /// After the last item that left the buffer.
    pub(super) delivered: Cursor,
    items: u64,
    /// The items in the buffer that are events of a session.
    events: u64,
    /// The events among them of sessions that were lost, which come first.
    lost: u64,
    pub(super) held: Unacknowledged,
}

impl LaneState {
    /// Whether the buffer has no event of the lane.
    pub(super) const fn has_no_events(&self) -> bool {
        self.events == 0
    }

    /// Records that an item enters the buffer.
    pub(super) fn buffer(&mut self, kind: DeliveryKind) {
        self.items += 1;
        self.events += u64::from(kind == DeliveryKind::Event);
    }

    /// Records that the oldest item leaves the buffer, and returns of which session it is.
    pub(super) fn leave(&mut self, kind: DeliveryKind) -> EventSession {
        let session = match self.lost {
            0 => EventSession::Current,
            _ => EventSession::Lost,
        };
        self.items -= 1;
        if kind == DeliveryKind::Event {
            self.events -= 1;
            self.lost = self.lost.saturating_sub(1);
        }
        session
    }

    /// Another session begins.
    pub(super) fn start_session(&mut self) {
        self.lost = self.events;
        self.held.start_session();
    }

    pub(super) const fn items(&self) -> u64 {
        self.items
    }

    pub(super) const fn has_lost_events(&self) -> bool {
        self.lost > 0
    }

    /// Returns the position from which a resume replays every event that the consumer has not taken.
    pub(super) fn next<'a>(
        &'a self,
        received: &'a Cursor,
        session_start: &'a Cursor,
    ) -> &'a Cursor {
        if self.events == 0 {
            received
        } else if self.delivered.is_in_same_session(received) {
            &self.delivered
        } else {
            // The consumer has not reached the current session.
            session_start
        }
    }
}
