//! The only place where the queue reads the clock. Ledgers read theirs in `system_clock.rs`.

use std::time::Instant;

use crate::{clock_reading::ClockReading, timestamp::Timestamp};

#[expect(
    clippy::disallowed_methods,
    reason = "the queue reads the clock for the parts that take the time as an argument"
)]
pub(super) fn now() -> Instant {
    tokio::time::Instant::now().into_std()
}

/// Returns the wall clock, for what is compared with a ledger's clock. It may be wrong.
pub(super) fn wall_clock() -> Timestamp {
    ClockReading::now().wall
}
