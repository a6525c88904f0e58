//! The shard's end of its buffer.

use super::{
    batch::{Batch, MAX_ITEMS},
    byte_budget::ByteBudget,
    delivery::{NextEntry, PayloadFacts},
    items::{NextItem, ShardItems},
    monitor::ShardMonitor,
    overflow::OverflowPolicy,
    progress::{Progress, ReadItem},
    read_ahead::Waiting,
    settings::BufferSettings,
    slot::{BufferedItem, Slot, Tracking},
    status::ShardStatus,
};
use crate::{
    Crash, Item, Session, Shard,
    driver::{Reading, clock},
    machine::delivery::{Cursor, Lane},
    selection::Selection,
};
use gloaming_protocol::EventTypeFlags;
use std::{
    future::poll_fn,
    pin::{Pin, pin},
    sync::Arc,
    task::{Context, Poll},
};
use tokio::{
    sync::mpsc::{self, Permit},
    task::{coop, yield_now},
};

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
    entries: mpsc::Sender<Slot>,
    overtaking: Option<mpsc::Sender<Slot>>,
    overflow: OverflowPolicy,
    monitor: ShardMonitor,
    /// Shared by all clones.
    _end: Arc<EndOfItems>,
}

/// Whether what the shard does not read may wait to enter the buffer.
#[derive(Clone, Copy)]
enum Others {
    MayWait,
    /// Nothing does, until the task has waited.
    None,
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
        let selection = Selection::new(events, shard.config());
        let capacity = self.entries.max_capacity();
        let mut progress = Progress::new(&self.monitor, self.overflow, capacity, &shard, selection);
        let mut batch = Batch::new(&self.monitor);
        let mut others = Others::MayWait;
        while let Some(room) = self.room(&mut shard, &mut progress, &mut batch).await {
            // More begins to wait only while this task does, with an empty batch.
            if batch.is_empty() {
                others = Others::MayWait;
            }
            let next = match others {
                Others::MayWait => self.monitor.delivery().next_entry(),
                Others::None => NextEntry::Nothing,
            };
            match next {
                NextEntry::ReadAhead => {
                    // The shard is not polled meanwhile, and other tasks have to run, too.
                    coop::consume_budget().await;
                    if let Some(entry) = self.next_read_ahead(&mut shard) {
                        batch.push(room, entry);
                    }
                    continue;
                }
                NextEntry::Report(report) => {
                    batch.push(room, self.other(report, &progress));
                    continue;
                }
                NextEntry::Nothing => others = Others::None,
            }
            if let Some(report) = progress.shed_report(&batch) {
                batch.push(room, self.other(Item::Shed(report), &progress));
                continue;
            }
            tokio::select! {
                biased;
                next = progress.next_item(&mut shard, &mut batch) => match next {
                    NextItem::Taken => {
                        let next = batch.next_mut();
                        if let Some(item) = &next.item {
                            shard.delivered(item, progress.repaired.take());
                        }
                        let cursor = progress.update(&shard);
                        self.describe(next, progress.payload, cursor);
                        next.received = shard.last_frame();
                        match self.room_to_overtake(progress.payload.kind) {
                            Some(ahead) => {
                                next.lane = Lane::Overtaking;
                                batch.push_next(ahead);
                                batch.return_room(room);
                            }
                            None => batch.push_next(room),
                        }
                    }
                    NextItem::End => {
                        if let Some(report) = progress.shedding.last_report() {
                            batch.push(room, self.other(Item::Shed(report), &progress));
                        }
                        break;
                    }
                },
                () = self.entries.closed() => break,
            }
        }
        batch.flush();
        if self.entries.is_closed() {
            self.monitor.delivery().read_ahead_mut().clear();
        }
        progress.published = ShardStatus::of(&shard);
        shard.session().cloned()
    }

    /// Returns room ahead of other items, if the event may overtake them.
    fn room_to_overtake(&self, kind: EventTypeFlags) -> Option<Permit<'_, Slot>> {
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

    /// Waits until queued crash reports, and before them what the shard had
    /// [read ahead](crate::ConfigBuilder::read_ahead), are in the buffer, or the [`ShardItems`] were dropped.
    ///
    /// # Cancel safety
    ///
    /// Cancel safe: what is not in the buffer yet stays queued.
    pub async fn flush_crashes(&self) {
        while self.monitor.delivery().has_next_entry() {
            let room = async {
                self.monitor.budgets().wait_for_room().await;
                self.entries.reserve().await.ok()
            };
            let room = tokio::select! {
                biased;
                room = room => room,
                () = self.entries.closed() => None,
            };
            let Some(room) = room else {
                return;
            };
            let mut delivery = self.monitor.delivery();
            let cursor = delivery.tracker().received().clone();
            let next = delivery.next_entry();
            drop(delivery);
            let entry = match next {
                NextEntry::ReadAhead => self.monitor.next_read_ahead(|_| {}),
                NextEntry::Report(report) => Some(self.entry(report, PayloadFacts::NONE, cursor)),
                NextEntry::Nothing => None,
            };
            if let Some(entry) = entry {
                let mut batch = Batch::new(&self.monitor);
                batch.push(room, entry);
                batch.flush();
            }
        }
    }

    /// Takes the oldest item that was read ahead.
    fn next_read_ahead(&self, shard: &mut Shard) -> Option<Slot> {
        let count = |report: &_| shard.count_repair(report);
        let entry = self.monitor.next_read_ahead(count)?;
        if let Some(item) = &entry.item {
            shard.delivered(item, None);
        }
        Some(entry)
    }

    fn entry(&self, item: Item, payload: PayloadFacts, cursor: Cursor) -> Slot {
        let mut slot = BufferedItem::of(item);
        self.describe(&mut slot, payload, cursor);
        slot
    }

    /// Writes what is known of an item beside it.
    fn describe(&self, slot: &mut BufferedItem, payload: PayloadFacts, cursor: Cursor) {
        slot.cursor = cursor;
        slot.sequence = payload.sequence;
        slot.lane = Lane::Ordered;
        slot.received = None;
        slot.tracking = Tracking::New;
        slot.held = Some(self.monitor.budgets().hold(payload.bytes));
    }

    /// An item that the shard did not read.
    fn other(&self, item: Item, progress: &Progress<'_>) -> Slot {
        self.entry(item, PayloadFacts::NONE, progress.cursor.clone())
    }

    /// Returns room for another item. Waits for it, with an empty batch, if there is none in the buffer or its budgets.
    /// Returns `None` if the items were dropped.
    async fn room<'a>(
        &'a self,
        shard: &mut Shard,
        progress: &mut Progress<'_>,
        batch: &mut Batch<'a>,
    ) -> Option<Permit<'a, Slot>> {
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
                    let room = self.drive(shard, progress, batch, room).await.ok()?;
                    batch.set_room(room);
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
        self.drive(shard, progress, batch, has_room).await
    }

    /// The number of items for which there must be room before the shard reads again.
    fn most_at_once(&self) -> usize {
        (self.entries.max_capacity() / 2).clamp(1, MAX_ITEMS)
    }

    /// Drives the shard until `room` is ready. Meanwhile it reads ahead.
    async fn drive<'a, T>(
        &'a self,
        shard: &mut Shard,
        progress: &mut Progress<'_>,
        batch: &mut Batch<'a>,
        room: impl Future<Output = T>,
    ) -> T {
        let mut room = pin!(room);
        if let Poll::Ready(room) = after_other_tasks(room.as_mut()).await {
            return room;
        }
        self.monitor.delivery().set_reading(Reading::Paused);
        self.monitor.live().buffer_is_full();
        self.monitor.live().set_last_frame(shard.last_frame());
        let room = poll_fn(|cx| {
            if let Poll::Ready(room) = room.as_mut().poll(cx) {
                return Poll::Ready(room);
            }
            self.read_ahead(cx, shard, progress, batch);
            Poll::Pending
        })
        .await;
        self.monitor.delivery().set_reading(Reading::Open);
        self.monitor.live().buffer_has_room();
        room
    }

    /// Reads what has arrived, within the bound of what may be read ahead.
    fn read_ahead<'a>(
        &'a self,
        cx: &mut Context<'_>,
        shard: &mut Shard,
        progress: &mut Progress<'_>,
        batch: &mut Batch<'a>,
    ) {
        loop {
            let reading = self.monitor.delivery().read_ahead().reading();
            match progress.poll_read(cx, shard, reading) {
                Poll::Ready(Some(read)) => self.buffer_ahead(shard, progress, batch, read),
                // It has stopped, or there is nothing more to read.
                Poll::Ready(None) | Poll::Pending => break,
            }
        }
        self.monitor.live().set_last_frame(shard.last_frame());
        // The session may get lost meanwhile; the item that reports it needs room first.
        progress.advance(shard);
    }

    fn buffer_ahead<'a>(
        &'a self,
        shard: &mut Shard,
        progress: &mut Progress<'_>,
        batch: &mut Batch<'a>,
        read: ReadItem,
    ) {
        let cursor = progress.update(shard);
        if let Waiting::Payload(payload) = &read.content
            && self.monitor.budgets().has_room()
            && let Some(ahead) = self.room_to_overtake(read.kind)
        {
            let (item, facts) = progress.decode(shard, payload, read.kind);
            let mut entry = self.entry(item, facts, cursor);
            entry.lane = Lane::Overtaking;
            entry.received = shard.last_frame();
            batch.push(ahead, entry);
            return batch.flush();
        }
        let mut delivery = self.monitor.delivery();
        delivery.buffer_ahead(read.content, cursor);
    }
}

/// Polls a future, and if it is pending, once more after other tasks could run: a consumer in the same thread may make room.
async fn after_other_tasks<F: Future>(mut future: Pin<&mut F>) -> Poll<F::Output> {
    let mut turn = Turn::First;
    poll_fn(|cx| match (future.as_mut().poll(cx), turn) {
        (Poll::Pending, Turn::First) => {
            turn = Turn::Second;
            // Pending at first. Other tasks come before this one is woken.
            pin!(yield_now()).poll(cx).map(|()| Poll::Pending)
        }
        (polled, _) => Poll::Ready(polled),
    })
    .await
}

/// Which poll of a future it is.
#[derive(Clone, Copy)]
enum Turn {
    First,
    Second,
}
