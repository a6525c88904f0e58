//! The request to end the program: ctrl-c, or on Unix also SIGTERM, which service managers and containers send.

use std::io;
use tokio::signal::ctrl_c;

/// Waits for the request. A second one, while the bot closes, has no effect.
///
/// # Errors
///
/// Fails if the operating system does not report signals.
#[cfg(unix)]
pub(crate) async fn requested() -> io::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};

    let mut terminate = signal(SignalKind::terminate())?;
    tokio::select! {
        interrupted = ctrl_c() => interrupted,
        _ = terminate.recv() => Ok(()),
    }
}

#[cfg(not(unix))]
pub(crate) async fn requested() -> io::Result<()> {
    ctrl_c().await
}
