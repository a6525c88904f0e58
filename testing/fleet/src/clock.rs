//! The clock of the drills.

use std::time::Instant;

#[expect(
    clippy::disallowed_methods,
    reason = "a drill measures how long real processes take"
)]
pub(crate) fn now() -> Instant {
    Instant::now()
}
