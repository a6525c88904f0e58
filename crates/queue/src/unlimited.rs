use std::{
    fmt::{self, Debug, Formatter},
    future,
};

use crate::{
    error::QueueError,
    identify_queue::{BoxFuture, IdentifyQueue},
    permit::Permit,
};

/// A queue that grants every permit immediately and counts nothing.
///
/// Use it in tests, and behind a gateway proxy that keeps the limits itself.
/// Do not use it against Discord: with more than one shard, Discord invalidates
/// sessions (op 9), and a crash loop reaches the daily limit. Use
/// `InMemoryQueue` there.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct UnlimitedQueue;

impl IdentifyQueue for UnlimitedQueue {
    fn acquire(&self, _shard: u32) -> BoxFuture<'_, Result<Permit, QueueError>> {
        Box::pin(future::ready(Ok(Permit::unlimited())))
    }

    fn fmt_debug(&self, f: &mut Formatter<'_>) -> fmt::Result {
        Debug::fmt(self, f)
    }
}
