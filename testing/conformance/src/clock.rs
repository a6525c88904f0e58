//! The only place that reads the clock.

use tokio::time::Instant;

#[expect(
    clippy::disallowed_methods,
    reason = "trials over real sockets take real time"
)]
pub(crate) fn now() -> Instant {
    Instant::now()
}
