//! Deadlines, and waiting with a timeout.

use std::{
    thread,
    time::{Duration, Instant},
};

/// The time between two polls.
const POLL_INTERVAL: Duration = Duration::from_millis(20);

/// The time at which a wait times out.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Deadline(Instant);

impl Deadline {
    pub(crate) fn after(timeout: Duration) -> Self {
        Self(now() + timeout)
    }

    /// Returns the time until the deadline, or zero if it has passed.
    pub(crate) fn remaining(self) -> Duration {
        self.0.saturating_duration_since(now())
    }
}

/// Waits until the deadline has passed.
pub(crate) fn sleep_until(deadline: Deadline) {
    thread::sleep(deadline.remaining());
}

/// Calls `poll` until it returns a value or an error.
///
/// # Errors
///
/// `poll` fails, or `timeout` elapses. The error names `what` was waited for.
pub(crate) fn poll_until<T>(
    timeout: Duration,
    what: &str,
    mut poll: impl FnMut() -> Result<Option<T>, String>,
) -> Result<T, String> {
    let deadline = Deadline::after(timeout);
    loop {
        if let Some(value) = poll()? {
            return Ok(value);
        }
        if deadline.remaining().is_zero() {
            return Err(format!("no {what} within {} s", timeout.as_secs()));
        }
        thread::sleep(POLL_INTERVAL);
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "the client programs run in real time"
)]
fn now() -> Instant {
    Instant::now()
}
