//! Identify scheduling for Discord gateway shards: who may send IDENTIFY, and
//! when.
//!
//! Discord counts identifies per bot. A bot that sends them too fast is told
//! off (P11); one that sends too many in a day loses its token (P12), which is
//! where a crash loop leads. (`P11` and the like are [rules of the protocol].) A queue shared by all shards
//! keeps both limits:
//!
//! - [`Scheduler`] makes the decisions, with no IO and no clock of its own.
//! - [`Queue`] is the trait that shards know. They [`acquire`](Queue::acquire) a
//!   [`Permit`], which is a lease: spent when IDENTIFY is sent, returned when
//!   it is dropped.
//! - `InMemoryQueue` (feature `tokio`) is the queue for one process;
//!   [`UnlimitedQueue`] grants everything at once; `EnqueueQueue` plugs in a
//!   queue that was written for another crate.
//! - [`Ledger`] remembers identifies: [`FileLedger`] over restarts of the program,
//!   [`MemoryLedger`] over those of the queue alone.
//!
//! RESUME is not counted and never waits here.
//!
//! # Features
//!
//! - `tokio` (default): `InMemoryQueue` and `EnqueueQueue`. Without it there is
//!   no tokio in the tree, and everything else is still here.
//! - `metrics`: `InMemoryQueue` tells its depth and budget in [`metrics`].
//!
//! [rules of the protocol]: https://github.com/gloaming-rs/gloaming/blob/main/ARCHITECTURE.md#rules-of-the-protocol

#![cfg_attr(
    test,
    allow(clippy::disallowed_methods, reason = "made-up time needs an origin")
)]

#[cfg(feature = "tokio")]
mod enqueue;
mod error;
#[cfg(feature = "tokio")]
mod in_memory;
mod instants;
mod ledger;
mod limits;
mod max_concurrency;
pub mod metrics;
mod permit;
mod position;
mod queue;
mod scheduler;
mod settings;
mod ticket;
mod timestamp;
mod unlimited;

#[cfg(feature = "tokio")]
pub use enqueue::EnqueueQueue;
pub use error::{QueueError, QueueErrorKind};
/// The time that Discord wants between two identifies of one key (P11), by the
/// name that `twilight-gateway-queue` has for it; see [`IDENTIFY_SPACING`].
pub use gloaming_protocol::limits::IDENTIFY_INTERVAL as IDENTIFY_DELAY;
/// The period of the daily limit (P12), by the name that
/// `twilight-gateway-queue` has for it.
pub use gloaming_protocol::limits::SESSION_START_PERIOD as LIMIT_PERIOD;
#[cfg(feature = "tokio")]
pub use in_memory::InMemoryQueue;
pub use ledger::{
    Announcement, Entry, FileLedger, Identify, Ledger, LedgerError, LedgerErrorKind, MemoryLedger,
    Record,
};
pub use limits::{IDENTIFY_MARGIN, IDENTIFY_SPACING, LEASE};
pub use max_concurrency::MaxConcurrency;
pub use permit::{Permit, PermitGuard};
pub use position::{Position, WaitReason};
pub use queue::{BoxFuture, Queue};
pub use scheduler::{Next, Scheduler, Spend};
pub use settings::Settings;
pub use ticket::Ticket;
pub use timestamp::Timestamp;
/// [`UnlimitedQueue`], by the name that `twilight-gateway-queue` had for it up to
/// 0.15.
#[doc(no_inline)]
pub use unlimited::UnlimitedQueue as NoOpQueue;
pub use unlimited::UnlimitedQueue;
