//! Whatever names a shard.

use gloaming_protocol::ShardId;

mod sealed {
    #[expect(unnameable_types, reason = "so that nobody else implements it")]
    pub trait Sealed {}
}

/// A plain number: of a shard, of a bucket, or of how many there are.
///
/// Numbers of the gateway have 32 bits, code written for older libraries has them with 64.
pub trait ShardNumber: Copy + sealed::Sealed {
    /// The number; one below zero is as far out of range as can be.
    fn number(self) -> u64;
}

/// What a shard of a cluster is found by: its number, or its whole id.
pub trait ShardKey: Copy + sealed::Sealed {
    /// The shard's number.
    fn shard_number(self) -> u64;

    /// How many shards the bot has, if the key says so.
    fn total(self) -> Option<u32> {
        None
    }
}

pub(crate) fn is_of(key: impl ShardKey, id: ShardId) -> bool {
    names(key.shard_number(), key.total(), id)
}

/// Whether the number, and the total if there is one, are those of this shard.
pub(crate) fn names(number: u64, total: Option<u32>, id: ShardId) -> bool {
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

// A literal without a type is an i32.
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
