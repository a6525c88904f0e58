//! The place of one shard in a cluster, over all restarts of the shard.

use crate::state::{DesiredState, ExitReason, Phase, SupervisionStatus};
use bytes::Bytes;
use gloaming_protocol::{CloseFrame, ShardId};
use gloaming_shard::{
    Config, MessageSender, Session, Shard, ShardItems,
    supervision::{BufferSettings, ItemSender, ShardMonitor, item_channel_with},
};
use std::sync::{Mutex, MutexGuard, PoisonError};
use tokio::sync::watch;

/// What came of a request to start shards.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum StartOutcome {
    /// At least one shard was started.
    Started,
    /// All shards had been started before; nothing changes.
    AlreadyStarted,
    /// All shards were closed before they were started, and do not run.
    Closed,
}

/// What came of a request to stop a shard.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum StopOutcome {
    /// The shard closes its connection and keeps its session.
    Stopping,
    /// The shard does not run: it was not started, was stopped before, or is closed. Nothing changes.
    NotRunning,
}

/// Whether a request has changed what the shard is to do.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Change {
    Made,
    None,
}

/// What the supervisor of a shard, the handles to it and its observers share.
#[derive(Debug)]
pub(crate) struct Slot {
    pub(crate) id: ShardId,
    /// Without a session.
    pub(crate) config: Config,
    pub(crate) monitor: ShardMonitor,
    /// The number of items for which the buffer has room.
    pub(crate) capacity: usize,
    /// The state of the application that belongs to the session that is resumed.
    pub(crate) restored: Option<Bytes>,
    pub(crate) desired: watch::Sender<DesiredState>,
    pub(crate) status: watch::Sender<SupervisionStatus>,
    sender: Mutex<MessageSender>,
    start: Mutex<StartState>,
}

/// Whether the shard was started, with what it takes to do so.
#[derive(Debug)]
enum StartState {
    NotStarted {
        shard: Box<Shard>,
        item_sender: ItemSender,
    },
    Started,
    ClosedBeforeStart {
        session: Option<Session>,
    },
}

impl Slot {
    pub(crate) fn new(
        shard: Shard,
        restored: Option<Bytes>,
        capacity: usize,
        buffer: BufferSettings,
    ) -> (Self, ShardItems) {
        let (item_sender, items) = item_channel_with(buffer);
        let slot = Self {
            id: shard.id(),
            config: shard.config().clone(),
            monitor: item_sender.monitor(),
            capacity: capacity.max(1),
            restored,
            desired: watch::Sender::new(DesiredState::Running),
            status: watch::Sender::new(SupervisionStatus {
                phase: Phase::NotStarted,
                crashes: 0,
                last_crash: None,
            }),
            sender: Mutex::new(shard.sender()),
            start: Mutex::new(StartState::NotStarted {
                shard: Box::new(shard),
                item_sender,
            }),
        };
        (slot, items)
    }

    /// Takes the shard to run it, once.
    ///
    /// # Errors
    ///
    /// Returns the outcome of the start if there is nothing to run.
    pub(crate) fn take_shard(&self) -> Result<(Shard, ItemSender), StartOutcome> {
        let mut start = lock(&self.start);
        match std::mem::replace(&mut *start, StartState::Started) {
            StartState::NotStarted { shard, item_sender } => {
                self.set_phase(Phase::Running);
                Ok((*shard, item_sender))
            }
            StartState::Started => Err(StartOutcome::AlreadyStarted),
            closed @ StartState::ClosedBeforeStart { .. } => {
                *start = closed;
                Err(StartOutcome::Closed)
            }
        }
    }

    /// Closes the shard for good, whatever it is doing. Only the first request counts.
    pub(crate) fn close(&self, frame: CloseFrame<'static>) {
        let mut start = lock(&self.start);
        if let StartState::NotStarted { shard, .. } = &*start {
            let session = shard.session().cloned();
            *start = StartState::ClosedBeforeStart { session };
            self.set_phase(Phase::Exited(ExitReason::Closed));
        }
        self.desired.send_if_modified(|desired| {
            let is_first = desired.is_kept();
            if is_first {
                *desired = DesiredState::Closed(frame);
            }
            is_first
        });
    }

