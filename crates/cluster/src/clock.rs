//! The clock of the supervisors.

use std::time::Instant;

/// Returns tokio's current time, which tests can pause.
#[expect(
    clippy::disallowed_methods,
    reason = "supervisors and health checks are drivers, which read the clock"
)]
pub(crate) fn now() -> Instant {
    tokio::time::Instant::now().into_std()
}
