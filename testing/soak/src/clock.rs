//! The one look at the clock.

use tokio::time::Instant;

#[expect(
    clippy::disallowed_methods,
    reason = "a soak over real sockets takes real time"
)]
pub(crate) fn now() -> Instant {
    Instant::now()
}
