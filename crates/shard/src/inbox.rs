//! A bounded queue from any task to a shard.
//!
//! It differs from tokio's channel in two ways. It has memory for items only while it has items: most shards are sent
//! nothing for hours, and a shard has three queues. And to ask whether it is empty takes one load, which a shard does
//! before each event.

use std::{
    collections::VecDeque,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll, Waker, ready},
};
use tokio::task::coop;

/// Creates a queue for at most `bound` items (at least one).
pub(crate) fn inbox<T>(bound: usize) -> (InboxSender<T>, Inbox<T>) {
    let queue = Queue {
        items: VecDeque::new(),
        bound: bound.max(1),
        receiver: Receiver::Open(None),
    };
    let shared = Arc::new(Shared {
        queue: Mutex::new(queue),
        has_items: AtomicBool::new(false),
    });
    let inbox = Inbox {
        shared: Arc::clone(&shared),
    };
    (InboxSender { shared }, inbox)
}

/// Why an item is not taken.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Refused {
    Full,
    /// The shard takes no more, or was dropped.
    Closed,
}

/// Puts items into an [`Inbox`].
#[derive(Debug)]
pub(crate) struct InboxSender<T> {
    shared: Arc<Shared<T>>,
}

/// The shard's end of the queue.
#[derive(Debug)]
pub(crate) struct Inbox<T> {
    shared: Arc<Shared<T>>,
}

#[derive(Debug)]
struct Shared<T> {
    queue: Mutex<Queue<T>>,
    /// Whether there are items. Changes only while the queue is locked.
    has_items: AtomicBool,
}

#[derive(Debug)]
struct Queue<T> {
    items: VecDeque<T>,
    bound: usize,
    receiver: Receiver,
}

/// Whether items are taken.
#[derive(Debug)]
enum Receiver {
    /// With the task that waits for an item, if one does.
    Open(Option<Waker>),
    Closed,
}

impl<T> InboxSender<T> {
    /// Adds an item, and wakes the shard.
    pub(crate) fn send(&self, item: T) -> Result<(), Refused> {
        let mut queue = self.shared.lock();
        let Queue {
            items,
            bound,
            receiver,
        } = &mut *queue;
        let Receiver::Open(waker) = receiver else {
            return Err(Refused::Closed);
        };
        if items.len() >= *bound {
            return Err(Refused::Full);
        }
        items.push_back(item);
        let waker = waker.take();
        self.shared.has_items.store(true, Ordering::Relaxed);
        drop(queue);
        if let Some(waker) = waker {
            waker.wake();
        }
        Ok(())
    }

    pub(crate) fn is_closed(&self) -> bool {
        matches!(self.shared.lock().receiver, Receiver::Closed)
    }
}

impl<T> Clone for InboxSender<T> {
    fn clone(&self) -> Self {
        Self {
            shared: Arc::clone(&self.shared),
        }
    }
}

impl<T> Inbox<T> {
    /// Whether there are items. One that is sent at this moment may be missed, and wakes a task that
    /// [waits](Self::poll_next).
    pub(crate) fn has_items(&self) -> bool {
        self.shared.has_items.load(Ordering::Relaxed)
    }

    /// Takes the oldest item. While there is none, the task is woken by the next. Senders that are faster than the shard
    /// use up the task's coop budget, and do not keep others from running.
    pub(crate) fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<T> {
        let budget = ready!(coop::poll_proceed(cx));
        let mut queue = self.shared.lock();
        if let Some(item) = self.shared.take(&mut queue) {
            budget.made_progress();
            return Poll::Ready(item);
        }
        if let Receiver::Open(waker) = &mut queue.receiver {
            match waker {
                Some(waker) => waker.clone_from(cx.waker()),
                None => *waker = Some(cx.waker().clone()),
            }
        }
        Poll::Pending
    }

    /// Takes no more items, and returns those that are left.
    pub(crate) fn close(&mut self) -> VecDeque<T> {
        let mut queue = self.shared.lock();
        queue.receiver = Receiver::Closed;
        self.shared.has_items.store(false, Ordering::Relaxed);
        std::mem::take(&mut queue.items)
    }
}

