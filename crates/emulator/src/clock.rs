//! The one place where time comes from: tokio's clock, so that a paused runtime makes it virtual.

use std::time::{Duration, Instant};

/// Now.
#[expect(clippy::disallowed_methods, reason = "drivers read the clock")]
pub(crate) fn now() -> Instant {
    tokio::time::Instant::now().into_std()
}

/// Waits until that instant, or for ever if there is none. Cancel-safe.
pub(crate) async fn sleep_until(deadline: Option<Instant>) {
    match deadline {
        Some(deadline) => tokio::time::sleep_until(deadline.into()).await,
        None => std::future::pending().await,
    }
}

/// Gives up on `future` after that long.
pub(crate) async fn within<F: Future>(limit: Duration, future: F) -> Option<F::Output> {
    tokio::time::timeout(limit, future).await.ok()
}
