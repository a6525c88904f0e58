//! Where leases are kept.

use crate::{
    error::CoordinatorError,
    fence::Fence,
    fleet_view::FleetView,
    lease::{NodeLease, NodeRecord, NodeStatus, ShardLease},
    node_id::NodeId,
};
use gloaming_protocol::ShardId;
use gloaming_queue::BoxFuture;
use std::{fmt::Debug, time::Duration};

/// Keeps the leases of the nodes and shards of one bot.
///
/// # Contract
///
/// - A node lease ends at the engine `ttl` after the engine had the last [`join`](Self::join) or
///   [`renew`](Self::renew), not earlier, and at most a second later. An ended lease is never renewed.
/// - A shard lease is valid as long as the node lease in it. [`acquire`](Self::acquire) grants a shard if it has no valid
///   lease, or one of the same node, as one step: of two nodes that try, one gets it.
/// - Each acquisition has a higher [`Fence`] than every one of the same shard that the engine knows, and than the `above`
///   that the caller knows. So fences rise also if the engine has forgotten its last seconds.
/// - Calls are idempotent: a caller that got no answer repeats the call.
/// - The watch yields changes in the order in which they took effect. After any interruption, it yields a
///   [snapshot](LeaseChange::Snapshot) first.
///
/// # Cancel safety
///
/// Dropping a future leaves the call done or not done. The caller does not know which, as after
/// [`Unreachable`](crate::CoordinatorErrorKind::Unreachable). A call that was dropped may still take effect within the time
/// that the network holds a message; fences bound what it can do.
///
/// # Errors
///
/// All methods fail if the engine does not answer, or answers with an error of its own. None waits for ever: an
/// implementation bounds each call to a few seconds, and callers drop what takes longer.
pub trait Leases: Debug + Send + Sync {
    /// Acquires the lease of a node, in place of one that it may have.
    fn join(&self, request: JoinRequest) -> BoxFuture<'_, Result<NodeLease, CoordinatorError>>;

    /// Extends the lease of a node to its `ttl` from now, and publishes its status.
    fn renew(
        &self,
        lease: NodeLease,
        status: NodeStatus,
    ) -> BoxFuture<'_, Result<RenewOutcome, CoordinatorError>>;

    /// Ends the lease of a node, and with it those of its shards. Does nothing if it has ended.
    fn leave(&self, lease: NodeLease) -> BoxFuture<'_, Result<(), CoordinatorError>>;

    /// Acquires the lease of a shard for a node, with a fence higher than `above`.
    fn acquire(
        &self,
        shard: ShardId,
        node: NodeLease,
        above: Fence,
    ) -> BoxFuture<'_, Result<AcquireOutcome, CoordinatorError>>;

    /// Ends the lease of a shard. Does nothing if it has ended, or if another acquisition has replaced it.
    fn release(&self, lease: ShardLease) -> BoxFuture<'_, Result<(), CoordinatorError>>;

    /// Watches all leases.
    fn watch(&self) -> BoxFuture<'_, Result<Box<dyn LeaseWatch>, CoordinatorError>>;
}

/// The changes of the leases, from [`Leases::watch`].
pub trait LeaseWatch: Debug + Send {
    /// Waits for the next change. The first one is a [snapshot](LeaseChange::Snapshot).
    ///
    /// While the engine can't be reached, it waits, and continues with a snapshot. A watch that is not asked for long may
    /// replace the changes that it holds by a snapshot, so that its memory is bounded.
    ///
    /// # Errors
    ///
    /// Fails if this watch can't go on. Start another one.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future loses no change.
    fn next(&mut self) -> BoxFuture<'_, Result<LeaseChange, CoordinatorError>>;
}

/// What [`Leases::join`] needs.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct JoinRequest {
    /// The node.
    pub node: NodeId,
    /// Whether it takes shards.
    pub status: NodeStatus,
    /// How long the lease lasts without a renewal, in whole seconds, at least 1 s.
    pub ttl: Duration,
    /// The highest fence of a node lease that the caller knows.
    pub above: Fence,
}

/// The answer to [`Leases::renew`].
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum RenewOutcome {
    /// The lease lasts for its `ttl` from the time at which the engine had the call.
    Renewed,
    /// There is no such lease: it has ended, or the engine has forgotten it. Join again.
    Ended,
}

/// The answer to [`Leases::acquire`].
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum AcquireOutcome {
    /// The node holds the shard.
    Granted(ShardLease),
    /// Another node holds the shard.
    Held(ShardLease),
    /// The lease of the node that asks has ended. Join again.
    NodeEnded,
}

/// A change of the leases.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum LeaseChange {
    /// All leases there are. It replaces what was known before.
    Snapshot(FleetView),
    /// A node has joined, or its status has changed.
    Node(NodeRecord),
    /// The lease of a node has ended, and with it those of its shards.
    NodeEnded(NodeLease),
    /// A shard was acquired.
    Acquired(ShardLease),
    /// The lease of a shard was released.
    Released(ShardLease),
}
