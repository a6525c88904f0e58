//! Where a shard's task puts its items, and where they are taken out.

use super::{
    Crash, Monitor, ShardStatus,
    board::{Entry, Mark},
};
use crate::{Item, Session, Shard, driver::Reading};
use futures_core::Stream;
use gloaming_protocol::EventTypeFlags;
use std::{
    convert::Infallible,
    future::poll_fn,
    pin::{Pin, pin},
    task::{Context, Poll},
};
use tokio::sync::mpsc::{self, OwnedPermit};

/// A bounded buffer that shards run into, one after the other.
///
/// It outlives their tasks: what a shard has put into it is there when its task has panicked, and a
/// [`Monitor`] knows where in the session to go on. For whoever supervises shards; [`Shard::spawn`]
/// is this without supervision.
///
/// ```no_run
/// # async fn example(config: gloaming_shard::Config) {
/// use gloaming_shard::{ConfigBuilder, EventTypeFlags, Outlet, Shard, ShardId};
///
/// let (outlet, items) = Outlet::new(64);
/// let monitor = outlet.monitor();
/// # drop(items);
/// loop {
///     let mut config = ConfigBuilder::from(config.clone());
///     if let Some(session) = monitor.received() {
///         config = config.session(session);
///     }
///     let shard = Shard::with_config(ShardId::ONE, config.build());
///     let outlet = outlet.clone();
///     let run = async move { outlet.run(shard, EventTypeFlags::all()).await };
///     if tokio::spawn(run).await.is_ok() {
///         break; // it stopped, and did not panic
///     }
/// }
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Outlet {
    entries: mpsc::Sender<Entry>,
    monitor: Monitor,
}

impl Outlet {
    /// A buffer for `capacity` items (at least one). Dropping the items ends the shard that runs.
    #[must_use]
    pub fn new(capacity: usize) -> (Self, ShardItems) {
        let (tx, entries) = mpsc::channel(capacity.max(1));
        let monitor = Monitor::new();
        let items = ShardItems {
            entries,
            monitor: monitor.clone(),
        };
        let outlet = Self {
            entries: tx,
            monitor,
        };
        (outlet, items)
    }

    /// Watches what runs here.
    #[must_use]
    pub fn monitor(&self) -> Monitor {
        self.monitor.clone()
    }

    /// Runs a shard until it has stopped, or the items were dropped, and returns the session to resume
    /// from, if there is one. One shard at a time.
    ///
    /// # Panics
    ///
    /// As connectors, queues and transports of the user's own do.
    pub async fn run(&self, mut shard: Shard, events: EventTypeFlags) -> Option<Session> {
        let mut reporter = Reporter::new(&self.monitor, &shard);
        while let Some(room) = self.wait_for_room(&mut shard, &mut reporter).await {
            let crash = self.monitor.board().next_report();
            if let Some(crash) = crash {
                self.put(room, Item::Crash(crash), reporter.mark.clone());
                continue;
            }
            tokio::select! {
                biased;
                item = reporter.next_item(&mut shard, events) => match item {
                    Some(item) => {
                        shard.count_if_odd(&item);
                        self.put(room, item, reporter.look(&shard));
                    }
                    None => break,
                },
                () = self.entries.closed() => break,
            }
        }
        let mut status = ShardStatus::of(&shard);
        if !status.has_stopped() {
            status = ShardStatus::away();
        }
        self.monitor.publish(status);
        shard.session().cloned()
    }

    /// Lets the consumer know of a crash, before what the next shard puts here. Room in the buffer is
    /// waited for by [`run`](Self::run) or [`flush`](Self::flush).
    pub fn report(&self, crash: Crash) {
        self.monitor.board().report(crash);
        self.monitor.publish(ShardStatus::away());
    }

    /// Waits until reported crashes are in the buffer, or the items were dropped.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future loses nothing.
    pub async fn flush(&self) {
        while self.monitor.board().has_reports() {
            let Ok(room) = self.entries.clone().reserve_owned().await else {
                return;
            };
            let mut board = self.monitor.board();
            let mark = board.received().clone();
            let crash = board.next_report();
            drop(board);
            if let Some(crash) = crash {
                self.put(room, Item::Crash(crash), mark);
            }
        }
    }

    fn put(&self, room: OwnedPermit<Entry>, item: Item, mark: Mark) {
        // Under one lock: nobody sees an item that was not counted yet.
        let mut board = self.monitor.board();
        let entry = Entry { item, mark };
        board.put(&entry);
        room.send(entry);
    }

    /// Keeps the shard alive, without reading, until there is room for an item; `None` if nobody takes
    /// items any more.
    async fn wait_for_room(
        &self,
        shard: &mut Shard,
        reporter: &mut Reporter<'_>,
    ) -> Option<OwnedPermit<Entry>> {
        let mut room = pin!(self.entries.clone().reserve_owned());
        poll_fn(|cx| {
            if let Poll::Ready(room) = room.as_mut().poll(cx) {
                return Poll::Ready(room.ok());
            }
            // Never ready: nothing is handed over without reading.
            let _: Poll<Option<Infallible>> = shard.poll_with(cx, Reading::Paused, |_| None);
            // The session may be lost meanwhile, and to say so takes room.
            reporter.pass(shard);
            Poll::Pending
        })
        .await
    }
}

/// Publishes what the shard is doing whenever that has changed.
struct Reporter<'a> {
    monitor: &'a Monitor,
    published: ShardStatus,
    mark: Mark,
}

impl<'a> Reporter<'a> {
    fn new(monitor: &'a Monitor, shard: &Shard) -> Self {
        let mark = Mark::of(shard.session(), &Mark::default());
        let published = ShardStatus::of(shard);
        monitor.board().begin(mark.clone());
        monitor.publish(published.clone());
        Self {
            monitor,
            published,
            mark,
        }
    }

    async fn next_item(&mut self, shard: &mut Shard, events: EventTypeFlags) -> Option<Item> {
        let parser = shard.config().json_parser();
        poll_fn(|cx| {
            let polled = shard.poll_with(cx, Reading::Open, |incoming| {
                Item::wanted(incoming, events, parser)
            });
            if polled.is_pending() {
                // All that was read until here was unwanted.
                self.pass(shard);
            }
            polled
        })
        .await
    }

    /// Nothing is on its way to the buffer.
    fn pass(&mut self, shard: &Shard) {
        let mark = self.look(shard);
        self.monitor.board().pass(mark);
    }

    fn look(&mut self, shard: &Shard) -> Mark {
        if !self.published.is_current(shard) {
            self.published = ShardStatus::of(shard);
            self.monitor.publish(self.published.clone());
        }
        self.mark = Mark::of(shard.session(), &self.mark);
        self.mark.clone()
    }
}

/// What a shard in a task hands over: a stream that ends when the shard stops.
#[derive(Debug)]
pub struct ShardItems {
    entries: mpsc::Receiver<Entry>,
    monitor: Monitor,
}

impl Stream for ShardItems {
    type Item = Item;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Item>> {
        loop {
            let Some(entry) = std::task::ready!(self.entries.poll_recv(cx)) else {
                return Poll::Ready(None);
            };
            if let Some(item) = self.monitor.board().take(entry) {
                return Poll::Ready(Some(item));
            }
        }
    }
}
