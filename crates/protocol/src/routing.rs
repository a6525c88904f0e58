use std::num::NonZeroU32;
use twilight_model::id::Id;
use twilight_model::id::marker::GuildMarker;

/// Returns the number of the shard that receives the events of a guild ([P35](crate::rules#p35)).
///
/// Shard 0 receives events without a guild, such as direct messages.
///
/// ```
/// use gloaming_protocol::shard_of;
/// use std::num::NonZeroU32;
/// use twilight_model::id::Id;
///
/// let shards = NonZeroU32::new(16).expect("16 is not 0");
/// assert_eq!(shard_of(Id::new(197_038_439_483_310_086), shards), 2);
/// ```
#[must_use]
pub const fn shard_of(guild: Id<GuildMarker>, shards: NonZeroU32) -> u32 {
    let shard = (guild.get() >> 22) % shards.get() as u64;
    // Less than the number of shards, which is a `u32`.
    shard as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_documented_formula_routes_guilds() {
        for (guild, shards, shard) in [
            (197_038_439_483_310_086, 16, 2),
            (197_038_439_483_310_086, 1, 0),
            (197_038_439_483_310_086, 7, 6),
            ((1 << 22) - 1, 3, 0),
            (1 << 22, 3, 1),
            (5 << 22, 3, 2),
            (u64::MAX, u32::MAX, 1023),
        ] {
            let count = NonZeroU32::new(shards).unwrap();
            assert_eq!(
                shard_of(Id::new(guild), count),
                shard,
                "{guild} of {shards}"
            );
        }
    }
}
