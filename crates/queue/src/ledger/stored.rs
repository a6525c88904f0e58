//! How the state of a ledger is read: in the form in which it is written, or in that of format 1, which had only
//! the times of the wall clock.

use gloaming_protocol::limits::SESSION_START_PERIOD;
use serde::Deserialize;

use super::{
    clock::LedgerClock,
    entry::{LimitSnapshot, RecordedIdentify},
    limit::Limit,
    spent::Spent,
    state::LedgerState,
};
use crate::{clock_reading::ClockReading, timestamp::Timestamp};

#[derive(Deserialize)]
pub(super) struct StoredState {
    clock: Option<LedgerClock>,
    announced: Option<StoredLimit>,
    spent: Vec<StoredSpent>,
}

#[derive(Deserialize)]
struct StoredLimit {
    #[serde(flatten)]
    snapshot: LimitSnapshot,
    since: Option<Timestamp>,
    ends: Option<Timestamp>,
    counts_from: Option<Timestamp>,
    #[serde(default)]
    doubt: u64,
}

#[derive(Deserialize)]
struct StoredSpent {
    #[serde(flatten)]
    identify: RecordedIdentify,
    time: Option<Timestamp>,
    sent: Option<Timestamp>,
    #[serde(default)]
    doubt: u64,
}

impl TryFrom<StoredState> for LedgerState {
    type Error = &'static str;

    fn try_from(stored: StoredState) -> Result<Self, Self::Error> {
        match stored.clock {
            Some(clock) if !clock.is_valid() => Err("the ledger's clock has an impossible time"),
            Some(clock) => Ok(with_clock(clock, stored.announced, stored.spent)),
            None => Ok(without_clock(stored.announced, stored.spent)),
        }
    }
}

fn with_clock(
    clock: LedgerClock,
    limit: Option<StoredLimit>,
    spent: Vec<StoredSpent>,
) -> LedgerState {
    let now = clock.time();
    let longest = u64::try_from(SESSION_START_PERIOD.as_millis()).unwrap_or(u64::MAX);
    let limit = limit.map(|stored| {
        let limit = Limit::assumed(stored.snapshot, now);
        Limit {
            since: stored.since.unwrap_or(limit.since).min(now),
            ends: stored.ends.unwrap_or(limit.ends),
            counts_from: stored.counts_from.unwrap_or(limit.counts_from),
            doubt: stored.doubt.min(longest),
            ..limit
        }
    });
    let spent = spent.into_iter().map(|stored| Spent {
        identify: stored.identify,
        time: stored.time.unwrap_or(now).min(now),
        sent: stored.sent.map(|sent| sent.min(now)),
        doubt: stored.doubt.min(longest),
    });
    let spent = spent.collect();
    LedgerState {
        clock: Some(clock),
        limit,
        spent,
    }
}

/// In format 1, the latest time of the wall clock stands for the time of the last change. An identify is not
/// older than those before it.
fn without_clock(limit: Option<StoredLimit>, spent: Vec<StoredSpent>) -> LedgerState {
    let walls = spent.iter().map(|spent| spent.identify.at);
    let walls = walls.chain(limit.as_ref().map(|limit| limit.snapshot.at));
    let Some(latest) = walls.max() else {
        return LedgerState::default();
    };
    let clock = LedgerClock::starting_at(&ClockReading::of_wall(latest));
    let now = clock.time();
    let convert = |at: Timestamp| now.saturating_sub(latest.saturating_duration_since(at));
    let limit =
        limit.map(|stored| Limit::reported_at(stored.snapshot, convert(stored.snapshot.at)));
    let mut at = Timestamp::from_millis(0);
    let spent = spent.into_iter().map(|stored| {
        at = at.max(stored.identify.at);
        let time = convert(at);
        Spent {
            identify: stored.identify,
            time,
            sent: Some(time),
            doubt: 0,
        }
    });
    let spent = spent.collect();
    LedgerState {
        clock: Some(clock),
        limit,
        spent,
    }
}
