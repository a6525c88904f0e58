use std::{cmp::Reverse, time::Duration};

use gloaming_protocol::limits::SESSION_START_PERIOD;
use serde::{Deserialize, Serialize};

use super::entry::{LedgerEntry, LimitSnapshot, RecordedIdentify};
use crate::{settings::QueueSettings, timestamp::Timestamp};

/// The state of a [`Ledger`](crate::Ledger): the limit that Discord reported
/// last, and the identifies of a day.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub struct LedgerState {
    #[serde(rename = "announced")]
    limit: Option<LimitSnapshot>,
    spent: Vec<RecordedIdentify>,
}

impl LedgerState {
    /// Adds an entry, and removes identifies that no longer count at its time.
    pub fn apply(&mut self, entry: &LedgerEntry) {
        match entry {
            LedgerEntry::LimitReported(limit) => {
                self.limit = Some(*limit);
                self.prune(limit.at);
            }
            LedgerEntry::Spent(identify) => {
                self.prune(identify.at);
                self.spent.push(*identify);
            }
            LedgerEntry::Returned(identify) => {
                if let Some(index) = self.spent.iter().rposition(|spent| spent == identify) {
                    self.spent.remove(index);
                }
            }
        }
    }

    /// Returns the limit that Discord reported last.
    #[must_use]
    pub const fn limit(&self) -> Option<&LimitSnapshot> {
        self.limit.as_ref()
    }

    /// Returns the identifies of the last 24 h, and possibly older ones.
    #[must_use]
    pub fn spent(&self) -> &[RecordedIdentify] {
        &self.spent
    }

    /// Returns `settings` with `remaining` lowered to what this ledger leaves at
    /// `now`.
    ///
    /// Until the reset that Discord reported last, that is the reported number
    /// minus the identifies since the report. After the reset, it is the total
    /// minus the identifies of the last 24 h.
    #[must_use]
    pub fn restrict(&self, settings: QueueSettings, now: Timestamp) -> QueueSettings {
        let recorded = match self.limit {
            Some(limit) if limit.remaining < limit.total && limit.resets_at > now => {
                QueueSettings {
                    remaining: limit.remaining.saturating_sub(self.spent_since(limit.at)),
                    total: limit.total,
                    reset_after: limit.resets_at.saturating_duration_since(now),
                    ..settings
                }
            }
            _ => {
                let from = self.counts_from(now);
                QueueSettings {
                    remaining: settings.total.saturating_sub(self.spent_since(from)),
                    reset_after: self.all_expired_after(now),
                    ..settings
                }
            }
        };
        [settings, recorded]
            .into_iter()
            .min_by_key(|settings| (settings.remaining, Reverse(settings.reset_after)))
            .unwrap_or(settings)
    }

    /// Returns the time since which identifies count, if no reported period is
    /// in progress.
    fn counts_from(&self, now: Timestamp) -> Timestamp {
        let day_ago = now.saturating_sub(SESSION_START_PERIOD);
        match self.limit {
            Some(limit) if limit.remaining >= limit.total => day_ago.max(limit.at),
            Some(limit) => day_ago.max(limit.resets_at),
            None => day_ago,
        }
    }

    fn spent_since(&self, from: Timestamp) -> u32 {
        let count = self.spent.iter().filter(|spent| spent.at >= from).count();
        u32::try_from(count).unwrap_or(u32::MAX)
    }

    fn all_expired_after(&self, now: Timestamp) -> Duration {
        let newest = self.spent.iter().map(|spent| spent.at.min(now)).max();
        newest.map_or(Duration::ZERO, |at| {
            SESSION_START_PERIOD.saturating_sub(now.saturating_duration_since(at))
        })
    }

