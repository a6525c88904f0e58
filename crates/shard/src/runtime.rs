//! The tokio runtime in which shards run.

use gloaming_protocol::ShardId;
use std::{convert::Infallible, io, num::NonZeroUsize, sync::Arc, thread};
use tokio::{
    runtime::{Builder, Handle},
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
    /// At least one. A shard runs in the one that its number selects, so that its tasks stay together.
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
    /// # Errors
    ///
    /// Fails if the system refuses another thread, or what the runtime needs to wait for sockets.
    pub fn dedicated() -> io::Result<Self> {
        Self::dedicated_threads(NonZeroUsize::MIN)
    }

    /// Starts several such threads. Each shard runs in one of them, as its number selects.
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
                let number = usize::try_from(shard.number()).unwrap_or(usize::MAX);
                let thread = Arc::clone(&threads[number % threads.len()]);
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

/// A thread that runs a runtime until this is dropped.
#[derive(Debug)]
struct DedicatedThread {
    handle: Handle,
    /// Dropped to end the thread.
    _stop: oneshot::Sender<Infallible>,
}

impl DedicatedThread {
    fn start() -> io::Result<Self> {
        let runtime = Builder::new_current_thread().enable_all().build()?;
        let handle = runtime.handle().clone();
        let (stop, stopped) = oneshot::channel();
        thread::Builder::new()
            .name("gloaming-shards".to_owned())
            .spawn(move || {
                // Always an error: the sender is dropped and never used.
                let _: Result<Infallible, _> = runtime.block_on(stopped);
            })?;
        Ok(Self {
            handle,
            _stop: stop,
        })
    }
}
