//! What the clocks of a machine show, as a value. They are read in `system_clock.rs`.

use std::{fmt, str::FromStr, time::Duration};

use serde::{Deserialize, Serialize, de};

use crate::timestamp::Timestamp;

/// What the clocks of a machine show at one moment.
///
/// A ledger measures time with it. The wall clock may be wrong, and may be set while a bot runs or between two
/// runs. The time since the machine booted is not affected by that, but ends with the boot.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct ClockReading {
    /// The wall clock.
    pub wall: Timestamp,
    /// The time since the machine booted, if the system tells it to all processes alike.
    pub boot: Option<BootTime>,
}

impl ClockReading {
    /// Builds a reading of a wall clock alone.
    #[must_use]
    pub const fn of_wall(wall: Timestamp) -> Self {
        Self { wall, boot: None }
    }
}

/// A moment within one boot of a machine.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct BootTime {
    /// Which boot it is.
    #[serde(rename = "boot")]
    pub id: BootId,
    /// The milliseconds since the start of this boot. They include the time for which the machine was suspended.
    pub uptime: u64,
}

impl BootTime {
    /// Returns the time from `earlier` to `self`, or `None` if they are of different boots. A time that runs
    /// backward is not one boot either, as after a machine was restored from a snapshot.
    #[must_use]
    pub fn since(&self, earlier: &Self) -> Option<Duration> {
        if self.id != earlier.id {
            return None;
        }
        self.uptime
            .checked_sub(earlier.uptime)
            .map(Duration::from_millis)
    }
}

/// Identifies one boot of a machine, so that times since that boot can be compared.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct BootId(u128);

impl BootId {
    /// Builds an id from a number that no other boot has.
    #[must_use]
    pub const fn new(number: u128) -> Self {
        Self(number)
    }
}

impl fmt::Display for BootId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

/// Reads hexadecimal digits; dashes, as in a UUID, are ignored.
impl FromStr for BootId {
    type Err = std::num::ParseIntError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        u128::from_str_radix(&text.replace('-', ""), 16).map(Self)
    }
}

impl Serialize for BootId {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for BootId {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::{BootId, BootTime};
    use std::time::Duration;

    const BOOT: BootTime = BootTime {
        id: BootId::new(7),
        uptime: 5000,
    };

    #[test]
    fn time_is_measured_within_one_boot() {
        let later = BootTime {
            uptime: 5250,
            ..BOOT
        };
        assert_eq!(later.since(&BOOT), Some(Duration::from_millis(250)));
        assert_eq!(BOOT.since(&later), None);
        let other = BootTime {
            id: BootId::new(8),
            ..later
        };
        assert_eq!(other.since(&BOOT), None);
    }

    #[test]
    fn id_is_read_from_a_uuid_and_stored_as_text() {
        let id = "0f8e1d6c-0000-4000-8000-00000000abcd"
            .parse::<BootId>()
            .unwrap();
        assert_eq!(id.to_string(), "0f8e1d6c00004000800000000000abcd");
        let stored = serde_json::to_string(&id).unwrap();
        assert_eq!(serde_json::from_str::<BootId>(&stored).unwrap(), id);
        for text in ["", "-", "no-uuid", "ff8e1d6c-0000-4000-8000-00000000abcd0"] {
            assert!(text.parse::<BootId>().is_err(), "{text}");
        }
    }
}
