//! Saves the checkpoints of a cluster. [`CheckpointSchedule`] decides.

use crate::{
    Checkpoint, CheckpointPolicy, SessionStore, StoreError, StoreErrorKind, StoreOwner,
    checkpoint_schedule::{Batch, CheckpointSchedule, Observed, Report, ResumePoint},
    checkpoint_status::CheckpointStatus,
    clock,
    slot::Slot,
    state::{DesiredState, Phase, SupervisionStatus},
};
use bytes::Bytes;
use futures_util::FutureExt as _;
use gloaming_protocol::{ShardId, client_close_ends_session};
use gloaming_shard::{ShardRuntime, supervision::ShardMonitor};
use std::{
    collections::BTreeMap,
    error::Error as _,
    mem,
    panic::AssertUnwindSafe,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use tokio::{
    sync::watch,
    time::{sleep_until, timeout},
};

/// How long a save may take. Then it counts as failed, and its future is dropped.
const SAVE_TIMEOUT: Duration = Duration::from_secs(10);

/// How long a request to save and to release the store waits for it.
const RELEASE_TIMEOUT: Duration = Duration::from_secs(15);

/// How often the task looks whether it is to end while it does not use the store.
const RELEASED_INTERVAL: Duration = Duration::from_secs(1);

/// How long a request to save at once waits for the store.
const FLUSH_TIMEOUT: Duration = Duration::from_secs(5);

/// A store, with what was loaded from it.
#[derive(Debug)]
pub(crate) struct LoadedStore {
    pub(crate) store: Arc<dyn SessionStore>,
    pub(crate) owner: StoreOwner,
    pub(crate) policy: CheckpointPolicy,
    pub(crate) checkpoints: Vec<Checkpoint>,
    /// The states of the application that belong to the sessions that are resumed, by the number of the shard.
    pub(crate) restored: BTreeMap<u32, Bytes>,
}

/// What is asked of the task.
#[derive(Clone, Copy, Debug, Default)]
struct Request {
    /// The number of requests so far. Each saves at once.
    number: u64,
    access: Access,
}

/// Whether the store is this process's.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
enum Access {
    #[default]
    Granted,
    /// Another process may use it.
    Released,
}

/// The handle to the task that saves. The task ends once all shards have exited and this is dropped.
#[derive(Debug)]
pub(crate) struct Checkpoints {
    shared: Arc<Shared>,
    requests: watch::Sender<Request>,
    /// `None` once the task was started.
    writer: Mutex<Option<Writer>>,
}

/// What the task, the handle and the stream share.
#[derive(Debug)]
struct Shared {
    /// Locked before the shards.
    schedule: Mutex<CheckpointSchedule>,
    /// By position of the schedule. `None` for shards that were removed.
    shards: Mutex<Vec<Option<ObservedShard>>>,
    status: watch::Sender<CheckpointStatus>,
}

impl Checkpoints {
    pub(crate) fn new(loaded: LoadedStore, slots: &[Arc<Slot>]) -> Self {
        let shards = slots.iter().map(|slot| slot.id);
        let schedule =
            CheckpointSchedule::new(clock::now(), loaded.policy, shards, &loaded.checkpoints);
        let observed = slots.iter().map(|slot| Some(ObservedShard::of(slot)));
        let shared = Arc::new(Shared {
            schedule: Mutex::new(schedule),
            shards: Mutex::new(observed.collect()),
            status: watch::Sender::new(CheckpointStatus::default()),
        });
        let (requests, requested) = watch::channel(Request::default());
        let writer = Writer {
            store: loaded.store,
            owner: loaded.owner,
            shared: Arc::clone(&shared),
            requested,
            access: Access::Granted,
        };
        Self {
            shared,
            requests,
            writer: Mutex::new(Some(writer)),
        }
    }

    /// Saves the sessions of a shard that was added, too. `stored` is what the store has of it, if that is known.
    pub(crate) fn add(&self, slot: &Slot, stored: Option<&Checkpoint>) {
        let mut schedule = self.shared.schedule();
        let position = schedule.add(slot.id, stored);
        let mut shards = lock(&self.shared.shards);
        if shards.len() <= position {
            shards.resize_with(position + 1, || None);
        }
        shards[position] = Some(ObservedShard::of(slot));
    }

    /// Saves nothing more of a shard that was removed. What the store has of it stays there.
    pub(crate) fn remove(&self, slot: &Slot) {
        let mut schedule = self.shared.schedule();
        if let Some(position) = schedule.remove(slot.id) {
            lock(&self.shared.shards)[position] = None;
        }
    }

    /// Saves the sessions of these shards from now on, at once, instead of those of the shards before.
    pub(crate) fn replace(&self, slots: impl IntoIterator<Item = Arc<Slot>>) {
        let slots: Vec<Arc<Slot>> = slots.into_iter().collect();
        let mut schedule = self.shared.schedule();
        schedule.replace(clock::now(), slots.iter().map(|slot| slot.id));
        let observed = slots.iter().map(|slot| Some(ObservedShard::of(slot)));
        *lock(&self.shared.shards) = observed.collect();
        drop(schedule);
        self.request(|_| {});
    }

    /// Starts the task with the first shard that is started.
    pub(crate) fn start(&self, runtime: &ShardRuntime, shard: ShardId) {
        let writer = lock(&self.writer).take();
        if let Some(writer) = writer {
            runtime.spawn(shard, writer.run());
        }
    }

    /// Returns what the stream needs to save states of the application. It does not keep the task alive.
    pub(crate) fn schedule(&self) -> SharedSchedule {
        SharedSchedule(Arc::clone(&self.shared))
    }

    pub(crate) fn status(&self) -> CheckpointStatus {
        self.shared.status.borrow().clone()
    }

    /// Saves what has changed, without waiting for the interval, and returns how that went.
    pub(crate) async fn flush(&self) -> CheckpointStatus {
        if lock(&self.writer).is_some() {
            // Nothing was started, and nothing has changed.
            return self.status();
        }
        let number = self.request(|_| {});
        match self.answered(number, FLUSH_TIMEOUT).await {
            Some(status) => status,
            // The store hangs, or the runtime of the task has ended.
            None => self.shared.record(Err(StoreErrorKind::TimedOut.into())),
        }
    }

    /// Saves what has changed, and [releases](SessionStore::release) the store to another process. Nothing is saved from
    /// then on until [`take_back`](Self::take_back). Returns after 15 s at the latest.
    pub(crate) async fn release(&self) {
        let idle = lock(&self.writer)
            .as_ref()
            .map(|writer| (Arc::clone(&writer.store), writer.owner));
        match idle {
            // Nothing was started, and nothing has changed.
            Some((store, owner)) => release(&*store, owner).await,
            None => {
                let number = self.request(|request| request.access = Access::Released);
                if self.answered(number, RELEASE_TIMEOUT).await.is_none() {
                    tracing::warn!(
                        "the session store does not answer, so that it is not known whether another process can use it"
                    );
                }
            }
        }
    }

    /// Uses the store again, as soon as the other process does not.
    pub(crate) fn take_back(&self) {
        self.request(|request| request.access = Access::Granted);
    }

    /// Returns the number of the request.
    fn request(&self, change: impl FnOnce(&mut Request)) -> u64 {
        let mut number = 0;
        self.requests.send_modify(|request| {
            change(request);
            request.number += 1;
            number = request.number;
        });
        number
    }

    async fn answered(&self, number: u64, patience: Duration) -> Option<CheckpointStatus> {
        let mut status = self.shared.status.subscribe();
        let answered = status.wait_for(|status| status.flushes >= number);
        let status = timeout(patience, answered).await.ok()?.ok()?;
        Some(status.clone())
    }
}

/// The schedule, for the stream.
#[derive(Clone, Debug)]
pub(crate) struct SharedSchedule(Arc<Shared>);

impl SharedSchedule {
    pub(crate) fn lock(&self) -> MutexGuard<'_, CheckpointSchedule> {
        self.0.schedule()
    }
}

