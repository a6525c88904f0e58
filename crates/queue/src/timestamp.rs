use std::time::{Duration, SystemTime};

use serde::{Deserialize, Serialize};

/// A point in time that all processes agree on: milliseconds since the Unix
/// epoch.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(transparent)]
pub struct Timestamp(u64);

impl Timestamp {
    /// Builds a timestamp from milliseconds since the Unix epoch.
    #[must_use]
    pub const fn from_millis(millis: u64) -> Self {
        Self(millis)
    }

    /// Returns the milliseconds since the Unix epoch.
    #[must_use]
    pub const fn as_millis(self) -> u64 {
        self.0
    }

    /// Returns the time from `earlier` to `self`, or zero if `earlier` is later.
    #[must_use]
    pub const fn saturating_duration_since(self, earlier: Self) -> Duration {
        Duration::from_millis(self.0.saturating_sub(earlier.0))
    }

    /// Returns `self + duration`, or the latest timestamp if that overflows.
    #[must_use]
    pub fn saturating_add(self, duration: Duration) -> Self {
        Self(self.0.saturating_add(millis(duration)))
    }

    /// Returns `self - duration`, or the epoch if that is earlier.
    #[must_use]
    pub fn saturating_sub(self, duration: Duration) -> Self {
        Self(self.0.saturating_sub(millis(duration)))
    }
}

/// Times before the epoch become the epoch.
impl From<SystemTime> for Timestamp {
    fn from(time: SystemTime) -> Self {
        let since = time
            .duration_since(SystemTime::UNIX_EPOCH)
            .unwrap_or_default();
        Self(0).saturating_add(since)
    }
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arithmetic_saturates_at_both_ends() {
        let time = Timestamp::from(SystemTime::UNIX_EPOCH + Duration::from_secs(2));
        assert_eq!((time, time.as_millis()), (Timestamp(2000), 2000));
        let second = Duration::from_secs(1);
        assert_eq!(time.saturating_add(second).as_millis(), 3000);
        assert_eq!(time.saturating_sub(second).as_millis(), 1000);
        assert_eq!(
            time.saturating_add(second).saturating_duration_since(time),
            second
        );
        assert_eq!(
            time.saturating_duration_since(time.saturating_add(second)),
            Duration::ZERO
        );

        assert_eq!(time.saturating_add(Duration::MAX), Timestamp(u64::MAX));
        assert_eq!(time.saturating_sub(Duration::MAX), Timestamp(0));
        let before_the_epoch = SystemTime::UNIX_EPOCH - second;
        assert_eq!(Timestamp::from(before_the_epoch), Timestamp(0));
    }
}
