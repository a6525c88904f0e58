//! What happens in the guilds, on the gateway's side.

use crate::world::{Guild, Guilds};
use gloaming_test_support::Random;
use serde_json::{Value, json};
use std::collections::{BTreeMap, btree_map::Entry};

/// How many channels, roles and members come and go in a guild.
const SLOTS: u64 = 12;

/// How many guilds come and go on a shard.
const GUILD_SLOTS: u64 = 3;

/// The ids of what comes and goes.
const CHANNELS: u64 = 1_000;
const ROLES: u64 = 2_000;
const MEMBERS: u64 = 3_000;

/// The time of the first guild that the bot joins, in milliseconds since Discord's epoch: after all others.
const FIRST_GUILD_MS: u64 = 310_000_000_000;

/// The guilds of all shards, as they have to be in the caches.
#[derive(Debug, Default)]
pub(crate) struct World {
    pub(crate) guilds: Guilds,
    shards: u32,
    /// How many of the first guilds the bot may still leave.
    leaves: usize,
}

/// An event, to be published.
#[derive(Debug)]
pub(crate) struct Change {
    pub(crate) name: &'static str,
    pub(crate) data: Value,
    pub(crate) shard: u32,
}

/// What becomes of an object.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Step {
    Create,
    Update,
    Delete,
}

impl World {
    pub(crate) fn new(guilds: Guilds, shards: u32) -> Self {
        Self {
            leaves: guilds.len() / 2,
            guilds,
            shards,
        }
    }

    /// The guilds of a shard.
    pub(crate) fn of_shard(&self, shard: u32) -> Guilds {
        let own = self.guilds.iter();
        own.filter(|(id, _)| self.shard_of(**id) == shard)
            .map(|(id, guild)| (*id, guild.clone()))
            .collect()
    }

    fn shard_of(&self, guild: u64) -> u32 {
        ((guild >> 22) % u64::from(self.shards)) as u32
    }

    /// Something changes, and the event about it has this number.
    pub(crate) fn change(&mut self, number: u64, random: &mut Random) -> Change {
        let ids = Vec::from_iter(self.guilds.keys().copied());
        let mut id = random.pick(&ids);
        let name = format!("n{number}");
        let (event, mut data) = match random.below(100) {
            0..4 => {
                id = self.any_new_guild(random);
                match self.guilds.remove(&id) {
                    Some(_) => ("GUILD_DELETE", json!({"id": id.to_string()})),
                    None => self.join(id, name),
                }
            }
            4..5 if self.leaves > 0 && id < FIRST_GUILD_MS << 22 => {
                self.leaves -= 1;
                self.guilds.remove(&id);
                ("GUILD_DELETE", json!({"id": id.to_string()}))
            }
            other => {
                let guild = self.guilds.entry(id).or_default();
                match other {
                    ..12 => guild.rename(id, name),
                    12..45 => guild.change_channel(id, name, random),
                    45..70 => guild.change_role(id, name, random),
                    _ => guild.change_member(id, name, random),
                }
            }
        };
        data["number"] = number.into();
        Change {
            name: event,
            data,
            shard: self.shard_of(id),
        }
    }

    /// One of the guilds that the bot joins and leaves.
    fn any_new_guild(&self, random: &mut Random) -> u64 {
        let shards = u64::from(self.shards);
        let slot = random.below(GUILD_SLOTS * shards);
        (FIRST_GUILD_MS.next_multiple_of(shards) + slot) << 22
    }

    fn join(&mut self, id: u64, name: String) -> (&'static str, Value) {
        let mut data = guild_json(id, &name);
        let channel = channel_json(id, CHANNELS, &name);
        data["channels"] = json!([channel]);
        data["member_count"] = 1.into();
        let guild = Guild {
            channels: BTreeMap::from([(CHANNELS, name.clone())]),
            member_count: 1,
            name,
            ..Guild::default()
        };
        self.guilds.insert(id, guild);
        ("GUILD_CREATE", data)
    }
}

impl Guild {
    fn rename(&mut self, id: u64, name: String) -> (&'static str, Value) {
        let data = guild_json(id, &name);
        self.name = name;
        ("GUILD_UPDATE", data)
    }

    fn change_channel(
        &mut self,
        guild: u64,
        name: String,
        random: &mut Random,
    ) -> (&'static str, Value) {
        let (id, step) = next(CHANNELS, &mut self.channels, &name, 0, random);
        let data = channel_json(guild, id, &name);
        match step {
            Step::Create => ("CHANNEL_CREATE", data),
            Step::Update => ("CHANNEL_UPDATE", data),
            Step::Delete => ("CHANNEL_DELETE", data),
        }
    }

