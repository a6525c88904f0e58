//! One Discord gateway session as an IO-free state machine.
//!
//! [`Machine`] decides which payload means what, when to heartbeat, how to resume, and what is sent when. It
//! has no sockets, no clock and no randomness of its own.

mod machine;
#[doc(hidden)]
pub mod requests;
mod session;
mod shard_state;

pub use self::{machine::*, session::Session, shard_state::ShardState};

/// Any instant will do for a test in virtual time.
#[cfg(test)]
#[expect(
    clippy::disallowed_methods,
    reason = "there is no other way to an instant"
)]
fn test_instant() -> std::time::Instant {
    std::time::Instant::now()
}
