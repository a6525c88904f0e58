//! Which shard gets a guild's events.

/// The number of the shard, out of `count`, that gets the events of `guild`
/// ([P35](gloaming_protocol::rules#p35)).
pub(crate) fn shard_of(guild: u64, count: u32) -> u32 {
    ((guild >> 22) % u64::from(count.max(1))) as u32
}
