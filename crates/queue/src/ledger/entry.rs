use serde::{Deserialize, Serialize};

use crate::{clock_reading::ClockReading, timestamp::Timestamp};

/// A change that a [`Ledger`](crate::Ledger) records.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum LedgerEntry {
    /// Discord reported how many identifies are left.
    LimitReported(LimitSnapshot),
    /// A queue was built with fewer identifies left than the ledger knows of. It replaces the limit only if it is
    /// lower.
    LimitAssumed(LimitSnapshot),
    /// A permit was granted. It counts as an identify from now on.
    Spent(RecordedIdentify),
    /// The permit was used: IDENTIFY was passed to the socket. The spacing of its rate-limit key
    /// ([P11](gloaming_protocol::rules#p11)) counts from then.
    Sent {
        /// The identify, as it was recorded.
        identify: RecordedIdentify,
        /// When it was sent.
        at: ClockReading,
    },
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
    /// What the wall clock showed when the permit was granted. It tells identifies of one shard apart; the ledger
    /// measures time by its own clock.
    pub at: Timestamp,
}
