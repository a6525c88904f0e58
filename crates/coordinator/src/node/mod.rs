//! One process of a bot over many: which shards it runs, and when it has to stop.

mod answers;
mod calls;
mod config;
mod drain;
mod io;
mod membership;
mod own_lease;
mod plan;
mod setback;
mod shard;
#[cfg(test)]
mod tests;
mod view_changes;

pub use self::{
    config::{NodeConfig, OnSilence},
    io::{
        Answer, CallId, Clearance, LastCheckpoint, NodeInput, NodeOutput, NodeStopReason, Request,
        SessionSource, StopKind,
    },
};

use self::{
    calls::{Calls, Purpose},
    drain::Drain,
    membership::Membership,
    setback::Setbacks,
    shard::{Attempt, Link, Remembered, Serving, ShardState},
};
use crate::{fence::Fence, fleet_view::FleetView, lease::NodeStatus};
use gloaming_protocol::ShardId;
use std::{
    collections::{BTreeMap, VecDeque},
    time::{Duration, Instant},
};

/// A process that gets no input for this long was stopped, or its runtime was.
const PAUSE: Duration = Duration::from_secs(2);

/// The longest time that a node waits for an input. It is shorter than [`PAUSE`].
const MAX_WAIT: Duration = Duration::from_secs(1);

/// One process of a bot over many, as a state machine without IO.
///
/// It keeps the node's lease, takes the node's share of the shards, gives shards to nodes that join, takes over those of
/// nodes that died, and stops shards before another node can have them.
///
/// # Contract
///
/// 1. Feed one input to [`handle_input`](Self::handle_input), then drain [`poll_output`](Self::poll_output) until it returns
///    [`Wait`](NodeOutput::Wait). Feed [`Tick`](NodeInput::Tick) at that time at the latest.
/// 2. Before anything is sent for a shard, to Discord or to the engine, its [`clearance`](Self::clearance) has to be
///    [`Until`](Clearance::Until) a later time. A process that was stopped for a minute thus learns what it may do before it
///    sends anything. Before IDENTIFY, the [`identify_clearance`](Self::identify_clearance) has to be.
/// 3. When a connection to Discord ends, feed [`ConnectionEnded`](NodeInput::ConnectionEnded) and drain the outputs. If the
///    shard was not stopped, it resumes. No answer of the engine is awaited for that.
/// 4. The session of a shard that was stopped with [`AtOnce`](StopKind::AtOnce) is kept in memory, for a start with
///    [`Own`](SessionSource::Own).
///
/// Time has to come from a clock that nobody sets. One that stands still while the machine is suspended does not show such
/// a pause; the fence and Discord's one connection per session stop what the node does until its next renewal is answered.
///
/// # Example
///
/// A node of a fleet of one shard asks for its lease first:
///
/// ```
/// use gloaming_coordinator::{Node, NodeConfig, NodeId, NodeInput, NodeOutput, Request};
/// use std::{num::NonZeroU32, time::Instant};
///
/// # fn now() -> Instant { Instant::now() }
/// let config = NodeConfig::new(NodeId::new("a")?, NonZeroU32::MIN, 1);
/// let mut node = Node::new(config, now());
/// node.handle_input(now(), NodeInput::Tick);
/// let NodeOutput::Call { request: Request::Join(request), .. } = node.poll_output() else {
///     panic!("the first output is a call");
/// };
/// assert_eq!(request.node.as_str(), "a");
/// assert!(matches!(node.poll_output(), NodeOutput::Wait(_)));
/// # Ok::<(), gloaming_coordinator::NodeIdError>(())
/// ```
#[derive(Debug)]
pub struct Node {
    config: NodeConfig,
    membership: Membership,
    drain: Drain,
    view: FleetView,
    /// When the last snapshot came.
    snapshot_at: Option<Instant>,
    /// When the node heard last of another one that has joined.
    newcomer_at: Option<Instant>,
    shards: BTreeMap<u32, ShardState>,
    remembered: BTreeMap<u32, Remembered>,
    setbacks: Setbacks,
    /// Since when shards have no owner.
    unclaimed: BTreeMap<u32, Instant>,
    /// The highest fence of a node lease that is known.
    highest_term: Fence,
    calls: Calls,
    last_input: Instant,
    planned_at: Option<Instant>,
    has_changed: bool,
    outputs: VecDeque<NodeOutput>,
    wake_at: Instant,
}

