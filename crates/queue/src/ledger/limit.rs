use std::time::Duration;

use serde::Serialize;

use super::{
    entry::LimitSnapshot,
    spent::{is_zero, millis},
};
use crate::{clock_reading::ClockReading, timestamp::Timestamp};

/// An identify that was sent up to this long before a report may be missing in it: Discord's answer takes a
/// moment to arrive. It counts twice rather than not at all.
const REPORT_LAG: Duration = Duration::from_secs(5);

/// The longest time from a report until it is recorded, as on a slow disk.
const MAX_REPORT_AGE: Duration = Duration::from_secs(60 * 60);

/// The limit that Discord reported last, with the times of the ledger's clock.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
pub(super) struct Limit {
    #[serde(flatten)]
    pub(super) snapshot: LimitSnapshot,
    /// The time since which identifies are not contained in the report.
    pub(super) since: Timestamp,
    /// The time of the reset.
    pub(super) ends: Timestamp,
    /// Which identifies count after the reset, besides being at most a day old.
    pub(super) counts_from: Timestamp,
    /// As for an identify: the longest time that only the wall clock shows.
    #[serde(skip_serializing_if = "is_zero")]
    pub(super) doubt: u64,
}

impl Limit {
    /// Discord's report. After its reset, earlier identifies do not count.
    pub(super) fn reported(snapshot: LimitSnapshot, time: Timestamp, now: &ClockReading) -> Self {
        let age = now.wall.saturating_duration_since(snapshot.at);
        Self::reported_at(snapshot, time.saturating_sub(age.min(MAX_REPORT_AGE)))
    }

    pub(super) fn reported_at(snapshot: LimitSnapshot, at: Timestamp) -> Self {
        let limit = Self::at(snapshot, at);
        let counts_from = match limit.is_full() {
            true => limit.since,
            false => limit.ends,
        };
        Self {
            counts_from,
            ..limit
        }
    }

    /// The numbers that a queue was built with. They may be a guess, so that identifies count for a day as well.
    pub(super) fn assumed(snapshot: LimitSnapshot, time: Timestamp) -> Self {
        Self::at(snapshot, time)
    }

    fn at(snapshot: LimitSnapshot, at: Timestamp) -> Self {
        let period = snapshot.resets_at.saturating_duration_since(snapshot.at);
        Self {
            snapshot,
            since: at.saturating_sub(REPORT_LAG),
            ends: at.saturating_add(period),
            counts_from: Timestamp::from_millis(0),
            doubt: 0,
        }
    }

    const fn is_full(&self) -> bool {
        self.snapshot.remaining >= self.snapshot.total
    }

    /// Returns the time from `now` until the reset, if Discord's count applies until then.
    pub(super) fn resets_after(&self, now: Timestamp) -> Option<Duration> {
        let left = self
            .ends
            .saturating_add(Duration::from_millis(self.doubt))
            .saturating_duration_since(now);
        (!self.is_full() && !left.is_zero()).then_some(left)
    }

    /// Adds a time that only the wall clock shows.
    pub(super) fn add_doubt(&mut self, by: Duration) {
        self.doubt = self.doubt.max(millis(by));
    }

    /// Some time passed, and nobody knows how much. The reset may have been in between, so that an identify after
    /// the report may be one after the reset.
    pub(super) fn add_unknown_time(&mut self) {
        self.counts_from = self.counts_from.min(self.since);
    }
}
