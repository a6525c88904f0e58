//! Whether a resource returned to its level from before the faults.

use std::fmt::{self, Display, Formatter};

/// How far a resource may remain above its level: an absolute amount or a part of the level, whichever is
/// larger.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Tolerance {
    /// In units of the resource.
    pub absolute: u64,
    /// In percent of the level.
    pub percent: u64,
}

impl Tolerance {
    /// No tolerance.
    pub const NONE: Self = Self {
        absolute: 0,
        percent: 0,
    };

    /// Returns the largest value that counts as the same level.
    #[must_use]
    pub const fn limit(self, level: u64) -> u64 {
        let part = level / 100 * self.percent + level % 100 * self.percent / 100;
        level
            + if part > self.absolute {
                part
            } else {
                self.absolute
            }
    }
}

/// The level of a resource before and after the faults.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Level {
    /// The resource returned to its level or below.
    Returned {
        /// The level before.
        before: u64,
        /// The level after.
        after: u64,
    },
    /// The resource remained above its level.
    Exceeded {
        /// The level before.
        before: u64,
        /// The level after.
        after: u64,
        /// The largest level that was allowed.
        limit: u64,
    },
    /// The resource can't be measured on this system.
    Unavailable,
}

impl Level {
    /// Compares the medians, so that short peaks have no influence. A missing measurement makes the level
    /// unavailable.
    #[must_use]
    pub fn compare(before: &[Option<u64>], after: &[Option<u64>], tolerance: Tolerance) -> Self {
        let (Some(before), Some(after)) = (median(before), median(after)) else {
            return Self::Unavailable;
        };
        match tolerance.limit(before) {
            limit if after > limit => Self::Exceeded {
                before,
                after,
                limit,
            },
            _ => Self::Returned { before, after },
        }
    }

    /// Returns whether the resource is not known to have exceeded its level.
    #[must_use]
    pub const fn is_ok(self) -> bool {
        !matches!(self, Self::Exceeded { .. })
    }

    /// Formats the level, with its numbers formatted by `unit`.
    #[must_use]
    pub fn display(self, unit: impl Fn(u64) -> String) -> impl Display {
        struct Text(String);
        impl Display for Text {
            fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
                f.pad(&self.0)
            }
        }
        Text(match self {
            Self::Returned { before, after } => {
                format!("{} before, {} after", unit(before), unit(after))
            }
            Self::Exceeded {
                before,
                after,
                limit,
            } => format!(
                "{} before, {} after: above the limit of {}",
                unit(before),
                unit(after),
                unit(limit)
            ),
            Self::Unavailable => "not available on this system".to_owned(),
        })
    }
}

fn median(values: &[Option<u64>]) -> Option<u64> {
    let mut values: Vec<u64> = values.iter().copied().collect::<Option<_>>()?;
    values.sort_unstable();
    let middle = values.len() / 2;
    values.get(middle).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    const MEMORY: Tolerance = Tolerance {
        absolute: 8,
        percent: 15,
    };

    fn level(before: &[u64], after: &[u64], tolerance: Tolerance) -> Level {
        let values = |of: &[u64]| of.iter().copied().map(Some).collect::<Vec<_>>();
        Level::compare(&values(before), &values(after), tolerance)
    }

    #[test]
    fn leak_exceeds_the_level() {
        assert!(!level(&[100, 101, 99], &[120, 121, 122], MEMORY).is_ok());
        assert!(!level(&[40, 40, 40], &[41, 41, 41], Tolerance::NONE).is_ok());
    }

    #[test]
    fn short_peak_is_ignored() {
        assert!(level(&[100, 100, 100], &[100, 400, 101], MEMORY).is_ok());
        assert!(level(&[100, 900, 100], &[101, 101, 101], MEMORY).is_ok());
        // A peak before the faults does not hide a leak after them.
        assert!(!level(&[100, 900, 100], &[400, 400, 401], MEMORY).is_ok());
    }

    #[test]
    fn larger_tolerance_applies() {
        assert_eq!(MEMORY.limit(20), 28);
        assert_eq!(MEMORY.limit(1000), 1150);
        assert_eq!(Tolerance::NONE.limit(77), 77);
    }

    #[test]
    fn missing_values_make_the_level_unavailable() {
        assert_eq!(
            Level::compare(&[None], &[Some(1)], MEMORY),
            Level::Unavailable
        );
        assert_eq!(Level::compare(&[], &[Some(1)], MEMORY), Level::Unavailable);
        let shown = Level::Unavailable.display(|it| it.to_string()).to_string();
        assert_eq!(shown, "not available on this system");
    }
}
