//! The shard's end of its buffer.

use super::{
    batch::{Batch, MAX_ITEMS},
    byte_budget::ByteBudget,
    delivery::BufferedItem,
    item_size::{OTHER_ITEM_BYTES, payload_bytes},
    items::ShardItems,
    monitor::ShardMonitor,
    overflow::{Fill, OverflowPolicy, Shed, ShedReport, ShedState},
    settings::BufferSettings,
    status::ShardStatus,
};
use crate::{
    Crash, Incoming, Item, Session, Shard,
    driver::{Reading, clock},
    machine::delivery::{Cursor, Lane},
    selection::Selection,
};
use gloaming_protocol::{EventTypeFlags, RepairReport};
use std::{convert::Infallible, future::poll_fn, pin::pin, sync::Arc, task::Poll};
use tokio::sync::mpsc::{self, Permit};

/// Creates a buffer for `capacity` items, at least one, which hold up to [64 MiB](ByteBudget::DEFAULT_LIMIT).
///
/// Dropping the [`ShardItems`] ends the shard that [runs](ItemSender::run).
pub fn item_channel(capacity: usize) -> (ItemSender, ShardItems) {
    item_channel_with(BufferSettings::new(capacity))
}

/// Creates a buffer for `capacity` items, at least one, which count against these budgets.
///
/// Dropping the [`ShardItems`] ends the shard that [runs](ItemSender::run).
pub fn item_channel_within(
    capacity: usize,
    budgets: impl IntoIterator<Item = ByteBudget>,
) -> (ItemSender, ShardItems) {
    item_channel_with(BufferSettings::new(capacity).budgets(budgets))
}

/// Creates a buffer with these settings.
///
/// Dropping the [`ShardItems`] ends the shard that [runs](ItemSender::run).
pub fn item_channel_with(settings: BufferSettings) -> (ItemSender, ShardItems) {
    let (entries, receiver) = mpsc::channel(settings.items);
    let overtaking = match settings.overflow.overtaking_kinds().is_empty() {
        true => None,
        false => Some(mpsc::channel(settings.items)),
    };
    let (overtaking, overtaking_receiver) = overtaking.unzip();
    let budgets = settings.budgets.into_iter().collect();
    let monitor = ShardMonitor::new(budgets, settings.max_unacknowledged);
    if let Some(loss) = settings.unhandled_loss {
        monitor.delivery().restore_loss(loss);
    }
    let items = ShardItems::new(receiver, overtaking_receiver, monitor.clone());
    let end = Arc::new(EndOfItems(monitor.clone()));
    let sender = ItemSender {
        entries,
        overtaking,
        overflow: settings.overflow,
        monitor,
        _end: end,
    };
    (sender, items)
}

/// Runs shards, one after the other, and sends their items into a bounded buffer.
///
/// The buffer outlives the tasks in which the shards run: after a panic it still holds the items sent
/// before, and a [`ShardMonitor`] knows the session to resume. Made by [`item_channel`].
///
/// ```no_run
/// # async fn example(config: gloaming_shard::Config) {
/// use gloaming_shard::{
///     ConfigBuilder, EventTypeFlags, Shard, ShardId, supervision::item_channel,
/// };
///
/// let (sender, items) = item_channel(64);
/// let monitor = sender.monitor();
/// # drop(items);
/// loop {
///     let mut config = ConfigBuilder::from(config.clone());
///     if let Some(session) = monitor.received_session() {
///         config = config.session(session);
///     }
///     let shard = Shard::with_config(ShardId::ONE, config.build());
///     let sender = sender.clone();
///     let run = async move { sender.run(shard, EventTypeFlags::all()).await };
///     if tokio::spawn(run).await.is_ok() {
///         break; // The shard has stopped without a panic.
///     }
/// }
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct ItemSender {
    entries: mpsc::Sender<BufferedItem>,
    overtaking: Option<mpsc::Sender<BufferedItem>>,
    overflow: OverflowPolicy,
    monitor: ShardMonitor,
    /// Shared by all clones.
    _end: Arc<EndOfItems>,
}

/// Records that no more items enter the buffer, when the last sender is dropped.
#[derive(Debug)]
struct EndOfItems(ShardMonitor);

