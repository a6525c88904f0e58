use std::time::{Duration, SystemTime};

use serde::{Deserialize, Serialize};

/// A time that means the same to every process: milliseconds since the Unix
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

    /// Milliseconds since the Unix epoch.
    #[must_use]
    pub const fn as_millis(self) -> u64 {
        self.0
    }

    /// The time from `earlier` until this; zero when `earlier` is later.
    #[must_use]
    pub const fn since(self, earlier: Self) -> Duration {
        Duration::from_millis(self.0.saturating_sub(earlier.0))
    }

    /// This time plus `wait`, or the last time there is.
    #[must_use]
    pub fn after(self, wait: Duration) -> Self {
        let wait = u64::try_from(wait.as_millis()).unwrap_or(u64::MAX);
        Self(self.0.saturating_add(wait))
    }

    /// This time less `wait`, or the epoch.
    #[must_use]
    pub fn before(self, wait: Duration) -> Self {
        let wait = u64::try_from(wait.as_millis()).unwrap_or(u64::MAX);
        Self(self.0.saturating_sub(wait))
    }
}

/// Times before the epoch become the epoch.
impl From<SystemTime> for Timestamp {
    fn from(time: SystemTime) -> Self {
        let since = time
            .duration_since(SystemTime::UNIX_EPOCH)
            .unwrap_or_default();
        Self(0).after(since)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_counts_milliseconds_and_stops_at_either_end() {
        let time = Timestamp::from(SystemTime::UNIX_EPOCH + Duration::from_secs(2));
        assert_eq!((time, time.as_millis()), (Timestamp(2000), 2000));
        let second = Duration::from_secs(1);
        assert_eq!(time.after(second).as_millis(), 3000);
        assert_eq!(time.before(second).as_millis(), 1000);
        assert_eq!(time.after(second).since(time), second);
        assert_eq!(time.since(time.after(second)), Duration::ZERO);

        assert_eq!(time.after(Duration::MAX), Timestamp(u64::MAX));
        assert_eq!(time.before(Duration::MAX), Timestamp(0));
        let before_the_epoch = SystemTime::UNIX_EPOCH - second;
        assert_eq!(Timestamp::from(before_the_epoch), Timestamp(0));
    }
}
