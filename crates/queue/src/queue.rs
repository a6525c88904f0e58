use std::{fmt::Debug, pin::Pin, sync::Arc};

use crate::{Permit, Position, QueueError};

/// A boxed future that may move between threads.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Who decides when a shard may send IDENTIFY.
///
/// One queue is shared by every shard of a bot, since Discord counts
/// identifies per bot and not per connection (P11, P12). A shard acquires a
/// [`Permit`] for each IDENTIFY and never for a RESUME, which is not counted.
///
/// The trait is object-safe: shards hold an `Arc<dyn Queue>`, so a queue that
/// lives in another process needs nothing but an implementation of this trait.
///
/// # Examples
///
/// ```
/// use gloaming_queue::{BoxFuture, Permit, Queue, QueueError};
///
/// /// Leaves the pacing to a proxy in front of the gateway.
/// #[derive(Debug)]
/// struct BehindProxy;
///
/// impl Queue for BehindProxy {
///     fn acquire(&self, _shard: u32) -> BoxFuture<'static, Result<Permit, QueueError>> {
///         Box::pin(std::future::ready(Ok(Permit::unlimited())))
///     }
/// }
/// ```
pub trait Queue: Debug + Send + Sync {
    /// Waits until `shard` may identify.
    ///
    /// A queue may wait for as long as Discord's limits ask it to, which is up
    /// to a day when the daily budget is used up. A caller that wants to know
    /// why and how long asks [`waiting`](Self::waiting); one that cannot wait
    /// drops the future.
    ///
    /// # Errors
    ///
    /// Fails when the queue can't ever answer, or refuses to; see
    /// [`QueueErrorKind`](crate::QueueErrorKind). Asking again later is always
    /// allowed.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future takes the shard out of the queue and uses up
    /// nothing, even when the permit was already on its way.
    fn acquire(&self, shard: u32) -> BoxFuture<'static, Result<Permit, QueueError>>;

    /// Where `shard` stands in the queue, if it waits and the queue can tell.
    #[expect(unused_variables, reason = "the name is for who implements it")]
    fn waiting(&self, shard: u32) -> Option<Position> {
        None
    }
}

impl<Q: Queue + ?Sized> Queue for Arc<Q> {
    fn acquire(&self, shard: u32) -> BoxFuture<'static, Result<Permit, QueueError>> {
        (**self).acquire(shard)
    }

    fn waiting(&self, shard: u32) -> Option<Position> {
        (**self).waiting(shard)
    }
}
