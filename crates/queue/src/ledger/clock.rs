//! The time of a ledger, which a wall clock that is set wrong does not advance by more than the ledger can check.

use std::time::Duration;

use gloaming_protocol::limits::SESSION_START_PERIOD;
use serde::{Deserialize, Serialize};

use crate::{
    clock_reading::{BootTime, ClockReading},
    timestamp::Timestamp,
};

/// The number of settings of the wall clock that are remembered.
const MAX_WALLS: usize = 8;

/// A wall clock that is ahead of a remembered one by at most this is the same one, later. Longer than the time after
/// which a running process writes down that time has passed.
const NEAR: Duration = Duration::from_secs(90 * 60);

/// 2025-01-01. A wall clock that shows an earlier time was never set: this library is younger.
const EARLIEST: Timestamp = Timestamp::from_millis(1_735_689_600_000);

/// By how much a wall clock that is adjusted gradually may run behind.
const ADJUSTED: Duration = Duration::from_secs(2);

/// The time that has to be measured between two jumps of the wall clock. If the clock was wrong a moment ago, it may be
/// wrong in another way now.
const BETWEEN_JUMPS: Duration = Duration::from_secs(30);

/// The latest time that a stored clock may have: far beyond any real one, and far from an overflow.
const LATEST: Timestamp = Timestamp::from_millis(1 << 52);

/// The time of a ledger. It begins with the wall clock of the first reading, and is then advanced by the time
/// from one reading to the next:
///
/// - within one boot, by the difference of the uptimes, which is exact;
/// - otherwise by the difference of the wall clocks, if the wall clock is not behind. It is behind after it was
///   set back, or when it is right again after it was ahead. Then nobody knows how much time has passed, and the
///   ledger's time stands still. So with a clock that was never set.
///
/// Each setting of the wall clock that was seen is remembered, and moved on with the time, so that a clock that
/// jumps to and fro between them does not advance the ledger's time by the jumps.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub(super) struct LedgerClock {
    time: Timestamp,
    /// What the wall clock shows at `time`, by each of its settings, the last one last. Never empty.
    walls: Vec<Timestamp>,
    /// The time after the last jump of the wall clock that counted.
    jumped: Option<Timestamp>,
    #[serde(flatten)]
    boot: Option<BootTime>,
}

/// The time from one reading to the next.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Elapsed {
    /// Measured by a clock that nobody sets.
    Exact(Duration),
    /// The difference of the wall clocks, at most a day. It is wrong if the clock was set forward in between.
    ByWallClock(Duration),
    /// The wall clock was set back, or was never set before, or has just jumped.
    Unknown,
}

impl Elapsed {
    fn known(self) -> Duration {
        match self {
            Self::Exact(by) | Self::ByWallClock(by) => by,
            Self::Unknown => Duration::ZERO,
        }
    }
}

impl LedgerClock {
    pub(super) fn starting_at(now: &ClockReading) -> Self {
        Self {
            time: now.wall.min(LATEST),
            walls: vec![now.wall],
            jumped: None,
            boot: now.boot,
        }
    }

    /// Returns whether the clock, which was read from a file, can be used.
    pub(super) fn is_valid(&self) -> bool {
        self.time <= LATEST && (1..=MAX_WALLS).contains(&self.walls.len())
    }

    pub(super) const fn time(&self) -> Timestamp {
        self.time
    }

    /// Advances the time to `now`.
    pub(super) fn advance(&mut self, now: &ClockReading) -> Elapsed {
        let elapsed = self.elapsed(now);
        let by = elapsed.known();
        self.time = self.time.saturating_add(by).min(LATEST);
        if matches!(elapsed, Elapsed::ByWallClock(_)) && by > NEAR {
            // The clock may have been set. The other settings are as before.
            self.jumped = Some(self.time);
        } else {
            for wall in &mut self.walls {
                *wall = wall.saturating_add(by);
            }
        }
        self.remember(now.wall);
        self.boot = now.boot;
        elapsed
    }

    fn elapsed(&self, now: &ClockReading) -> Elapsed {
        if let (Some(boot), Some(before)) = (&now.boot, &self.boot)
            && let Some(by) = boot.since(before)
        {
            return Elapsed::Exact(by);
        }
        if let Some(wall) = self.setting_of(now.wall) {
            let by = now.wall.saturating_duration_since(self.walls[wall]);
            return Elapsed::ByWallClock(by);
        }
        let is_soon = self
            .jumped
            .is_some_and(|jumped| self.time.saturating_duration_since(jumped) < BETWEEN_JUMPS);
        match self.walls.iter().max() {
            Some(_) if is_soon => Elapsed::Unknown,
            Some(latest) if *latest < now.wall && *latest >= EARLIEST => {
                let by = now.wall.saturating_duration_since(*latest);
                Elapsed::ByWallClock(by.min(SESSION_START_PERIOD))
            }
            Some(_) | None => Elapsed::Unknown,
        }
    }

