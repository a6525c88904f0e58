//! One Discord gateway session as an IO-free state machine.
//!
//! [`Machine`] decides what each payload means, when to heartbeat, how to resume after a lost connection, what is
//! sent when, and which request a reply belongs to. It has no sockets, no clock, no runtime and no randomness of its
//! own: time, a seed and permits are arguments. A driver does the IO. `gloaming-shard` is the driver for tokio; the
//! contract for a driver of your own is in the documentation of [`Machine`].
//!
//! It is to `gloaming-shard` what `quinn-proto` is to `quinn`.

#![cfg_attr(docsrs, feature(doc_cfg))]

mod awaited;
mod backoff;
mod command;
mod config;
mod connection;
pub mod delivery;
pub mod gateway_info;
mod guild_arrivals;
mod io;
mod lifecycle;
mod lifecycle_text;
mod machine;
mod maintenance;
mod presence_limit;
mod punctuality;
mod random;
mod reader;
mod recovery;
pub mod requests;
mod send_window;
mod session;
mod shard_state;
mod timeouts;

pub use self::{
    awaited::Awaited,
    backoff::{BackoffPolicy, MAX_RETRY_AFTER},
    command::{CommandId, CommandOutcome},
    config::MachineConfig,
    io::{Input, Output, SendKind, Severity, Transmit, WireText},
    lifecycle::{DisconnectCause, GapCause, Lifecycle, Resumable, StopReason},
    machine::Machine,
    punctuality::MIN_REPORTED_DELAY,
    recovery::{RecoveryPolicy, RecoveryStep, StepBounds},
    send_window::SendLimit,
    session::Session,
    shard_state::ShardState,
    timeouts::Timeouts,
};

/// Any instant will do for a test in virtual time.
#[cfg(test)]
#[expect(
    clippy::disallowed_methods,
    reason = "there is no other way to an instant"
)]
fn test_instant() -> std::time::Instant {
    std::time::Instant::now()
}

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
