//! One bot over many processes: who owns which shards.
//!
//! A bot that has outgrown one machine runs as several equal processes, its *nodes*. This crate decides which node owns
//! which shards, so that no shard is served twice, and the shards of a node that died are resumed by the others within 15 s.
//!
//! - [`Node`] is one process of the fleet, as a state machine.
//! - [`Ownership`] is the decision which node should own which shards: balanced, with few moves.
//! - [`LeaseTiming`] is when a lease counts as ended for its owner, before another node can take it.
//! - [`FleetView`] is what a node knows of the others.
//! - [`RecentCommands`] is the memory because of which a repeated command is sent once.
//!
//! They have no IO: time, randomness and the view of the fleet are arguments.
//!
//! What the nodes have in common is kept by an *engine*, such as a server for streams, behind five traits:
//!
//! | trait | what it keeps |
//! |---|---|
//! | [`Leases`] | who is alive, and who owns which shards |
//! | [`Budget`] | the identifies of all nodes ([P11](gloaming_protocol::rules#p11), [P12](gloaming_protocol::rules#p12)) |
//! | [`Sessions`] | the checkpoints from which the next owner resumes |
//! | [`Events`] | the events for workers in any process |
//! | [`Commands`] | the commands that workers ask the owner of a shard for: it keeps none |
//!
//! [`MemoryCoordinator`] implements them in memory, for nodes in one process and for tests.
//!
//! # Features
//!
//! - `conformance`: checks that every engine has to pass, for the tests of an engine.
//!
//! # Fences
//!
//! Each acquisition of a shard has a [`Fence`], a number that rises. What an owner writes carries it, and what an earlier
//! owner writes is refused.

#![cfg_attr(docsrs, feature(doc_cfg))]

mod budget;
mod commands;
#[cfg(any(test, feature = "conformance"))]
pub mod conformance;
mod error;
mod event_loss;
mod events;
mod fence;
mod fleet_ledger;
mod fleet_view;
mod lease;
mod lease_table;
mod leases;
mod memory;
mod node;
mod node_id;
mod ownership;
mod recent_commands;
mod session_table;
mod sessions;
mod timing;

pub use self::{
    budget::{Budget, IdentifyPermit, PERMIT_LIFE, PermitOutcome},
    commands::{
        CommandReply, CommandRequest, CommandRequestId, CommandRequests, CommandStatus, Commands,
        IncomingCommand,
    },
    error::{CoordinatorError, CoordinatorErrorKind},
    event_loss::{EventLoss, LossCause, StreamItem},
    events::{Events, MessageId, PublishOutcome, PublishedEvent},
    fence::Fence,
    fleet_ledger::{FleetLedger, LedgerChange},
    fleet_view::{FleetView, ShardHolder},
    lease::{NodeLease, NodeRecord, NodeStatus, ShardLease},
    lease_table::{LeaseTable, LeaseTableContent, StoredNode},
    leases::{AcquireOutcome, JoinRequest, LeaseChange, LeaseWatch, Leases, RenewOutcome},
    memory::{MemoryConnection, MemoryCoordinator},
    node::{
        Answer, CallId, Clearance, LastCheckpoint, Node, NodeConfig, NodeInput, NodeOutput,
        NodeStopReason, OnSilence, Request, SessionSource, StopKind,
    },
    node_id::{NodeId, NodeIdError},
    ownership::Ownership,
    recent_commands::{CommandAdmission, RecentCommands},
    session_table::SessionTable,
    sessions::{CheckpointOutcome, LoadOutcome, Sessions, ShardCheckpoint},
    timing::{LeaseTiming, LeaseTimingError},
};

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
