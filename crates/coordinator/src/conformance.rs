//! What every engine has to do, as checks for the tests of an engine.
//!
//! An engine on another service runs these against that service:
//!
//! ```
//! use gloaming_coordinator::{
//!     MemoryConnection, MemoryCoordinator,
//!     conformance::{self, TestedEngine},
//! };
//! use gloaming_queue::{BoxFuture, QueueSettings};
//! use std::time::Duration;
//!
//! struct Memory {
//!     coordinator: MemoryCoordinator,
//!     time: std::sync::Mutex<Duration>,
//! }
//!
//! impl TestedEngine for Memory {
//!     type Connection = MemoryConnection;
//!
//!     fn connect(&self) -> MemoryConnection {
//!         self.coordinator.connect()
//!     }
//!
//!     fn pass(&self, time: Duration) -> BoxFuture<'_, ()> {
//!         let mut now = self.time.lock().expect("no thread panicked");
//!         *now += time;
//!         self.coordinator.set_time(*now);
//!         self.coordinator.end_leases();
//!         Box::pin(std::future::ready(()))
//!     }
//! }
//!
//! # async fn example() {
//! conformance::check(async || Memory {
//!     coordinator: MemoryCoordinator::with_set_clock(conformance::SETTINGS),
//!     time: std::sync::Mutex::default(),
//! })
//! .await;
//! # }
//! ```

mod budget;
mod commands;
mod events;
mod leases;
mod sessions;
mod watch;

pub use self::{
    commands::{TestedCommands, check_commands},
    events::{FenceCheck, TestedEvents, check_events},
};
use crate::{
    budget::Budget,
    fence::Fence,
    lease::{NodeLease, NodeStatus, ShardLease},
    leases::{AcquireOutcome, JoinRequest, Leases, RenewOutcome},
    node_id::NodeId,
    sessions::Sessions,
};
use gloaming_protocol::ShardId;
use gloaming_queue::{BoxFuture, QueueSettings};
use std::time::Duration;

/// An engine under test, which nothing else uses.
pub trait TestedEngine {
    /// The connection of one node.
    type Connection: Leases + Budget + Sessions;

    /// Makes a connection for one node.
    fn connect(&self) -> Self::Connection;

    /// Lets time pass: by a clock that is set, or by waiting.
    fn pass(&self, time: Duration) -> BoxFuture<'_, ()>;
}

/// The limits of identifies with which an engine is checked: one per 5 s, and five left of the day, of which two are the
/// reserve.
pub const SETTINGS: QueueSettings = QueueSettings {
    max_concurrency: std::num::NonZeroU16::MIN,
    remaining: 5,
    reset_after: Duration::from_secs(24 * 60 * 60),
    total: 1000,
    reserve: 2,
};

/// Checks an engine. `make` makes one that has nothing stored, with the limits of [`SETTINGS`].
///
/// # Panics
///
/// If the engine does not do what the traits say. The message says what.
pub async fn check<E: TestedEngine>(make: impl AsyncFn() -> E) {
    leases::check(&make).await;
    watch::check(&make).await;
    sessions::check(&make).await;
    budget::check(&make().await).await;
}

const TTL: Duration = Duration::from_secs(3);
const ACTIVE: NodeStatus = NodeStatus::Active;

fn shard(number: u32) -> ShardId {
    ShardId::new(number, 16)
}

async fn join(connection: &impl Leases, name: &str) -> NodeLease {
    join_above(connection, name, Fence::NONE).await
}

async fn join_above(connection: &impl Leases, name: &str, above: Fence) -> NodeLease {
    let request = JoinRequest {
        node: NodeId::new(name).expect("the name is an id"),
        status: ACTIVE,
        ttl: TTL,
        above,
    };
    connection.join(request).await.expect("a node can join")
}

async fn renew(connection: &impl Leases, lease: &NodeLease) -> RenewOutcome {
    let renewal = connection.renew(lease.clone(), ACTIVE).await;
    renewal.expect("a lease can be renewed")
}

async fn acquire(connection: &impl Leases, number: u32, node: &NodeLease) -> AcquireOutcome {
    let acquiring = connection.acquire(shard(number), node.clone(), Fence::NONE);
    acquiring.await.expect("a shard can be asked for")
}

async fn granted(connection: &impl Leases, number: u32, node: &NodeLease) -> ShardLease {
    match acquire(connection, number, node).await {
        AcquireOutcome::Granted(lease) => lease,
        other => panic!("shard {number} is free for {node:?}: {other:?}"),
    }
}
