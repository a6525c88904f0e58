//! What a cache has of guilds, and how the events of the gateway change it.

use serde::{Deserialize, Serialize};
use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::{self, Debug, Display, Formatter},
};
use twilight_model::{
    channel::Channel,
    gateway::{event::Event, payload::incoming::GuildCreate},
    guild,
    id::{Id, marker::GuildMarker},
};

/// By id.
pub(crate) type Guilds = BTreeMap<u64, Guild>;

#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub(crate) struct Guild {
    pub(crate) name: String,
    /// As GUILD_CREATE says, and changed by one with each member: it shows a change that was applied twice.
    pub(crate) member_count: u64,
    /// The names of channels and roles, and the nicknames of members, by id.
    pub(crate) channels: BTreeMap<u64, String>,
    pub(crate) roles: BTreeMap<u64, String>,
    pub(crate) members: BTreeMap<u64, String>,
}

impl From<&guild::Guild> for Guild {
    fn from(guild: &guild::Guild) -> Self {
        let named = |channel: &Channel| (channel.id.get(), channel.name.clone());
        Self {
            name: guild.name.clone(),
            member_count: guild.member_count.unwrap_or_default(),
            channels: (guild.channels.iter())
                .map(named)
                .map(|(id, name)| (id, name.unwrap_or_default()))
                .collect(),
            roles: (guild.roles.iter())
                .map(|role| (role.id.get(), role.name.clone()))
                .collect(),
            members: (guild.members.iter())
                .map(|member| (member.user.id.get(), member.nick.clone()))
                .map(|(id, nick)| (id, nick.unwrap_or_default()))
                .collect(),
        }
    }
}

/// Changes the guilds as an event says.
pub(crate) fn apply(guilds: &mut Guilds, event: &Event) {
    match event {
        // All guilds of a new session arrive again.
        Event::Ready(_) => guilds.clear(),
        Event::GuildCreate(create) => {
            if let GuildCreate::Available(guild) = &**create {
                guilds.insert(guild.id.get(), guild.into());
            }
        }
        Event::GuildDelete(deleted) => {
            guilds.remove(&deleted.id.get());
        }
        _ => {
            let guild = guild_of(event).and_then(|id| guilds.get_mut(&id.get()));
            if let Some(guild) = guild {
                guild.apply(event);
            }
        }
    }
}

/// The guild of an event of a channel, a role or a member, or of the guild itself.
fn guild_of(event: &Event) -> Option<Id<GuildMarker>> {
    Some(match event {
        Event::GuildUpdate(guild) => guild.id,
        Event::ChannelCreate(channel) => channel.guild_id?,
        Event::ChannelUpdate(channel) => channel.guild_id?,
        Event::ChannelDelete(channel) => channel.guild_id?,
        Event::RoleCreate(role) => role.guild_id,
        Event::RoleUpdate(role) => role.guild_id,
        Event::RoleDelete(role) => role.guild_id,
        Event::MemberAdd(member) => member.guild_id,
        Event::MemberUpdate(member) => member.guild_id,
        Event::MemberRemove(member) => member.guild_id,
        _ => return None,
    })
}

impl Guild {
    fn apply(&mut self, event: &Event) {
        match event {
            Event::GuildUpdate(guild) => self.name.clone_from(&guild.name),
            Event::ChannelCreate(channel) => self.set_channel(channel),
            Event::ChannelUpdate(channel) => self.set_channel(channel),
            Event::ChannelDelete(channel) => drop(self.channels.remove(&channel.id.get())),
            Event::RoleCreate(created) => self.set_role(&created.role),
            Event::RoleUpdate(updated) => self.set_role(&updated.role),
            Event::RoleDelete(deleted) => drop(self.roles.remove(&deleted.role_id.get())),
            Event::MemberAdd(member) => {
                self.member_count += 1;
                let nick = member.nick.clone().unwrap_or_default();
                self.members.insert(member.user.id.get(), nick);
            }
            Event::MemberUpdate(member) => {
                let nick = member.nick.clone().unwrap_or_default();
                self.members.insert(member.user.id.get(), nick);
            }
            Event::MemberRemove(removed) => {
                self.member_count = self.member_count.saturating_sub(1);
                self.members.remove(&removed.user.id.get());
            }
            _ => {}
        }
    }