impl Drop for EndOfItems {
    fn drop(&mut self) {
        self.0.end();
    }
}

impl ItemSender {
    /// Returns an observer of the shards that run here.
    #[must_use]
    pub fn monitor(&self) -> ShardMonitor {
        self.monitor.clone()
    }

    /// Runs a shard until it has stopped or the [`ShardItems`] were dropped, and returns the session to
    /// resume, if there is one. Run one shard at a time.
    ///
    /// # Panics
    ///
    /// If a connector, queue or transport that the application plugged in panics.
    pub async fn run(&self, mut shard: Shard, events: EventTypeFlags) -> Option<Session> {
        self.monitor.observe(&mut shard);
        let mut progress = Progress::new(self, &shard);
        let mut batch = Batch::new(&self.monitor);
        while let Some(room) = self.room(&mut shard, &mut progress, &mut batch).await {
            let report = self.monitor.delivery().next_report();
            if let Some(report) = report {
                let cursor = progress.cursor.clone();
                batch.push(room, self.entry(report, NO_PAYLOAD, cursor));
                continue;
            }
            if let Some(report) = progress.shed_report(&batch) {
                let cursor = progress.cursor.clone();
                batch.push(room, self.entry(Item::Shed(report), NO_PAYLOAD, cursor));
                continue;
            }
            tokio::select! {
                biased;
                item = progress.next_item(&mut shard, events, &mut batch) => match item {
                    Some(item) => {
                        shard.delivered(&item, progress.repaired.take());
                        let cursor = progress.update(&shard);
                        let mut entry = self.entry(item, progress.payload, cursor);
                        entry.received = shard.last_frame();
                        match self.room_to_overtake(progress.payload.kind) {
                            Some(ahead) => {
                                entry.lane = Lane::Overtaking;
                                batch.push(ahead, entry);
                                batch.return_room(room);
                            }
                            None => batch.push(room, entry),
                        }
                    }
                    None => {
                        if let Some(report) = progress.shedding.last_report() {
                            let cursor = progress.cursor.clone();
                            batch.push(room, self.entry(Item::Shed(report), NO_PAYLOAD, cursor));
                        }
                        break;
                    }
                },
                () = self.entries.closed() => break,
            }
        }
        batch.flush();
        progress.published = ShardStatus::of(&shard);
        shard.session().cloned()
    }

