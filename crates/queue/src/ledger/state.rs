use std::{cmp::Reverse, time::Duration};

use serde::{Deserialize, Serialize};

use super::{
    clock::{Elapsed, LedgerClock},
    entry::{LedgerEntry, LimitSnapshot, RecordedIdentify},
    limit::Limit,
    spent::Spent,
    stored::StoredState,
    verdict::LedgerVerdict,
};
use crate::{
    clock_reading::ClockReading, position::WaitReason, settings::QueueSettings,
    timestamp::Timestamp,
};

/// The most identifies that are kept, whatever their age. The oldest are dropped.
const MAX_IDENTIFIES: usize = 100_000;

/// The state of a [`Ledger`](crate::Ledger): the limit that Discord reported last, the identifies of a day, and
/// the clock by which their age is known.
///
/// It reads no clock and no file. Ledgers of your own use it to decide as the ledgers of this crate do.
///
/// # Time
///
/// Each change comes with a [`ClockReading`]. From one to the next, time is measured by the machine's uptime, so
/// that the wall clock may show anything. After the machine was restarted, or where there is no common uptime, it
/// is measured by the wall clock with care:
///
/// - While the wall clock is behind what it showed before, no time passes.
/// - The longest time that only the wall clock shows does not count for the daily limit. A clock that was wrong
///   once thus never makes an identify expire. A program that did not run for a day, on a machine that was
///   restarted since, counts the identifies of its last day for one day more.
///
/// An identify then counts too long rather than too short. Discord's own number, passed to
/// `InMemoryQueue::update`, ends that.
///
/// | the wall clock | with a common uptime | without |
/// |---|---|---|
/// | is set once, by any time | the day is counted | the day is counted |
/// | changes between up to eight settings | the day is counted | the day is counted, if at most one of them is ahead |
/// | is set forward again and again, each time further than ever before | the day is counted | **not covered** |
///
/// In the last case, each time counts, at most a day each, except the longest one. If the others add up to a day within
/// a true day, identifies of that day are forgotten. It takes a clock that is wrong in another way after each of several
/// restarts of the machine, or of the program where each process has an uptime of its own
/// ([`ClockReading::now`] says where). There, pass Discord's number to `InMemoryQueue::update` at each start, as a
/// cluster with `ShardScheme::Auto` or `request_identify_limits` does: the ledger then counts down from it.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(try_from = "StoredState")]
pub struct LedgerState {
    /// `None` before the first change.
    pub(super) clock: Option<LedgerClock>,
    #[serde(rename = "announced")]
    pub(super) limit: Option<Limit>,
    /// In the order in which they were recorded.
    pub(super) spent: Vec<Spent>,
}

/// The identifies that are left.
struct Left {
    remaining: u32,
    total: u32,
    reset_after: Duration,
}

impl LedgerState {
    /// Adds an entry at `now`, and removes identifies that no longer count.
    pub fn apply(&mut self, entry: &LedgerEntry, now: &ClockReading) {
        let time = self.advance(now);
        match entry {
            LedgerEntry::LimitReported(limit) => {
                self.limit = Some(Limit::reported(*limit, time, now));
            }
            LedgerEntry::LimitAssumed(limit) => {
                if limit.remaining < self.left(limit.total, time).remaining {
                    self.limit = Some(Limit::assumed(*limit, time));
                }
            }
            LedgerEntry::Spent(identify) => self.add(*identify, time),
            LedgerEntry::Sent { identify, at } => {
                let sent = time.saturating_sub(time_since(at, now));
                if let Some(index) = self.position(identify) {
                    let spent = &mut self.spent[index];
                    spent.sent = Some(sent.max(spent.time));
                }
            }
            LedgerEntry::Returned(identify) => {
                if let Some(index) = self.position(identify) {
                    self.spent.remove(index);
                }
            }
        }
    }

    /// Moves the clock on to `now`, and removes identifies that no longer count.
    ///
    /// A program that runs for long does this now and then: what is known to be a day old before the machine is
    /// restarted does not count afterwards.
    pub fn pass_time(&mut self, now: &ClockReading) {
        self.advance(now);
    }

