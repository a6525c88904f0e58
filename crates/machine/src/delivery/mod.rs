//! How far the events of a shard have come: received, delivered to the consumer, and acknowledged by it.
//!
//! The consumer of a shard is behind the shard: events wait in a buffer, and the consumer works on those that it has
//! taken. [`DeliveryTracker`] knows three positions in the session. Which one to resume from depends on what was lost:
//!
//! | lost | resume from | because |
//! |---|---|---|
//! | the connection, or the task that drives the shard | [`received`](DeliveryTracker::received) | the buffer is still there |
//! | the process | [`acknowledged`](DeliveryTracker::acknowledged) | whatever was not handled is gone |
//!
//! So each event is handled at least once over any number of processes, and an event that is handled twice came after
//! the last position that was stored. It has no clock and does no IO.

mod cursor;
mod unacknowledged;

pub use self::{cursor::Cursor, unacknowledged::Ticket};

use self::unacknowledged::Unacknowledged;
use std::num::NonZeroUsize;

/// What is delivered.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum DeliveryKind {
    /// An event that the gateway sent within a session.
    Event,
    /// Anything else, such as a change of the connection. A resume does not bring it again.
    Other,
}

/// Whether the consumer gets what leaves the buffer.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[must_use]
pub enum DeliveryOutcome {
    /// The consumer gets it.
    Delivered,
    /// The consumer does not get it: the tracker is frozen, and whoever resumes the session gets it.
    Withheld,
}

/// Whether an event is of the session that can be resumed.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum EventSession {
    Current,
    Lost,
}

/// What an acknowledgement changes.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum AckOutcome {
    /// The event is acknowledged.
    Acknowledged,
    /// Nothing: it was acknowledged before.
    Stale,
}

/// Tracks how far a shard and its consumer have come.
///
/// It belongs to the buffer between them, not to the task that drives the shard, so that it survives a panic of the
/// task. Positions are [cursors](Cursor): a session and a sequence in it.
///
/// 1. The shard calls [`advance`](Self::advance) for what it received and filtered out, and
///    [`buffer`](Self::buffer) for what enters the buffer.
/// 2. The consumer calls [`deliver`](Self::deliver) for what leaves the buffer. That acknowledges the event that it took
///    before, unless it [holds](Self::hold) that.
/// 3. [`acknowledge`](Self::acknowledge) ends a hold. Holds may end in any order. An event that is held for ever is not
///    handled: [`acknowledged`](Self::acknowledged) does not pass it.
///
/// Every call takes constant time. Memory is bounded by the number of events that may be held at once.
///
/// ```
/// use gloaming_machine::{
///     Session,
///     delivery::{AckOutcome, Cursor, DeliveryKind, DeliveryOutcome, DeliveryTracker},
/// };
///
/// let mut session = Session::new(1, "d8c3b5".to_owned());
/// let mut at = |sequence| {
///     session.set_sequence(sequence);
///     Cursor::of(Some(&session), &Cursor::default())
/// };
/// let mut tracker = DeliveryTracker::default();
/// tracker.advance(at(1));
/// for sequence in [2, 3] {
///     tracker.buffer(DeliveryKind::Event, at(sequence));
/// }
/// let mut tickets = Vec::new();
/// for sequence in [2, 3] {
///     assert_eq!(
///         tracker.deliver(DeliveryKind::Event, at(sequence)),
///         DeliveryOutcome::Delivered
///     );
///     tickets.extend(tracker.hold());
/// }
/// assert_eq!(tracker.received().sequence(), Some(3));
/// assert_eq!(tracker.acknowledge(tickets[1]), AckOutcome::Acknowledged);
/// assert_eq!(tracker.acknowledged().sequence(), Some(1), "2 is not handled yet");
/// assert_eq!(tracker.acknowledge(tickets[0]), AckOutcome::Acknowledged);
/// assert_eq!(tracker.acknowledged().sequence(), Some(3));
/// ```
#[derive(Debug)]
pub struct DeliveryTracker {
    /// After everything that was buffered or filtered out. Its session is the current one: no other can be
    /// resumed.
    received: Cursor,
    /// The first position in the current session, right after READY.
    session_start: Cursor,
    /// After the last item that left the buffer.
    delivered: Cursor,
    buffered: BufferedCounts,
    /// The event that the consumer took last, until it comes back or holds it.
    taken: Option<Taken>,
    held: Unacknowledged,
    max_held: NonZeroUsize,
    /// The acknowledged position when a session was lost, if events of it were not handled then.
    loss: Cursor,
    /// Once set, events after it are withheld: the process that resumes the session gets them.
    frozen: Option<Cursor>,
}

