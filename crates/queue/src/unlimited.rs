use std::future;

use crate::{BoxFuture, Permit, Queue, QueueError};

/// A queue that grants at once and counts nothing.
///
/// For tests, and for a proxy in front of the gateway that does the queueing
/// itself. Against Discord, a bot with more than one shard runs into op 9 with
/// it, and a crash loop into the daily limit: use
/// `InMemoryQueue` there.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct UnlimitedQueue;

impl Queue for UnlimitedQueue {
    fn acquire(&self, _shard: u32) -> BoxFuture<'static, Result<Permit, QueueError>> {
        Box::pin(future::ready(Ok(Permit::unlimited())))
    }
}
