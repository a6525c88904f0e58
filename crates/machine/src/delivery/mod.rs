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
//!
//! No resume brings events of a session again that Discord has ended. The tracker knows which of them are not handled yet:
//! the [`UnhandledLoss`]. A process that stores it with the acknowledged position can be killed at any time, and the next
//! one reports the loss.

mod cursor;
mod lane;
mod loss;
mod unacknowledged;

pub use self::{cursor::Cursor, lane::Lane, loss::UnhandledLoss, unacknowledged::Ticket};

use self::{
    lane::LaneState,
    loss::{Before, Losses},
};
use std::{num::NonZeroUsize, time::Instant};

/// What is delivered.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum DeliveryKind {
    /// An event that the gateway sent within a session.
    Event,
    /// The report that a session was lost, which is in [`Lane::Ordered`]. A resume does not bring it again, and the loss
    /// is [unhandled](DeliveryTracker::unhandled_loss) until the report is acknowledged.
    Loss,
    /// Anything else, such as a change of the connection. A resume does not bring it again.
    Other,
}

/// Whether the consumer gets what leaves the buffer.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[must_use]
pub enum DeliveryOutcome {
    /// The consumer gets it.
    Delivered,
    /// The consumer does not get it: the tracker is frozen, and the process that resumes the session gets it.
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
/// Events leave the buffer in the order in which they entered it, within their [lane](Lane).
///
/// Every call but [`oldest_unacknowledged`](Self::oldest_unacknowledged) takes constant time. Memory is bounded by the number of events that may be held at once.
///
/// ```
/// use gloaming_machine::{
///     Session,
///     delivery::{AckOutcome, Cursor, DeliveryKind, DeliveryOutcome, DeliveryTracker, Lane},
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
///     tracker.buffer(Lane::Ordered, DeliveryKind::Event, at(sequence));
/// }
/// let mut tickets = Vec::new();
/// for sequence in [2, 3] {
///     assert_eq!(
///         tracker.deliver(Lane::Ordered, DeliveryKind::Event, at(sequence)),
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
    ordered: LaneState,
    overtaking: LaneState,
    /// The lane of the last item that left the buffer.
    last_lane: Lane,
    /// The event that the consumer took last, until it comes back or holds it.
    taken: Option<Taken>,
    max_held: NonZeroUsize,
    losses: Losses,
    /// Once set, events after it are withheld: the process that resumes the session gets them.
    frozen: Option<Cursor>,
}

/// An event that the consumer took.
#[derive(Debug)]
struct Taken {
    /// The position right before it.
    before: Cursor,
    session: EventSession,
    lane: Lane,
    /// When it was delivered, if that is known.
    delivered: Option<Instant>,
}

impl DeliveryTracker {
    /// The default of [`max_held`](Self::max_held): 4,096 events.
    pub const DEFAULT_MAX_HELD: NonZeroUsize = NonZeroUsize::new(4_096).expect("4096 is not 0");