    /// Returns room ahead of other items, if the event may overtake them.
    fn room_to_overtake(&self, kind: EventTypeFlags) -> Option<Permit<'_, BufferedItem>> {
        let overtaking = self.overtaking.as_ref()?;
        if !self.overflow.overtaking_kinds().intersects(kind) {
            return None;
        }
        // Without room there, it keeps its place.
        overtaking.try_reserve().ok()
    }

    /// Publishes the status of a shard that [`run`](Self::run) is about to run. Until then, observers see that of the shard
    /// before, which has stopped.
    pub fn announce(&self, shard: &mut Shard) {
        self.monitor.observe(shard);
        self.monitor.publish(ShardStatus::of(shard));
    }

    /// Queues the report of a crash, ahead of the items of the next shard. [`run`](Self::run) or
    /// [`flush_crashes`](Self::flush_crashes) moves it to the buffer. Past 8 queued reports, the oldest is
    /// dropped.
    pub fn report_crash(&self, crash: Crash) {
        self.monitor.delivery().queue_crash(crash);
        let ended = self.monitor.status().task_ended(clock::now());
        self.monitor.publish(ended);
    }

    /// Waits until the [`ShardItems`] were dropped.
    ///
    /// # Cancel safety
    ///
    /// Cancel safe: the future only observes.
    pub async fn items_dropped(&self) {
        self.entries.closed().await;
    }

    /// Waits until queued crash reports are in the buffer, or the [`ShardItems`] were dropped.
    ///
    /// # Cancel safety
    ///
    /// Cancel safe: reports that are not in the buffer yet stay queued.
    pub async fn flush_crashes(&self) {
        while self.monitor.delivery().has_pending_crashes() {
            let Ok(room) = self.entries.reserve().await else {
                return;
            };
            let mut delivery = self.monitor.delivery();
            let cursor = delivery.tracker().received().clone();
            let report = delivery.next_report();
            drop(delivery);
            if let Some(report) = report {
                let mut batch = Batch::new(&self.monitor);
                batch.push(room, self.entry(report, NO_PAYLOAD, cursor));
                batch.flush();
            }
        }
    }

    fn entry(&self, item: Item, payload: PayloadFacts, cursor: Cursor) -> BufferedItem {
        BufferedItem {
            item,
            cursor,
            sequence: payload.sequence,
            lane: Lane::Ordered,
            received: None,
            _held: self.monitor.budgets().hold(payload.bytes),
        }
    }

    /// Returns room for another item. Waits for it, with an empty batch, if there is none in the buffer or its budgets.
    /// Returns `None` if the items were dropped.
    async fn room<'a>(
        &'a self,
        shard: &mut Shard,
        progress: &mut Progress<'_>,
        batch: &mut Batch<'a>,
    ) -> Option<Permit<'a, BufferedItem>> {
        if batch.is_full() {
            batch.flush();
        }
        let room = loop {
            if let Some(room) = batch.take_room() {
                break room;
            }
            let many = self.entries.try_reserve_many(self.most_at_once());
            match many.or_else(|_| self.entries.try_reserve_many(1)) {
                Ok(room) => batch.set_room(room),
                Err(_) => {
                    batch.flush();
                    // Several at once, so that the consumer does not wake this task for each item that it takes.
                    let room = self.entries.reserve_many(self.most_at_once());
                    batch.set_room(self.drive(shard, progress, room).await.ok()?);
                }
            }
        };
        if self.monitor.budgets().has_room() {
            return Some(room);
        }
        batch.flush();
        let has_room = async {
            tokio::select! {
                biased;
                () = self.monitor.budgets().wait_for_room() => Some(room),
                () = self.entries.closed() => None,
            }
        };
        self.drive(shard, progress, has_room).await
    }

    /// The number of items for which there must be room before the shard reads again.
    fn most_at_once(&self) -> usize {
        (self.entries.max_capacity() / 2).clamp(1, MAX_ITEMS)
    }

    /// Drives the shard without reading until `room` is ready.
    async fn drive<T>(
        &self,
        shard: &mut Shard,
        progress: &mut Progress<'_>,
        room: impl Future<Output = T>,
    ) -> T {
        let mut room = pin!(room);
        self.monitor.delivery().set_reading(Reading::Paused);
        self.monitor.live().buffer_is_full();
        self.monitor.live().set_last_frame(shard.last_frame());
        let room = poll_fn(|cx| {
            if let Poll::Ready(room) = room.as_mut().poll(cx) {
                return Poll::Ready(room);
            }
            // Never ready: while reading is paused the closure takes nothing.
            let _: Poll<Option<Infallible>> = shard.poll_with(cx, Reading::Paused, |_| None);
            // The session may get lost meanwhile; the item that reports it needs room first.
            progress.advance(shard);
            Poll::Pending
        })
        .await;
        self.monitor.delivery().set_reading(Reading::Open);
        self.monitor.live().buffer_has_room();
        room
    }
}

/// Returns how full a buffer is, with the items that wait to enter it.
fn fill(monitor: &ShardMonitor, capacity: usize, waiting: usize) -> Fill {
    let buffered = usize::try_from(monitor.buffered_items()).unwrap_or(usize::MAX);
    let items = Fill {
        used: buffered.saturating_add(waiting),
        limit: capacity,
    };
    let bytes = monitor.budgets().fullest();
    bytes
        .filter(|bytes| bytes.permille() > items.permille())
        .unwrap_or(items)
}

/// What is known of an item's payload.
#[derive(Clone, Copy, Debug)]
struct PayloadFacts {
    /// How much the item holds.
    bytes: usize,
    sequence: Option<u64>,
    kind: EventTypeFlags,
}

/// Of an item without a payload.
const NO_PAYLOAD: PayloadFacts = PayloadFacts {
    bytes: OTHER_ITEM_BYTES,
    sequence: None,
    kind: EventTypeFlags::empty(),
};

