//! The only place where the queue reads the clock.

use std::time::{Instant, SystemTime};

use crate::timestamp::Timestamp;

#[expect(
    clippy::disallowed_methods,
    reason = "the queue reads the clock for the parts that take the time as an argument"
)]
pub(super) fn now() -> Instant {
    tokio::time::Instant::now().into_std()
}

#[expect(
    clippy::disallowed_methods,
    reason = "the ledger outlives the process, so it needs wall-clock time"
)]
pub(super) fn wall_clock() -> Timestamp {
    SystemTime::now().into()
}
