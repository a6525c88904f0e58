//! The only module that reads the clock.

use tokio::time::Instant;

#[expect(
    clippy::disallowed_methods,
    reason = "runs over real sockets take real time"
)]
pub(crate) fn now() -> Instant {
    Instant::now()
}