    /// Records an identify at `now`, unless it would exceed the daily limit minus the reserve
    /// ([P12](gloaming_protocol::rules#p12)), or is too soon after another with the same rate-limit key
    /// ([P11](gloaming_protocol::rules#p11)), whichever process sent it.
    ///
    /// A permit that was recorded and is neither [sent](LedgerEntry::Sent) nor
    /// [returned](LedgerEntry::Returned) keeps its key until its [lease](crate::PERMIT_LEASE) and the spacing after it
    /// end, at most 65.2 s in all: IDENTIFY may be sent at any moment of the lease, the last one included.
    ///
    /// Of `settings`, `max_concurrency`, `total` and `reserve` are used. How many are left, the ledger knows.
    pub fn spend(
        &mut self,
        identify: RecordedIdentify,
        settings: &QueueSettings,
        now: &ClockReading,
    ) -> LedgerVerdict {
        let time = self.advance(now);
        if self.left(settings.total, time).remaining <= settings.reserve {
            return LedgerVerdict::Refused(WaitReason::Budget);
        }
        let key = |shard| shard % u32::from(settings.max_concurrency.get());
        let same_key = |spent: &&Spent| key(spent.identify.shard) == key(identify.shard);
        if !self
            .spent
            .iter()
            .filter(same_key)
            .all(|spent| spent.is_spaced(time))
        {
            return LedgerVerdict::Refused(WaitReason::Concurrency);
        }
        self.add(identify, time);
        LedgerVerdict::Recorded
    }

    /// Returns the limit that Discord reported last.
    #[must_use]
    pub fn limit(&self) -> Option<&LimitSnapshot> {
        self.limit.as_ref().map(|limit| &limit.snapshot)
    }

    /// Returns the identifies of the last 24 h, and possibly older ones, in the order in which they were recorded.
    pub fn spent(&self) -> impl DoubleEndedIterator<Item = RecordedIdentify> + ExactSizeIterator {
        self.spent.iter().map(|spent| spent.identify)
    }

    /// Returns the identifies after which others of the same rate-limit key have to wait at `now`
    /// ([P11](gloaming_protocol::rules#p11)), and how long. If IDENTIFY was not sent yet, that is the time until
    /// another try is worthwhile.
    #[must_use]
    pub fn spacing_left(&self, now: &ClockReading) -> Vec<(RecordedIdentify, Duration)> {
        let mut clock = self.clock.clone();
        let Some(clock) = &mut clock else {
            return Vec::new();
        };
        clock.advance(now);
        let left = |spent: &Spent| (spent.identify, spent.spacing_left(clock.time()));
        self.spent
            .iter()
            .map(left)
            .filter(|(_, left)| !left.is_zero())
            .collect()
    }

    /// Returns `settings` with `remaining` lowered to what this ledger leaves at
    /// `now`.
    ///
    /// Until the reset that Discord reported last, that is the reported number
    /// minus the identifies since the report. After the reset, it is the total
    /// minus the identifies of the last 24 h.
    #[must_use]
    pub fn restrict(&self, settings: QueueSettings, now: &ClockReading) -> QueueSettings {
        let mut state = self.clone();
        let time = state.advance(now);
        let left = state.left(settings.total, time);
        let recorded = QueueSettings {
            remaining: left.remaining,
            total: left.total,
            reset_after: left.reset_after,
            ..settings
        };
        [settings, recorded]
            .into_iter()
            .min_by_key(|settings| (settings.remaining, Reverse(settings.reset_after)))
            .unwrap_or(settings)
    }

