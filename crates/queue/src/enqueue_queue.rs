use std::{
    fmt::{self, Debug, Formatter},
    sync::Arc,
};

use tokio::sync::oneshot::{self, error::RecvError};

use crate::{
    error::QueueError,
    identify_queue::{BoxFuture, IdentifyQueue},
    permit::Permit,
    requeue::acquire,
};

/// A queue made of a function that enqueues one shard.
///
/// A type of your own needs none of this: implement `Queue` for it. This adapter
/// is for types of other crates and for closures. There is a constructor for
/// each form that `twilight-gateway-queue` has had: [`new`](Self::new) for a
/// function that returns a channel, [`from_future`](Self::from_future) for one
/// that returns a future. The [restrictions of `Queue`](crate::Queue) apply.
///
/// The futures of [`acquire`](IdentifyQueue::acquire) must be polled within a
/// tokio runtime that has time enabled.
///
/// # Examples
///
/// ```
/// use gloaming_queue::{EnqueueQueue, IdentifyQueue};
/// use tokio::sync::oneshot;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), gloaming_queue::QueueError> {
/// let queue = EnqueueQueue::new(|shard| {
///     let (sender, receiver) = oneshot::channel();
///     println!("shard {shard} may identify");
///     // A shard that stopped waiting has dropped the receiver.
///     _ = sender.send(());
///     receiver
/// });
/// queue.acquire(0).await?.spend();
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct EnqueueQueue {
    enqueue: Arc<Enqueue>,
}

type Enqueue = dyn Fn(u32) -> BoxFuture<'static, Result<(), RecvError>> + Send + Sync;

impl EnqueueQueue {
    /// Builds a queue from a function that returns a channel, such as the
    /// `enqueue` of a queue for `twilight-gateway` 0.16 to 0.18.
    ///
    /// A message lets the shard proceed. If the channel is closed without a
    /// message, the shard is enqueued again, as described for
    /// [`Queue`](crate::Queue).
    pub fn new(enqueue: impl Fn(u32) -> oneshot::Receiver<()> + Send + Sync + 'static) -> Self {
        Self {
            enqueue: Arc::new(move |shard| Box::pin(enqueue(shard))),
        }
    }

    /// Builds a queue from a function that returns a future, such as the
    /// `request` of a queue for `twilight-gateway` 0.14 and 0.15. The shard
    /// proceeds when the future completes.
    ///
    /// Such a queue also takes the total number of shards, and its futures
    /// borrow it. A closure provides both:
    ///
    /// ```
    /// use std::{pin::Pin, sync::Arc};
    ///
    /// use gloaming_queue::EnqueueQueue;
    ///
    /// /// Written for twilight-gateway 0.14 or 0.15.
    /// struct OldQueue;
    ///
    /// impl OldQueue {
    ///     fn request(&self, _shard: [u64; 2]) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
    ///         Box::pin(async {})
    ///     }
    /// }
    ///
    /// let (old, total) = (Arc::new(OldQueue), 16);
    /// let queue = EnqueueQueue::from_future(move |shard| {
    ///     let old = Arc::clone(&old);
    ///     async move { old.request([shard.into(), total]).await }
    /// });
    /// # drop(queue);
    /// ```
    pub fn from_future<F>(request: impl Fn(u32) -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = ()> + Send + 'static,
    {
        Self {
            enqueue: Arc::new(move |shard| {
                let proceeds = request(shard);
                Box::pin(async {
                    proceeds.await;
                    Ok(())
                })
            }),
        }
    }
}

impl IdentifyQueue for EnqueueQueue {
    fn acquire(&self, shard: u32) -> BoxFuture<'_, Result<Permit, QueueError>> {
        Box::pin(acquire(shard, move || (self.enqueue)(shard)))
    }

    fn fmt_debug(&self, f: &mut Formatter<'_>) -> fmt::Result {
        Debug::fmt(self, f)
    }
}

impl Debug for EnqueueQueue {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.debug_struct("EnqueueQueue").finish_non_exhaustive()
    }
}
