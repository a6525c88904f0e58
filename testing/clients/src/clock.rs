//! Waiting, never forever.

use std::{
    thread,
    time::{Duration, Instant},
};

/// Between two looks at something that can't be waited for.
const PAUSE: Duration = Duration::from_millis(20);

/// When waiting ends.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Deadline(Instant);

impl Deadline {
    pub(crate) fn after(wait: Duration) -> Self {
        Self(now() + wait)
    }

    /// How long it is until then.
    pub(crate) fn left(self) -> Duration {
        self.0.saturating_duration_since(now())
    }
}

/// Looks until there is something, and fails with `what` if there is nothing in time.
pub(crate) fn until<T>(
    wait: Duration,
    what: &str,
    mut look: impl FnMut() -> Result<Option<T>, String>,
) -> Result<T, String> {
    let deadline = Deadline::after(wait);
    loop {
        if let Some(seen) = look()? {
            return Ok(seen);
        }
        if deadline.left().is_zero() {
            return Err(format!("{what} did not come within {} s", wait.as_secs()));
        }
        thread::sleep(PAUSE);
    }
}

#[expect(clippy::disallowed_methods, reason = "other programs are waited for")]
fn now() -> Instant {
    Instant::now()
}
