use std::{cmp::Reverse, time::Duration};

use gloaming_protocol::limits::SESSION_START_PERIOD;
use serde::{Deserialize, Serialize};

use crate::{Settings, Timestamp};

/// What a [`Ledger`](crate::Ledger) knows: Discord's last word and the
/// identifies of a day.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub struct Record {
    announced: Option<Announcement>,
    spent: Vec<Identify>,
}

/// What happened, for a [`Ledger`](crate::Ledger) to keep.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Entry {
    /// Discord said how many identifies are left.
    Announced(Announcement),
    /// A permit was granted, and counts as an identify from now on.
    Spent(Identify),
    /// That permit came back unused.
    Returned(Identify),
}

/// What Discord said about the daily limit, and when.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Announcement {
    /// When it was said.
    pub at: Timestamp,
    /// Identifies left then.
    pub remaining: u32,
    /// Identifies in one period.
    pub total: u32,
    /// When `remaining` goes back to `total`.
    pub resets_at: Timestamp,
}

/// One identify.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Identify {
    /// The shard that identified.
    pub shard: u32,
    /// When its permit was granted.
    pub at: Timestamp,
}

impl Identify {
    /// How long ago it was at least: of either time, the part of a millisecond
    /// is not known.
    #[must_use]
    pub const fn least_age(&self, now: Timestamp) -> Duration {
        now.since(self.at).saturating_sub(Duration::from_millis(1))
    }
}

impl Record {
    /// Adds an entry and forgets what no longer counts at its time.
    pub fn apply(&mut self, entry: &Entry) {
        match entry {
            Entry::Announced(announcement) => {
                self.announced = Some(*announcement);
                self.prune(announcement.at);
            }
            Entry::Spent(identify) => {
                self.prune(identify.at);
                self.spent.push(*identify);
            }
            Entry::Returned(identify) => {
                if let Some(index) = self.spent.iter().rposition(|spent| spent == identify) {
                    self.spent.remove(index);
                }
            }
        }
    }

    /// What Discord said last.
    #[must_use]
    pub const fn announced(&self) -> Option<&Announcement> {
        self.announced.as_ref()
    }

    /// The identifies of the last 24 h, at least.
    #[must_use]
    pub fn spent(&self) -> &[Identify] {
        &self.spent
    }

    /// `settings` with no more left than this record leaves at `now`.
    ///
    /// While the period that Discord announced last runs, that is what Discord
    /// said less what was spent since. After it, it is the total less what was
    /// spent in the last 24 h.
    #[must_use]
    pub fn restrict(&self, settings: Settings, now: Timestamp) -> Settings {
        let known = match self.announced {
            Some(said) if said.remaining < said.total && said.resets_at > now => Settings {
                remaining: said.remaining.saturating_sub(self.spent_since(said.at)),
                total: said.total,
                reset_after: said.resets_at.since(now),
                ..settings
            },
            _ => {
                let from = self.counts_from(now);
                Settings {
                    remaining: settings.total.saturating_sub(self.spent_since(from)),
                    reset_after: self.all_expired_after(now),
                    ..settings
                }
            }
        };
        [settings, known]
            .into_iter()
            .min_by_key(|settings| (settings.remaining, Reverse(settings.reset_after)))
            .unwrap_or(settings)
    }

