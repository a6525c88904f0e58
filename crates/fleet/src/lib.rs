//! One Discord bot over many processes or machines.
//!
//! A [`Fleet`] is a process that runs its share of a bot's shards in a [`Cluster`](gloaming_cluster::Cluster). Its nodes are
//! equal, and share an engine behind the traits of [`gloaming_coordinator`]. If a node dies, the others resume its sessions;
//! if one joins or leaves, shards move without an IDENTIFY.
//!
//! The decisions are those of [`gloaming_coordinator::Node`], which has no IO. This crate does what they say:
//!
//! - It adds the node's shards to the cluster and removes them from it.
//! - Each connection asks the node before it sends anything, so that a process that was stopped for a minute learns first
//!   what it still owns.
//! - An IDENTIFY needs a permit of the process's own queue and one of the fleet's [budget](gloaming_coordinator::Budget).
//! - [Commands](FleetBuilder::commands) from other processes are sent by the node that owns the shard.
//! - The sessions of the shards are stored with the fence of their lease.
//!
//! The engine of the processes of one machine is `LocalCoordinator` (Unix), which needs no server.
//!
//! [`guide`] leads from one process to many machines, and says what happens failure by failure.

#![cfg_attr(docsrs, feature(doc_cfg))]

mod calls;
mod clock;
mod command_service;
mod connector;
mod coordinator;
mod driver;
mod engine_log;
mod fleet;
mod gate;
pub mod guide;
mod identify_reports;
mod lane;
#[cfg(unix)]
mod local;
mod queue;
mod shared_node;
mod store;
mod stored_position;

#[cfg(unix)]
pub use self::local::LocalCoordinator;
pub use self::{
    coordinator::Coordinator,
    fleet::{Fleet, FleetBuilder},
};

/// Compiles the example in the README.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
