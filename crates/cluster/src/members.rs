//! The shards that a cluster has at the moment.

use crate::{
    Checkpoint, ShardChangeErrorKind, ShardHandle,
    checkpoint_writer::Checkpoints,
    config::ClusterSettings,
    guild_arrivals::GuildReports,
    refusal::Peers,
    reshard::ReshardErrorKind,
    slot::Slot,
    stream::{Change, IntakeSender, NewSource, StreamEnded},
};
use bytes::Bytes;
use gloaming_protocol::ShardId;
use gloaming_shard::{
    Shard, ShardItems, ShardRuntime,
    machine::delivery::UnhandledLoss,
    supervision::{BufferSettings, ByteBudget},
};
use std::{
    iter::FusedIterator,
    num::NonZeroU32,
    ops::Range,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

/// What the shards of a cluster share.
#[derive(Debug)]
pub(crate) struct ShardGroup {
    pub(crate) settings: ClusterSettings,
    pub(crate) runtime: ShardRuntime,
    pub(crate) peers: Peers,
    /// `None` without a session store.
    pub(crate) checkpoints: Option<Arc<Checkpoints>>,
    pub(crate) total: SetTotal,
}

/// Which total number of shards those of a set are of.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum SetTotal {
    /// That of the shards that there are.
    OfShards,
    /// This one, also while there are no shards. Other clusters have the others.
    Fixed(NonZeroU32),
}

/// What the process before has stored of a shard, beside its session.
#[derive(Debug, Default)]
pub(crate) struct Recovered {
    /// The state of the application.
    pub(crate) state: Option<Bytes>,
    pub(crate) loss: Option<UnhandledLoss>,
}

/// Makes the slots of shards, whose buffers share a budget.
#[derive(Clone, Debug)]
pub(crate) struct SlotMaker {
    settings: ClusterSettings,
    total_bytes: ByteBudget,
}

impl SlotMaker {
    pub(crate) fn new(settings: ClusterSettings) -> Self {
        Self {
            settings,
            total_bytes: ByteBudget::new(settings.total_buffer_bytes),
        }
    }

    pub(crate) fn make(&self, shard: Shard, recovered: Recovered) -> (Arc<Slot>, ShardItems) {
        let settings = &self.settings;
        let budgets = [
            ByteBudget::new(settings.buffer_bytes),
            self.total_bytes.clone(),
        ];
        let buffer = BufferSettings::new(settings.buffer)
            .unhandled_loss(recovered.loss)
            .budgets(budgets)
            .overflow(settings.overflow)
            .max_unacknowledged(settings.max_unacknowledged);
        let (slot, items) = Slot::new(shard, recovered.state, settings.buffer, buffer);
        (Arc::new(slot), items)
    }
}

/// The shards of a cluster, which can change while they run.
#[derive(Debug)]
pub(crate) struct Members {
    group: Arc<ShardGroup>,
    slots: SlotMaker,
    intake: IntakeSender,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    /// Sorted by number. Those who iterate have a snapshot.
    shards: Arc<[ShardHandle]>,
    run: RunState,
    changes: Changes,
}

/// Whether shards can be added and removed.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Changes {
    Allowed,
    /// Not while another set is to take the place of this one.
    Resharding,
}

/// What was asked of all shards.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum RunState {
    NotStarted,
    Started,
    /// No shard may be added.
    Closed,
}

impl Members {
    /// The slots are sorted by number.
    pub(crate) fn new(
        group: ShardGroup,
        slots: SlotMaker,
        intake: IntakeSender,
        shards: Vec<Arc<Slot>>,
    ) -> Self {
        let group = Arc::new(group);
        let handle = |slot| ShardHandle {
            slot,
            group: Arc::clone(&group),
        };
        let shards = shards.into_iter().map(handle).collect();
        Self {
            group,
            slots,
            intake,
            state: Mutex::new(State {
                shards,
                run: RunState::NotStarted,
                changes: Changes::Allowed,
            }),
        }
    }

    /// Returns the shards as they are now.
    pub(crate) fn shards(&self) -> Shards {
        let shards = Arc::clone(&self.state().shards);
        Shards {
            range: 0..shards.len(),
            shards,
        }
    }

    /// Lets shards that are added start at once, and returns those that are there.
    pub(crate) fn started(&self) -> Shards {
        let mut state = self.state();
        if state.run == RunState::NotStarted {
            state.run = RunState::Started;
        }
        drop(state);
        self.shards()
    }

    /// Lets no more shards be added, and returns those that are there.
    pub(crate) fn closed(&self) -> Shards {
        self.state().run = RunState::Closed;
        // A stream that has ended need not know.
        _ = self.intake.send(Change::Closed);
        self.shards()
    }

    /// Returns whether the cluster was brought down.
    pub(crate) fn is_closed(&self) -> bool {
        self.state().run == RunState::Closed
    }

    /// Returns whether the stream has ended or was dropped.
    pub(crate) fn has_stream_ended(&self) -> bool {
        self.intake.has_ended()
    }

