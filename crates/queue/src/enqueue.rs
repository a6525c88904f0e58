use std::{
    error::Error,
    fmt::{self, Debug, Display, Formatter},
    sync::Arc,
    time::Duration,
};

use tokio::{
    sync::oneshot::{self, error::RecvError},
    time::sleep,
};

use crate::{BoxFuture, Permit, Queue, QueueError, QueueErrorKind};

/// Times that a shard is put in line again before its owner hears of it.
const TRIES: u32 = 6;

/// Wait before the second try; each further one is twice as long.
const FIRST_WAIT: Duration = Duration::from_millis(100);

/// A queue that was written for another crate, plugged in by a closure.
///
/// `twilight-gateway-queue` knows two forms of queue, and there is a
/// constructor for each: [`new`](Self::new) for one that answers through a
/// channel, [`from_future`](Self::from_future) for one that answers with a
/// future. What can be told of such a queue is less than of one that implements
/// [`Queue`] itself:
///
/// - It counts an identify when it lets a shard go ahead and not when IDENTIFY
///   is sent, so a turn that is not used is lost.
/// - Where a shard stands in line is not known:
///   [`waiting`](Queue::waiting) says nothing.
///
/// Its futures have to be polled within a tokio runtime that has time enabled.
///
/// # Examples
///
/// ```
/// use gloaming_queue::{EnqueueQueue, Queue};
/// use tokio::sync::oneshot;
///
/// /// Was made for twilight-gateway 0.16 to 0.18.
/// struct OldQueue;
///
/// impl OldQueue {
///     fn enqueue(&self, _shard: u32) -> oneshot::Receiver<()> {
///         let (go_ahead, receiver) = oneshot::channel();
///         _ = go_ahead.send(());
///         receiver
///     }
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), gloaming_queue::QueueError> {
/// let old = OldQueue;
/// let queue = EnqueueQueue::new(move |shard| old.enqueue(shard));
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
    /// Plugs in a queue that answers through a channel, as those for
    /// `twilight-gateway` 0.16 to 0.18 do.
    ///
    /// A message lets the shard go ahead. A channel that is closed without one
    /// puts the shard in line again: at once the first time, then after ever
    /// longer waits. A shard that was turned away six times in a row gets an
    /// error ([`QueueErrorKind::Backend`]), which its owner sees, and asks again
    /// later.
    pub fn new(enqueue: impl Fn(u32) -> oneshot::Receiver<()> + Send + Sync + 'static) -> Self {
        Self {
            enqueue: Arc::new(move |shard| Box::pin(enqueue(shard))),
        }
    }

    /// Plugs in a queue that answers with a future, as those for
    /// `twilight-gateway` 0.14 and 0.15 do, whose end lets the shard go ahead.
    ///
    /// Such a queue also wants to be told the number of shards, and lends itself
    /// to its futures. A closure can do both:
    ///
    /// ```
    /// use std::{pin::Pin, sync::Arc};
    ///
    /// use gloaming_queue::EnqueueQueue;
    ///
    /// /// Was made for twilight-gateway 0.14 or 0.15.
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
                let turn = request(shard);
                Box::pin(async {
                    turn.await;
                    Ok(())
                })
            }),
        }
    }
}

impl Queue for EnqueueQueue {
    fn acquire(&self, shard: u32) -> BoxFuture<'static, Result<Permit, QueueError>> {
        let enqueue = Arc::clone(&self.enqueue);
        Box::pin(async move {
            for wait in waits() {
                sleep(wait).await;
                if enqueue(shard).await.is_ok() {
                    return Ok(Permit::unlimited());
                }
                tracing::debug!(shard, "turned away by the identify queue");
            }
            Err(QueueError::with_source(
                QueueErrorKind::Backend,
                TurnedAway { shard },
            ))
        })
    }
}

impl Debug for EnqueueQueue {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.debug_struct("EnqueueQueue").finish_non_exhaustive()
    }
}

/// The wait before each try; none before the first two, since a queue that is
/// replaced closes its channels once.
fn waits() -> impl Iterator<Item = Duration> {
    let longer = (0..TRIES - 2).map(|doublings| FIRST_WAIT * 2_u32.pow(doublings));
    [Duration::ZERO; 2].into_iter().chain(longer)
}

/// A queue that closes one channel after another.
#[derive(Debug)]
struct TurnedAway {
    shard: u32,
}

impl Display for TurnedAway {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "it closed the channel of shard {} {TRIES} times without a message",
            self.shard
        )
    }
}

impl Error for TurnedAway {}
