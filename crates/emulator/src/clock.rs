//! The one place where time comes from: tokio's clock, so that a paused runtime makes it virtual.

use std::time::{Duration, Instant};

/// No emulator runs faster: its answers would come late by more than a client waits.
pub(crate) const MOST_SPEED: u32 = 1000;

/// Now.
#[expect(clippy::disallowed_methods, reason = "drivers read the clock")]
pub(crate) fn now() -> Instant {
    tokio::time::Instant::now().into_std()
}

/// Waits until that instant, or forever if there is none. Cancel-safe.
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

/// The gateway's time, which may run faster than the clock.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Clock {
    origin: Instant,
    speed: u32,
}

impl Clock {
    /// A time that begins now and runs so many times as fast.
    pub(crate) fn start(speed: u32) -> Self {
        Self::starting_at(now(), speed)
    }

    fn starting_at(origin: Instant, speed: u32) -> Self {
        Self {
            origin,
            speed: speed.clamp(1, MOST_SPEED),
        }
    }

    /// The gateway's now.
    pub(crate) fn now(&self) -> Instant {
        self.gateway_time(now())
    }

    /// Waits until an instant of the gateway's time, or forever if there is none. Cancel-safe.
    pub(crate) async fn sleep_until(&self, deadline: Option<Instant>) {
        sleep_until(deadline.map(|deadline| self.real_time(deadline))).await;
    }

    fn gateway_time(&self, real: Instant) -> Instant {
        self.origin + real.saturating_duration_since(self.origin) * self.speed
    }

    /// When the clock shows what the gateway's time must have reached: rounded up, lest who slept wake too early for
    /// ever.
    fn real_time(&self, gateway: Instant) -> Instant {
        let ahead = gateway.saturating_duration_since(self.origin);
        let rest = Duration::from_nanos(u64::from(self.speed) - 1);
        self.origin + ahead.saturating_add(rest) / self.speed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_sleeps_until_a_deadline_finds_it_passed() {
        let origin = Instant::now();
        for speed in [0, 1, 3, 7, 10, 999, u32::MAX] {
            let clock = Clock::starting_at(origin, speed);
            for nanos in [0, 1, 2, 6, 10, 41_250_000_000, 123_456_789_123_457] {
                let deadline = origin + Duration::from_nanos(nanos);
                let woken = clock.gateway_time(clock.real_time(deadline));
                assert!(woken >= deadline, "{nanos} ns at {speed}");
                let late = woken - deadline;
                assert!(late < Duration::from_nanos(1000), "{late:?} at {speed}");
            }
        }
    }
}
