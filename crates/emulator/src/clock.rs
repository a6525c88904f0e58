//! Time: tokio's clock, so that a runtime with a paused clock makes it virtual.

use std::time::{Duration, Instant};

/// The highest speed. At higher speeds, the network would delay replies by more gateway time than clients wait.
pub(crate) const MAX_SPEED: u32 = 1000;

/// The current time.
#[expect(clippy::disallowed_methods, reason = "drivers read the clock")]
pub(crate) fn now() -> Instant {
    tokio::time::Instant::now().into_std()
}

/// The time since the Unix epoch, by the clock of the system.
#[expect(clippy::disallowed_methods, reason = "drivers read the clock")]
pub(crate) fn unix_time() -> Duration {
    let now = std::time::SystemTime::now();
    now.duration_since(std::time::UNIX_EPOCH)
        .unwrap_or_default()
}

/// Waits until `deadline`, or forever if there is none. Cancel-safe.
pub(crate) async fn sleep_until(deadline: Option<Instant>) {
    match deadline {
        Some(deadline) => tokio::time::sleep_until(deadline.into()).await,
        None => std::future::pending().await,
    }
}

/// Runs a future for at most `limit`. Returns `None` if it did not complete.
pub(crate) async fn timeout<F: Future>(limit: Duration, future: F) -> Option<F::Output> {
    tokio::time::timeout(limit, future).await.ok()
}

/// The time of the gateway, which may run faster than tokio's clock.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Clock {
    origin: Instant,
    speed: u32,
}

impl Clock {
    /// A clock that starts now and runs `speed` times as fast.
    pub(crate) fn start(speed: u32) -> Self {
        Self::starting_at(now(), speed)
    }

    fn starting_at(origin: Instant, speed: u32) -> Self {
        Self {
            origin,
            speed: speed.clamp(1, MAX_SPEED),
        }
    }

    /// The current time of the gateway.
    pub(crate) fn now(&self) -> Instant {
        self.gateway_time(now())
    }

    /// Waits until a time of the gateway, or forever if there is none. Cancel-safe.
    pub(crate) async fn sleep_until(&self, deadline: Option<Instant>) {
        sleep_until(deadline.map(|deadline| self.real_time(deadline))).await;
    }

    fn gateway_time(&self, real: Instant) -> Instant {
        self.origin + real.saturating_duration_since(self.origin) * self.speed
    }

    /// The real time at which the gateway's time has reached `gateway`. It is rounded up: otherwise a task could wake up
    /// before its deadline again and again.
    fn real_time(&self, gateway: Instant) -> Instant {
        let elapsed = gateway.saturating_duration_since(self.origin);
        let rounding = Duration::from_nanos(u64::from(self.speed) - 1);
        self.origin + elapsed.saturating_add(rounding) / self.speed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn deadline_has_passed_after_sleeping_until_it() {
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