impl Node {
    /// Makes a node that has no lease yet.
    #[must_use]
    pub fn new(config: NodeConfig, now: Instant) -> Self {
        Self {
            config,
            membership: Membership::Outside {
                attempt: None,
                due: now,
            },
            drain: Drain::No,
            view: FleetView::default(),
            snapshot_at: None,
            newcomer_at: None,
            shards: BTreeMap::new(),
            remembered: BTreeMap::new(),
            setbacks: Setbacks::default(),
            unclaimed: BTreeMap::new(),
            highest_term: Fence::NONE,
            calls: Calls::default(),
            last_input: now,
            planned_at: None,
            has_changed: true,
            outputs: VecDeque::new(),
            wake_at: now,
        }
    }

    /// Handles one input.
    pub fn handle_input(&mut self, now: Instant, input: NodeInput) {
        let now = now.max(self.last_input);
        if matches!(self.membership, Membership::Left) {
            self.wake_at = now + MAX_WAIT;
            return;
        }
        self.pass_time(now);
        match input {
            NodeInput::Tick => {}
            NodeInput::Change(change) => self.apply_change(now, change),
            NodeInput::Answer { call, answer } => self.handle_answer(now, call, answer),
            NodeInput::Stopped { shard, checkpoint } => self.handle_stopped(now, shard, checkpoint),
            NodeInput::ConnectionEnded { shard } => self.handle_connection_end(now, shard),
            NodeInput::Fenced { shard, by } => self.handle_fenced(now, shard, by),
            NodeInput::Failed { shard } => self.handle_failed(now, shard),
            NodeInput::Drain => self.begin_drain(now),
        }
        self.make_calls(now);
        self.plan_if_due(now);
        self.continue_drain(now);
        self.wake_at = self.next_wake(now);
    }

    /// Returns the next output.
    pub fn poll_output(&mut self) -> NodeOutput {
        let wait = NodeOutput::Wait(self.wake_at);
        self.outputs.pop_front().unwrap_or(wait)
    }

    /// Returns whether anything may be sent for a shard.
    ///
    /// [`Until`](Clearance::Until) a time that is not over is a yes, and holds without another question until then, unless
    /// an output stops the shard.
    #[must_use]
    pub fn clearance(&self, now: Instant, shard: u32) -> Clearance {
        let (is_owned, has_link) = match self.shards.get(&shard) {
            Some(ShardState::Serving(_) | ShardState::Stopping(_)) => (true, true),
            Some(ShardState::Reclaiming { link, .. } | ShardState::Loading { link, .. }) => {
                (false, *link != Link::Stopped)
            }
            _ => (false, false),
        };
        if !has_link {
            return Clearance::No;
        }
        if is_owned && let Some(term) = self.membership.term() {
            if now < term.owners_end {
                return Clearance::Until(term.owners_end);
            }
            if self.config.on_silence == OnSilence::Stop {
                return Clearance::Unknown;
            }
        }
        // The connection is kept while this process runs.
        let until = self.last_input + PAUSE;
        if now < until {
            Clearance::Until(until)
        } else {
            Clearance::Unknown
        }
    }

    /// Returns whether a shard without a session may identify, once it has a permit of the [`Budget`](crate::Budget) that
    /// was asked for after this.
    #[must_use]
    pub fn identify_clearance(&self, now: Instant, shard: u32) -> Clearance {
        if !matches!(self.shards.get(&shard), Some(ShardState::Serving(_))) {
            return Clearance::No;
        }
        let Some(term) = self.membership.term() else {
            return Clearance::NotBefore(now + MAX_WAIT);
        };
        if term.owners_end <= now {
            return Clearance::NotBefore(now + MAX_WAIT);
        }
        match self.snapshot_at {
            Some(at) if now < at + self.config.identify_quarantine => {
                Clearance::NotBefore(at + self.config.identify_quarantine)
            }
            Some(_) => Clearance::Until(term.owners_end),
            None => Clearance::NotBefore(now + MAX_WAIT),
        }
    }

