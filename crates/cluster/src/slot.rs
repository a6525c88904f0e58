//! One shard's place in a cluster, over all of its restarts.

use crate::{
    config::Settings,
    supervisor::{self, Order},
};
use gloaming_protocol::{CloseFrame, ShardId};
use gloaming_shard::{
    Config, MessageSender, Session, Shard, ShardItems,
    supervision::{ItemSender, ShardMonitor, item_channel},
};
use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Instant,
};
use tokio::sync::watch;

/// What happened when shards were told to start.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum Startup {
    /// They start.
    Started,
    /// They were started before; nothing changes.
    AlreadyStarted,
    /// They were closed before they were ever started, and stay down.
    Closed,
}

#[derive(Debug)]
pub(crate) struct Slot {
    pub(crate) id: ShardId,
    /// Without a session.
    pub(crate) config: Config,
    pub(crate) monitor: ShardMonitor,
    pub(crate) order: watch::Sender<Order>,
    pub(crate) progress: watch::Sender<Progress>,
    sender: Mutex<MessageSender>,
    waiting: Mutex<Waiting>,
}

/// Until it is started.
#[derive(Debug)]
enum Waiting {
    ToStart {
        shard: Box<Shard>,
        item_sender: ItemSender,
    },
    Started,
    ClosedBefore {
        session: Option<Session>,
    },
}

/// How a slot fares.
#[derive(Clone, Debug)]
pub(crate) struct Progress {
    pub(crate) phase: Phase,
    pub(crate) crashes: u64,
    pub(crate) last_crash: Option<Arc<str>>,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Phase {
    NotStarted,
    Running,
    Restarting { at: Instant },
    Ended(Ending),
}

/// Why a shard of a cluster runs no more.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum Ending {
    /// It was closed.
    Closed,
    /// Discord takes it back no more, or it can't work with its configuration.
    Refused,
    /// Its task panicked, and the [`RestartPolicy`](crate::RestartPolicy) does not let it start again.
    Crashed,
    /// Nobody takes its items any more.
    Abandoned,
}

impl Slot {
    pub(crate) fn new(shard: Shard, capacity: usize) -> (Self, ShardItems) {
        let (item_sender, items) = item_channel(capacity);
        let slot = Self {
            id: shard.id(),
            config: shard.config().clone(),
            monitor: item_sender.monitor(),
            order: watch::Sender::new(Order::Run),
            progress: watch::Sender::new(Progress {
                phase: Phase::NotStarted,
                crashes: 0,
                last_crash: None,
            }),
            sender: Mutex::new(shard.sender()),
            waiting: Mutex::new(Waiting::ToStart {
                shard: Box::new(shard),
                item_sender,
            }),
        };
        (slot, items)
    }

    pub(crate) fn start(self: &Arc<Self>, settings: &Settings) -> Startup {
        let mut waiting = lock(&self.waiting);
        match std::mem::replace(&mut *waiting, Waiting::Started) {
            Waiting::ToStart { shard, item_sender } => {
                self.enter(Phase::Running);
                let slot = Arc::clone(self);
                let supervised = supervisor::supervise(slot, *shard, item_sender, *settings);
                tokio::spawn(supervised);
                Startup::Started
            }
            Waiting::Started => Startup::AlreadyStarted,
            closed @ Waiting::ClosedBefore { .. } => {
                *waiting = closed;
                Startup::Closed
            }
        }
    }

    /// Closes it for good, whatever it is doing. What was ordered first holds.
    pub(crate) fn close(&self, frame: CloseFrame<'static>) {
        let mut waiting = lock(&self.waiting);
        if let Waiting::ToStart { shard, .. } = &*waiting {
            let session = shard.session().cloned();
            *waiting = Waiting::ClosedBefore { session };
            self.enter(Phase::Ended(Ending::Closed));
        }
        self.order.send_if_modified(|order| {
            let first = *order == Order::Run;
            if first {
                *order = Order::Close(frame);
            }
            first
        });
    }

    /// Ends the task at once; its connection breaks off, and Discord keeps the session.
    pub(crate) fn abort(&self) {
        self.order.send_replace(Order::Abort);
    }

    /// Waits until it works no more. Items may still wait to be taken.
    pub(crate) async fn ended(&self) {
        let mut progress = self.progress.subscribe();
        tokio::select! {
            () = self.monitor.stopped() => {}
            // The sender is in `self`.
            _ = progress.wait_for(|progress| matches!(progress.phase, Phase::Ended(_))) => {}
        }
    }

    /// Hands over no more events, and tells where to resume.
    pub(crate) fn freeze(&self) -> Option<Session> {
        let frozen = self.monitor.freeze();
        match &*lock(&self.waiting) {
            Waiting::ClosedBefore { session } => session.clone(),
            _ => frozen,
        }
    }

    pub(crate) fn sender(&self) -> MessageSender {
        lock(&self.sender).clone()
    }

    pub(crate) fn set_sender(&self, sender: MessageSender) {
        *lock(&self.sender) = sender;
    }

    pub(crate) fn enter(&self, phase: Phase) {
        self.progress.send_modify(|progress| progress.phase = phase);
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // Every change under these locks is whole.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