    /// Removes identifies that are older than a day. A clock that was set back
    /// leaves times in the future, which are replaced by `now`: identifies of
    /// the future would never be removed, and identifies from now on would
    /// appear to precede a report of the future.
    fn prune(&mut self, now: Timestamp) {
        let day_ago = now.saturating_sub(SESSION_START_PERIOD);
        if let Some(limit) = &mut self.limit {
            limit.at = limit.at.min(now);
        }
        self.spent.retain_mut(|spent| {
            spent.at = spent.at.min(now);
            spent.at > day_ago
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: Duration = Duration::from_secs(60);
    const HOUR: Duration = Duration::from_secs(60 * 60);
    const START: Timestamp = Timestamp::from_millis(1_750_000_000_000);

    fn spent(after: Duration) -> LedgerEntry {
        LedgerEntry::Spent(RecordedIdentify {
            shard: 0,
            at: START.saturating_add(after),
        })
    }

    fn reported(remaining: u32, resets_after: Duration) -> LedgerEntry {
        LedgerEntry::LimitReported(LimitSnapshot {
            at: START,
            remaining,
            total: 1000,
            resets_at: START.saturating_add(resets_after),
        })
    }

    fn state(entries: &[LedgerEntry]) -> LedgerState {
        let mut state = LedgerState::default();
        for entry in entries {
            state.apply(entry);
        }
        state
    }

    #[test]
    fn empty_ledger_leaves_settings_unchanged() {
        let settings = QueueSettings::default();
        assert_eq!(LedgerState::default().restrict(settings, START), settings);
    }

    #[test]
    fn identifies_of_the_last_day_count() {
        let state = state(&[spent(Duration::ZERO), spent(HOUR), spent(2 * HOUR)]);
        let at =
            |hours| state.restrict(QueueSettings::default(), START.saturating_add(hours * HOUR));
        assert_eq!(at(3).remaining, 997);
        assert_eq!(at(3).reset_after, 23 * HOUR);
        assert_eq!(at(26).remaining, 999);
        assert_eq!(at(27).remaining, 1000);
    }

    #[test]
    fn reported_period_applies_until_its_reset() {
        let state = state(&[reported(500, HOUR), spent(MINUTE), spent(2 * HOUR)]);
        let within = state.restrict(QueueSettings::default(), START.saturating_add(2 * MINUTE));
        assert_eq!(within.reset_after, HOUR - 2 * MINUTE);
        let after = state.restrict(QueueSettings::default(), START.saturating_add(3 * HOUR));
        assert_eq!(
            after.remaining, 999,
            "only identifies after the reset count"
        );
    }

    #[test]
    fn reported_limit_ends_exactly_at_its_reset() {
        let mut state = state(&[reported(500, HOUR)]);
        let known = QueueSettings {
            total: 700,
            remaining: 700,
            ..QueueSettings::default()
        };
        let before = state.restrict(known, START.saturating_add(HOUR - Duration::from_millis(1)));
        assert_eq!((before.remaining, before.total), (500, 1000));
        let at = state.restrict(known, START.saturating_add(HOUR));
        assert_eq!((at.remaining, at.total), (700, 700));

        assert_eq!(state.limit().map(|limit| limit.remaining), Some(500));
        state.apply(&reported(400, HOUR));
        assert_eq!(state.limit().map(|limit| limit.remaining), Some(400));
    }

    #[test]
    fn untouched_period_counts_from_its_first_identify() {
        let state = state(&[reported(1000, HOUR), spent(MINUTE)]);
        let settings = state.restrict(QueueSettings::default(), START.saturating_add(2 * MINUTE));
        assert_eq!(settings.remaining, 999);
        assert_eq!(settings.reset_after, 24 * HOUR - MINUTE);
    }

    #[test]
    fn identifies_since_the_report_are_subtracted() {
        let state = state(&[spent(Duration::ZERO), reported(500, HOUR), spent(MINUTE)]);
        let settings = state.restrict(QueueSettings::default(), START.saturating_add(2 * MINUTE));
        assert_eq!(
            settings.remaining, 498,
            "an identify of the same millisecond counts twice, to be safe"
        );
    }

    #[test]
    fn identifies_after_the_clock_was_set_back_are_subtracted() {
        let at = |seconds| Duration::from_secs(seconds);
        let said = LedgerEntry::LimitReported(LimitSnapshot {
            at: START.saturating_add(at(1177)),
            remaining: 13,
            total: 25,
            resets_at: START.saturating_add(24 * HOUR),
        });
        let state = state(&[said, spent(at(1201)), spent(at(952)), spent(at(984))]);
        let settings = state.restrict(QueueSettings::default(), START.saturating_add(at(2044)));
        assert_eq!(settings.remaining, 10);
    }

    #[test]
    fn report_of_a_full_budget_discards_earlier_identifies() {
        let state = state(&[spent(Duration::ZERO), reported(1000, Duration::ZERO)]);
        let settings = state.restrict(QueueSettings::default(), START.saturating_add(MINUTE));
        assert_eq!(
            settings.remaining, 999,
            "an identify of the same millisecond counts"
        );
        let mut state = state;
        state.apply(&LedgerEntry::LimitReported(LimitSnapshot {
            at: START.saturating_add(MINUTE),
            remaining: 1000,
            total: 1000,
            resets_at: START.saturating_add(MINUTE),
        }));
        let settings = state.restrict(QueueSettings::default(), START.saturating_add(2 * MINUTE));
        assert_eq!(settings.remaining, 1000);
    }

    #[test]
    fn returned_permit_is_removed() {
        let identify = RecordedIdentify {
            shard: 3,
            at: START,
        };
        let state = state(&[
            LedgerEntry::Spent(identify),
            LedgerEntry::Spent(identify),
            LedgerEntry::Returned(identify),
        ]);
        assert_eq!(state.spent(), [identify]);
    }

    #[test]
    fn identifies_older_than_a_day_are_removed() {
        let mut state = LedgerState::default();
        for minute in 0..10_000 {
            state.apply(&spent(minute * MINUTE));
        }
        assert_eq!(state.spent().len(), 24 * 60);
    }

    #[test]
    fn identify_of_the_future_is_removed_after_a_day() {
        let mut state = state(&[spent(9000 * HOUR)]);
        state.apply(&spent(Duration::ZERO));
        state.apply(&spent(25 * HOUR));
        assert_eq!(state.spent().len(), 1);
    }
}
