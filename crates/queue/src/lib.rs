//! Identify scheduling for Discord gateway shards: decides when each shard may
//! send IDENTIFY.
//!
//! Discord limits identifies per bot, as two [rules of the protocol] say. A bot that sends them too fast is
//! rejected ([P11](gloaming_protocol::rules#p11)). A bot that sends too many in a day, for example in a crash
//! loop, loses its token ([P12](gloaming_protocol::rules#p12)). One queue that all shards share keeps both
//! limits:
//!
//! - [`Scheduler`] makes the decisions, without IO and without a clock.
//! - [`IdentifyQueue`] is the trait that shards use. They
//!   [`acquire`](IdentifyQueue::acquire) a [`Permit`], which is a lease: it is
//!   spent when IDENTIFY is sent, and returned when it is dropped.
//! - `Queue` (feature `tokio`) is the trait of `twilight-gateway-queue` 0.18.
//!   Every `Queue` is an [`IdentifyQueue`].
//! - `InMemoryQueue` (feature `tokio`) is the queue for one process.
//!   [`UnlimitedQueue`] grants every permit immediately. `EnqueueQueue` (feature
//!   `tokio`) makes a queue of a function.
//! - [`Ledger`] records identifies: [`FileLedger`] beyond restarts of the
//!   program and for all processes of a machine, [`MemoryLedger`] beyond the
//!   queue.
//!
//! Discord does not count RESUME, so a RESUME never waits for the queue.
//!
//! # Features
//!
//! - `tokio` (default): `InMemoryQueue`, `Queue` and `EnqueueQueue`. Without it
//!   the crate does not depend on tokio.
//! - `metrics`: `InMemoryQueue` records its depth and budget; see [`metrics`].
//!
//! [rules of the protocol]: gloaming_protocol::rules

#![cfg_attr(docsrs, feature(doc_cfg))]
#![cfg_attr(
    test,
    allow(clippy::disallowed_methods, reason = "simulated time needs an origin")
)]

mod clock_reading;
#[cfg(feature = "tokio")]
mod enqueue_queue;
mod error;
mod file_ledger;
mod file_lock;
mod identify_queue;
#[cfg(feature = "tokio")]
mod in_memory;
mod instants;
mod ledger;
mod limits;
mod max_concurrency;
mod memory_ledger;
pub mod metrics;
mod permit;
mod position;
#[cfg(feature = "tokio")]
mod queue;
mod queue_budget;
#[cfg(feature = "tokio")]
mod requeue;
mod scheduler;
mod settings;
mod state_path;
mod system_clock;
mod ticket;
mod timestamp;
mod unlimited;

pub use clock_reading::{BootId, BootTime, ClockReading};
#[cfg(feature = "tokio")]
pub use enqueue_queue::EnqueueQueue;
pub use error::{QueueError, QueueErrorKind};
pub use file_ledger::FileLedger;
/// The time that Discord requires between two identifies of one rate-limit key
/// ([P11](gloaming_protocol::rules#p11)), under its name in `twilight-gateway-queue`; see
/// [`IDENTIFY_SPACING`].
pub use gloaming_protocol::limits::IDENTIFY_INTERVAL as IDENTIFY_DELAY;
/// The period of the daily limit ([P12](gloaming_protocol::rules#p12)), under its name in
/// `twilight-gateway-queue`.
pub use gloaming_protocol::limits::SESSION_START_PERIOD as LIMIT_PERIOD;
pub use identify_queue::{BoxFuture, IdentifyQueue};
#[cfg(feature = "tokio")]
pub use in_memory::InMemoryQueue;
pub use ledger::{
    Ledger, LedgerAnswer, LedgerEntry, LedgerError, LedgerErrorKind, LedgerState, LedgerVerdict,
    LimitSnapshot, RecordedIdentify,
};
pub use limits::{IDENTIFY_MARGIN, IDENTIFY_SPACING, LEDGER_TIMEOUT, PERMIT_LEASE};
pub use max_concurrency::MaxConcurrency;
pub use memory_ledger::MemoryLedger;
pub use permit::{Permit, PermitGuard};
pub use position::{Position, WaitReason};
#[cfg(feature = "tokio")]
pub use queue::Queue;
pub use queue_budget::QueueBudget;
pub use scheduler::{Scheduler, SchedulerDecision, SpendOutcome};
pub use settings::QueueSettings;
pub use ticket::Ticket;
pub use timestamp::Timestamp;
/// [`UnlimitedQueue`], under its name in `twilight-gateway-queue` up to 0.15.
#[doc(no_inline)]
pub use unlimited::UnlimitedQueue as NoOpQueue;
pub use unlimited::UnlimitedQueue;

/// What other crates of this workspace need to keep files. Not public API.
#[doc(hidden)]
pub mod files {
    pub use crate::{
        file_lock::{FileLock, FileLockError, is_at},
        state_path::{StateVariables, application_id},
    };
}

#[cfg(all(doctest, feature = "tokio"))]
#[doc = include_str!("../README.md")]
struct ReadmeExamples;
