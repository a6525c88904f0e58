//! Which of many sources have to be polled.

use futures_util::task::AtomicWaker;
use std::{
    collections::VecDeque,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Wake, Waker},
};

/// The sources that were woken, by their positions, and the task that polls them.
#[derive(Debug, Default)]
pub(super) struct WakeQueue(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    woken: Mutex<VecDeque<usize>>,
    /// Spares the task the lock for each item.
    has_woken: AtomicBool,
    task: AtomicWaker,
}

/// The waker of one source. It is made once, so that nothing is allocated for an item.
#[derive(Debug)]
pub(super) struct SourceWaker {
    flag: Arc<SourceFlag>,
    waker: Waker,
}

#[derive(Debug)]
struct SourceFlag {
    position: usize,
    /// Whether the source is going to be polled, so that it need not be queued again.
    is_queued: AtomicBool,
    shared: Arc<Shared>,
}

/// Whether a source has to be queued.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Queued {
    Now,
    Before,
}

impl WakeQueue {
    /// Returns the waker of a source that was not polled yet, and queues it.
    pub(super) fn add(&self, position: usize) -> SourceWaker {
        let flag = Arc::new(SourceFlag {
            position,
            is_queued: AtomicBool::new(false),
            shared: Arc::clone(&self.0),
        });
        let waker = Waker::from(Arc::clone(&flag));
        waker.wake_by_ref();
        SourceWaker { flag, waker }
    }

    /// Appends the sources that were woken since the last call.
    #[inline]
    pub(super) fn move_to(&self, ready: &mut VecDeque<usize>) {
        if self.0.has_woken.load(Ordering::Acquire) {
            let mut woken = self.0.woken();
            self.0.has_woken.store(false, Ordering::Release);
            ready.append(&mut woken);
        }
    }

    /// Lets the next wake-up of a source wake the task, also one that came before.
    pub(super) fn register(&self, cx: &Context<'_>) {
        self.0.task.register(cx.waker());
        if self.0.has_woken.load(Ordering::Acquire) {
            // A source may have woken itself to let other tasks run first.
            cx.waker().wake_by_ref();
        }
    }
}

impl Shared {
    fn woken(&self) -> MutexGuard<'_, VecDeque<usize>> {
        // No change under this lock is left half-done.
        self.woken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl SourceWaker {
    /// To be called before the source is polled: what wakes it from now on queues it again.
    pub(super) fn start_poll(&self) -> Context<'_> {
        self.flag.is_queued.store(false, Ordering::Release);
        Context::from_waker(&self.waker)
    }

    /// To be called if the source may have more: returns whether the caller has to queue it.
    pub(super) fn queue(&self) -> Queued {
        match self.flag.is_queued.swap(true, Ordering::AcqRel) {
            true => Queued::Before,
            false => Queued::Now,
        }
    }
}

impl Wake for SourceFlag {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        if !self.is_queued.swap(true, Ordering::AcqRel) {
            self.shared.woken().push_back(self.position);
            self.shared.has_woken.store(true, Ordering::Release);
            self.shared.task.wake();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Queued, WakeQueue};
    use futures_util::task::{ArcWake, waker};
    use std::{
        collections::VecDeque,
        sync::{
            Arc,
            atomic::{AtomicUsize, Ordering},
        },
        task::Context,
    };

    #[derive(Default)]
    struct Wakes(AtomicUsize);

    impl ArcWake for Wakes {
        fn wake_by_ref(this: &Arc<Self>) {
            this.0.fetch_add(1, Ordering::Relaxed);
        }
    }

    fn woken(queue: &WakeQueue) -> Vec<usize> {
        let mut ready = VecDeque::new();
        queue.move_to(&mut ready);
        ready.into()
    }

    #[test]
    fn source_is_queued_once_until_it_is_polled() {
        let queue = WakeQueue::default();
        let [first, second] = [0, 1].map(|position| queue.add(position));
        assert_eq!(woken(&queue), [0, 1], "neither was polled");
        let cx = second.start_poll();
        cx.waker().wake_by_ref();
        cx.waker().wake_by_ref();
        first.start_poll().waker().wake_by_ref();
        assert_eq!(woken(&queue), [1, 0]);
        assert!(woken(&queue).is_empty());
        assert_eq!(first.queue(), Queued::Before);
        first.start_poll();
        assert_eq!(first.queue(), Queued::Now);
        first.waker.wake_by_ref();
        assert!(woken(&queue).is_empty(), "the caller has queued it");
    }

    #[test]
    fn wake_up_is_not_lost_before_the_task_is_registered() {
        let queue = WakeQueue::default();
        let wakes = Arc::new(Wakes::default());
        let task = waker(Arc::clone(&wakes));
        let source = queue.add(3);
        assert_eq!(wakes.0.load(Ordering::Relaxed), 0);
        queue.register(&Context::from_waker(&task));
        assert_eq!(wakes.0.load(Ordering::Relaxed), 1);
        assert_eq!(woken(&queue), [3]);
        queue.register(&Context::from_waker(&task));
        assert_eq!(wakes.0.load(Ordering::Relaxed), 1);
        source.start_poll().waker().wake_by_ref();
        assert_eq!(wakes.0.load(Ordering::Relaxed), 2);
    }
}