    /// Lets no shard be added or removed, since another set is to take the place of this one.
    pub(crate) fn keep_shards(&self) -> Result<(), ReshardErrorKind> {
        let mut state = self.state();
        if state.run == RunState::Closed {
            return Err(ReshardErrorKind::ClusterDown);
        }
        state.changes = Changes::Resharding;
        Ok(())
    }

    /// Lets shards be added and removed again.
    pub(crate) fn let_shards_change(&self) {
        self.state().changes = Changes::Allowed;
    }

    /// Checks whether a shard can be removed now.
    pub(crate) fn may_change(&self) -> Result<(), ShardChangeErrorKind> {
        self.state().may_change()
    }

    /// Tells the stream.
    pub(crate) fn send(&self, change: Change) -> Result<(), StreamEnded> {
        self.intake.send(change)
    }

    /// Returns what the shards share.
    pub(crate) fn group(&self) -> &ShardGroup {
        &self.group
    }

    /// Returns what makes further slots, whose buffers share the budget of these.
    pub(crate) const fn slots(&self) -> &SlotMaker {
        &self.slots
    }

    /// Checks whether a shard can be added now.
    pub(crate) fn admits(&self, id: ShardId) -> Result<(), ShardChangeErrorKind> {
        self.state().admits(id, self.group.total)
    }

    /// Adds a shard, and starts it if the others were started. `stored` is what the session store has of it, if that is
    /// known.
    pub(crate) fn add(
        &self,
        shard: Shard,
        stored: Option<&Checkpoint>,
    ) -> Result<ShardHandle, ShardChangeErrorKind> {
        let id = shard.id();
        let reports = GuildReports::with(shard.config().intents());
        let recovered = Recovered {
            state: stored.and_then(Checkpoint::state).cloned(),
            loss: stored.and_then(Checkpoint::unhandled_loss).cloned(),
        };
        let mut state = self.state();
        state.admits(id, self.group.total)?;
        let (slot, items) = self.slots.make(shard, recovered);
        let source = NewSource { id, items, reports };
        let sent = self.intake.send(Change::Added(source));
        sent.map_err(|_| ShardChangeErrorKind::ClusterDown)?;
        self.group.peers.add(&slot);
        if let Some(checkpoints) = &self.group.checkpoints {
            checkpoints.add(&slot, stored);
        }
        let handle = ShardHandle {
            slot,
            group: Arc::clone(&self.group),
        };
        let mut shards = state.shards.to_vec();
        let at = shards.partition_point(|other| other.id().number() < id.number());
        shards.insert(at, handle.clone());
        state.shards = shards.into();
        let run = state.run;
        drop(state);
        if run == RunState::Started {
            handle.start();
        }
        Ok(handle)
    }

    /// Removes a shard from the list, unless it was removed before.
    pub(crate) fn remove(&self, slot: &Arc<Slot>) {
        let mut state = self.state();
        let is_it = |shard: &ShardHandle| Arc::ptr_eq(&shard.slot, slot);
        if !state.shards.iter().any(is_it) {
            return;
        }
        let others = state.shards.iter().filter(|shard| !is_it(shard));
        state.shards = others.cloned().collect();
        self.group.peers.remove(slot);
        if let Some(checkpoints) = &self.group.checkpoints {
            checkpoints.remove(slot);
        }
        // A stream that has ended need not know.
        _ = self.intake.send(Change::Removed(slot.id));
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // No change under this lock is left half-done.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    const fn may_change(&self) -> Result<(), ShardChangeErrorKind> {
        match self.changes {
            Changes::Allowed => Ok(()),
            Changes::Resharding => Err(ShardChangeErrorKind::Resharding),
        }
    }

    /// Checks whether a shard can be added.
    fn admits(&self, id: ShardId, total: SetTotal) -> Result<(), ShardChangeErrorKind> {
        if self.run == RunState::Closed {
            return Err(ShardChangeErrorKind::ClusterDown);
        }
        self.may_change()?;
        let total = match total {
            SetTotal::OfShards => self.shards.first().map(|shard| shard.id().total()),
            SetTotal::Fixed(total) => Some(total.get()),
        };
        if let Some(expected) = total.filter(|total| *total != id.total()) {
            return Err(ShardChangeErrorKind::WrongTotal {
                total: id.total(),
                expected,
            });
        }
        let number = id.number();
        match self.shards.iter().any(|it| it.id().number() == number) {
            true => Err(ShardChangeErrorKind::DuplicateShard { number }),
            false => Ok(()),
        }
    }
}

/// An iterator over the shards that a cluster had at one time, in the order of their numbers; made by
/// [`Cluster::shards`](crate::Cluster::shards).
#[derive(Clone, Debug)]
pub struct Shards {
    shards: Arc<[ShardHandle]>,
    range: Range<usize>,
}

impl Iterator for Shards {
    type Item = ShardHandle;

    fn next(&mut self) -> Option<ShardHandle> {
        let position = self.range.next()?;
        self.shards.get(position).cloned()
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.range.size_hint()
    }
}

impl ExactSizeIterator for Shards {}

impl FusedIterator for Shards {}
