//! A `twilight-cache-inmemory` that can be stored and restored.

use crate::Result;
use flate2::{Compression, read::ZlibDecoder, write::ZlibEncoder};
use gloaming::{
    Event,
    twilight_model::{
        gateway::payload::incoming::{GuildCreate, MessageCreate, UserUpdate},
        guild::{Guild, Member},
        id::{Id, marker::GuildMarker},
        user::CurrentUser,
    },
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::{
    collections::BTreeMap,
    fmt::{self, Display, Formatter},
    io::Read as _,
};
use twilight_cache_inmemory::{
    DefaultInMemoryCache, ResourceType,
    model::{CachedGuild, CachedMember},
};

/// The most bytes of a cache before compression.
const MAX_BYTES: u64 = 1 << 28;

/// The cache of one shard: what is stored with its session must have the events of no other shard.
pub(crate) struct Cache(DefaultInMemoryCache);

impl Default for Cache {
    fn default() -> Self {
        let restorable = ResourceType::GUILD
            | ResourceType::CHANNEL
            | ResourceType::ROLE
            | ResourceType::MEMBER
            | ResourceType::USER_CURRENT;
        let builder = DefaultInMemoryCache::builder().resource_types(restorable);
        Self(builder.build())
    }
}

impl Cache {
    pub(crate) fn update(&mut self, event: &Event) {
        match event {
            // In a new session, all guilds arrive again, and those that the bot has left meanwhile must not stay.
            Event::Ready(_) => *self = Self::default(),
            // Their members lack what those of a GUILD_CREATE have.
            Event::InteractionCreate(_) | Event::MessageCreate(_) => return,
            _ => {}
        }
        self.0.update(event);
    }

    /// Where a message was written, by the names that only the cache knows.
    pub(crate) fn place(&self, message: &MessageCreate) -> String {
        let channel = self.0.channel(message.channel_id);
        let channel = channel.as_ref().and_then(|it| it.name.as_deref());
        let guild = message.guild_id.and_then(|id| self.0.guild(id));
        let guild = guild.as_ref().map(|guild| guild.name());
        let unknown = "an unknown place";
        format!(
            "#{} of {}",
            channel.unwrap_or(unknown),
            guild.unwrap_or(unknown)
        )
    }

    pub(crate) fn snapshot(&self) -> Result<Snapshot> {
        let guilds = self.0.iter().guilds();
        let guilds = guilds.map(|guild| Ok((guild.id(), whole_guild(&self.0, &guild)?)));
        Ok(Snapshot {
            user: self.0.current_user(),
            guilds: guilds.collect::<Result<_>>()?,
        })
    }

    pub(crate) fn restored(snapshot: Snapshot) -> Self {
        let restored = Self::default();
        if let Some(user) = snapshot.user {
            restored.0.update(&UserUpdate(user));
        }
        for guild in snapshot.guilds.into_values() {
            restored.0.update(&GuildCreate::Available(guild));
        }
        restored
    }
}

/// What a cache contains.
#[derive(Default, Deserialize, Eq, PartialEq, Serialize)]
pub(crate) struct Snapshot {
    user: Option<CurrentUser>,
    guilds: BTreeMap<Id<GuildMarker>, Guild>,
}

impl Snapshot {
    /// Adds what the cache of another shard of the bot contains.
    pub(crate) fn add(&mut self, other: Self) {
        self.user = other.user;
        self.guilds.extend(other.guilds);
    }

    /// Compressed JSON.
    pub(crate) fn to_bytes(&self) -> Result<Vec<u8>> {
        let mut encoder = ZlibEncoder::new(Vec::new(), Compression::fast());
        serde_json::to_writer(&mut encoder, self)?;
        Ok(encoder.finish()?)
    }

    pub(crate) fn from_bytes(bytes: &[u8]) -> Result<Self> {
        let mut json = Vec::new();
        let mut decoder = ZlibDecoder::new(bytes).take(MAX_BYTES);
        decoder.read_to_end(&mut json)?;
        Ok(serde_json::from_slice(&json)?)
    }

    /// The guilds that are not the same in another snapshot.
    pub(crate) fn differences(&self, other: &Self) -> Vec<Id<GuildMarker>> {
        let ids = self.guilds.keys().chain(other.guilds.keys()).copied();
        let mut different =
            Vec::from_iter(ids.filter(|id| self.guilds.get(id) != other.guilds.get(id)));
        different.sort_unstable();
        different.dedup();
        different
    }
}

impl Display for Snapshot {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let sum = |count: fn(&Guild) -> usize| self.guilds.values().map(count).sum::<usize>();
        write!(
            f,
            "{} guilds, {} channels, {} roles, {} members",
            self.guilds.len(),
            sum(|guild| guild.channels.len()),
            sum(|guild| guild.roles.len()),
            sum(|guild| guild.members.len()),
        )
    }
}

/// Makes a guild of what is cached of it, as GUILD_CREATE has it.
fn whole_guild(cache: &DefaultInMemoryCache, cached: &CachedGuild) -> Result<Guild> {
    let id = cached.id();
    let mut fields = serde_json::to_value(cached)?;
    if let Value::Object(fields) = &mut fields {
        // `Guild` takes no null in some fields that may be missing.
        fields.retain(|_, value| !value.is_null());
    }
    fields["roles"] = json!([]);
    let mut guild: Guild = serde_json::from_value(fields)?;

    let channels = cache.guild_channels(id);
    let channels = channels.iter().flat_map(|ids| ids.iter());
    guild.channels = channels
        .filter_map(|id| Some(cache.channel(*id)?.clone()))
        .collect();
    guild.channels.sort_unstable_by_key(|channel| channel.id);

    let roles = cache.guild_roles(id);
    let roles = roles.iter().flat_map(|ids| ids.iter());
    guild.roles = roles
        .filter_map(|id| Some(cache.role(*id)?.resource().clone()))
        .collect();
    guild.roles.sort_unstable_by_key(|role| role.id);

    let members = cache.guild_members(id);
    let members = members.iter().flat_map(|ids| ids.iter());
    guild.members = members
        .filter_map(|user| whole_member(cache, &*cache.member(id, *user)?).transpose())
        .collect::<Result<_>>()?;
    guild.members.sort_unstable_by_key(|member| member.user.id);
    Ok(guild)
}

/// Makes a member of what is cached of it and of its user. A member whose user is not cached can't be used without it.
fn whole_member(cache: &DefaultInMemoryCache, cached: &CachedMember) -> Result<Option<Member>> {
    let Some(user) = cache.user(cached.user_id()) else {
        return Ok(None);
    };
    let mut fields = serde_json::to_value(cached)?;
    fields["user"] = serde_json::to_value(&*user)?;
    Ok(Some(serde_json::from_value(fields)?))
}