    fn set_channel(&mut self, channel: &Channel) {
        let name = channel.name.clone().unwrap_or_default();
        self.channels.insert(channel.id.get(), name);
    }

    fn set_role(&mut self, role: &guild::Role) {
        self.roles.insert(role.id.get(), role.name.clone());
    }
}

/// How much there is in guilds.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Sizes {
    guilds: usize,
    channels: usize,
    roles: usize,
    members: usize,
}

impl Sizes {
    pub(crate) fn add(&mut self, guilds: &Guilds) {
        self.guilds += guilds.len();
        for guild in guilds.values() {
            self.channels += guild.channels.len();
            self.roles += guild.roles.len();
            self.members += guild.members.len();
        }
    }
}

impl Display for Sizes {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let Self {
            guilds,
            channels,
            roles,
            members,
        } = self;
        write!(
            f,
            "{guilds} guilds, {channels} channels, {roles} roles, {members} members"
        )
    }
}

/// Returns what is not in a cache as it is in the world, in words.
pub(crate) fn differences(cached: &Guilds, world: &Guilds) -> Vec<String> {
    let mut differences = Vec::new();
    for id in keys(cached, world) {
        let found = match (cached.get(&id), world.get(&id)) {
            (Some(cached), Some(world)) => {
                let all = [
                    one("name", &cached.name, &world.name),
                    one("member count", &cached.member_count, &world.member_count),
                ];
                let mut found = Vec::from_iter(all.into_iter().flatten());
                found.extend(each("channel", &cached.channels, &world.channels));
                found.extend(each("role", &cached.roles, &world.roles));
                found.extend(each("member", &cached.members, &world.members));
                found
            }
            (Some(_), None) => vec!["is in the cache, and not in the world".to_owned()],
            (None, _) => vec!["is not in the cache".to_owned()],
        };
        differences.extend(found.iter().map(|found| format!("guild {id}: {found}")));
    }
    differences
}

/// Returns what is not in a cache as it is in the world, of one kind of objects of a guild.
pub(crate) fn each<'a>(
    kind: &'a str,
    cached: &'a BTreeMap<u64, String>,
    world: &'a BTreeMap<u64, String>,
) -> impl Iterator<Item = String> + 'a {
    keys(cached, world)
        .into_iter()
        .filter_map(move |id| one(&format!("{kind} {id}"), &cached.get(&id), &world.get(&id)))
}

fn one<T: Debug + PartialEq>(what: &str, cached: &T, world: &T) -> Option<String> {
    (cached != world).then(|| format!("{what} is {cached:?} in the cache, and {world:?}"))
}

fn keys<T>(one: &BTreeMap<u64, T>, other: &BTreeMap<u64, T>) -> BTreeSet<u64> {
    one.keys().chain(other.keys()).copied().collect()
}

#[cfg(test)]
mod tests {
    use super::{Guild, Guilds, differences};

    #[test]
    fn differences_name_each_object() {
        let mut world = Guilds::from([(1, Guild::default()), (2, Guild::default())]);
        let mut cached = world.clone();
        assert_eq!(differences(&cached, &world), [""; 0]);
        let guild = cached.entry(1).or_default();
        guild.channels.insert(10, "old".to_owned());
        guild.member_count = 3;
        let guild = world.entry(1).or_default();
        guild.channels.insert(10, "new".to_owned());
        guild.members.insert(30, String::new());
        cached.remove(&2);
        cached.insert(3, Guild::default());
        assert_eq!(
            differences(&cached, &world),
            [
                "guild 1: member count is 3 in the cache, and 0",
                r#"guild 1: channel 10 is Some("old") in the cache, and Some("new")"#,
                r#"guild 1: member 30 is None in the cache, and Some("")"#,
                "guild 2: is not in the cache",
                "guild 3: is in the cache, and not in the world",
            ]
        );
    }
}
