//! How often connections ended.

use crate::machine::DisconnectCause;
use serde::{Serialize, Serializer, ser::SerializeMap as _};

const NAMES: &[&str] = DisconnectCause::NAMES;

/// How often connections and attempts to open one ended, by [cause](DisconnectCause::name).
///
/// Serialized, it is a map of the causes that occurred.
///
/// ```
/// let counts = gloaming_shard::DisconnectCounts::default();
/// assert_eq!((counts.total(), counts.iter().count()), (0, 0));
/// assert_eq!(serde_json::to_string(&counts)?, "{}");
/// # Ok::<_, serde_json::Error>(())
/// ```
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct DisconnectCounts([u64; NAMES.len()]);

impl DisconnectCounts {
    pub(crate) const fn new() -> Self {
        Self([0; NAMES.len()])
    }

    pub(super) fn count(&mut self, cause: DisconnectCause) {
        if let Some(place) = place(cause) {
            self.0[place] += 1;
        }
    }

    /// Returns how often connections ended for this cause, whatever its values.
    #[must_use]
    pub fn of(&self, cause: DisconnectCause) -> u64 {
        place(cause).map_or(0, |place| self.0[place])
    }

    /// Returns the sum of all counts.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.0.iter().sum()
    }

    /// Iterates over the causes that occurred, by name, with their counts.
    pub fn iter(&self) -> impl Iterator<Item = (&'static str, u64)> + '_ {
        let counts = NAMES.iter().copied().zip(self.0);
        counts.filter(|(_, count)| *count > 0)
    }
}

impl Default for DisconnectCounts {
    fn default() -> Self {
        Self::new()
    }
}

impl Serialize for DisconnectCounts {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        for (name, count) in self.iter() {
            map.serialize_entry(name, &count)?;
        }
        map.end()
    }
}

fn place(cause: DisconnectCause) -> Option<usize> {
    NAMES.iter().position(|name| *name == cause.name())
}

#[cfg(test)]
mod tests {
    use super::{DisconnectCounts, NAMES, place};
    use crate::machine::{
        DisconnectCause::{self, *},
        Resumable,
    };

    #[test]
    fn each_cause_has_a_count_of_its_own() {
        let causes: [DisconnectCause; NAMES.len()] = [
            ConnectFailed,
            ConnectTimeout,
            Closed { code: None },
            Lost,
            HelloTimeout,
            ResumeTimeout,
            Zombie,
            ReconnectRequested,
            SessionInvalid {
                resumable: Resumable::Yes,
            },
            SessionInvalid {
                resumable: Resumable::No,
            },
            Unreadable,
            Flooded,
            UnusableReady,
            Requested,
        ];
        let mut counts = DisconnectCounts::new();
        for (index, cause) in causes.into_iter().enumerate() {
            assert!(place(cause).is_some(), "{cause:?}");
            for _ in 0..=index {
                counts.count(cause);
            }
            assert_eq!(counts.of(cause), index as u64 + 1, "{cause:?}");
        }
        assert_eq!(counts.total(), (1..=NAMES.len() as u64).sum::<u64>());
        let json = serde_json::to_value(&counts).unwrap();
        assert_eq!(json["zombie"], 7);
        assert_eq!(json.as_object().unwrap().len(), NAMES.len());
    }
}
