//! Items that the consumer acknowledges itself.

use super::monitor::ShardMonitor;
use crate::{
    Item,
    machine::delivery::{Cursor, Ticket},
};
use std::{
    fmt::{self, Debug, Display, Formatter},
    hash::{Hash, Hasher},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

/// An item, and the duty to acknowledge it; made by [`SpawnedShard::next_delivery`](crate::SpawnedShard::next_delivery).
///
/// For handlers that run concurrently or finish in another order than they began. Until it is
/// [acknowledged](Self::ack), the [session to resume](ShardMonitor::acknowledged_session) after a restart of the process
/// stays before it, so that the next process gets the event again. Acknowledging it takes constant time, in any order and
/// from any task.
///
/// Dropped without that, it counts as not handled: the next process gets it again, and all events after it. A consumer may
/// have [4,096](crate::machine::delivery::DeliveryTracker::DEFAULT_MAX_HELD) unacknowledged events of a shard by default;
/// then it gets no more of that shard until it acknowledges one.
///
/// ```no_run
/// # async fn example(mut shard: gloaming_shard::SpawnedShard) {
/// # async fn handle(item: &gloaming_shard::Item) {}
/// while let Some(delivery) = shard.next_delivery().await {
///     tokio::spawn(async move {
///         handle(delivery.get()).await;
///         delivery.ack();
///     });
/// }
/// # }
/// ```
#[derive(Debug)]
#[must_use = "a delivery that is dropped counts as not handled"]
pub struct Delivery<T = Item> {
    value: T,
    acknowledgement: Acknowledgement,
}

impl<T> Delivery<T> {
    /// Adds the duty to acknowledge it to a value.
    pub const fn new(value: T, acknowledgement: Acknowledgement) -> Self {
        Self {
            value,
            acknowledgement,
        }
    }

    /// Returns the item.
    pub const fn get(&self) -> &T {
        &self.value
    }

    /// Returns what tells the event from others; see [`Acknowledgement::key`].
    #[must_use]
    pub const fn key(&self) -> Option<&DeliveryKey> {
        self.acknowledgement.key()
    }

    /// Acknowledges the item: it is handled.
    pub fn ack(self) {
        self.acknowledgement.ack();
    }

    /// Separates the item from the duty to acknowledge it.
    pub fn into_parts(self) -> (T, Acknowledgement) {
        (self.value, self.acknowledgement)
    }
}

/// The duty to acknowledge an item; made by [`Delivery::into_parts`].
#[must_use = "an acknowledgement that is dropped counts as not given"]
pub struct Acknowledgement {
    /// `None` if no resume brings the item again, and it reports no loss.
    held: Option<(ShardMonitor, Ticket)>,
    key: Option<DeliveryKey>,
    counter: Option<AcknowledgementCounter>,
}

/// Counts events that are not acknowledged. For supervisors that have more to do than to move a cursor once the events are
/// handled. Clones are the same counter.
///
/// ```
/// use gloaming_shard::{Acknowledgement, supervision::AcknowledgementCounter};
///
/// let counter = AcknowledgementCounter::default();
/// // This one needs no acknowledgement, and is not counted.
/// let acknowledgement = Acknowledgement::none().counted_by(&counter);
/// assert_eq!(counter.pending(), 0);
/// acknowledgement.ack();
/// ```
#[derive(Clone, Debug, Default)]
pub struct AcknowledgementCounter {
    pending: Arc<AtomicUsize>,
}

impl AcknowledgementCounter {
    /// Returns the number of events that are not acknowledged, including those that were dropped without that.
    #[must_use]
    pub fn pending(&self) -> usize {
        self.pending.load(Ordering::Acquire)
    }
}

impl Acknowledgement {
    /// Returns that of an item which needs none, since no resume brings it again.
    pub const fn none() -> Self {
        Self {
            held: None,
            key: None,
            counter: None,
        }
    }

    pub(super) const fn new(
        held: Option<(ShardMonitor, Ticket)>,
        key: Option<DeliveryKey>,
    ) -> Self {
        Self {
            held,
            key,
            counter: None,
        }
    }

    /// Counts the event in `counter` until it is acknowledged, if it has a [key](Self::key).
    pub fn counted_by(mut self, counter: &AcknowledgementCounter) -> Self {
        if self.key.is_some() && self.counter.is_none() {
            counter.pending.fetch_add(1, Ordering::AcqRel);
            self.counter = Some(counter.clone());
        }
        self
    }

    /// Returns what tells the event from others, to recognize it if it is delivered again. `None` for items without a
    /// sequence, which a resume does not bring again.
    #[must_use]
    pub const fn key(&self) -> Option<&DeliveryKey> {
        self.key.as_ref()
    }

    /// Returns whether there is nothing to acknowledge, since no resume brings the item again.
    #[must_use]
    pub const fn is_none(&self) -> bool {
        self.held.is_none()
    }

    /// Acknowledges the item: it is handled.
    pub fn ack(mut self) {
        if let Some((monitor, ticket)) = self.held.take() {
            monitor.acknowledge(ticket);
        }
        if let Some(counter) = self.counter.take() {
            counter.pending.fetch_sub(1, Ordering::AcqRel);
        }
    }
}

/// Counts the event as not handled, unless it was acknowledged.
impl Drop for Acknowledgement {
    fn drop(&mut self) {
        if let Some((monitor, ticket)) = self.held.take() {
            monitor.abandon(ticket);
        }
    }
}

impl Debug for Acknowledgement {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.debug_struct("Acknowledgement")
            .field("key", &self.key)
            .finish_non_exhaustive()
    }
}

/// The session and sequence of an event. No other event of the bot has the same.
///
/// A process that resumes the session of another gets events again that the other did not acknowledge, with the same key.
/// `Display` is `session:sequence`.
#[derive(Clone)]
pub struct DeliveryKey(Cursor);

impl DeliveryKey {
    pub(super) const fn new(cursor: Cursor) -> Self {
        Self(cursor)
    }

    /// Returns the id of the session.
    #[must_use]
    pub fn session_id(&self) -> &str {
        self.0.session_id().unwrap_or_default()
    }

    /// Returns the event's sequence in the session.
    #[must_use]
    pub fn sequence(&self) -> u64 {
        self.0.sequence().unwrap_or_default()
    }
}

impl PartialEq for DeliveryKey {
    fn eq(&self, other: &Self) -> bool {
        self.sequence() == other.sequence() && self.session_id() == other.session_id()
    }
}

impl Eq for DeliveryKey {}

impl Hash for DeliveryKey {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.session_id().hash(state);
        self.sequence().hash(state);
    }
}

impl Display for DeliveryKey {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.session_id(), self.sequence())
    }
}

impl Debug for DeliveryKey {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.debug_struct("DeliveryKey")
            .field("session_id", &self.session_id())
            .field("sequence", &self.sequence())
            .finish()
    }
}
