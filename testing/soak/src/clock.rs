//! The only place where the clock is read.

use tokio::time::Instant;

#[expect(
    clippy::disallowed_methods,
    reason = "a soak test over real sockets runs in real time"
)]
pub(crate) fn now() -> Instant {
    Instant::now()
}
