//! The one place that reads the clock.

use std::time::Instant;

/// Follows tokio's clock, paused or not.
#[expect(
    clippy::disallowed_methods,
    reason = "the supervisors and what looks at them are drivers"
)]
pub(crate) fn now() -> Instant {
    tokio::time::Instant::now().into_std()
}
