//! Observing a shard's task from outside.

use super::{
    acknowledgement::{Acknowledgement, DeliveryKey},
    byte_budget::ByteBudgets,
    delivery::{DeliveryState, MayTake},
    live::{EventLag, LiveFigures},
    status::ShardStatus,
};
use crate::{
    FlightRecord, Session, Shard,
    driver::{Reading, clock},
    flight_recorder::SharedFlightRecorder,
    machine::delivery::{Ticket, UnhandledLoss},
};
use gloaming_protocol::ShardId;
use std::{
    fmt::Display,
    num::NonZeroUsize,
    sync::{
        Arc, Mutex, MutexGuard, OnceLock, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    task::Waker,
    time::Instant,
};
use tokio::sync::{Notify, watch};

/// Observes a shard that runs in a task, over all restarts of the task.
///
/// Cheap to clone. It keeps neither the task nor the stream of items alive.
#[derive(Clone, Debug)]
pub struct ShardMonitor {
    shared: Arc<Shared>,
}

/// The state that the task, its consumer and their observers share.
#[derive(Debug)]
struct Shared {
    delivery: Mutex<DeliveryState>,
    /// Whether the consumer held as many events as it may when it held the last one. Spares it a lock for each item.
    may_be_full: AtomicBool,
    shed: AtomicU64,
    /// Notified when the consumer has handled what it had.
    handled: Notify,
    budgets: ByteBudgets,
    status: watch::Sender<ShardStatus>,
    live: LiveFigures,
    /// Of the shard that ran first, and from then on of all.
    recorder: OnceLock<SharedFlightRecorder>,
}

impl ShardMonitor {
    pub(super) fn new(budgets: ByteBudgets, max_unacknowledged: NonZeroUsize) -> Self {
        let mut delivery = DeliveryState::default();
        delivery.tracker_mut().set_max_held(max_unacknowledged);
        Self {
            shared: Arc::new(Shared {
                delivery: Mutex::new(delivery),
                shed: AtomicU64::new(0),
                handled: Notify::new(),
                may_be_full: AtomicBool::new(false),
                budgets,
                status: watch::Sender::new(ShardStatus::not_running()),
                live: LiveFigures::new(),
                recorder: OnceLock::new(),
            }),
        }
    }

    /// Returns what the shard is doing.
    #[must_use]
    pub fn status(&self) -> ShardStatus {
        self.shared.status.borrow().clone()
    }

    /// Waits until the shard has stopped for good. Its last items may still be in the buffer.
    ///
    /// # Cancel safety
    ///
    /// Cancel safe: the future only observes.
    pub async fn stopped(&self) {
        self.wait_for(ShardStatus::has_stopped).await;
    }

    /// Waits until `condition` holds for what the shard is doing. States that last only for a moment may be
    /// missed.
    ///
    /// # Cancel safety
    ///
    /// Cancel safe: the future only observes.
    pub async fn wait_for(&self, mut condition: impl FnMut(&ShardStatus) -> bool) {
        let mut status = self.shared.status.subscribe();
        // It can't fail: `self` holds the sender.
        _ = status.wait_for(|status| condition(status)).await;
    }

    /// Returns the session as of the last item buffered or [read ahead](crate::ConfigBuilder::read_ahead): the one to resume
    /// after a crash of the task.
    #[must_use]
    pub fn received_session(&self) -> Option<Session> {
        self.delivery().tracker().received().session()
    }

    /// Returns the session as of the last item that the consumer acknowledged: the one to resume after a restart of the
    /// whole process. If the consumer has not reached the current session yet, since the session before was lost, it is
    /// at the start of the current one.
    ///
    /// Coming back for the next item acknowledges the one before. Items taken as a [`Delivery`](crate::Delivery) are
    /// acknowledged explicitly, in any order; the session is before the oldest that is not. It takes constant time.
    #[must_use]
    pub fn acknowledged_session(&self) -> Option<Session> {
        let acknowledged = self.delivery().tracker().acknowledged();
        acknowledged.session()
    }

    /// Returns what of lost sessions is in the buffer or in the hands of the consumer: events, or the report of the loss. If
    /// the process ends before it is handled, no resume brings it again: store it with the acknowledged session, and
    /// [give](crate::supervision::BufferSettings::unhandled_loss) it to the next process. Returns `None` once all of it is
    /// handled.
    ///
    /// The [`acknowledged_session`](Self::acknowledged_session) is the one that came after it.
    #[must_use]
    pub fn unhandled_loss(&self) -> Option<UnhandledLoss> {
        self.delivery().tracker().unhandled_loss()
    }

    /// Returns the [acknowledged session](Self::acknowledged_session) and the [unhandled loss](Self::unhandled_loss) as of
    /// one moment.
    #[must_use]
    pub fn resume_point(&self) -> (Option<Session>, Option<UnhandledLoss>) {
        let delivery = self.delivery();
        let tracker = delivery.tracker();
        (tracker.acknowledged().session(), tracker.unhandled_loss())
    }

    /// Returns how many events the consumer has taken as a [`Delivery`](crate::Delivery) and not acknowledged yet,
    /// including those that it dropped. At [`max_unacknowledged`](Self::max_unacknowledged), it gets no more items.
    #[must_use]
    pub fn unacknowledged_events(&self) -> usize {
        self.delivery().tracker().held_events()
    }

    /// Returns when the consumer took the oldest event that it has and did not acknowledge yet, whether as a
    /// [`Delivery`](crate::Delivery) or otherwise. `None` if it has none. Events that it dropped do not count.
    ///
    /// The clock is not read for each event: it is the time at which the event arrived, or at which the consumer is known to
    /// have taken it or one before, whichever is later. So the time that an event waited in the buffer may be included, but
    /// not while the buffer is full.
    #[must_use]
    pub fn oldest_unacknowledged(&self) -> Option<Instant> {
        self.delivery().tracker().oldest_unacknowledged()
    }

    /// Returns how many events the consumer may leave unacknowledged.
    #[must_use]
    pub fn max_unacknowledged(&self) -> NonZeroUsize {
        self.delivery().tracker().max_held()
    }

    /// Returns how many events the consumer has dropped without acknowledging them. The next process gets them again.
    #[must_use]
    pub fn abandoned_events(&self) -> u64 {
        self.delivery().abandoned()
    }

    /// Takes the duty to acknowledge the item that was delivered last, which the next item would acknowledge otherwise.
    /// For supervisors that merge the streams of shards; others use
    /// [`ShardItems::next_delivery`](crate::ShardItems::next_delivery).
    pub fn hold_last(&self) -> Acknowledgement {
        let mut delivery = self.delivery();
        let key = delivery.last_key().map(DeliveryKey::new);
        let ticket = delivery.tracker_mut().hold();
        if !delivery.tracker().may_deliver() {
            self.shared.may_be_full.store(true, Ordering::Relaxed);
        }
        drop(delivery);
        Acknowledgement::new(ticket.map(|ticket| (self.clone(), ticket)), key)
    }

    /// Acknowledges the item that was delivered last, unless it was taken as a [`Delivery`](crate::Delivery): the consumer
    /// has handled it. Coming back for the next item does the same.
    pub fn acknowledge_last(&self) {
        self.delivery().tracker_mut().acknowledge_taken();
        self.shared.handled.notify_waiters();
    }

    /// Waits until the consumer has acknowledged all events that it has, except those that it dropped. Events in the buffer
    /// are not awaited.
    ///
    /// # Cancel safety
    ///
    /// Cancel safe: the future only observes.
    pub async fn all_acknowledged(&self) {
        self.until(|delivery| delivery.tracker().awaited_events() == 0)
            .await;
    }

    /// Waits until the consumer has taken all items from the buffer and acknowledged them, except events that it dropped.
    ///
    /// # Cancel safety
    ///
    /// Cancel safe: the future only observes.
    pub async fn drained(&self) {
        self.until(|delivery| {
            let tracker = delivery.tracker();
            tracker.buffered_items() == 0 && tracker.awaited_events() == 0
        })
        .await;
    }

    async fn until(&self, condition: impl Fn(&DeliveryState) -> bool) {
        loop {
            // Made before the check, so that no change in between is missed.
            let handled = self.shared.handled.notified();
            if condition(&self.delivery()) {
                return;
            }
            handled.await;
        }
    }

    /// Returns the number of items in the buffer, without those that were [read ahead](crate::ConfigBuilder::read_ahead).
    #[must_use]
    pub fn buffered_items(&self) -> u64 {
        self.delivery().buffered_items()
    }

    /// Returns how many events were [shed](crate::OverflowPolicy::shed) so far.
    #[must_use]
    pub fn shed_events(&self) -> u64 {
        self.shared.shed.load(Ordering::Relaxed)
    }

    pub(super) fn count_shed(&self) {
        self.shared.shed.fetch_add(1, Ordering::Relaxed);
    }

    /// Returns how many events the consumer is behind: the sequence of the last event received minus that of the last one
    /// delivered. Events in between that are filtered out count.
    #[must_use]
    pub fn undelivered_events(&self) -> u64 {
        let delivery = self.delivery();
        let tracker = delivery.tracker();
        match (tracker.buffered_items(), tracker.received().session()) {
            // Everything received since the last delivered item was filtered out.
            (0, _) | (_, None) => 0,
            (_, Some(received)) => match tracker.delivered().session() {
                Some(delivered) if delivered.id() == received.id() => {
                    received.sequence().saturating_sub(delivered.sequence())
                }
                _ => received.sequence(),
            },
        }
    }

    /// Returns whether what the shard reads enters the buffer. Otherwise it waits for room in the buffer or its
    /// [budgets](crate::supervision::ByteBudget), until several items were taken, and only
    /// [reads ahead](crate::ConfigBuilder::read_ahead).
    #[must_use]
    pub fn is_reading(&self) -> bool {
        self.delivery().reading() == Reading::Open
    }

    /// Withholds all events that the gateway sends again after a resume, and returns the session to resume:
    /// as of the last item delivered, so that the process that resumes it gets each withheld event once.
    ///
    /// The last item delivered counts as handled. Events that were taken as a [`Delivery`](crate::Delivery) do not until
    /// they are acknowledged, and the returned session is before the oldest of them. They can still be acknowledged, and a
    /// later call returns the session as of then.
    ///
    /// Items that a resume does not bring again are still delivered: those that are not events, such as
    /// [`Lifecycle`](crate::Lifecycle), READY, and the events of a session that was lost or replaced, even
    /// if that happens later. If READY of the current session was not taken yet, the returned session is at
    /// its start. Returns `None` if there is no session to resume; then all buffered items are delivered.
    #[must_use = "the withheld events are only available by resuming this session"]
    pub fn freeze(&self) -> Option<Session> {
        let (cursor, waiting) = self.delivery().freeze();
        wake(waiting);
        self.shared.handled.notify_waiters();
        cursor.session()
    }

    pub(super) fn acknowledge(&self, ticket: Ticket) {
        let (_, waiting) = self.delivery().acknowledge(ticket);
        wake(waiting);
        self.shared.handled.notify_waiters();
    }

    pub(super) fn abandon(&self, ticket: Ticket) {
        self.delivery().abandon(ticket);
        self.shared.handled.notify_waiters();
    }

    /// Returns whether the consumer may take another item. If not, it is woken once it may.
    pub(super) fn may_take(&self, waker: &Waker) -> MayTake {
        if !self.shared.may_be_full.load(Ordering::Relaxed) {
            return MayTake::Yes;
        }
        let may_take = self.delivery().may_take(waker);
        if may_take == MayTake::Yes {
            self.shared.may_be_full.store(false, Ordering::Relaxed);
        }
        may_take
    }

    /// No more items can enter the buffer.
    pub(super) fn end(&self) {
        let waiting = self.delivery().end();
        wake(waiting);
    }

    /// Returns when the last frame arrived, as of when the shard's task last rested: while it is busy with what arrived, that
    /// may be some milliseconds older.
    #[must_use]
    pub fn last_frame(&self) -> Option<Instant> {
        self.live().last_frame()
    }

    /// Returns since when the buffer has no room and the consumer has taken no item. `None` while what the shard reads
    /// [enters the buffer](Self::is_reading).
    #[must_use]
    pub fn untouched_since(&self) -> Option<Instant> {
        // The consumer may have set it again while the shard went on.
        let since = self.live().untouched_since();
        since.filter(|_| !self.is_reading())
    }

    /// Returns how long a recent event took from Discord to the consumer. Measured are messages and interactions, whose ids
    /// contain the time of their creation: the first after each time that the consumer waited, and one in 64. `None` before.
    #[must_use]
    pub fn event_lag(&self) -> Option<EventLag> {
        self.live().lag()
    }

    /// Returns the last frames that the shard received and sent, over all restarts of the task; see
    /// [`ConfigBuilder::flight_recorder`](crate::ConfigBuilder::flight_recorder).
    #[must_use]
    pub fn flight_record(&self) -> FlightRecord {
        let record = |recorder: &SharedFlightRecorder| recorder.record(clock::now());
        self.shared.recorder.get().map(record).unwrap_or_default()
    }

    /// Logs the last frames that are not logged yet, at debug level, with what happened after them.
    pub fn log_flight_record(&self, shard: ShardId, happened: &dyn Display) {
        if let Some(recorder) = self.shared.recorder.get() {
            recorder.log(shard.number(), clock::now(), happened);
        }
    }

    /// Continues the history and the record of the shards that ran before.
    pub(super) fn observe(&self, shard: &mut Shard) {
        shard.resume_activity(self.status().activity());
        if let Some(own) = shard.flight_recorder() {
            let recorder = self.shared.recorder.get_or_init(|| own.clone());
            shard.record_into(recorder.clone());
        }
    }

    /// Returns how many bytes the buffered items hold, and the least limit of the budgets that they count against.
    #[must_use]
    pub fn buffered_bytes(&self) -> (usize, usize) {
        self.budgets().fill()
    }

    pub(super) fn live(&self) -> &LiveFigures {
        &self.shared.live
    }

    pub(super) fn budgets(&self) -> &ByteBudgets {
        &self.shared.budgets
    }

    pub(super) fn delivery(&self) -> MutexGuard<'_, DeliveryState> {
        let delivery = self.shared.delivery.lock();
        // No method leaves it half-changed.
        delivery.unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn publish(&self, status: ShardStatus) {
        self.shared.status.send_replace(status);
    }
}

/// Wakes the consumer, outside of any lock.
fn wake(waiting: Option<Waker>) {
    if let Some(waker) = waiting {
        waker.wake();
    }
}