#[derive(Debug, Default)]
struct BufferedCounts {
    items: u64,
    /// The items among them that are events of a session.
    events: u64,
    /// The events among them of sessions that were lost, which come first.
    lost: u64,
}

/// An event that the consumer took.
#[derive(Debug)]
struct Taken {
    /// The position right before it.
    before: Cursor,
    session: EventSession,
}

impl DeliveryTracker {
    /// The default of [`max_held`](Self::max_held): 4,096 events.
    pub const DEFAULT_MAX_HELD: NonZeroUsize = NonZeroUsize::new(4_096).unwrap();

    /// Creates a tracker of a shard that has received nothing.
    #[must_use]
    pub fn new() -> Self {
        Self {
            received: Cursor::default(),
            session_start: Cursor::default(),
            delivered: Cursor::default(),
            buffered: BufferedCounts::default(),
            taken: None,
            loss: Cursor::default(),
            held: Unacknowledged::default(),
            max_held: Self::DEFAULT_MAX_HELD,
            frozen: None,
        }
    }

    /// Sets how many events the consumer may [hold](Self::hold) before it [gets no more](Self::may_deliver).
    pub const fn set_max_held(&mut self, max: NonZeroUsize) {
        self.max_held = max;
    }

    /// Returns how many events the consumer may hold.
    #[must_use]
    pub const fn max_held(&self) -> NonZeroUsize {
        self.max_held
    }

    /// Records that a shard starts at this position, or that everything before it was either buffered or
    /// filtered out.
    pub fn advance(&mut self, cursor: Cursor) {
        if !cursor.is_in_same_session(&self.received) {
            if self.unhandled_loss().is_none() {
                self.loss = self.acknowledged();
            }
            self.session_start = cursor.clone();
            self.buffered.lost = self.buffered.events;
            self.held.start_session();
            if let Some(taken) = &mut self.taken {
                taken.session = EventSession::Lost;
            }
        }
        self.received = cursor;
    }

    /// Records that an item enters the buffer, and the position right after it.
    pub fn buffer(&mut self, kind: DeliveryKind, cursor: Cursor) {
        if self.buffered.events == 0 {
            // Everything received since the last delivered item was filtered out.
            self.delivered = self.received.clone();
        }
        self.advance(cursor);
        self.buffered.items += 1;
        self.buffered.events += u64::from(kind == DeliveryKind::Event);
    }

    /// Records that the oldest item leaves the buffer, with the kind and the position with which it
    /// [entered](Self::buffer), and acknowledges the event that was taken before, unless it is held.
    pub fn deliver(&mut self, kind: DeliveryKind, cursor: Cursor) -> DeliveryOutcome {
        self.buffered.items -= 1;
        self.taken = None;
        if kind == DeliveryKind::Event {
            let session = match self.buffered.lost {
                0 => EventSession::Current,
                _ => EventSession::Lost,
            };
            self.buffered.events -= 1;
            self.buffered.lost = self.buffered.lost.saturating_sub(1);
            if let Some(frozen) = &self.frozen
                && cursor.is_replayed_from(frozen)
            {
                return DeliveryOutcome::Withheld;
            }
            self.taken = self
                .position_before(&cursor)
                .map(|before| Taken { before, session });
        }
        self.delivered = cursor;
        DeliveryOutcome::Delivered
    }

    /// Returns the position right before an event, or `None` if no resume brought it again even while its session could
    /// be resumed.
    fn position_before(&self, event: &Cursor) -> Option<Cursor> {
        let start = [&self.delivered, &self.session_start]
            .into_iter()
            .find(|start| start.is_in_same_session(event));
        if start.is_some_and(|start| !event.is_replayed_from(start)) {
            return None;
        }
        // All others before it were delivered or filtered out.
        Some(event.at(event.sequence()?.saturating_sub(1)))
    }

    /// Returns whether the consumer may take another item. Otherwise it holds as many events as it may.
    #[must_use]
    pub const fn may_deliver(&self) -> bool {
        self.held.len() < self.max_held.get()
    }

