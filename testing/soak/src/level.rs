//! Whether something that may go up came down again.

use std::fmt::{self, Display, Formatter};

/// By how much something may stay above its level: this much, or this part of it, whichever is more.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Slack {
    /// In units of what is measured.
    pub absolute: u64,
    /// In hundredths of the level.
    pub percent: u64,
}

impl Slack {
    /// For what is counted one by one.
    pub const NONE: Self = Self {
        absolute: 0,
        percent: 0,
    };

    /// The most that is still the same level.
    #[must_use]
    pub const fn above(self, level: u64) -> u64 {
        let part = level / 100 * self.percent + level % 100 * self.percent / 100;
        level
            + if part > self.absolute {
                part
            } else {
                self.absolute
            }
    }
}

/// How what was measured before stands to what was measured after.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Level {
    /// It is where it was, or below.
    Returned {
        /// Before.
        from: u64,
        /// After.
        to: u64,
    },
    /// It stayed above.
    Stayed {
        /// Before.
        from: u64,
        /// After.
        to: u64,
        /// The most that it may have been.
        most: u64,
    },
    /// It can't be read on this system.
    Unreadable,
}

impl Level {
    /// Compares the medians, so that what passes does not matter. Readings that could not be had make it unreadable.
    #[must_use]
    pub fn of(before: &[Option<u64>], after: &[Option<u64>], slack: Slack) -> Self {
        let (Some(from), Some(to)) = (median(before), median(after)) else {
            return Self::Unreadable;
        };
        match slack.above(from) {
            most if to > most => Self::Stayed { from, to, most },
            _ => Self::Returned { from, to },
        }
    }

    /// Whether it is not known to have stayed above.
    #[must_use]
    pub const fn is_well(self) -> bool {
        !matches!(self, Self::Stayed { .. })
    }

    /// With its numbers in other units.
    #[must_use]
    pub fn map(self, unit: impl Fn(u64) -> String) -> impl Display {
        struct Shown(String);
        impl Display for Shown {
            fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
                f.pad(&self.0)
            }
        }
        Shown(match self {
            Self::Returned { from, to } => {
                format!("{} before, {} after", unit(from), unit(to))
            }
            Self::Stayed { from, to, most } => format!(
                "{} before, {} after: above the {} allowed",
                unit(from),
                unit(to),
                unit(most)
            ),
            Self::Unreadable => "not readable here".to_owned(),
        })
    }
}

fn median(readings: &[Option<u64>]) -> Option<u64> {
    let mut readings: Vec<u64> = readings.iter().copied().collect::<Option<_>>()?;
    readings.sort_unstable();
    let middle = readings.len() / 2;
    readings.get(middle).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    const MEMORY: Slack = Slack {
        absolute: 8,
        percent: 15,
    };

    fn level(before: &[u64], after: &[u64], slack: Slack) -> Level {
        let readings = |of: &[u64]| of.iter().copied().map(Some).collect::<Vec<_>>();
        Level::of(&readings(before), &readings(after), slack)
    }

    #[test]
    fn a_leak_is_seen() {
        assert!(!level(&[100, 101, 99], &[120, 121, 122], MEMORY).is_well());
        assert!(!level(&[40, 40, 40], &[41, 41, 41], Slack::NONE).is_well());
    }

    #[test]
    fn a_peak_that_passes_is_none() {
        assert!(level(&[100, 100, 100], &[100, 400, 101], MEMORY).is_well());
        assert!(level(&[100, 900, 100], &[101, 101, 101], MEMORY).is_well());
        // But neither does one before hide one after.
        assert!(!level(&[100, 900, 100], &[400, 400, 401], MEMORY).is_well());
    }

    #[test]
    fn the_slack_is_the_larger_of_its_two() {
        assert_eq!(MEMORY.above(20), 28);
        assert_eq!(MEMORY.above(1000), 1150);
        assert_eq!(Slack::NONE.above(77), 77);
    }

    #[test]
    fn what_can_not_be_read_is_not_made_up() {
        assert_eq!(Level::of(&[None], &[Some(1)], MEMORY), Level::Unreadable);
        assert_eq!(Level::of(&[], &[Some(1)], MEMORY), Level::Unreadable);
        let shown = Level::Unreadable.map(|it| it.to_string()).to_string();
        assert_eq!(shown, "not readable here");
    }
}