/// The items that are left are dropped, and with them what their senders wait for.
impl<T> Drop for Inbox<T> {
    fn drop(&mut self) {
        drop(self.close());
    }
}

impl<T> Shared<T> {
    fn lock(&self) -> MutexGuard<'_, Queue<T>> {
        // No method leaves it half-changed.
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn take(&self, queue: &mut Queue<T>) -> Option<T> {
        let item = queue.items.pop_front();
        if queue.items.is_empty() {
            queue.items = VecDeque::new();
            self.has_items.store(false, Ordering::Relaxed);
        }
        item
    }
}

#[cfg(test)]
mod tests {
    use super::{Refused, inbox};
    use std::{future::poll_fn, task::Poll};
    use tokio::task::{coop, yield_now};

    #[tokio::test]
    async fn items_arrive_in_order_and_wake_the_task() {
        let (sender, mut inbox) = inbox(4);
        assert!(!inbox.has_items());
        let task = tokio::spawn(async move {
            let mut items = Vec::new();
            while items.len() < 3 {
                items.push(poll_fn(|cx| inbox.poll_next(cx)).await);
            }
            (items, inbox.has_items())
        });
        yield_now().await;
        sender.send(1).unwrap();
        yield_now().await;
        sender.send(2).unwrap();
        sender.clone().send(3).unwrap();
        assert_eq!(task.await.unwrap(), (vec![1, 2, 3], false));
    }

    #[tokio::test]
    async fn full_inbox_refuses_until_an_item_is_taken() {
        let (sender, mut inbox) = inbox(2);
        assert_eq!(sender.send(1), Ok(()));
        assert_eq!(sender.send(2), Ok(()));
        assert_eq!(sender.send(3), Err(Refused::Full));
        assert!(inbox.has_items());
        assert_eq!(poll_fn(|cx| inbox.poll_next(cx)).await, 1);
        assert_eq!(sender.send(3), Ok(()));
        assert_eq!(poll_fn(|cx| inbox.poll_next(cx)).await, 2);
        assert_eq!(poll_fn(|cx| inbox.poll_next(cx)).await, 3);
        assert!(!inbox.has_items());
    }

    #[test]
    fn closed_inbox_returns_what_is_left_and_refuses() {
        let (sender, mut inbox) = inbox(2);
        sender.send(1).unwrap();
        assert!(!sender.is_closed());
        assert_eq!(inbox.close(), [1]);
        assert!(sender.is_closed() && !inbox.has_items());
        assert_eq!(sender.send(2), Err(Refused::Closed));
    }

    #[test]
    fn dropping_the_inbox_drops_its_items() {
        let (sender, inbox) = inbox(2);
        let item = std::rc::Rc::new(());
        sender.send(std::rc::Rc::clone(&item)).unwrap();
        drop(inbox);
        assert_eq!(std::rc::Rc::strong_count(&item), 1);
        assert!(sender.is_closed());
    }

    #[tokio::test]
    async fn endless_items_leave_room_for_other_tasks() {
        let (sender, mut inbox) = inbox(1);
        let taken = poll_fn(|cx| {
            let mut taken = 0;
            while coop::has_budget_remaining() {
                sender.send(()).unwrap();
                assert_eq!(inbox.poll_next(cx), Poll::Ready(()));
                taken += 1;
            }
            sender.send(()).unwrap();
            assert!(inbox.poll_next(cx).is_pending());
            Poll::Ready(taken)
        });
        assert!(taken.await > 0);
    }

    #[test]
    fn empty_inbox_has_no_memory_for_items() {
        let (sender, mut inbox) = inbox(100);
        let mut cx = std::task::Context::from_waker(std::task::Waker::noop());
        let info = allocation_counter::measure(|| {
            for item in 0..100 {
                sender.send(item).unwrap();
            }
            while inbox.poll_next(&mut cx).is_ready() {}
        });
        assert_eq!(info.bytes_current, 0);
    }
}
