//! One bot over many processes or machines.
//!
//! A [`Fleet`] is a process that runs its share of a bot's shards. It shares an engine with the other processes, such as
//! `LocalCoordinator` for those of one machine (Unix), and resumes the shards of those that die. [`guide`] leads from one
//! process to many machines, and says what happens failure by failure.
//!
//! An engine of your own implements [`Leases`], [`Budget`] and [`Sessions`]. The decisions are those of [`Node`] and
//! [`Ownership`], which have no IO.

#[cfg(unix)]
pub use gloaming_fleet::LocalCoordinator;
pub use gloaming_fleet::{Coordinator, Fleet, FleetBuilder, guide};

pub use gloaming_coordinator::{
    AcquireOutcome, Answer, Budget, CallId, CheckpointOutcome, Clearance, CommandAdmission,
    CommandReply, CommandRequest, CommandRequestId, CommandRequests, CommandStatus, Commands,
    EventLoss, Events, Fence, FleetView, IdentifyPermit, IncomingCommand, JoinRequest,
    LastCheckpoint, LeaseChange, LeaseTable, LeaseTableContent, LeaseTiming, LeaseWatch, Leases,
    LoadOutcome, LossCause, MemoryConnection, MemoryCoordinator, MessageId, Node, NodeConfig,
    NodeId, NodeInput, NodeLease, NodeOutput, NodeRecord, NodeStatus, NodeStopReason, OnSilence,
    Ownership, PERMIT_LIFE, PermitOutcome, PublishOutcome, PublishedEvent, RecentCommands,
    RenewOutcome, Request, SessionSource, SessionTable, Sessions, ShardCheckpoint, ShardHolder,
    ShardLease, StopKind, StoredNode, StreamItem,
};
