use std::num::NonZeroU32;
use twilight_model::id::Id;
use twilight_model::id::marker::GuildMarker;

/// The number of the shard that gets a guild's events (P35).
///
/// Events without a guild, such as direct messages, go to shard 0.
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
    // Below the number of shards, which is a u32.
    shard as u32
}
