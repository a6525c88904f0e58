//! What goes into a node, and what comes out.

use crate::{
    fence::Fence,
    lease::{NodeLease, NodeStatus, ShardLease},
    leases::{AcquireOutcome, JoinRequest, LeaseChange, RenewOutcome},
    node_id::NodeId,
    sessions::{LoadOutcome, ShardCheckpoint},
};
use gloaming_protocol::ShardId;
use std::time::Instant;

/// Identifies a call to the engine until it is answered.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct CallId(pub(super) u64);

/// What happened to a [`Node`](crate::Node).
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum NodeInput {
    /// Time has passed.
    Tick,
    /// The watch of the leases yielded a change.
    Change(LeaseChange),
    /// A call to the engine has ended.
    Answer {
        /// The call.
        call: CallId,
        /// Its result.
        answer: Answer,
    },
    /// A shard has stopped that was to stop with [`StopKind::HandOver`].
    Stopped {
        /// The number of the shard.
        shard: u32,
        /// Whether its last position is stored.
        checkpoint: LastCheckpoint,
    },
    /// The connection of a shard to Discord has ended, and the shard is about to resume. It resumes unless the node stops
    /// it.
    ConnectionEnded {
        /// The number of the shard.
        shard: u32,
    },
    /// The engine refused a checkpoint or an event of a shard.
    Fenced {
        /// The number of the shard.
        shard: u32,
        /// The higher fence.
        by: Fence,
    },
    /// A shard does not run in this process any more, or could not be started: its task has crashed too often, for example.
    /// The node gives it to another node, and does not take it itself for a while.
    Failed {
        /// The number of the shard.
        shard: u32,
    },
    /// The process is to end: give the shards to other nodes, and leave.
    Drain,
}

/// The result of a [`Request`].
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Answer {
    /// Of [`Request::Join`].
    Joined(NodeLease),
    /// Of [`Request::Renew`].
    Renewed(RenewOutcome),
    /// Of [`Request::Leave`].
    Left,
    /// Of [`Request::Acquire`].
    Acquired(AcquireOutcome),
    /// Of [`Request::Release`].
    Released,
    /// Of [`Request::Load`].
    Loaded(LoadOutcome),
    /// The call failed. Whether it had an effect is not known.
    Failed,
}

/// Whether a shard's last position is stored before another node has the shard.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum LastCheckpoint {
    /// The engine has it, or the shard has no session.
    Stored,
    /// The engine did not take it. The node keeps the shard.
    Failed,
}

/// What the driver of a [`Node`](crate::Node) has to do.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum NodeOutput {
    /// Call the engine, and feed its [`Answer`]. Drop the call at the deadline; the node counts it as failed then.
    Call {
        /// Identifies the call.
        call: CallId,
        /// What to call.
        request: Request,
        /// When the node stops waiting.
        deadline: Instant,
    },
    /// Start a shard.
    Start {
        /// The number of the shard.
        shard: u32,
        /// The fence of its checkpoints and events.
        fence: Fence,
        /// What it resumes.
        session: SessionSource,
    },
    /// Write with another fence from now on. The shard goes on.
    Refence {
        /// The number of the shard.
        shard: u32,
        /// The fence of its checkpoints and events.
        fence: Fence,
    },
    /// Stop a shard so that its session can be resumed.
    Stop {
        /// The number of the shard.
        shard: u32,
        /// How.
        kind: StopKind,
        /// Why.
        reason: NodeStopReason,
    },
    /// The node has left, and the process may end. There is no further output.
    Drained,
    /// Nothing is to be done until this time, or the next input.
    Wait(Instant),
}

/// A call to the engine: one of the methods of [`Leases`](crate::Leases) and [`Sessions`](crate::Sessions).
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Request {
    /// [`Leases::join`](crate::Leases::join).
    Join(JoinRequest),
    /// [`Leases::renew`](crate::Leases::renew).
    Renew {
        /// The node's lease.
        lease: NodeLease,
        /// The node's status.
        status: NodeStatus,
    },
    /// [`Leases::leave`](crate::Leases::leave).
    Leave(NodeLease),
    /// [`Leases::acquire`](crate::Leases::acquire).
    Acquire {
        /// The shard.
        shard: ShardId,
        /// The node's lease.
        node: NodeLease,
        /// The highest fence of the shard that is known.
        above: Fence,
    },
    /// [`Leases::release`](crate::Leases::release).
    Release(ShardLease),
    /// [`Sessions::load`](crate::Sessions::load).
    Load {
        /// The shard.
        shard: ShardId,
        /// The fence of its lease.
        fence: Fence,
    },
}

/// What a shard that starts resumes.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum SessionSource {
    /// This checkpoint of another node.
    Stored(ShardCheckpoint),
    /// The session that the shard had when this process stopped it.
    Own,
    /// Nothing: the shard never had a session. It identifies once it has a permit of the
    /// [`Budget`](crate::Budget).
    Nothing,
}

/// How a shard stops.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum StopKind {
    /// Close the connection, finish what is in handlers, store a last checkpoint with the fence of the lease, and then feed
    /// [`NodeInput::Stopped`].
    HandOver,
    /// Send nothing more, close the connection without ending the session, and keep the session in memory. No input
    /// follows.
    AtOnce,
}

/// Why a shard stops on its node.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum NodeStopReason {
    /// Another node should own it.
    Moving,
    /// The process is to end.
    Draining,
    /// Another node owns it.
    TakenOver {
        /// That node.
        by: NodeId,
    },
    /// Another node had it in between, and it starts with what that one has stored.
    Replaced,
    /// It can't run in this process. Another one tries.
    Failed,
    /// Its connection ended while the engine did not answer, so that another node may own it.
    ConnectionLostInSilence,
    /// The engine does not answer, and [`OnSilence::Stop`](crate::OnSilence::Stop) is set.
    Silence,
    /// This process did not run for so long that another node may own it.
    Paused,
}

/// Whether a node may do something for a shard, and until when that holds.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Clearance {
    /// Yes, until this time.
    Until(Instant),
    /// Not before this time.
    NotBefore(Instant),
    /// It is not known. Feed [`NodeInput::Tick`], drain the outputs, and ask again.
    Unknown,
    /// No: the shard is not served by this node.
    No,
}