    /// Creates a tracker of a shard that has received nothing.
    #[must_use]
    pub fn new() -> Self {
        Self {
            received: Cursor::default(),
            session_start: Cursor::default(),
            ordered: LaneState::default(),
            overtaking: LaneState::default(),
            last_lane: Lane::Ordered,
            taken: None,
            losses: Losses::default(),
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

    /// Records what a process before had lost and not handled. Its report is the next [`DeliveryKind::Loss`] that is
    /// [buffered](Self::buffer), and until that is acknowledged, [`unhandled_loss`](Self::unhandled_loss) returns it.
    pub fn restore_loss(&mut self, loss: &UnhandledLoss) {
        self.losses.restore(loss);
    }

    /// Records that a shard starts at this position, or that everything before it was either buffered or
    /// filtered out.
    ///
    /// If the position is in another session than the one before, that was lost, and a [`DeliveryKind::Loss`] is to
    /// follow, or a call of [`no_more_reports`](Self::no_more_reports).
    pub fn advance(&mut self, cursor: Cursor) {
        if !cursor.is_in_same_session(&self.received) {
            let before = match self.has_unhandled_loss() {
                true => Before::Unhandled,
                false => Before::Handled,
            };
            let acknowledged = self.acknowledged();
            self.losses
                .session_ends(&self.received, &acknowledged, before);
            self.session_start = cursor.clone();
            for lane in Lane::ALL {
                self.lane_mut(lane).start_session();
            }
            if let Some(taken) = &mut self.taken {
                taken.session = EventSession::Lost;
            }
        }
        self.received = cursor;
    }

    /// Records that an item enters the buffer, and the position right after it.
    pub fn buffer(&mut self, lane: Lane, kind: DeliveryKind, cursor: Cursor) {
        if self.lane(lane).has_no_events() {
            // Everything received since the last delivered item was filtered out or is in the other lane.
            self.lane_mut(lane).delivered = self.received.clone();
        }
        self.advance(cursor);
        self.lane_mut(lane).buffer(kind);
        if kind == DeliveryKind::Loss {
            self.losses.report_buffered();
        }
    }

    /// Records that the shard has stopped for good, and reports no loss any more. If the application has ended the session,
    /// it did not lose it.
    pub const fn no_more_reports(&mut self) {
        self.losses.no_more_reports();
    }

    /// Records that the oldest item of a lane leaves the buffer, with the kind and the position with which it
    /// [entered](Self::buffer), and acknowledges the event that was taken before, unless it is held.
    pub fn deliver(&mut self, lane: Lane, kind: DeliveryKind, cursor: Cursor) -> DeliveryOutcome {
        let session = self.lane_mut(lane).leave(kind);
        self.taken = None;
        let taken = match kind {
            DeliveryKind::Event => {
                if let Some(frozen) = &self.frozen
                    && cursor.is_replayed_from(frozen)
                {
                    return DeliveryOutcome::Withheld;
                }
                let before = self.position_before(lane, &cursor);
                before.map(|before| (before, session))
            }
            DeliveryKind::Loss => {
                let before = self.losses.report_leaves();
                before.map(|before| (before, EventSession::Lost))
            }
            DeliveryKind::Other => None,
        };
        self.taken = taken.map(|(before, session)| Taken {
            before,
            session,
            lane,
            delivered: None,
        });
        self.last_lane = lane;
        self.lane_mut(lane).delivered = cursor;
        DeliveryOutcome::Delivered
    }

    /// Sets when the event was delivered that left the buffer last, for
    /// [`oldest_unacknowledged`](Self::oldest_unacknowledged). Changes nothing once it is held or acknowledged.
    pub const fn set_delivered_at(&mut self, at: Instant) {
        if let Some(taken) = &mut self.taken {
            taken.delivered = Some(at);
        }
    }

    /// Returns the position right before an event, or `None` if no resume brought it again even while its session could
    /// be resumed.
    fn position_before(&self, lane: Lane, event: &Cursor) -> Option<Cursor> {
        let start = [&self.lane(lane).delivered, &self.session_start]
            .into_iter()
            .find(|start| start.is_in_same_session(event));
        if start.is_some_and(|start| !event.is_replayed_from(start)) {
            return None;
        }
        // All others of its lane before it were delivered or filtered out.
        Some(event.at(event.sequence()?.saturating_sub(1)))
    }

    const fn lane(&self, lane: Lane) -> &LaneState {
        match lane {
            Lane::Ordered => &self.ordered,
            Lane::Overtaking => &self.overtaking,
        }
    }

    const fn lane_mut(&mut self, lane: Lane) -> &mut LaneState {
        match lane {
            Lane::Ordered => &mut self.ordered,
            Lane::Overtaking => &mut self.overtaking,
        }
    }

    /// Returns whether the consumer may take another item. Otherwise it holds as many events as it may.
    #[must_use]
    pub const fn may_deliver(&self) -> bool {
        self.held_events() < self.max_held.get()
    }

    /// Keeps the event, or the report of a loss, that was delivered last unacknowledged until its ticket is
    /// [acknowledged](Self::acknowledge).
    ///
    /// Returns `None` if there is nothing to acknowledge: it was neither, no resume brought it again even while its session
    /// could be resumed, or the consumer has come back already.
    pub fn hold(&mut self) -> Option<Ticket> {
        let taken = self.taken.take()?;
        let held = &mut self.lane_mut(taken.lane).held;
        let ticket = held.push(taken.before, taken.session, taken.delivered);
        Some(ticket.in_lane(taken.lane))
    }

    /// Acknowledges a held event.
    pub fn acknowledge(&mut self, ticket: Ticket) -> AckOutcome {
        match self.lane_mut(ticket.lane()).held.remove(ticket) {
            Some(()) => AckOutcome::Acknowledged,
            None => AckOutcome::Stale,
        }
    }

    /// Records that a held event will never be acknowledged. It is not handled, and holds the position back as before,
    /// while its session can be resumed.
    pub fn abandon(&mut self, ticket: Ticket) {
        let lane = match ticket.lane() {
            Lane::Ordered => &mut self.ordered,
            Lane::Overtaking => &mut self.overtaking,
        };
        lane.held.abandon(ticket, &self.received);
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

    /// Returns the position after the last item that left the buffer.
    #[must_use]
    pub const fn delivered(&self) -> &Cursor {
        &self.lane(self.last_lane).delivered
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
        if let Some(frozen) = &self.frozen
            && !frozen.is_in_same_session(&self.received)
        {
            // The session in which it was frozen was replaced since.
            return frozen.clone();
        }
        let sequence = Lane::ALL
            .into_iter()
            .filter_map(|lane| self.acknowledged_in(lane).sequence())
            .min();
        match sequence {
            // What is known of the session now, such as where to resume it, and not what was known then.
            Some(sequence) => self.received.at(sequence),
            None => Cursor::default(),
        }
    }

    fn acknowledged_in(&self, lane: Lane) -> &Cursor {
        // What the consumer has not acknowledged is older than what it has not taken.
        let taken = self
            .taken
            .as_ref()
            .filter(|taken| taken.session == EventSession::Current && taken.lane == lane);
        self.lane(lane)
            .held
            .oldest_current()
            .or_else(|| taken.map(|taken| &taken.before))
            .unwrap_or_else(|| self.next_to_deliver(lane))
    }

    /// Returns what of lost sessions is in the buffer or in the hands of the consumer: events, or the report of the loss. If
    /// the process ends now, they are lost: no resume brings them again. Returns `None` once all of it is handled.
    ///
    /// Of one lost session, it follows the events that are handled. Several are one loss, from the first position in the
    /// first session on, until all of them are handled. Events that the consumer [dropped](Self::abandon) are not in it.
    #[must_use]
    pub fn unhandled_loss(&self) -> Option<UnhandledLoss> {
        let lost = self.losses.lost()?;
        if !self.has_unhandled_loss() {
            return None;
        }
        let after = |lane| {
            let in_buffer = self.lane(lane).has_lost_events().then_some(&lost.first);
            self.lost_in_hands(lane).or(in_buffer)?.sequence()
        };
        lost.loss(Lane::ALL.into_iter().filter_map(after).min())
    }

    fn has_unhandled_loss(&self) -> bool {
        let is_unhandled =
            |lane| self.lane(lane).has_lost_events() || self.lost_in_hands(lane).is_some();
        self.losses.lost().is_some()
            && (self.losses.has_reports() || Lane::ALL.into_iter().any(is_unhandled))
    }

    /// Returns the position before the oldest event of a lost session that the consumer has.
    fn lost_in_hands(&self, lane: Lane) -> Option<&Cursor> {
        let is_lost = |position: &&Cursor| {
            position.session_id().is_some() && !position.is_in_same_session(&self.received)
        };
        let taken = self.taken.as_ref().filter(|taken| taken.lane == lane);
        let held = self.lane(lane).held.oldest();
        held.filter(is_lost)
            .or_else(|| taken.map(|taken| &taken.before).filter(is_lost))
    }

    /// Returns the position from which a resume replays every event of a lane that the consumer has not taken.
    fn next_to_deliver(&self, lane: Lane) -> &Cursor {
        match &self.frozen {
            Some(cursor) => cursor,
            None => self.lane(lane).next(&self.received, &self.session_start),
        }
    }

    /// Returns the number of items in the buffer.
    #[must_use]
    pub const fn buffered_items(&self) -> u64 {
        self.ordered.items() + self.overtaking.items()
    }

    /// Returns the number of events that the consumer holds.
    #[must_use]
    pub const fn held_events(&self) -> usize {
        self.ordered.held.len() + self.overtaking.held.len()
    }

    /// Returns the number of events that the consumer has and may still acknowledge.
    #[must_use]
    pub fn awaited_events(&self) -> usize {
        self.ordered.held.awaited()
            + self.overtaking.held.awaited()
            + usize::from(self.taken.is_some())
    }

    /// Returns when the oldest event was [delivered](Self::set_delivered_at) that the consumer has and may still acknowledge.
    /// `None` if it has none, or if that was not set.
    ///
    /// It takes a step for each event that the consumer has dropped. All other calls take constant time.
    #[must_use]
    pub fn oldest_unacknowledged(&self) -> Option<Instant> {
        let held = Lane::ALL.map(|lane| self.lane(lane).held.oldest_awaited());
        let taken = self.taken.as_ref().and_then(|taken| taken.delivered);
        held.into_iter().flatten().chain(taken).min()
    }

    /// Withholds from now on events that can be replayed. The event that was taken last counts as handled, and events
    /// that are held can still be acknowledged.
    ///
    /// Returns the position to resume from. A later call returns it as acknowledged by then.
    pub fn freeze(&mut self) -> Cursor {
        self.acknowledge_taken();
        let [ordered, overtaking] = Lane::ALL.map(|lane| self.next_to_deliver(lane));
        let first = match overtaking.sequence() < ordered.sequence() {
            true => overtaking,
            false => ordered,
        };
        self.frozen = Some(first.clone());
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
