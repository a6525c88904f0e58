//! How a cluster tells its stream of items that its shards have changed.

use super::SetItems;
use crate::{
    Cluster,
    guild_arrivals::GuildReports,
    reshard::{
        AbortReason, IdentifyBudget, ReshardError, ReshardErrorKind, SwitchoverEnd,
        SwitchoverOutcome, SwitchoverSettings,
    },
    reshard_in_place::RunningReshard,
};
use futures_util::task::AtomicWaker;
use gloaming_protocol::ShardId;
use gloaming_shard::ShardItems;
use std::{
    mem,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    task::Context,
    time::Duration,
};
use tokio::sync::oneshot;

/// The items of a shard, as the stream gets them.
#[derive(Debug)]
pub(crate) struct NewSource {
    pub(crate) id: ShardId,
    pub(crate) items: ShardItems,
    pub(crate) reports: GuildReports,
}

/// What has changed.
#[derive(Debug)]
pub(crate) enum Change {
    Added(NewSource),
    /// The shard is no longer part of the cluster. Its stream may have items left.
    Removed(ShardId),
    /// The cluster is to switch to another set of shards.
    Reshard(Box<ReshardRequest>),
    /// The switch is no longer wanted.
    AbortReshard,
    /// The cluster was brought down: no shard will be added.
    Closed,
}

/// A set of shards that is to take the place of the one that runs.
#[derive(Debug)]
pub(crate) struct ReshardRequest {
    /// Ends the state of the cluster when it is dropped.
    pub(crate) running: RunningReshard,
    pub(crate) new: Cluster,
    pub(crate) items: SetItems,
    pub(crate) budget: IdentifyBudget,
    pub(crate) settings: SwitchoverSettings,
    pub(crate) reply: oneshot::Sender<Result<SwitchoverOutcome, ReshardError>>,
}

impl ReshardRequest {
    /// There will be no switch.
    pub(crate) fn refuse(self, kind: ReshardErrorKind) {
        self.answer(Err(kind.into()));
    }

    /// It was aborted before it has begun.
    pub(crate) fn abort(self) {
        self.answer(Ok(SwitchoverOutcome {
            end: SwitchoverEnd::Aborted(AbortReason::Requested),
            guilds: 0,
            matched: 0,
            unmatched: 0,
            possible_gaps: 0,
            duration: Duration::ZERO,
        }));
    }

    fn answer(self, answer: Result<SwitchoverOutcome, ReshardError>) {
        let Self { running, reply, .. } = self;
        // From now on, another switch can begin.
        drop(running);
        // One who does not wait any more need not know.
        _ = reply.send(answer);
    }
}

/// The stream has ended, or was dropped: nothing can be added.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct StreamEnded;

/// The cluster's end. It does not keep the stream alive.
#[derive(Clone, Debug)]
pub(crate) struct IntakeSender(Arc<Shared>);

/// The stream's end.
#[derive(Debug)]
pub(crate) struct Intake(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    state: Mutex<State>,
    /// Spares the stream the lock for each item.
    has_changes: AtomicBool,
    stream: AtomicWaker,
}

#[derive(Debug)]
enum State {
    Open(Vec<Change>),
    Ended,
}

pub(crate) fn intake() -> (IntakeSender, Intake) {
    let shared = Arc::new(Shared {
        state: Mutex::new(State::Open(Vec::new())),
        has_changes: AtomicBool::new(false),
        stream: AtomicWaker::new(),
    });
    (IntakeSender(Arc::clone(&shared)), Intake(shared))
}

/// Returns an intake that takes nothing.
pub(crate) fn closed_intake() -> Intake {
    intake().1
}

impl IntakeSender {
    /// Tells the stream, which applies the changes in their order before it returns the next item.
    pub(crate) fn send(&self, change: Change) -> Result<(), StreamEnded> {
        match &mut *self.0.state() {
            State::Open(changes) => changes.push(change),
            State::Ended => return Err(StreamEnded),
        }
        self.0.has_changes.store(true, Ordering::Release);
        self.0.stream.wake();
        Ok(())
    }

    /// Returns whether the stream has ended or was dropped.
    pub(crate) fn has_ended(&self) -> bool {
        matches!(&*self.0.state(), State::Ended)
    }
}

impl Intake {
    /// Returns whether anything has changed since the last [`take`](Self::take).
    pub(crate) fn has_changes(&self) -> bool {
        self.0.has_changes.load(Ordering::Acquire)
    }

    /// Returns what has changed since the last call.
    pub(crate) fn take(&self) -> Vec<Change> {
        if !self.has_changes() {
            return Vec::new();
        }
        let mut state = self.0.state();
        self.0.has_changes.store(false, Ordering::Release);
        match &mut *state {
            State::Open(changes) => mem::take(changes),
            State::Ended => Vec::new(),
        }
    }

    /// Lets the next change wake the task. What has changed before does not: [take](Self::take) it after this.
    pub(crate) fn register(&self, cx: &Context<'_>) {
        self.0.stream.register(cx.waker());
    }

    /// Ends the stream, unless there are changes that are not taken.
    pub(crate) fn end(&self) -> Result<(), Vec<Change>> {
        let mut state = self.0.state();
        match &mut *state {
            State::Open(changes) if !changes.is_empty() => Err(mem::take(changes)),
            _ => {
                *state = State::Ended;
                Ok(())
            }
        }
    }
}

impl Drop for Intake {
    fn drop(&mut self) {
        let changes = mem::replace(&mut *self.0.state(), State::Ended);
        // Outside of the lock: dropping the items of a shard wakes its task.
        drop(changes);
    }
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        // No change under this lock is left half-done.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::{Change, StreamEnded, intake};
    use futures_util::task::{ArcWake, waker};
    use gloaming_protocol::ShardId;
    use std::{
        sync::{
            Arc,
            atomic::{AtomicUsize, Ordering},
        },
        task::Context,
    };

    #[derive(Default)]
    struct Wakes(AtomicUsize);

    impl ArcWake for Wakes {
        fn wake_by_ref(this: &Arc<Self>) {
            this.0.fetch_add(1, Ordering::Relaxed);
        }
    }

    const fn removed(number: u32) -> Change {
        Change::Removed(ShardId::new(number, 4))
    }

    #[test]
    fn change_wakes_the_stream_and_is_taken_once() {
        let (sender, intake) = intake();
        let wakes = Arc::new(Wakes::default());
        intake.register(&Context::from_waker(&waker(Arc::clone(&wakes))));
        assert!(intake.take().is_empty());
        sender.send(removed(1)).unwrap();
        sender.send(removed(2)).unwrap();
        assert_eq!(wakes.0.load(Ordering::Relaxed), 1);
        assert!(matches!(
            intake.take()[..],
            [Change::Removed(first), Change::Removed(second)]
                if first.number() == 1 && second.number() == 2
        ));
        assert!(intake.take().is_empty());
    }

    #[test]
    fn stream_does_not_end_before_changes_are_taken() {
        let (sender, intake) = intake();
        sender.send(removed(1)).unwrap();
        assert_eq!(intake.end().map_err(|changes| changes.len()), Err(1));
        assert!(intake.end().is_ok());
        assert_eq!(sender.send(removed(2)), Err(StreamEnded));
    }

    #[test]
    fn dropped_stream_takes_nothing() {
        let (sender, intake) = intake();
        drop(intake);
        assert_eq!(sender.send(removed(1)), Err(StreamEnded));
    }
}