/// Publishes the shard's position and status whenever they change, and at the end of the task: also if the task
/// panics, is aborted, or ends with its runtime.
struct Progress<'a> {
    monitor: &'a ShardMonitor,
    published: ShardStatus,
    cursor: Cursor,
    /// Of the last item.
    payload: PayloadFacts,
    /// How the event of the last item was repaired.
    repaired: Option<Box<RepairReport>>,
    shedding: ShedState,
    overflow: OverflowPolicy,
    /// The number of items for which the buffer has room.
    capacity: usize,
}

impl<'a> Progress<'a> {
    fn new(sender: &'a ItemSender, shard: &Shard) -> Self {
        let monitor = &sender.monitor;
        let cursor = Cursor::of(shard.session(), &Cursor::default());
        let published = ShardStatus::of(shard);
        let mut delivery = monitor.delivery();
        delivery.tracker_mut().advance(cursor.clone());
        // The task before may have ended while it waited for room.
        delivery.set_reading(Reading::Open);
        drop(delivery);
        monitor.live().buffer_has_room();
        monitor.publish(published.clone());
        Self {
            monitor,
            published,
            cursor,
            payload: NO_PAYLOAD,
            repaired: None,
            shedding: ShedState::new(sender.overflow.shed_kinds()),
            overflow: sender.overflow,
            capacity: sender.entries.max_capacity(),
        }
    }

    async fn next_item(
        &mut self,
        shard: &mut Shard,
        events: EventTypeFlags,
        batch: &mut Batch<'_>,
    ) -> Option<Item> {
        let selection = Selection::new(events, shard.config());
        poll_fn(|cx| {
            let waiting = batch.len();
            let polled = shard.poll_with(cx, Reading::Open, |incoming| {
                let payload = match &incoming {
                    Incoming::Payload(payload) => Some(*payload),
                    Incoming::Repaired(_) | Incoming::Lifecycle(_) | Incoming::Failure(_) => None,
                };
                // Without a policy for some kinds, nothing asks for the kind here.
                let kind = match payload {
                    Some(payload) if self.overflow != OverflowPolicy::stop_reading() => {
                        EventTypeFlags::of(payload)
                    }
                    _ => EventTypeFlags::empty(),
                };
                if self.shedding.concerns(kind) && selection.events.intersects(kind) {
                    let fill = fill(self.monitor, self.capacity, waiting);
                    if self.shedding.sheds(kind, fill) == Shed::Yes {
                        self.monitor.count_shed();
                        return None;
                    }
                }
                let item = Item::selected(incoming, selection, &mut self.repaired)?;
                self.payload = match (payload, &item) {
                    (Some(payload), _) => PayloadFacts {
                        bytes: payload_bytes(payload.text()),
                        sequence: payload.sequence(),
                        kind,
                    },
                    (None, Item::Repaired(report)) => PayloadFacts {
                        bytes: payload_bytes(report.payload().text()),
                        ..NO_PAYLOAD
                    },
                    (None, _) => NO_PAYLOAD,
                };
                Some(item)
            });
            if polled.is_pending() {
                batch.flush();
                self.monitor.live().set_last_frame(shard.last_frame());
                // Everything read since the last item was filtered out.
                self.advance(shard);
            }
            polled
        })
        .await
    }

    /// Returns the report of shed events once there is room again.
    fn shed_report(&mut self, batch: &Batch<'_>) -> Option<Box<ShedReport>> {
        if self.shedding.is_reported() {
            return None;
        }
        self.shedding
            .report(fill(self.monitor, self.capacity, batch.len()))
    }

    /// Publishes the shard's position as received. No item may be between the shard and the buffer.
    fn advance(&mut self, shard: &Shard) {
        let cursor = self.update(shard);
        self.monitor.delivery().tracker_mut().advance(cursor);
    }

    fn update(&mut self, shard: &Shard) -> Cursor {
        if !self.published.is_current(shard) {
            self.published = ShardStatus::of(shard);
            self.monitor.publish(self.published.clone());
        }
        self.cursor = Cursor::of(shard.session(), &self.cursor);
        self.cursor.clone()
    }
}

impl Drop for Progress<'_> {
    fn drop(&mut self) {
        self.monitor.publish(match self.published.has_stopped() {
            true => self.published.clone(),
            false => self.published.task_ended(clock::now()),
        });
    }
}
