//! Permits from a queue that lets shards proceed through a channel.

use std::{
    error::Error,
    fmt::{self, Display, Formatter},
    time::Duration,
};

use tokio::{sync::oneshot::error::RecvError, time::sleep};

use crate::{
    error::{QueueError, QueueErrorKind},
    permit::Permit,
};

/// How often a shard is enqueued before `acquire` fails.
const ATTEMPTS: u32 = 6;

/// Wait before the third attempt; each further one is twice as long.
const FIRST_WAIT: Duration = Duration::from_millis(100);

/// Enqueues `shard` until the queue lets it proceed, or has closed
/// [`ATTEMPTS`] channels.
pub(crate) async fn acquire<F>(
    shard: u32,
    enqueue: impl Fn() -> F + Send,
) -> Result<Permit, QueueError>
where
    F: Future<Output = Result<(), RecvError>> + Send,
{
    for wait in waits() {
        sleep(wait).await;
        if enqueue().await.is_ok() {
            return Ok(Permit::unlimited());
        }
        tracing::debug!(shard, "the identify queue closed the shard's channel");
    }
    Err(QueueError::with_source(
        QueueErrorKind::Backend,
        ChannelsClosed { shard },
    ))
}

/// The wait before each attempt. There is none before the first two, because a
/// queue that is replaced closes each channel once.
fn waits() -> impl Iterator<Item = Duration> {
    let increasing = (0..ATTEMPTS - 2).map(|doublings| FIRST_WAIT * 2_u32.pow(doublings));
    [Duration::ZERO; 2].into_iter().chain(increasing)
}

/// The queue closed one channel after the other.
#[derive(Debug)]
struct ChannelsClosed {
    shard: u32,
}

impl Display for ChannelsClosed {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "the queue closed the channel of shard {} {ATTEMPTS} times in a row without a message",
            self.shard
        )
    }
}

impl Error for ChannelsClosed {}
