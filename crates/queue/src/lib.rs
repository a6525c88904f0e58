//! Identify scheduling for Discord gateway shards: who may send IDENTIFY, and
//! when.
//!
//! Discord counts identifies per bot. A bot that sends them too fast is told
//! off (P11); one that sends too many in a day loses its token (P12), which is
//! where a crash loop leads. A queue shared by all shards keeps both limits:
//!
//! - [`Scheduler`] makes the decisions, with no IO and no clock of its own.
//! - [`Queue`] is the trait that shards know. They [`acquire`](Queue::acquire) a
//!   [`Permit`], which is a lease: spent when IDENTIFY is sent, returned when
//!   it is dropped.
//! - `InMemoryQueue` (feature `tokio`) is the queue for one process;
//!   [`UnlimitedQueue`] grants everything at once.
//! - [`Ledger`] remembers identifies over restarts: [`FileLedger`],
//!   [`MemoryLedger`].
//!
//! RESUME is not counted and never waits here.
//!
//! # Features
//!
//! - `tokio` (default): `InMemoryQueue`. Without it there is no tokio in the
//!   tree, and everything else is still here.
//! - `metrics`: `InMemoryQueue` tells its depth and budget in [`metrics`].

#![cfg_attr(
    test,
    allow(clippy::disallowed_methods, reason = "made-up time needs an origin")
)]

mod error;
#[cfg(feature = "tokio")]
mod in_memory;
mod instants;
mod ledger;
pub mod metrics;
mod permit;
mod position;
mod queue;
mod scheduler;
mod settings;
mod ticket;
mod timestamp;
mod unlimited;

pub use error::{QueueError, QueueErrorKind};
#[cfg(feature = "tokio")]
pub use in_memory::InMemoryQueue;
pub use ledger::{
    Announcement, Entry, FileLedger, Identify, Ledger, LedgerError, LedgerErrorKind, MemoryLedger,
    Record,
};
pub use permit::{Permit, PermitGuard};
pub use position::{Position, WaitReason};
pub use queue::{BoxFuture, Queue};
pub use scheduler::{LEASE, Next, Scheduler, Spend};
pub use settings::Settings;
pub use ticket::Ticket;
pub use timestamp::Timestamp;
pub use unlimited::UnlimitedQueue;