    fn change_role(
        &mut self,
        guild: u64,
        name: String,
        random: &mut Random,
    ) -> (&'static str, Value) {
        // The role with the id of the guild is that of everyone.
        let (id, step) = next(ROLES, &mut self.roles, &name, guild, random);
        let data = json!({"guild_id": guild.to_string(), "role": {
            "id": id.to_string(), "name": name, "permissions": "0", "position": 1, "color": 0,
            "colors": {"primary_color": 0, "secondary_color": null, "tertiary_color": null},
            "hoist": false, "managed": false, "mentionable": false, "flags": 0,
        }});
        match step {
            Step::Create => ("GUILD_ROLE_CREATE", data),
            Step::Update => ("GUILD_ROLE_UPDATE", data),
            Step::Delete => (
                "GUILD_ROLE_DELETE",
                json!({"guild_id": guild.to_string(), "role_id": id.to_string()}),
            ),
        }
    }

    fn change_member(
        &mut self,
        guild: u64,
        name: String,
        random: &mut Random,
    ) -> (&'static str, Value) {
        let mut own = std::mem::take(&mut self.members);
        // Those that were there before stay as they are, since the bot is one of them.
        let mut others = own.clone();
        own.retain(|id, _| (MEMBERS..MEMBERS + SLOTS).contains(id));
        others.retain(|id, _| !own.contains_key(id));
        let (id, step) = next(MEMBERS, &mut own, &name, 0, random);
        self.members = others;
        self.members.extend(own);
        let data = json!({
            "guild_id": guild.to_string(), "nick": name, "roles": [], "flags": 0, "pending": false,
            "joined_at": "2026-01-01T00:00:00.000000+00:00", "deaf": false, "mute": false,
            "user": {"id": id.to_string(), "username": "member", "discriminator": "0", "avatar": null},
        });
        match step {
            Step::Create => {
                self.member_count += 1;
                ("GUILD_MEMBER_ADD", data)
            }
            Step::Update => ("GUILD_MEMBER_UPDATE", data),
            Step::Delete => {
                self.member_count -= 1;
                ("GUILD_MEMBER_REMOVE", data)
            }
        }
    }
}

/// Creates, renames or deletes an object, and returns its id. `except` is left alone.
fn next(
    first: u64,
    objects: &mut BTreeMap<u64, String>,
    name: &str,
    except: u64,
    random: &mut Random,
) -> (u64, Step) {
    let mut id = first + random.below(SLOTS);
    if let Entry::Vacant(vacant) = objects.entry(id) {
        vacant.insert(name.to_owned());
        return (id, Step::Create);
    }
    // Once in a while, one of those that were there before.
    let ids = Vec::from_iter(objects.keys().copied().filter(|id| *id != except));
    if random.once_in(4) {
        id = random.pick(&ids);
    }
    if random.once_in(2) {
        objects.remove(&id);
        return (id, Step::Delete);
    }
    objects.insert(id, name.to_owned());
    (id, Step::Update)
}

fn channel_json(guild: u64, id: u64, name: &str) -> Value {
    json!({
        "guild_id": guild.to_string(), "id": id.to_string(), "type": 0, "name": name, "position": 0,
        "permission_overwrites": [],
    })
}

/// What a guild has at least.
fn guild_json(id: u64, name: &str) -> Value {
    json!({
        "id": id.to_string(),
        "name": name,
        "owner_id": "1",
        "afk_timeout": 300,
        "default_message_notifications": 0,
        "explicit_content_filter": 0,
        "features": [],
        "mfa_level": 0,
        "nsfw_level": 0,
        "preferred_locale": "en-US",
        "premium_progress_bar_enabled": false,
        "premium_tier": 0,
        "system_channel_flags": 0,
        "verification_level": 0,
        "channels": [],
        "emojis": [],
        "members": [],
        "roles": [],
        "large": false,
        "unavailable": false,
    })
}

#[cfg(test)]
mod tests {
    use super::World;
    use crate::world::{Guild, Guilds, apply, differences};
    use gloaming_protocol::{JsonParser, OwnedPayload};
    use gloaming_test_support::Random;
    use std::collections::BTreeSet;

    #[test]
    fn cache_that_gets_all_events_equals_the_world() {
        let guilds = Guilds::from([(1 << 22, Guild::default()), (2 << 22, Guild::default())]);
        let mut cached = guilds.clone();
        let mut world = World::new(guilds, 2);
        let mut random = Random::new(0);
        let mut names = BTreeSet::new();
        for number in 0..5_000 {
            let change = world.change(number, &mut random);
            let data = &change.data;
            assert_eq!(data["number"], number);
            let text = format!(r#"{{"op":0,"s":1,"t":"{}","d":{data}}}"#, change.name);
            let payload = OwnedPayload::parse(text).unwrap();
            let event = payload.event(JsonParser::Serde).unwrap();
            apply(&mut cached, &event.into_event().unwrap());
            names.insert(change.name);
        }
        assert_eq!(differences(&cached, &world.guilds), [""; 0]);
        assert_eq!(names.len(), 12, "{names:?}");
        let shards = [0, 1].map(|shard| world.of_shard(shard).len());
        assert_eq!(shards[0] + shards[1], world.guilds.len());
    }
}
