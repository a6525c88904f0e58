use std::time::Duration;

use gloaming_protocol::limits::SESSION_START_PERIOD;
use serde::Serialize;

use super::entry::RecordedIdentify;
use crate::{
    limits::{IDENTIFY_SPACING, PERMIT_LEASE},
    timestamp::Timestamp,
};

/// The resolution of uptimes. A measured time may be longer than the true one by so much.
const RESOLUTION: Duration = Duration::from_millis(10);

/// The spacing that a ledger requires. The scheduler of each process keeps [`IDENTIFY_SPACING`]; because of the
/// [`RESOLUTION`], a ledger with the same number would sometimes refuse the process its own next one.
const REQUIRED_SPACING: Duration = IDENTIFY_SPACING.saturating_sub(Duration::from_millis(50));

/// The spacing for which other processes wait.
const SPACING_OF_OTHERS: Duration = IDENTIFY_SPACING.saturating_add(RESOLUTION);

/// How long an identify counts: a day, and a margin, since Discord counts from its arrival.
const COUNTED: Duration = SESSION_START_PERIOD.saturating_add(Duration::from_secs(5));

/// When a permit of another process that has not been used yet is looked at again.
const RECHECK: Duration = Duration::from_secs(1);

/// An identify in the state of a ledger. Its times are those of the ledger's clock.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
pub(super) struct Spent {
    #[serde(flatten)]
    pub(super) identify: RecordedIdentify,
    /// When it was recorded.
    pub(super) time: Timestamp,
    /// When IDENTIFY was sent. Until that is recorded, the permit may still be used, until its lease ends.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) sent: Option<Timestamp>,
    /// The longest time since then, in milliseconds, that only the wall clock shows. It is not trusted: the clock
    /// may have been set forward once.
    #[serde(skip_serializing_if = "is_zero")]
    pub(super) doubt: u64,
}

impl Spent {
    /// Returns the latest time at which IDENTIFY can have been sent.
    fn sent_by(&self) -> Timestamp {
        self.sent
            .unwrap_or_else(|| self.time.saturating_add(PERMIT_LEASE))
    }

    /// Returns the time from `now` until the identify is certainly a day old.
    pub(super) fn expires_after(&self, now: Timestamp) -> Duration {
        self.sent_by()
            .saturating_add(COUNTED + Duration::from_millis(self.doubt))
            .saturating_duration_since(now)
    }

    /// Returns whether IDENTIFY may have been sent at or after `time`.
    pub(super) fn is_sent_since(&self, time: Timestamp) -> bool {
        self.sent_by() >= time
    }

    /// Returns whether another identify of the same rate-limit key may follow.
    pub(super) fn is_spaced(&self, now: Timestamp) -> bool {
        now >= self.sent_by().saturating_add(REQUIRED_SPACING)
    }

    /// Returns how long to wait with another identify of the same rate-limit key, before it is worth a try.
    pub(super) fn spacing_left(&self, now: Timestamp) -> Duration {
        let lapses_at = self.time.saturating_add(PERMIT_LEASE);
        let until = match self.sent {
            Some(sent) => sent.saturating_add(SPACING_OF_OTHERS),
            // It will probably be sent now.
            None if now < lapses_at => {
                let soon = self.time.saturating_add(SPACING_OF_OTHERS);
                soon.max(now.saturating_add(RECHECK))
            }
            None => lapses_at.saturating_add(SPACING_OF_OTHERS),
        };
        until.saturating_duration_since(now)
    }

    /// Adds a time that only the wall clock shows.
    pub(super) fn add_doubt(&mut self, by: Duration) {
        self.doubt = self.doubt.max(millis(by));
    }
}

pub(super) fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde passes a reference"
)]
pub(super) const fn is_zero(doubt: &u64) -> bool {
    *doubt == 0
}
