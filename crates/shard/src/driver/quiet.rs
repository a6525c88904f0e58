//! When a shard releases the memory that it needs only while events arrive.

use super::clock::Timer;
use std::{
    task::Context,
    time::{Duration, Instant},
};

/// How long no frame has to arrive until memory is released. To allocate it again takes some microseconds, so that a shard
/// with an event every few seconds spends next to nothing on it.
const PATIENCE: Duration = Duration::from_secs(2);

/// Waits until no frame has arrived for some time, once after each event.
#[derive(Debug, Default)]
pub(super) struct Quiet {
    /// The sequence of the last event before memory was released.
    released: Option<u64>,
    /// It has an alarm while memory is held. It may be early, so that events do not set it.
    timer: Timer,
}

/// What to do with memory that is needed only while events arrive.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum IdleMemory {
    Keep,
    Release,
}

impl Quiet {
    /// To be called before the task rests, with the sequence of the last event and the time of the last frame. The task is
    /// woken when it has to be called again.
    pub(super) fn poll(
        &mut self,
        cx: &mut Context<'_>,
        now: Instant,
        last: Option<(u64, Instant)>,
    ) -> IdleMemory {
        let Some((sequence, at)) = last else {
            return IdleMemory::Keep;
        };
        if self.released == Some(sequence) {
            return IdleMemory::Keep;
        }
        let quiet_at = at + PATIENCE;
        if quiet_at <= now {
            return self.release(sequence);
        }
        if !self.timer.is_set() || self.timer.is_due(now) {
            self.timer.set(Some(quiet_at));
        }
        while self.timer.poll(cx).is_ready() {
            // The timer is ahead of the clock by less than its resolution.
            if self.timer.deadline() == Some(quiet_at) {
                return self.release(sequence);
            }
            self.timer.set(Some(quiet_at));
        }
        IdleMemory::Keep
    }

    /// More memory is held than heartbeats need, also without an event.
    pub(super) const fn holds_memory(&mut self) {
        self.released = None;
    }

    fn release(&mut self, sequence: u64) -> IdleMemory {
        self.released = Some(sequence);
        self.timer = Timer::default();
        IdleMemory::Release
    }
}

#[cfg(test)]
mod tests {
    use super::{IdleMemory, PATIENCE, Quiet};
    use crate::driver::clock;
    use std::{future::poll_fn, task::Poll, time::Duration};
    use tokio::time::{sleep, timeout};

    /// Rests until memory is to be released.
    async fn rest(quiet: &mut Quiet, last: Option<(u64, std::time::Instant)>) {
        poll_fn(|cx| match quiet.poll(cx, clock::now(), last) {
            IdleMemory::Keep => Poll::Pending,
            IdleMemory::Release => Poll::Ready(()),
        })
        .await;
    }

    #[tokio::test(start_paused = true)]
    async fn memory_is_released_once_after_the_last_event() {
        let mut quiet = Quiet::default();
        let start = clock::now();
        let last = Some((7, start));
        rest(&mut quiet, last).await;
        let waited = clock::now() - start;
        assert!((PATIENCE..PATIENCE + Duration::from_millis(2)).contains(&waited));
        let again = timeout(100 * PATIENCE, rest(&mut quiet, last)).await;
        assert!(again.is_err(), "there is nothing to release");
        quiet.holds_memory();
        rest(&mut quiet, last).await;
    }

    #[tokio::test(start_paused = true)]
    async fn each_event_begins_the_wait_anew() {
        let mut quiet = Quiet::default();
        for sequence in 1..10 {
            let last = Some((sequence, clock::now()));
            let early = timeout(PATIENCE * 3 / 4, rest(&mut quiet, last)).await;
            assert!(early.is_err());
        }
        sleep(PATIENCE / 4).await;
        let last = Some((9, clock::now() - PATIENCE));
        rest(&mut quiet, last).await;
    }

    #[tokio::test(start_paused = true)]
    async fn shard_without_a_session_holds_nothing() {
        let mut quiet = Quiet::default();
        let early = timeout(100 * PATIENCE, rest(&mut quiet, None)).await;
        assert!(early.is_err());
    }
}
