//! The clock of a node's driver.

use std::time::Instant;

/// Returns tokio's current time, which tests can pause.
#[expect(clippy::disallowed_methods, reason = "drivers read the clock")]
pub(crate) fn now() -> Instant {
    tokio::time::Instant::now().into_std()
}