impl Shared {
    fn schedule(&self) -> MutexGuard<'_, CheckpointSchedule> {
        lock(&self.schedule)
    }

    fn batch(&self) -> Option<Batch> {
        let mut schedule = self.schedule();
        let shards = lock(&self.shards);
        schedule.batch(clock::now(), |position| match &shards[position] {
            Some(shard) => shard.observe(),
            None => Observed::Unknown,
        })
    }

    fn all_exited(&self) -> bool {
        let shards = lock(&self.shards);
        shards.iter().flatten().all(ObservedShard::has_exited)
    }

    fn record(&self, result: Result<(), StoreError>) -> CheckpointStatus {
        self.status.send_modify(|status| match result {
            Ok(()) => {
                status.last_saved = Some(clock::now());
                status.failures = 0;
                status.last_error = None;
            }
            Err(error) => {
                status.failures = status.failures.saturating_add(1);
                status.last_error = Some(Arc::new(error));
            }
        });
        self.status.borrow().clone()
    }
}

/// The task. It keeps neither the shards nor the stream alive.
#[derive(Debug)]
struct Writer {
    store: Arc<dyn SessionStore>,
    owner: StoreOwner,
    shared: Arc<Shared>,
    requested: watch::Receiver<Request>,
    access: Access,
}

/// Whether anyone can still ask for a save.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Handles {
    Held,
    Dropped,
}

