use std::fmt::{self, Debug, Formatter};

use tokio::sync::oneshot;

use crate::{
    error::QueueError,
    identify_queue::{BoxFuture, IdentifyQueue},
    permit::Permit,
    position::Position,
    queue_budget::QueueBudget,
    requeue::acquire,
};

/// A queue in the form of `twilight-gateway-queue` 0.16 to 0.18.
///
/// The name, the method and its meaning are those of that crate, so a queue
/// written for it compiles after the crate's name is changed. `Send` and `Sync`
/// are required because a shard's configuration is shared between tasks.
///
/// Every `Queue` is an [`IdentifyQueue`], with these restrictions:
///
/// - The queue counts an identify when it lets a shard proceed, not when
///   IDENTIFY is sent. An identify that the shard does not use is lost.
/// - The position of a shard is not known: [`waiting`](IdentifyQueue::waiting)
///   returns `None`.
///
/// A queue that closes the channel makes the shard enqueue again: immediately
/// the first time, then after increasing waits. After six closed channels in a
/// row [`acquire`](IdentifyQueue::acquire) returns an error
/// ([`QueueErrorKind::Backend`](crate::QueueErrorKind::Backend)).
///
/// The futures of `acquire` must be polled within a tokio runtime that has time
/// enabled.
///
/// # Examples
///
/// ```
/// use gloaming_queue::Queue;
/// use tokio::sync::oneshot;
///
/// /// Lets every shard proceed immediately.
/// struct Immediate;
///
/// impl Queue for Immediate {
///     fn enqueue(&self, _id: u32) -> oneshot::Receiver<()> {
///         let (sender, receiver) = oneshot::channel();
///         // A shard that stopped waiting has dropped the receiver.
///         _ = sender.send(());
///         receiver
///     }
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a queue in the form of twilight-gateway-queue 0.18"
)]
pub trait Queue: Send + Sync {
    /// Enqueues the shard with the number `id`.
    ///
    /// Send `()` to let the shard proceed. A shard that stopped waiting has
    /// dropped the receiver. Closing the channel makes the shard enqueue again.
    fn enqueue(&self, id: u32) -> oneshot::Receiver<()>;

    /// Returns the queue that grants permits in place of this one. Not public
    /// API: the queues of this crate that are a `Queue` as well return it.
    #[doc(hidden)]
    fn permits(&self) -> Option<&dyn IdentifyQueue> {
        None
    }
}

impl<Q: Queue + ?Sized> Queue for &Q {
    fn enqueue(&self, id: u32) -> oneshot::Receiver<()> {
        (**self).enqueue(id)
    }

    fn permits(&self) -> Option<&dyn IdentifyQueue> {
        (**self).permits()
    }
}

impl<Q: Queue + ?Sized> Queue for Box<Q> {
    fn enqueue(&self, id: u32) -> oneshot::Receiver<()> {
        (**self).enqueue(id)
    }

    fn permits(&self) -> Option<&dyn IdentifyQueue> {
        (**self).permits()
    }
}

impl<Q: Queue + ?Sized> IdentifyQueue for Q {
    fn acquire(&self, shard: u32) -> BoxFuture<'_, Result<Permit, QueueError>> {
        match self.permits() {
            Some(queue) => queue.acquire(shard),
            None => Box::pin(acquire(shard, move || self.enqueue(shard))),
        }
    }

    fn waiting(&self, shard: u32) -> Option<Position> {
        self.permits()?.waiting(shard)
    }

    fn budget(&self) -> Option<QueueBudget> {
        self.permits()?.budget()
    }

    fn fmt_debug(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self.permits() {
            Some(queue) => queue.fmt_debug(f),
            None => f.write_str(std::any::type_name::<Self>()),
        }
    }
}

impl Debug for dyn Queue + '_ {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        self.fmt_debug(f)
    }
}