    /// Adds what `other` knows and this state lacks, at `now`: this state takes the place of `other`, without its
    /// identifies.
    pub(crate) fn add_missing(&mut self, mut other: Self, now: &ClockReading) {
        if other.clock.is_none() {
            return;
        }
        let (time, time_of_other) = (self.advance(now), other.advance(now));
        let convert = |at: Timestamp| {
            let ago = time_of_other.saturating_duration_since(at);
            let ahead = at.saturating_duration_since(time_of_other);
            time.saturating_sub(ago).saturating_add(ahead)
        };
        let known = std::mem::take(&mut other.spent);
        let missing = known
            .into_iter()
            .filter(|spent| self.position(&spent.identify).is_none())
            .map(|spent| Spent {
                time: convert(spent.time),
                sent: spent.sent.map(convert),
                ..spent
            })
            .collect::<Vec<_>>();
        self.spent.extend(missing);
        self.spent.sort_by_key(|spent| spent.time);
        let limit = other.limit.map(|limit| Limit {
            since: convert(limit.since),
            ends: convert(limit.ends),
            counts_from: match limit.counts_from.as_millis() {
                0 => limit.counts_from,
                _ => convert(limit.counts_from),
            },
            ..limit
        });
        if let Some(limit) = limit
            && self.limit.is_none_or(|present| present.since < limit.since)
        {
            self.limit = Some(limit);
        }
    }

    pub(super) fn add(&mut self, identify: RecordedIdentify, time: Timestamp) {
        self.spent.push(Spent {
            identify,
            time,
            sent: None,
            doubt: 0,
        });
    }

    fn position(&self, identify: &RecordedIdentify) -> Option<usize> {
        self.spent
            .iter()
            .rposition(|spent| spent.identify == *identify)
    }

    /// Advances the clock, removes what no longer counts, and returns the ledger's time.
    fn advance(&mut self, now: &ClockReading) -> Timestamp {
        let clock = self
            .clock
            .get_or_insert_with(|| LedgerClock::starting_at(now));
        let elapsed = clock.advance(now);
        let time = clock.time();
        match elapsed {
            Elapsed::Exact(_) => {}
            Elapsed::ByWallClock(by) => {
                for spent in &mut self.spent {
                    spent.add_doubt(by);
                }
                if let Some(limit) = &mut self.limit {
                    limit.add_doubt(by);
                }
            }
            Elapsed::Unknown => {
                if let Some(limit) = &mut self.limit {
                    limit.add_unknown_time();
                }
            }
        }
        self.prune(time);
        time
    }

    /// Removes identifies that are older than a day.
    fn prune(&mut self, time: Timestamp) {
        let mut limit = self
            .limit
            .as_mut()
            .filter(|limit| limit.resets_after(time).is_some());
        let excess = self.spent.len().saturating_sub(MAX_IDENTIFIES);
        let mut index = 0;
        self.spent.retain(|spent| {
            index += 1;
            let is_kept = index > excess && !spent.expires_after(time).is_zero();
            // It counts until the reset, which is normally earlier than that.
            if let Some(limit) = &mut limit
                && !is_kept
                && spent.is_sent_since(limit.since)
            {
                limit.snapshot.remaining = limit.snapshot.remaining.saturating_sub(1);
            }
            is_kept
        });
    }

    /// Returns what is left, if `total` is the daily limit unless Discord reported another one.
    fn left(&self, total: u32, time: Timestamp) -> Left {
        if let Some(limit) = &self.limit
            && let Some(reset_after) = limit.resets_after(time)
        {
            let LimitSnapshot {
                remaining, total, ..
            } = limit.snapshot;
            return Left {
                remaining: remaining.saturating_sub(self.sent_since(limit.since)),
                total,
                reset_after,
            };
        }
        let counts_from = self.limit.map(|limit| limit.counts_from);
        let counted = self.sent_since(counts_from.unwrap_or(Timestamp::from_millis(0)));
        let expire_after = self.spent.iter().map(|spent| spent.expires_after(time));
        Left {
            remaining: total.saturating_sub(counted),
            total,
            reset_after: expire_after.max().unwrap_or_default(),
        }
    }

    fn sent_since(&self, from: Timestamp) -> u32 {
        let counted = self.spent.iter().filter(|spent| spent.is_sent_since(from));
        u32::try_from(counted.count()).unwrap_or(u32::MAX)
    }
}

/// Returns the time from one reading to a later one, as far as it is certain.
fn time_since(earlier: &ClockReading, now: &ClockReading) -> Duration {
    match (&now.boot, &earlier.boot) {
        (Some(now), Some(earlier)) => now.since(earlier).unwrap_or_default(),
        _ => Duration::ZERO,
    }
}
