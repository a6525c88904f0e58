//! Keys that select a shard.

use gloaming_protocol::ShardId;

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