    /// The time since which identifies count, where no announced period runs.
    fn counts_from(&self, now: Timestamp) -> Timestamp {
        let day_ago = now.before(SESSION_START_PERIOD);
        match self.announced {
            Some(said) if said.remaining >= said.total => day_ago.max(said.at),
            Some(said) => day_ago.max(said.resets_at),
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
            SESSION_START_PERIOD.saturating_sub(now.since(at))
        })
    }

    /// Forgets what is older than a day. Entries from the future, left by a
    /// clock that was wrong, are taken to be of `now`, or they would stay; so is
    /// what Discord said then, or what is spent from now on would seem to have
    /// been spent before it.
    fn prune(&mut self, now: Timestamp) {
        let day_ago = now.before(SESSION_START_PERIOD);
        if let Some(said) = &mut self.announced {
            said.at = said.at.min(now);
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

    fn spent(after: Duration) -> Entry {
        Entry::Spent(Identify {
            shard: 0,
            at: START.after(after),
        })
    }

    fn announced(remaining: u32, resets_after: Duration) -> Entry {
        Entry::Announced(Announcement {
            at: START,
            remaining,
            total: 1000,
            resets_at: START.after(resets_after),
        })
    }

    fn record(entries: &[Entry]) -> Record {
        let mut record = Record::default();
        for entry in entries {
            record.apply(entry);
        }
        record
    }

    #[test]
    fn nothing_on_record_restricts_nothing() {
        let settings = Settings::default();
        assert_eq!(Record::default().restrict(settings, START), settings);
    }

    #[test]
    fn identifies_of_the_last_day_count() {
        let record = record(&[spent(Duration::ZERO), spent(HOUR), spent(2 * HOUR)]);
        let at = |hours| record.restrict(Settings::default(), START.after(hours * HOUR));
        assert_eq!(at(3).remaining, 997);
        assert_eq!(at(3).reset_after, 23 * HOUR);
        assert_eq!(at(26).remaining, 999);
        assert_eq!(at(27).remaining, 1000);
    }

    #[test]
    fn the_announced_period_wins_until_its_reset() {
        let record = record(&[announced(500, HOUR), spent(MINUTE), spent(2 * HOUR)]);
        let within = record.restrict(Settings::default(), START.after(2 * MINUTE));
        assert_eq!(within.reset_after, HOUR - 2 * MINUTE);
        let after = record.restrict(Settings::default(), START.after(3 * HOUR));
        assert_eq!(after.remaining, 999, "only what was spent after the reset");
    }

    #[test]
    fn what_was_announced_holds_up_to_its_reset_and_not_at_it() {
        let mut record = record(&[announced(500, HOUR)]);
        let known = Settings {
            total: 700,
            remaining: 700,
            ..Settings::default()
        };
        let before = record.restrict(known, START.after(HOUR - Duration::from_millis(1)));
        assert_eq!((before.remaining, before.total), (500, 1000));
        let at = record.restrict(known, START.after(HOUR));
        assert_eq!((at.remaining, at.total), (700, 700));

        assert_eq!(record.announced().map(|said| said.remaining), Some(500));
        record.apply(&announced(400, HOUR));
        assert_eq!(record.announced().map(|said| said.remaining), Some(400));
    }

    #[test]
    fn a_period_that_has_not_begun_has_no_reset() {
        let record = record(&[announced(1000, HOUR), spent(MINUTE)]);
        let settings = record.restrict(Settings::default(), START.after(2 * MINUTE));
        assert_eq!(settings.remaining, 999);
        assert_eq!(settings.reset_after, 24 * HOUR - MINUTE);
    }

    #[test]
    fn what_is_spent_after_the_announcement_comes_off_it() {
        let record = record(&[spent(Duration::ZERO), announced(500, HOUR), spent(MINUTE)]);
        let settings = record.restrict(Settings::default(), START.after(2 * MINUTE));
        assert_eq!(
            settings.remaining, 498,
            "same-time identifies count twice, the safe side"
        );
    }

    #[test]
    fn what_is_spent_once_the_clock_was_set_back_comes_off_it_as_well() {
        let at = |seconds| Duration::from_secs(seconds);
        let said = Entry::Announced(Announcement {
            at: START.after(at(1177)),
            remaining: 13,
            total: 25,
            resets_at: START.after(24 * HOUR),
        });
        let record = record(&[said, spent(at(1201)), spent(at(952)), spent(at(984))]);
        let settings = record.restrict(Settings::default(), START.after(at(2044)));
        assert_eq!(settings.remaining, 10);
    }

    #[test]
    fn a_full_announcement_forgives_what_came_before() {
        let record = record(&[spent(Duration::ZERO), announced(1000, Duration::ZERO)]);
        let settings = record.restrict(Settings::default(), START.after(MINUTE));
        assert_eq!(settings.remaining, 999, "same-time identifies count");
        let mut record = record;
        record.apply(&Entry::Announced(Announcement {
            at: START.after(MINUTE),
            remaining: 1000,
            total: 1000,
            resets_at: START.after(MINUTE),
        }));
        let settings = record.restrict(Settings::default(), START.after(2 * MINUTE));
        assert_eq!(settings.remaining, 1000);
    }

    #[test]
    fn a_permit_that_came_back_is_taken_off() {
        let identify = Identify {
            shard: 3,
            at: START,
        };
        let record = record(&[
            Entry::Spent(identify),
            Entry::Spent(identify),
            Entry::Returned(identify),
        ]);
        assert_eq!(record.spent(), [identify]);
    }

    #[test]
    fn an_identify_is_never_older_than_it_is() {
        let identify = Identify {
            shard: 0,
            at: START,
        };
        // 0.9 ms into the first millisecond, and 0.1 ms into the last.
        let passed = Duration::from_micros(4_999_200);
        let shown = START.after(Duration::from_micros(900) + passed);
        assert_eq!(shown.since(START), Duration::from_secs(5));
        assert!(identify.least_age(shown) <= passed);
        assert_eq!(identify.least_age(START), Duration::ZERO);
    }

    #[test]
    fn the_record_stays_small() {
        let mut record = Record::default();
        for minute in 0..10_000 {
            record.apply(&spent(minute * MINUTE));
        }
        assert_eq!(record.spent().len(), 24 * 60);
    }

    #[test]
    fn an_entry_from_the_future_is_not_kept_for_ever() {
        let mut record = record(&[spent(9000 * HOUR)]);
        record.apply(&spent(Duration::ZERO));
        record.apply(&spent(25 * HOUR));
        assert_eq!(record.spent().len(), 1);
    }
}