    /// Returns the fence of a shard that this node runs.
    #[must_use]
    pub fn fence(&self, shard: u32) -> Option<Fence> {
        match self.shards.get(&shard)? {
            ShardState::Serving(serving) | ShardState::Stopping(serving) => {
                Some(serving.lease.fence)
            }
            _ => None,
        }
    }

    /// Returns the numbers of the shards that the driver runs.
    pub fn serving(&self) -> impl Iterator<Item = u32> {
        let serving = self.shards.iter().filter(|(_, state)| match state {
            ShardState::Serving(_) | ShardState::Stopping(_) => true,
            ShardState::Reclaiming { link, .. } | ShardState::Loading { link, .. } => {
                *link != Link::Stopped
            }
            _ => false,
        });
        serving.map(|(shard, _)| *shard)
    }

    /// Returns whether the node has a lease, and takes the shards that are its share. A node that has just joined does so
    /// after [`settle`](NodeConfig::settle).
    #[must_use]
    pub fn takes_shards(&self, now: Instant) -> bool {
        let is_settled = |at| at + self.config.settle <= now;
        self.drain == Drain::No
            && self.can_plan(now).is_some()
            && self.snapshot_at.is_some_and(is_settled)
    }

    /// Returns what the node knows of the fleet.
    #[must_use]
    pub const fn view(&self) -> &FleetView {
        &self.view
    }

    fn status(&self) -> NodeStatus {
        match self.drain {
            Drain::No => NodeStatus::Active,
            Drain::Until(_) => NodeStatus::Draining,
        }
    }

    fn shard_id(&self, shard: u32) -> ShardId {
        ShardId::new(shard, self.config.shards.get())
    }

    fn call(&mut self, now: Instant, purpose: Purpose, request: Request) -> CallId {
        let deadline = now + self.config.timing.retry_every();
        let call = self.calls.begin(purpose, now, deadline);
        self.outputs.push_back(NodeOutput::Call {
            call,
            request,
            deadline,
        });
        call
    }

    fn stop(&mut self, shard: u32, kind: StopKind, reason: NodeStopReason) {
        self.outputs.push_back(NodeOutput::Stop {
            shard,
            kind,
            reason,
        });
    }

    /// Notes a fence of a shard.
    fn note_fence(&mut self, shard: u32, fence: Fence) {
        let known = self.remembered.entry(shard).or_default();
        known.highest = known.highest.max(fence);
    }

    fn highest_fence(&self, shard: u32) -> Fence {
        self.remembered
            .get(&shard)
            .map_or(Fence::NONE, |known| known.highest)
    }

    /// Notes that the driver runs a shard under this fence from now on.
    fn note_served(&mut self, shard: u32, fence: Fence) {
        self.note_fence(shard, fence);
        self.remembered.entry(shard).or_default().own = Some(fence);
    }

    fn next_wake(&self, now: Instant) -> Instant {
        let mut wake = now + MAX_WAIT;
        if let Some(deadline) = self.calls.next_deadline() {
            wake = wake.min(deadline);
        }
        match &self.membership {
            Membership::Member(term) => {
                if term.renewal.is_none() {
                    wake = wake.min(term.renew_at);
                }
                if now < term.owners_end {
                    wake = wake.min(term.owners_end);
                }
            }
            Membership::Outside { attempt: None, due } | Membership::Leaving { due, .. } => {
                wake = wake.min(*due);
            }
            Membership::Outside { .. } | Membership::Left => {}
        }
        let has_plans = self.has_changed || !self.unclaimed.is_empty();
        if has_plans && self.can_plan(now).is_some() {
            wake = wake.min(self.next_plan(now));
        }
        wake.max(now)
    }
}
