//! When another number of shards is advisable.

use gloaming_protocol::limits::MAX_GUILDS_PER_SHARD;

/// When to switch to another number of shards.
///
/// ```
/// use gloaming_cluster::reshard::{ReshardAdvice, ReshardTrigger};
///
/// let trigger = ReshardTrigger::default();
/// assert_eq!(trigger.advice(16, 1_900, 16), None);
/// let advice = trigger.advice(16, 2_001, 16);
/// assert_eq!(advice, Some(ReshardAdvice::Full { guilds: 2_001, total: 32 }));
/// assert_eq!(trigger.advice(16, 500, 20), Some(ReshardAdvice::Recommended { total: 20 }));
/// ```
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct ReshardTrigger {
    /// How full the fullest shard may be, in percent of the 2,500 guilds that Discord allows
    /// ([P35](gloaming_protocol::rules#p35)); 80 by default.
    pub max_fill_percent: u8,
}

/// Why to switch, and to how many shards.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum ReshardAdvice {
    /// A shard has too many guilds.
    Full {
        /// The number of guilds of the fullest shard.
        guilds: usize,
        /// Twice as many shards as before, or Discord's recommendation if that is more. Twice as many divide each shard in
        /// two.
        total: u32,
    },
    /// Discord recommends another number of shards ([P2](gloaming_protocol::rules#p2)).
    Recommended {
        /// The recommended number.
        total: u32,
    },
}

impl ReshardTrigger {
    /// Returns what to do, given the number of shards, the number of guilds of the fullest one, and the number of shards
    /// that Discord recommends.
    #[must_use]
    pub fn advice(&self, total: u32, fullest: usize, recommended: u32) -> Option<ReshardAdvice> {
        let most = u64::from(MAX_GUILDS_PER_SHARD) * u64::from(self.max_fill_percent) / 100;
        if fullest as u64 > most {
            return Some(ReshardAdvice::Full {
                guilds: fullest,
                total: total.saturating_mul(2).max(recommended),
            });
        }
        (recommended != total && recommended > 0)
            .then_some(ReshardAdvice::Recommended { total: recommended })
    }
}

impl Default for ReshardTrigger {
    fn default() -> Self {
        Self {
            max_fill_percent: 80,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{ReshardAdvice, ReshardTrigger};

    #[test]
    fn more_shards_are_advised_once_a_shard_is_fuller_than_the_limit() {
        for (max_fill_percent, most) in [(80, 2_000), (100, 2_500), (1, 25), (0, 0)] {
            let trigger = ReshardTrigger { max_fill_percent };
            assert_eq!(trigger.advice(16, most, 16), None, "{trigger:?}");
            let guilds = most + 1;
            let full = Some(ReshardAdvice::Full { guilds, total: 32 });
            assert_eq!(trigger.advice(16, guilds, 16), full, "{trigger:?}");
        }
    }

    #[test]
    fn full_shards_are_halved_unless_more_are_recommended() {
        let trigger = ReshardTrigger::default();
        for (total, recommended, advised) in [
            (16, 20, 32),
            (16, 40, 40),
            (16, 0, 32),
            (u32::MAX, 20, u32::MAX),
        ] {
            let full = ReshardAdvice::Full {
                guilds: 2_400,
                total: advised,
            };
            assert_eq!(trigger.advice(total, 2_400, recommended), Some(full));
        }
    }

    #[test]
    fn recommendation_is_followed_if_it_is_another_number_of_shards() {
        let trigger = ReshardTrigger::default();
        for total in [1, 15, 17] {
            let recommended = Some(ReshardAdvice::Recommended { total });
            assert_eq!(trigger.advice(16, 100, total), recommended);
        }
        assert_eq!(trigger.advice(16, 100, 16), None);
        assert_eq!(trigger.advice(16, 100, 0), None, "Discord did not say");
    }
}
