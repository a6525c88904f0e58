//! The two sets of shards.

use std::{
    ops::{Index, IndexMut},
    time::Instant,
};

/// One of the two sets of shards that run at the same time.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum ShardSet {
    /// The set that runs when the switch begins.
    Old,
    /// The set with the other number of shards.
    New,
}

impl ShardSet {
    pub(super) const BOTH: [Self; 2] = [Self::Old, Self::New];

    /// Returns the other set.
    #[must_use]
    pub const fn other(self) -> Self {
        match self {
            Self::Old => Self::New,
            Self::New => Self::Old,
        }
    }
}

/// A value for each set.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Sides<T> {
    pub(super) old: T,
    pub(super) new: T,
}

impl<T> Index<ShardSet> for Sides<T> {
    type Output = T;

    fn index(&self, set: ShardSet) -> &T {
        match set {
            ShardSet::Old => &self.old,
            ShardSet::New => &self.new,
        }
    }
}

impl<T> IndexMut<ShardSet> for Sides<T> {
    fn index_mut(&mut self, set: ShardSet) -> &mut T {
        match set {
            ShardSet::Old => &mut self.old,
            ShardSet::New => &mut self.new,
        }
    }
}

/// How far the events of a shard were received.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Receipt {
    /// Everything that the gateway sent until then was received.
    Until(Instant),
    /// The shard has stopped. Nothing more comes.
    Complete,
}

impl Receipt {
    pub(super) fn includes(self, time: Instant) -> bool {
        match self {
            Self::Until(until) => until >= time,
            Self::Complete => true,
        }
    }

    /// Moves forward, never back.
    pub(super) fn advance(&mut self, to: Instant) {
        if let Self::Until(until) = self {
            *until = (*until).max(to);
        }
    }
}

/// The events whose order is kept.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum EventScope {
    /// The events of a guild, which the shard `(id >> 22) % total` gets ([P35](gloaming_protocol::rules#p35)).
    Guild(u64),
    /// The events without a guild, such as direct messages, which shard 0 gets.
    Direct,
}

impl EventScope {
    /// Returns the number of the shard, of so many, that gets the events.
    #[must_use]
    pub const fn shard(self, total: u32) -> u32 {
        match (self, total) {
            (Self::Direct, _) | (_, 0) => 0,
            // The remainder is less than `total`.
            (Self::Guild(id), total) => ((id >> 22) % total as u64) as u32,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::EventScope;

    #[test]
    fn guilds_are_routed_by_their_id() {
        let guild = EventScope::Guild(197_038_439_483_310_086);
        assert_eq!(
            guild.shard(16),
            ((197_038_439_483_310_086_u64 >> 22) % 16) as u32
        );
        assert_eq!(guild.shard(1), 0);
        assert_eq!(guild.shard(0), 0);
        assert_eq!(EventScope::Direct.shard(7), 0);
    }
}