    /// Keeps the event that was delivered last unacknowledged until its ticket is [acknowledged](Self::acknowledge).
    ///
    /// Returns `None` if there is nothing to acknowledge: no resume would bring it again, or the consumer has come back
    /// already.
    pub fn hold(&mut self) -> Option<Ticket> {
        let taken = self.taken.take()?;
        Some(self.held.push(taken.before, taken.session))
    }

    /// Acknowledges a held event.
    pub fn acknowledge(&mut self, ticket: Ticket) -> AckOutcome {
        match self.held.remove(ticket) {
            Some(()) => AckOutcome::Acknowledged,
            None => AckOutcome::Stale,
        }
    }

    /// Records that a held event will never be acknowledged. It is not handled, and holds the position back as before,
    /// while its session can be resumed.
    pub fn abandon(&mut self, ticket: Ticket) {
        self.held.abandon(ticket, &self.received);
    }

    /// Acknowledges the event that was delivered last, unless it is held: the consumer has come back.
    pub fn acknowledge_taken(&mut self) {
        self.taken = None;
    }

    /// Returns the position after everything that was received.
    #[must_use]
    pub const fn received(&self) -> &Cursor {
        &self.received
    }

    /// Returns the position after the last item that left the buffer. Once all events have left it, that is the one
    /// right before the next that enters.
    #[must_use]
    pub const fn delivered(&self) -> &Cursor {
        &self.delivered
    }

    /// Returns whether [`freeze`](Self::freeze) was called.
    #[must_use]
    pub const fn is_frozen(&self) -> bool {
        self.frozen.is_some()
    }

    /// Returns the position from which a resume replays every event that can be replayed and is not acknowledged, and no
    /// more than it has to. If the consumer has not reached the current session yet, it is at the start of that;
    /// [`unhandled_loss`](Self::unhandled_loss) then says that events of the session before are not handled.
    #[must_use]
    pub fn acknowledged(&self) -> Cursor {
        let next = self.next_to_deliver();
        let Some(sequence) = next.sequence() else {
            return Cursor::default();
        };
        if !next.is_in_same_session(&self.received) {
            // Frozen in a session that was replaced since.
            return next.clone();
        }
        // What the consumer has not acknowledged is older than what it has not taken.
        let taken = self
            .taken
            .as_ref()
            .filter(|taken| taken.session == EventSession::Current);
        let before = self
            .held
            .oldest_current()
            .or_else(|| taken.map(|taken| &taken.before));
        let before = before.and_then(Cursor::sequence);
        // What is known of the session now, such as where to resume it, and not what was known then.
        self.received.at(before.unwrap_or(sequence))
    }

    /// Returns a position in a session that was lost, if events after it are in the buffer or in the hands of the
    /// consumer. If the process ends now, they are lost: no resume brings them again. Returns `None` once all of them
    /// are handled.
    #[must_use]
    pub fn unhandled_loss(&self) -> Option<&Cursor> {
        let is_lost = |position: &&Cursor| {
            position.session_id().is_some() && !position.is_in_same_session(&self.received)
        };
        let taken = self.taken.as_ref().map(|taken| &taken.before);
        let buffered = (self.buffered.lost > 0).then_some(&self.loss);
        self.held
            .oldest()
            .filter(is_lost)
            .or_else(|| taken.filter(is_lost))
            .or_else(|| buffered.filter(is_lost))
    }

    /// Returns the position from which a resume replays every event that the consumer has not taken.
    fn next_to_deliver(&self) -> &Cursor {
        match &self.frozen {
            Some(cursor) => cursor,
            // Everything received since the last delivered item was filtered out.
            None if self.buffered.events == 0 => &self.received,
            None if self.delivered.is_in_same_session(&self.received) => &self.delivered,
            // The consumer has not reached the current session.
            None => &self.session_start,
        }
    }

    /// Returns the number of items in the buffer.
    #[must_use]
    pub const fn buffered_items(&self) -> u64 {
        self.buffered.items
    }

    /// Returns the number of events that the consumer holds.
    #[must_use]
    pub const fn held_events(&self) -> usize {
        self.held.len()
    }

    /// Withholds from now on events that can be replayed. The event that was taken last counts as handled, and events
    /// that are held can still be acknowledged.
    ///
    /// Returns the position to resume from. A later call returns it as acknowledged by then.
    pub fn freeze(&mut self) -> Cursor {
        self.acknowledge_taken();
        let next = self.next_to_deliver().clone();
        self.frozen = Some(next);
        self.acknowledged()
    }
}

impl Default for DeliveryTracker {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests;
