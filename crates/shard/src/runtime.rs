//! The tokio runtime in which shards run.

use gloaming_protocol::ShardId;
use std::{convert::Infallible, io, num::NonZeroUsize, sync::Arc, thread};
use tokio::{
    runtime::{Builder, Handle, Runtime},
    sync::oneshot,
    task::JoinHandle,
};

/// The tokio runtime in which the tasks of shards run.
///
/// A task that shares a thread with the handlers of events waits while a handler blocks it: for a computation, a call of
/// a blocking library or a lock. Heartbeats are late then, and the server ends the session. A shard with a
/// [dedicated](Self::dedicated) thread sends its heartbeats whatever the handlers do, in runtimes of every flavor.
///
/// Clones are the same runtime, and several clusters may share one. A dedicated thread ends once nothing runs in it any
/// more and every clone was dropped.
///
/// ```no_run
/// use gloaming_shard::{Config, EventTypeFlags, Intents, Shard, ShardId, ShardRuntime};
///
/// # fn example(token: String) -> std::io::Result<()> {
/// let runtime = ShardRuntime::dedicated()?;
/// let shard = Shard::new(ShardId::ONE, token, Intents::GUILDS);
/// let items = shard.spawn_in(&runtime, EventTypeFlags::all(), 64);
/// # drop(items);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct ShardRuntime(Kind);

#[derive(Clone, Debug)]
enum Kind {
    Current,
    Handle(Handle),
    /// At least one.
    Threads(Arc<[Arc<DedicatedThread>]>),
}

impl ShardRuntime {
    /// Returns the runtime in which each shard is started, whichever that is.
    ///
    /// Nothing crosses a thread, and a clock that tests [pause](https://docs.rs/tokio/latest/tokio/time/fn.pause.html)
    /// is the clock of the shards. But a handler that blocks its thread delays heartbeats.
    #[must_use]
    pub const fn current() -> Self {
        Self(Kind::Current)
    }

    /// Starts a thread with a runtime that runs nothing but shards.
    ///
    /// Passing an event to another thread costs about 1 % more instructions, and the time to wake that thread. The modes
    /// `cluster` and `cluster-current` of `gloaming-firehose` (`testing/bench`) measure it against the emulator: with
    /// handlers that do nothing, on two cores that the server shares, an event takes 1.7 times the CPU time that it takes in
    /// the [current](Self::current) runtime, and more if the cores are busy. Handlers that keep their thread busy are not
    /// woken for each event.
    ///
    /// # Errors
    ///
    /// Fails if the system refuses another thread, or what the runtime needs to wait for sockets.
    pub fn dedicated() -> io::Result<Self> {
        Self::dedicated_threads(NonZeroUsize::MIN)
    }

    /// Starts several such threads. Each shard runs in the one with the fewest shards when it starts.
    ///
    /// One thread decodes the events of many shards. Use more if the shards of this process keep it busy.
    ///
    /// # Errors
    ///
    /// Fails as [`dedicated`](Self::dedicated) does.
    pub fn dedicated_threads(threads: NonZeroUsize) -> io::Result<Self> {
        let threads = (0..threads.get()).map(|_| DedicatedThread::start().map(Arc::new));
        Ok(Self(Kind::Threads(threads.collect::<io::Result<_>>()?)))
    }

    /// Runs a future that belongs to a shard.
    ///
    /// # Panics
    ///
    /// If this is the [current](Self::current) runtime, outside of one, as `tokio::spawn` does.
    pub fn spawn<F>(&self, shard: ShardId, future: F) -> JoinHandle<F::Output>
    where
        F: Future<Output: Send + 'static> + Send + 'static,
    {
        match &self.0 {
            Kind::Current => tokio::spawn(future),
            Kind::Handle(handle) => handle.spawn(future),
            Kind::Threads(threads) => {
                let thread = Arc::clone(least_used(threads, shard));
                let handle = thread.handle.clone();
                handle.spawn(async move {
                    let output = future.await;
                    drop(thread);
                    output
                })
            }
        }
    }
}