impl Writer {
    async fn run(mut self) {
        let mut handles = Handles::Held;
        loop {
            let next = match self.access {
                Access::Granted => self.shared.schedule().next(),
                Access::Released => clock::now() + RELEASED_INTERVAL,
            };
            tokio::select! {
                biased;
                changed = self.requested.changed(), if handles == Handles::Held => {
                    if changed.is_err() {
                        handles = Handles::Dropped;
                    }
                }
                () = sleep_until(next.into()) => {}
            }
            let request = *self.requested.borrow_and_update();
            // Looked at first: what was handled before is in the save.
            let ends = handles == Handles::Dropped && self.shared.all_exited();
            self.follow(request.access).await;
            self.shared
                .status
                .send_modify(|status| status.flushes = request.number);
            if ends {
                return;
            }
        }
    }

    /// Saves, if the store is this process's, and releases it or takes it back.
    async fn follow(&mut self, access: Access) {
        let before = mem::replace(&mut self.access, access);
        if (before, access) == (Access::Released, Access::Granted) {
            self.shared.schedule().taken_back(clock::now());
        }
        if Access::Granted == before || Access::Granted == access {
            self.save().await;
        }
        if (before, access) == (Access::Granted, Access::Released) {
            release(&*self.store, self.owner).await;
        }
    }

    async fn save(&self) {
        let batch = self.shared.batch();
        let Some(batch) = batch else {
            return;
        };
        let write = AssertUnwindSafe(self.write(batch)).catch_unwind();
        let result = match timeout(SAVE_TIMEOUT, write).await {
            Ok(Ok(result)) => result,
            Ok(Err(_)) => Err(StoreError::other("it has panicked")),
            Err(_) => Err(StoreErrorKind::TimedOut.into()),
        };
        let report = match &result {
            Ok(()) => self.shared.schedule().saved(),
            Err(_) => self.shared.schedule().failed(clock::now()),
        };
        match (&result, report) {
            (Err(error), Report::Failing(failures)) => tracing::warn!(
                failures,
                cause = error.source().map(tracing::field::display),
                "{error}: sessions are not saved, and saving is retried; a process that is killed now loses what came since"
            ),
            (_, Report::Recovered(failures)) => {
                tracing::info!(failures, "the session store saves again");
            }
            _ => {}
        }
        self.shared.record(result);
    }

    async fn write(&self, batch: Batch) -> Result<(), StoreError> {
        if !batch.saves.is_empty() {
            self.store.save(self.owner, batch.saves).await?;
        }
        if !batch.removals.is_empty() {
            self.store.remove(self.owner, batch.removals).await?;
        }
        Ok(())
    }
}

async fn release(store: &dyn SessionStore, owner: StoreOwner) {
    let released = AssertUnwindSafe(store.release(owner)).catch_unwind();
    let error = match timeout(SAVE_TIMEOUT, released).await {
        Ok(Ok(Ok(()))) => return,
        Ok(Ok(Err(error))) => error,
        Ok(Err(_)) => StoreError::other("it has panicked"),
        Err(_) => StoreErrorKind::TimedOut.into(),
    };
    tracing::warn!(
        cause = error.source().map(tracing::field::display),
        "{error}: it is not known whether another process can use it"
    );
}

/// A shard, as the task sees it.
#[derive(Debug)]
struct ObservedShard {
    monitor: ShardMonitor,
    desired: watch::Receiver<DesiredState>,
    status: watch::Receiver<SupervisionStatus>,
}

impl ObservedShard {
    fn of(slot: &Slot) -> Self {
        Self {
            monitor: slot.monitor.clone(),
            desired: slot.desired.subscribe(),
            status: slot.status.subscribe(),
        }
    }

    /// Whether the shard does not run any more, and never will.
    fn has_exited(&self) -> bool {
        // Without the slot, nothing can start the shard.
        let is_gone = self.status.has_changed().is_err();
        is_gone || matches!(self.status.borrow().phase, Phase::Exited(_))
    }

    fn observe(&self) -> Observed {
        let phase = self.status.borrow().phase;
        if phase == Phase::NotStarted {
            return Observed::Unknown;
        }
        let was_ended = matches!(phase, Phase::Exited(_)) && self.was_ended();
        let (session, loss) = self.monitor.resume_point();
        let session = session.filter(|_| !was_ended);
        if session.is_none() && !was_ended && !self.monitor.status().is_without_session() {
            // The task has not run yet.
            return Observed::Unknown;
        }
        match (session, loss) {
            (None, None) => Observed::Ended,
            (session, loss) => Observed::At(ResumePoint { session, loss }),
        }
    }

    /// Whether the application has closed the shard in a way that ends its session.
    fn was_ended(&self) -> bool {
        match &*self.desired.borrow() {
            DesiredState::Closed(frame) => client_close_ends_session(frame.code),
            DesiredState::Running
            | DesiredState::NotIdentifying
            | DesiredState::Stopped(_)
            | DesiredState::Aborted => false,
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // No change under these locks is left half-done.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