    /// Returns the index of the setting of which `wall` is a reading.
    fn setting_of(&self, wall: Timestamp) -> Option<usize> {
        let difference = |before: &Timestamp| {
            let ahead = wall.saturating_duration_since(*before);
            let behind = before.saturating_duration_since(wall);
            (ahead <= NEAR && behind <= ADJUSTED).then(|| ahead.max(behind))
        };
        let near = self.walls.iter().enumerate();
        near.filter_map(|(index, before)| Some((difference(before)?, index)))
            .min()
            .map(|(_, index)| index)
    }

    fn remember(&mut self, wall: Timestamp) {
        let before = self.setting_of(wall).map(|index| self.walls.remove(index));
        self.walls
            .push(before.map_or(wall, |before| before.max(wall)));
        if self.walls.len() > MAX_WALLS {
            self.walls.remove(0);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{BETWEEN_JUMPS, Elapsed, LedgerClock, MAX_WALLS, NEAR};
    use crate::{
        clock_reading::{BootId, BootTime, ClockReading},
        timestamp::Timestamp,
    };
    use std::time::Duration;

    const MILLISECOND: Duration = Duration::from_millis(1);
    const MINUTE: Duration = Duration::from_secs(60);
    const HOUR: Duration = Duration::from_secs(60 * 60);
    const DAY: Duration = Duration::from_secs(24 * 60 * 60);
    const START: Timestamp = Timestamp::from_millis(1_750_000_000_000);

    fn at(wall: Timestamp) -> ClockReading {
        ClockReading::of_wall(wall)
    }

    fn booted(wall: Timestamp, uptime: Duration) -> ClockReading {
        let uptime = u64::try_from(uptime.as_millis()).unwrap();
        let id = BootId::new(1);
        ClockReading {
            wall,
            boot: Some(BootTime { id, uptime }),
        }
    }

    fn after(by: Duration) -> Timestamp {
        START.saturating_add(by)
    }

    #[test]
    fn time_within_a_boot_does_not_depend_on_the_wall_clock() {
        let mut clock = LedgerClock::starting_at(&booted(START, HOUR));
        for (hours, wall) in [(2, 0), (3, 9_000_000_000_000), (4, 1_750_000_000_001)] {
            let now = booted(Timestamp::from_millis(wall), hours * HOUR);
            assert_eq!(clock.advance(&now), Elapsed::Exact(HOUR));
        }
        assert_eq!(clock.time(), after(3 * HOUR));
    }

    #[test]
    fn another_boot_is_compared_by_the_wall_clock() {
        let mut clock = LedgerClock::starting_at(&booted(START, HOUR));
        let now = booted(after(HOUR), MINUTE);
        let by = Elapsed::ByWallClock(HOUR);
        assert_eq!(clock.advance(&now), by, "the uptime begins again");
        assert_eq!(clock.advance(&at(after(2 * HOUR))), by);
        let years = Elapsed::ByWallClock(DAY);
        assert_eq!(
            clock.advance(&at(after(1000 * DAY))),
            years,
            "at most a day"
        );
        // A second jump right after the first.
        assert_eq!(clock.advance(&at(after(2000 * DAY))), Elapsed::Unknown);
        let later = after(2000 * DAY + 11 * MINUTE);
        assert_eq!(clock.advance(&at(later)), Elapsed::ByWallClock(11 * MINUTE));
        assert_eq!(clock.advance(&at(after(2002 * DAY))), years);
    }

    #[test]
    fn wall_clock_that_was_set_back_says_nothing() {
        let mut clock = LedgerClock::starting_at(&at(START));
        let past = Timestamp::from_millis(0);
        assert_eq!(clock.advance(&at(past)), Elapsed::Unknown);
        let later = past.saturating_add(MINUTE);
        assert_eq!(clock.advance(&at(later)), Elapsed::ByWallClock(MINUTE));
        let day_ago = START.saturating_sub(25 * HOUR);
        assert_eq!(clock.advance(&at(day_ago)), Elapsed::Unknown);
        // Right again, 3 minutes after the start.
        let right = Elapsed::ByWallClock(2 * MINUTE);
        assert_eq!(clock.advance(&at(after(3 * MINUTE))), right);
    }

    #[test]
    fn clock_that_jumps_to_and_fro_adds_each_jump_once() {
        let mut clock = LedgerClock::starting_at(&at(START));
        let mut total = Duration::ZERO;
        for second in 1..5000 {
            let right = after(Duration::from_secs(second));
            let wall = match second % 4 {
                0 => right,
                1 => right.saturating_add(HOUR),
                2 => right.saturating_sub(25 * HOUR),
                _ => right.saturating_sub(50 * 365 * DAY),
            };
            total += clock.advance(&at(wall)).known();
        }
        assert!(total >= Duration::from_secs(5000 - 5), "{total:?}");
        assert!(total <= HOUR + Duration::from_secs(5000 + 5), "{total:?}");
    }

    #[test]
    fn clock_that_is_ahead_by_more_than_a_running_process_waits_has_jumped() {
        for (ahead, next) in [
            (NEAR, Elapsed::ByWallClock(DAY)),
            // A second jump right after the first.
            (NEAR + MILLISECOND, Elapsed::Unknown),
        ] {
            let mut clock = LedgerClock::starting_at(&at(START));
            let by = clock.advance(&at(after(ahead)));
            assert_eq!(by, Elapsed::ByWallClock(ahead));
            let by = clock.advance(&at(after(ahead + DAY)));
            assert_eq!(by, next, "{ahead:?}");
        }
    }

    #[test]
    fn jump_counts_once_half_a_minute_has_passed_since_the_last_one() {
        for (passed, next) in [
            (BETWEEN_JUMPS - MILLISECOND, Elapsed::Unknown),
            (BETWEEN_JUMPS, Elapsed::ByWallClock(DAY)),
        ] {
            let mut clock = LedgerClock::starting_at(&at(START));
            clock.advance(&at(after(DAY)));
            let by = clock.advance(&at(after(DAY + passed)));
            assert_eq!(by, Elapsed::ByWallClock(passed));
            let by = clock.advance(&at(after(2 * DAY + passed)));
            assert_eq!(by, next, "{passed:?}");
        }
    }

    #[test]
    fn clock_that_is_adjusted_runs_on() {
        let mut clock = LedgerClock::starting_at(&at(START));
        let mut total = Duration::ZERO;
        for (elapsed, expected) in [(5000, 5000), (4500, 0), (5200, 200), (3199, 0)] {
            let wall = after(Duration::from_millis(elapsed));
            let by = clock.advance(&at(wall)).known();
            assert_eq!(by, Duration::from_millis(expected), "{elapsed}");
            total += by;
        }
        assert_eq!(clock.time(), after(total));
    }

    #[test]
    fn few_settings_are_remembered() {
        let mut clock = LedgerClock::starting_at(&at(START));
        for days in 1..20 {
            clock.advance(&at(START.saturating_sub(days * DAY)));
            assert!(clock.is_valid());
        }
        assert_eq!(clock.walls.len(), MAX_WALLS);
        assert_eq!(clock.time(), START);
        // The clock that was ahead is forgotten, so that time runs on.
        let by = clock.advance(&at(START.saturating_sub(9 * DAY)));
        assert_eq!(by, Elapsed::ByWallClock(DAY));
    }

    #[test]
    fn clock_that_was_never_set_says_nothing() {
        let first = Timestamp::from_millis(10_000);
        let mut clock = LedgerClock::starting_at(&at(first));
        let minute = Elapsed::ByWallClock(MINUTE);
        assert_eq!(clock.advance(&at(first.saturating_add(MINUTE))), minute);
        let five_years = first.saturating_add(5 * 365 * DAY);
        assert_eq!(clock.advance(&at(five_years)), Elapsed::Unknown);
        assert_eq!(clock.advance(&at(START)), Elapsed::Unknown);
        assert_eq!(clock.advance(&at(after(DAY))), Elapsed::ByWallClock(DAY));
    }

    #[test]
    fn stored_clock_is_checked() {
        let clock = LedgerClock::starting_at(&booted(START, HOUR));
        let stored = serde_json::to_string(&clock).unwrap();
        let again = serde_json::from_str::<LedgerClock>(&stored).unwrap();
        assert_eq!(again, clock);
        assert!(again.is_valid());
        for stored in [
            r#"{"time":0,"walls":[]}"#,
            r#"{"time":0,"walls":[1,2,3,4,5,6,7,8,9]}"#,
            r#"{"time":18446744073709551615,"walls":[1]}"#,
        ] {
            let clock = serde_json::from_str::<LedgerClock>(stored).unwrap();
            assert!(!clock.is_valid(), "{stored}");
        }
    }
}
