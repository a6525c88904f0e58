//! Which shard sends a command.

use gloaming_protocol::shard_of;
use std::num::NonZeroU32;
use twilight_model::id::{Id, marker::GuildMarker};

/// The shard that is to send a command: one by its number, or that of a guild.
///
/// ```
/// use gloaming_nats::CommandTarget;
/// use twilight_model::id::{Id, marker::GuildMarker};
///
/// let guild = Id::<GuildMarker>::new(197_038_439_483_310_086);
/// assert_eq!(CommandTarget::from(guild), CommandTarget::Guild(guild));
/// assert_eq!(CommandTarget::from(3), CommandTarget::Shard(3));
/// ```
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum CommandTarget {
    /// The shard with this number.
    Shard(u32),
    /// The shard that has the events of this guild ([P35](gloaming_protocol::rules#p35)).
    Guild(Id<GuildMarker>),
}

impl CommandTarget {
    pub(crate) const fn shard(self, total: NonZeroU32) -> u32 {
        match self {
            Self::Shard(number) => number,
            Self::Guild(guild) => shard_of(guild, total),
        }
    }
}

impl From<u32> for CommandTarget {
    fn from(shard: u32) -> Self {
        Self::Shard(shard)
    }
}

impl From<Id<GuildMarker>> for CommandTarget {
    fn from(guild: Id<GuildMarker>) -> Self {
        Self::Guild(guild)
    }
}
