//! Keys that select a shard.

use crate::ClusterCommandErrorKind;
use gloaming_protocol::{ShardId, shard_of};
use std::num::NonZeroU32;
use twilight_model::id::{Id, marker::GuildMarker};

mod sealed {
    #[expect(unnameable_types, reason = "seals the traits of this module")]
    pub trait Sealed {}
}

/// An integer that counts or numbers shards or buckets.
///
/// The gateway's numbers have 32 bits; code written for older libraries has them with 64. The trait is
/// sealed.
pub trait ShardNumber: Copy + sealed::Sealed {
    /// Returns the number. A negative one becomes [`u64::MAX`], which is always out of range.
    fn number(self) -> u64;
}

/// A key that selects a shard of a cluster: its number, or its whole id. The trait is sealed.
pub trait ShardKey: Copy + sealed::Sealed {
    /// Returns the shard's number.
    fn shard_number(self) -> u64;

    /// Returns the total number of the bot's shards, if the key contains it.
    fn total(self) -> Option<u32> {
        None
    }
}

/// What selects a shard of a running cluster: its [key](ShardKey), or a guild, of which each belongs to one shard
/// ([P35](gloaming_protocol::rules#p35)). The trait is sealed.
///
/// ```no_run
/// use gloaming_cluster::Cluster;
/// use gloaming_protocol::ShardId;
/// use twilight_model::id::{Id, marker::GuildMarker};
///
/// # fn example(cluster: &Cluster) {
/// let by_number = cluster.shard(3);
/// let by_id = cluster.shard(ShardId::new(3, 16));
/// let by_guild = cluster.shard(Id::<GuildMarker>::new(197_038_439_483_310_086));
/// # }
/// ```
pub trait ShardTarget: Copy + sealed::Sealed {
    /// Returns whether this shard is selected.
    fn selects(self, shard: ShardId) -> bool;

    /// Returns the error for a cluster without such a shard.
    fn missing(self) -> ClusterCommandErrorKind;
}

impl<K: ShardKey> ShardTarget for K {
    fn selects(self, shard: ShardId) -> bool {
        selects(self, shard)
    }

    fn missing(self) -> ClusterCommandErrorKind {
        ClusterCommandErrorKind::ShardNonexistent {
            id: self.shard_number(),
        }
    }
}

impl sealed::Sealed for Id<GuildMarker> {}

impl ShardTarget for Id<GuildMarker> {
    fn selects(self, shard: ShardId) -> bool {
        let total = NonZeroU32::new(shard.total());
        total.is_some_and(|total| shard_of(self, total) == shard.number())
    }

    fn missing(self) -> ClusterCommandErrorKind {
        ClusterCommandErrorKind::GuildElsewhere { guild: self }
    }
}

/// Whether the key selects this shard.
pub(crate) fn selects(key: impl ShardKey, id: ShardId) -> bool {
    matches(key.shard_number(), key.total(), id)
}

/// Whether the number, and the total if there is one, are those of this shard.
pub(crate) fn matches(number: u64, total: Option<u32>, id: ShardId) -> bool {
    number == u64::from(id.number()) && total.is_none_or(|total| total == id.total())
}

macro_rules! numbers {
    ($($number:ident),*) => {$(
        impl sealed::Sealed for $number {}

        impl ShardNumber for $number {
            fn number(self) -> u64 {
                u64::try_from(self).unwrap_or(u64::MAX)
            }
        }

        impl ShardKey for $number {
            fn shard_number(self) -> u64 {
                self.number()
            }
        }
    )*};
}

// A literal without a suffix is an i32.
numbers!(i32, u16, u32, u64, usize);

impl sealed::Sealed for ShardId {}

impl ShardKey for ShardId {
    fn shard_number(self) -> u64 {
        self.number().into()
    }

    fn total(self) -> Option<u32> {
        Some(Self::total(self))
    }
}