/// A runtime of the application, which must have IO and time enabled.
impl From<Handle> for ShardRuntime {
    fn from(handle: Handle) -> Self {
        Self(Kind::Handle(handle))
    }
}

/// Returns the thread in which the fewest futures run, and of several the one that the shard's number selects. The number
/// alone would not do: the shards of a process may all have the same remainder, as those of one rate-limit key have.
fn least_used(threads: &[Arc<DedicatedThread>], shard: ShardId) -> &Arc<DedicatedThread> {
    let first = usize::try_from(shard.number()).unwrap_or(usize::MAX) % threads.len();
    let (before, from_first) = threads.split_at(first);
    let from_first = from_first.iter().chain(before);
    // Each future that runs holds its thread.
    from_first
        .min_by_key(|thread| Arc::strong_count(thread))
        .expect("there is at least one thread")
}

/// A thread that runs a runtime until this is dropped.
#[derive(Debug)]
struct DedicatedThread {
    handle: Handle,
    /// Dropped to end the thread.
    _stop: oneshot::Sender<Infallible>,
}

impl DedicatedThread {
    fn start() -> io::Result<Self> {
        Self::start_with(|run| {
            let thread = thread::Builder::new().name("gloaming-shards".to_owned());
            thread.spawn(run).map(drop)
        })
    }

    /// Starts the thread with a function that runs the given one in it, or drops it if there is no thread.
    fn start_with(
        spawn: impl FnOnce(Box<dyn FnOnce() + Send>) -> io::Result<()>,
    ) -> io::Result<Self> {
        let runtime = Builder::new_current_thread().enable_all().build()?;
        let handle = runtime.handle().clone();
        let (stop, stopped) = oneshot::channel();
        let mut runtime = IdleRuntime(Some(runtime));
        spawn(Box::new(move || {
            if let Some(runtime) = runtime.0.take() {
                // Always an error: the sender is dropped and never used.
                let _: Result<Infallible, _> = runtime.block_on(stopped);
            }
        }))?;
        Ok(Self {
            handle,
            _stop: stop,
        })
    }
}

/// A runtime that nothing runs in yet. A runtime panics if it is dropped within another one, such as that of the
/// application, unless it is told not to wait.
struct IdleRuntime(Option<Runtime>);

impl Drop for IdleRuntime {
    fn drop(&mut self) {
        if let Some(runtime) = self.0.take() {
            runtime.shutdown_background();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{DedicatedThread, ShardRuntime};
    use gloaming_protocol::ShardId;
    use std::{collections::HashMap, future::pending, io, num::NonZeroUsize, thread};

    /// A cluster is built within a runtime, in which another one must not be dropped.
    #[tokio::test]
    async fn refused_thread_is_an_error() {
        let error = DedicatedThread::start_with(|run| {
            drop(run);
            Err(io::ErrorKind::WouldBlock.into())
        });
        assert_eq!(error.unwrap_err().kind(), io::ErrorKind::WouldBlock);
    }

    /// Runs a shard for each of the numbers, and returns how many run in each thread.
    async fn spread(numbers: impl Iterator<Item = u32>, threads: usize) -> Vec<usize> {
        let runtime = ShardRuntime::dedicated_threads(NonZeroUsize::new(threads).unwrap()).unwrap();
        let mut shards = HashMap::<_, usize>::new();
        for number in numbers {
            let (told, thread) = tokio::sync::oneshot::channel();
            runtime.spawn(ShardId::new(number, 320), async {
                told.send(thread::current().id()).unwrap();
                pending::<()>().await;
            });
            *shards.entry(thread.await.unwrap()).or_default() += 1;
        }
        shards.into_values().collect()
    }

    #[tokio::test]
    async fn shards_are_spread_over_the_threads_whatever_their_numbers() {
        assert_eq!(spread(0..8, 4).await, [2; 4]);
        // The shards of one rate-limit key.
        assert_eq!(spread((7..320).step_by(16).take(8), 4).await, [2; 4]);
    }
}