    /// Lets the shard run only while it has a session, since Discord would refuse its IDENTIFY.
    pub(crate) fn forbid_identify(&self) {
        let mut start = lock(&self.start);
        if let StartState::NotStarted { shard, .. } = &*start
            && shard.session().is_none()
        {
            *start = StartState::ClosedBeforeStart { session: None };
            self.set_phase(Phase::Exited(ExitReason::PeerRefused));
        }
        self.change(DesiredState::not_identifying);
    }

    /// Closes the shard's connection until it is started again. It keeps its session.
    pub(crate) fn stop(&self) -> StopOutcome {
        let start = lock(&self.start);
        match (&*start, self.change(DesiredState::stopped)) {
            (StartState::Started, Change::Made) => StopOutcome::Stopping,
            // A shard that was not started is not to start stopped.
            (_, Change::Made) => {
                self.change(DesiredState::started);
                StopOutcome::NotRunning
            }
            (_, Change::None) => StopOutcome::NotRunning,
        }
    }

    /// Starts the shard again if it was stopped.
    pub(crate) fn start_again(&self) -> Change {
        self.change(DesiredState::started)
    }

    fn change(&self, next: impl FnOnce(&DesiredState) -> Option<DesiredState>) -> Change {
        let is_changed = self
            .desired
            .send_if_modified(|desired| match next(desired) {
                Some(next) => {
                    *desired = next;
                    true
                }
                None => false,
            });
        match is_changed {
            true => Change::Made,
            false => Change::None,
        }
    }

    /// Aborts the shard's task. Its connection ends without a close frame, so that Discord keeps the
    /// session.
    pub(crate) fn abort(&self) {
        self.desired.send_replace(DesiredState::Aborted);
    }

    /// Waits until the shard does not run any more. Items may still be in its buffer.
    pub(crate) async fn exited(&self) {
        let mut status = self.status.subscribe();
        tokio::select! {
            () = self.monitor.stopped() => {}
            // It can't fail: `self` holds the sender.
            _ = status.wait_for(|status| matches!(status.phase, Phase::Exited(_))) => {}
        }
    }

    /// Waits until the shard does not run, or not any more.
    pub(crate) async fn has_stopped(&self) {
        let mut status = self.status.subscribe();
        let has_stopped =
            |status: &SupervisionStatus| matches!(status.phase, Phase::Stopped | Phase::Exited(_));
        // It can't fail: `self` holds the sender.
        _ = status.wait_for(has_stopped).await;
    }

    /// Freezes the delivery of events, and returns the session to resume.
    pub(crate) fn freeze(&self) -> Option<Session> {
        let frozen = self.monitor.freeze();
        self.session_if_started(frozen)
    }

    /// Returns the session to resume after a restart of the process.
    pub(crate) fn acknowledged(&self) -> Option<Session> {
        let acknowledged = self.monitor.acknowledged_session();
        self.session_if_started(acknowledged)
    }

    fn session_if_started(&self, session: Option<Session>) -> Option<Session> {
        match &*lock(&self.start) {
            StartState::NotStarted { shard, .. } => shard.session().cloned(),
            StartState::ClosedBeforeStart { session } => session.clone(),
            StartState::Started => session,
        }
    }

    pub(crate) fn sender(&self) -> MessageSender {
        lock(&self.sender).clone()
    }

    pub(crate) fn set_sender(&self, sender: MessageSender) {
        *lock(&self.sender) = sender;
    }

    pub(crate) fn set_phase(&self, phase: Phase) {
        self.status.send_modify(|status| status.phase = phase);
    }

    /// Publishes that the shard does not run any more, unless that was published before.
    pub(crate) fn exit_unless_exited(&self, reason: ExitReason) {
        self.status.send_if_modified(|status| {
            let is_news = !matches!(status.phase, Phase::Exited(_));
            if is_news {
                status.phase = Phase::Exited(reason);
            }
            is_news
        });
    }

    /// Records a crash and returns the number of crashes so far.
    pub(crate) fn record_crash(&self, reason: &str) -> u64 {
        let mut count = 0;
        self.status.send_modify(|status| {
            status.crashes += 1;
            status.last_crash = Some(reason.into());
            count = status.crashes;
        });
        count
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // No change under these locks is left half-done.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
