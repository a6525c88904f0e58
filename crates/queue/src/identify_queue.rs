use std::{
    any::type_name,
    fmt::{self, Debug, Formatter},
    pin::Pin,
    sync::Arc,
};

use crate::{error::QueueError, permit::Permit, position::Position, queue_budget::QueueBudget};

/// A boxed future that may move between threads.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Decides when a shard may send IDENTIFY.
///
/// All shards of a bot share one queue, because Discord counts identifies per
/// bot and not per connection ([P11](gloaming_protocol::rules#p11), [P12](gloaming_protocol::rules#p12)). A
/// shard acquires a [`Permit`] for each IDENTIFY. It acquires none for a RESUME, which Discord does not
/// count.
///
/// The trait is dyn-compatible: shards hold an `Arc<dyn IdentifyQueue>`, so a
/// queue that runs in another process only needs an implementation of this
/// trait.
///
/// # Relation to `Queue`
///
/// `Queue` (feature `tokio`) is the trait of `twilight-gateway-queue`, under its
/// name and with its one method. Every `Queue` is an `IdentifyQueue` as well, so
/// whatever takes an identify queue takes either. Implement this trait in new
/// code: a permit that a shard does not use goes back to the queue, and the
/// queue learns when IDENTIFY was sent. The name says what is queued for, since
/// the plain name belongs to the trait that existing bots implement.
///
/// # Examples
///
/// ```
/// use gloaming_queue::{BoxFuture, IdentifyQueue, Permit, QueueError};
///
/// /// Leaves the rate limit to a proxy in front of the gateway.
/// struct BehindProxy;
///
/// impl IdentifyQueue for BehindProxy {
///     fn acquire(&self, _shard: u32) -> BoxFuture<'_, Result<Permit, QueueError>> {
///         Box::pin(async { Ok(Permit::unlimited()) })
///     }
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an identify queue",
    note = "implement `IdentifyQueue`, or `Queue` for a queue in the form of twilight-gateway-queue 0.18"
)]
pub trait IdentifyQueue: Send + Sync {
    /// Waits until `shard` may identify.
    ///
    /// A queue may wait as long as Discord's limits require, which is up to a
    /// day when the daily budget is used up. Call [`waiting`](Self::waiting) to
    /// learn the reason and the expected time; drop the future to stop waiting.
    ///
    /// # Errors
    ///
    /// Returns an error if the queue can't grant a permit or refuses to; see
    /// [`QueueErrorKind`](crate::QueueErrorKind). The caller may try again
    /// later.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future removes the shard from the queue. No identify is
    /// counted, even if a permit was already on its way.
    fn acquire(&self, shard: u32) -> BoxFuture<'_, Result<Permit, QueueError>>;

    /// Returns the position of `shard`, if it waits and the queue knows its
    /// position.
    #[expect(unused_variables, reason = "implementors see the name in the docs")]
    fn waiting(&self, shard: u32) -> Option<Position> {
        None
    }

    /// Returns the number of identifies left of the daily limit, if the queue knows it.
    fn budget(&self) -> Option<QueueBudget> {
        None
    }

    /// Writes what `Debug` shows of this queue, as part of a configuration.
    ///
    /// The default is the name of the type.
    ///
    /// # Errors
    ///
    /// Returns an error if writing to `f` fails.
    fn fmt_debug(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(type_name::<Self>())
    }
}

impl<Q: IdentifyQueue + ?Sized> IdentifyQueue for Arc<Q> {
    fn acquire(&self, shard: u32) -> BoxFuture<'_, Result<Permit, QueueError>> {
        (**self).acquire(shard)
    }

    fn waiting(&self, shard: u32) -> Option<Position> {
        (**self).waiting(shard)
    }

    fn budget(&self) -> Option<QueueBudget> {
        (**self).budget()
    }

    fn fmt_debug(&self, f: &mut Formatter<'_>) -> fmt::Result {
        (**self).fmt_debug(f)
    }
}

impl Debug for dyn IdentifyQueue + '_ {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        self.fmt_debug(f)
    }
}

#[cfg(test)]
mod tests {
    use super::{BoxFuture, IdentifyQueue};
    use crate::{Permit, QueueError, QueueErrorKind};
    use std::sync::Arc;

    struct Custom;

    impl IdentifyQueue for Custom {
        fn acquire(&self, _: u32) -> BoxFuture<'_, Result<Permit, QueueError>> {
            Box::pin(async { Err(QueueError::new(QueueErrorKind::Closed)) })
        }
    }

    #[test]
    fn custom_queue_is_shown_by_its_type() {
        let queue: &dyn IdentifyQueue = &Arc::new(Custom);
        assert!(format!("{queue:?}").ends_with("Custom"), "{queue:?}");
    }
}
