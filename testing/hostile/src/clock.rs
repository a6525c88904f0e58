//! The only place where the clock is read.

use std::{future::Future, time::Duration};
use tokio::time::{Instant, timeout};

#[expect(
    clippy::disallowed_methods,
    reason = "tests over real sockets run in real time"
)]
pub(crate) fn now() -> Instant {
    Instant::now()
}

/// Waits for `future` for that long.
pub(crate) async fn within<T>(limit: Duration, future: impl Future<Output = T>) -> Option<T> {
    timeout(limit, future).await.ok()
}
