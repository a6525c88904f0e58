//! A coordinator in memory, for nodes in one process, with faults for tests.

mod command_log;
mod commands;
mod connection;
mod engine;
mod event_log;
mod history;
#[cfg(test)]
mod tests;

pub use self::connection::MemoryConnection;

use self::{engine::Engine, history::History};
use crate::event_loss::StreamItem;
use gloaming_queue::QueueSettings;
use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

/// A coordinator in memory: for a bot in one process, and for tests of several nodes in one process.
///
/// It keeps leases, budget, sessions and events until it is dropped, and carries commands. Each node has a
/// [connection](Self::connect), which has the five traits. Clones are the same coordinator.
///
/// A lease that is over ends with the next call of any node, and not by itself.
///
/// # Faults
///
/// One with a [clock that is set](Self::with_set_clock) can fail like an engine on another machine: it can be
/// [stopped](Self::stop), [forget its last seconds](Self::forget_last), and its connections can be
/// [partitioned](MemoryConnection::set_partitioned) and [slow](MemoryConnection::set_latency).
///
/// ```
/// # use std::{pin::pin, task::{Context, Poll, Waker}};
/// # fn now<T>(future: impl Future<Output = T>) -> T {
/// #     match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
/// #         Poll::Ready(value) => value,
/// #         Poll::Pending => panic!("the coordinator waits"),
/// #     }
/// # }
/// use gloaming_coordinator::{
///     Fence, JoinRequest, Leases, MemoryCoordinator, NodeId, NodeStatus, RenewOutcome,
/// };
/// use gloaming_queue::QueueSettings;
/// use std::time::Duration;
///
/// let coordinator = MemoryCoordinator::with_set_clock(QueueSettings::default());
/// let node = coordinator.connect();
/// let ttl = Duration::from_secs(9);
/// let request = JoinRequest { node: NodeId::new("a")?, status: NodeStatus::Active, ttl, above: Fence::NONE };
/// let lease = now(node.join(request))?;
///
/// coordinator.set_time(ttl);
/// assert_eq!(now(node.renew(lease, NodeStatus::Active))?, RenewOutcome::Ended);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct MemoryCoordinator {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    clock: Clock,
    engine: Mutex<Engine>,
}

#[derive(Debug)]
enum Clock {
    Running { since: Instant },
    Set(Mutex<Duration>),
}

impl MemoryCoordinator {
    /// Makes a coordinator with the clock of the system, and these limits of identifies.
    #[must_use]
    pub fn new(settings: QueueSettings) -> Self {
        let clock = Clock::Running { since: instant() };
        Self::with_clock(clock, Engine::new(settings, None), settings)
    }

    /// Makes a coordinator whose time passes only by [`set_time`](Self::set_time).
    #[must_use]
    pub fn with_set_clock(settings: QueueSettings) -> Self {
        let clock = Clock::Set(Mutex::new(Duration::ZERO));
        let engine = Engine::new(settings, Some(History::default()));
        Self::with_clock(clock, engine, settings)
    }

    fn with_clock(clock: Clock, mut engine: Engine, settings: QueueSettings) -> Self {
        if settings.remaining < settings.total {
            engine.report_limit(Duration::ZERO, settings);
        }
        let engine = Mutex::new(engine);
        Self {
            shared: Arc::new(Shared { clock, engine }),
        }
    }

    /// Makes a connection for one node.
    #[must_use]
    pub fn connect(&self) -> MemoryConnection {
        MemoryConnection::new(Arc::clone(&self.shared))
    }

    /// Notes the limits of identifies that Discord reported.
    pub fn report_limit(&self, settings: QueueSettings) {
        let now = self.shared.now();
        self.shared.engine().report_limit(now, settings);
    }

    /// Returns the oldest event that no consumer has taken, or that events are lost.
    ///
    /// Up to 65,536 events wait. Then publishing fails with [`Full`](crate::CoordinatorErrorKind::Full).
    #[must_use]
    pub fn take_event(&self) -> Option<StreamItem> {
        self.shared.engine().events.take()
    }

    /// Sets the time since the start. A time before the current one changes nothing, as does any for a coordinator with the
    /// clock of the system.
    pub fn set_time(&self, time: Duration) {
        if let Clock::Set(now) = &self.shared.clock {
            let mut now = now.lock().unwrap_or_else(PoisonError::into_inner);
            *now = time.max(*now);
        }
        self.shared.engine().wake();
    }

    /// Lets leases end that are over.
    pub fn end_leases(&self) {
        let now = self.shared.now();
        let mut engine = self.shared.engine();
        if engine.is_running {
            engine.change(now, |_, _| ());
        }
    }

    /// Stops the engine: all calls fail, and watches wait.
    pub fn stop(&self) {
        self.shared.engine().is_running = false;
    }

    /// Starts the engine again. Watches go on with a snapshot.
    pub fn start(&self) {
        let mut engine = self.shared.engine();
        engine.is_running = true;
        engine.interrupt_watches(|_| true);
    }

    /// Forgets what was written in the last `time`, up to a minute and 0.1 s more or less, as an engine that acknowledges
    /// before it is durable does at a power failure. Watches go on with a snapshot.
    ///
    /// Changes nothing if the coordinator has the clock of the system.
    pub fn forget_last(&self, time: Duration) {
        let cutoff = self.shared.now().saturating_sub(time);
        self.shared.engine().forget_after(cutoff);
    }
}

impl Shared {
    fn now(&self) -> Duration {
        match &self.clock {
            Clock::Running { since } => instant().saturating_duration_since(*since),
            Clock::Set(now) => *now.lock().unwrap_or_else(PoisonError::into_inner),
        }
    }

    fn engine(&self) -> MutexGuard<'_, Engine> {
        // No change under the lock is left half-done.
        self.engine.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[expect(clippy::disallowed_methods, reason = "an engine has a clock")]
fn instant() -> Instant {
    Instant::now()
}
