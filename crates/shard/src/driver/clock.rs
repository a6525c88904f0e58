//! The one place where the driver meets time.

use std::{
    pin::Pin,
    task::{Context, Poll},
    time::{Duration, Instant, SystemTime},
};
use tokio::time::Sleep;

/// tokio's clock, so that a paused runtime pauses the shard.
#[expect(clippy::disallowed_methods, reason = "drivers read the clock")]
pub(crate) fn now() -> Instant {
    tokio::time::Instant::now().into_std()
}

/// The wall clock, as the time since 1970. Zero before.
#[expect(clippy::disallowed_methods, reason = "drivers read the clock")]
pub(crate) fn since_unix_epoch() -> Duration {
    SystemTime::now()
        .duration_since(SystemTime::UNIX_EPOCH)
        .unwrap_or_default()
}

/// Wakes the task at the machine's deadline. Says nothing about time itself: with its budget used
/// up, tokio leaves an elapsed `Sleep` pending, so the clock is read as well.
#[derive(Debug, Default)]
pub(super) struct Timer {
    sleep: Option<Pin<Box<Sleep>>>,
    deadline: Option<Instant>,
}

impl Timer {
    pub(super) fn is_due(&self, now: Instant) -> bool {
        self.deadline.is_some_and(|deadline| deadline <= now)
    }

    pub(super) const fn is_set(&self) -> bool {
        self.deadline.is_some()
    }

    pub(super) const fn deadline(&self) -> Option<Instant> {
        self.deadline
    }

    /// Sets the time; an unchanged one costs next to nothing.
    #[inline]
    pub(super) fn set(&mut self, deadline: Option<Instant>) {
        if self.deadline != deadline {
            self.change(deadline);
        }
    }

    fn change(&mut self, deadline: Option<Instant>) {
        self.deadline = deadline;
        if let Some(deadline) = deadline {
            let deadline = tokio::time::Instant::from_std(deadline);
            match &mut self.sleep {
                Some(sleep) => sleep.as_mut().reset(deadline),
                None => self.sleep = Some(Box::pin(tokio::time::sleep_until(deadline))),
            }
        }
    }

    /// Ready once the time has come; never without a time.
    pub(super) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        match (&mut self.sleep, self.deadline) {
            (Some(sleep), Some(_)) => sleep.as_mut().poll(cx),
            _ => Poll::Pending,
        }
    }
}
