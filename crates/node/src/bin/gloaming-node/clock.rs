//! The clock of the program.

use std::time::Instant;

/// Returns the time, which tests can pause.
#[expect(
    clippy::disallowed_methods,
    reason = "drivers read the clock, and nothing else does"
)]
pub(crate) fn now() -> Instant {
    tokio::time::Instant::now().into_std()
}
