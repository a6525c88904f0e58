use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::timestamp::Timestamp;

/// A change that a [`Ledger`](crate::Ledger) records.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum LedgerEntry {
    /// Discord reported how many identifies are left.
    LimitReported(LimitSnapshot),
    /// A permit was granted. It counts as an identify from now on.
    Spent(RecordedIdentify),
    /// A permit was returned unused.
    Returned(RecordedIdentify),
}

/// The daily limit as Discord reported it, and when.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct LimitSnapshot {
    /// The time of the report.
    pub at: Timestamp,
    /// The number of identifies left at that time.
    pub remaining: u32,
    /// The number of identifies per period.
    pub total: u32,
    /// The time at which `remaining` is reset to `total`.
    pub resets_at: Timestamp,
}

/// One identify in a ledger.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct RecordedIdentify {
    /// The number of the shard that identified.
    pub shard: u32,
    /// The time at which the permit was granted.
    pub at: Timestamp,
}

impl RecordedIdentify {
    /// Returns the minimum time since this identify. Timestamps have no
    /// fractions of a millisecond, so the true time may be up to 1 ms longer.
    #[must_use]
    pub const fn minimum_age(&self, now: Timestamp) -> Duration {
        now.saturating_duration_since(self.at)
            .saturating_sub(Duration::from_millis(1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn minimum_age_never_exceeds_the_true_age() {
        let start = Timestamp::from_millis(1_750_000_000_000);
        let identify = RecordedIdentify {
            shard: 0,
            at: start,
        };
        // 0.9 ms into the first millisecond, and 0.1 ms into the last.
        let passed = Duration::from_micros(4_999_200);
        let shown = start.saturating_add(Duration::from_micros(900) + passed);
        assert_eq!(
            shown.saturating_duration_since(start),
            Duration::from_secs(5)
        );
        assert!(identify.minimum_age(shown) <= passed);
        assert_eq!(identify.minimum_age(start), Duration::ZERO);
    }
}
