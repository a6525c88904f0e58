//! What events have changed about the generated guilds, as far as it decides what the bot can view
//! ([P37](gloaming_protocol::rules#p37)).

use std::{
    borrow::Cow,
    collections::{BTreeMap, BTreeSet},
};

use serde_json::Value;

use super::{
    World,
    guild::Guild,
    user::id_of,
    visibility::{Viewer, obfuscated},
};
use crate::traffic::Event;

/// The most objects of a kind that can change in a guild. Discord allows 500 channels and 250 roles.
const MAX_OBJECTS: usize = 1000;

/// What has changed about a guild since it was generated.
#[derive(Debug)]
pub(super) struct GuildChanges {
    channels: Objects,
    roles: Objects,
    bot_roles: Vec<u64>,
    bot_voice_channel: Option<u64>,
    /// The channels that the bot can't view.
    hidden: BTreeSet<u64>,
}

/// Objects that were added or changed (`Some`) or deleted (`None`), by id.
#[derive(Debug, Default)]
struct Objects(BTreeMap<u64, Option<Value>>);

/// Where an object is from.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Origin {
    Generated,
    /// An event has added it.
    Event,
}

/// What events have changed about a channel.
#[derive(Debug)]
pub(super) enum ChannelChange<'a> {
    None,
    Changed(&'a Value),
    Deleted,
}

/// A change that an event brings.
enum Change<'a> {
    Channel(u64, Option<&'a Value>),
    Role(u64, Option<&'a Value>),
    BotRoles(Vec<u64>),
    BotVoiceChannel(Option<u64>),
}

impl World {
    /// An event happens. If it changes what the bot can view, returns a CHANNEL_UPDATE for each other channel that the bot
    /// can view from now on, or no longer.
    pub(crate) fn observe(&mut self, event: &Event) -> Vec<Event> {
        self.observe_member(event);
        self.observe_thread(event);
        self.observe_leaving(event);
        let Some(change) = Change::of(event, self.bot.id) else {
            return Vec::new();
        };
        let Some(index) = event.guild.and_then(|guild| self.index_of(guild)) else {
            return Vec::new();
        };
        let Some(guild) = self.guilds.get(index).cloned() else {
            return Vec::new();
        };
        let changed = match change {
            Change::Channel(id, _) => Some(id),
            _ => None,
        };
        let bot = self.bot.id;
        let mut generated = self.generated(&guild);
        let is_generated = |kind: &str, id: u64| {
            let objects = generated[kind].as_array().into_iter().flatten();
            objects.filter_map(id_of).any(|other| other == id)
        };
        let origin = match &change {
            Change::Channel(id, _) if is_generated("channels", *id) => Origin::Generated,
            Change::Role(id, _) if is_generated("roles", *id) => Origin::Generated,
            _ => Origin::Event,
        };
        let changes = self
            .changes
            .entry(index)
            .or_insert_with(|| GuildChanges::new(&guild));
        let mut channels = changes.channels.applied_to(generated["channels"].take());
        let mut roles = changes.roles.applied_to(generated["roles"].take());
        match change {
            Change::Channel(id, change) => {
                changes.channels.set(id, change, origin, &mut channels);
            }
            Change::Role(id, change) => changes.roles.set(id, change, origin, &mut roles),
            Change::BotRoles(roles) => changes.bot_roles = roles,
            Change::BotVoiceChannel(channel) => changes.bot_voice_channel = channel,
        }
        let viewer = Viewer {
            guild: guild.id,
            bot,
            roles: &changes.bot_roles,
            voice_channel: changes.bot_voice_channel,
        };
        let hidden = viewer.hidden(&channels, &roles);
        let before = std::mem::replace(&mut changes.hidden, hidden);
        let is_changed = |id: u64| before.contains(&id) != changes.hidden.contains(&id);
        channels
            .into_iter()
            .filter(|channel| {
                id_of(channel).is_some_and(|id| is_changed(id) && Some(id) != changed)
            })
            .map(|channel| channel_update(&guild, channel))
            .collect()
    }

    /// The event as the bot gets it: a channel that it can't view is obfuscated. `None` if the event is in a channel that
    /// the bot can't view.
    pub(crate) fn shown<'a>(&self, event: &'a Event) -> Option<Cow<'a, Event>> {
        if event.guild.is_some_and(|guild| self.has_left(guild)) && event.name != "GUILD_DELETE" {
            return None;
        }
        let guild = event.guild.and_then(|guild| self.guild(guild));
        let Some(guild) = guild else {
            return Some(Cow::Borrowed(event));
        };
        if channel_of(event).is_some_and(|channel| self.is_hidden(guild, channel)) {
            return None;
        }
        if !matches!(&*event.name, "CHANNEL_CREATE" | "CHANNEL_UPDATE") {
            return Some(Cow::Borrowed(event));
        }
        let Some(id) = id_of(&event.data) else {
            return Some(Cow::Borrowed(event));
        };
        let changes = self.changes_of(guild);
        let channel = changes.and_then(|changes| changes.channels.0.get(&id)?.as_ref());
        let channel = channel.unwrap_or(&event.data);
        let mut data = if self.is_hidden(guild, id) {
            obfuscated(channel, guild.id)
        } else {
            channel.clone()
        };
        data["guild_id"] = guild.id.to_string().into();
        Some(Cow::Owned(Event {
            name: event.name.clone(),
            guild: event.guild,
            data,
        }))
    }

    /// Whether the bot can't view a channel or thread of a generated guild.
    pub(crate) fn is_hidden(&self, guild: &Guild, channel: u64) -> bool {
        // Who views a channel, views its threads.
        let channel = self
            .threads
            .get(channel)
            .map_or(channel, |thread| thread.parent);
        match self.changes_of(guild) {
            Some(changes) => changes.hidden.contains(&channel),
            None => guild.is_private(channel),
        }
    }

    /// Whether there are channels of a generated guild that the bot can't view.
    pub(crate) fn has_hidden_channels(&self, guild: &Guild) -> bool {
        match self.changes_of(guild) {
            Some(changes) => !changes.hidden.is_empty(),
            None => guild.private_channel_count() > 0,
        }
    }

    /// All channels of a generated guild, as a member with all permissions sees them.
    pub(crate) fn channels(&self, guild: &Guild) -> Vec<Value> {
        let generated = self.generated(guild)["channels"].take();
        applied(self.changes_of(guild).map(|it| &it.channels), generated)
    }

    /// All roles of a generated guild.
    pub(crate) fn roles(&self, guild: &Guild) -> Vec<Value> {
        let generated = self.generated(guild)["roles"].take();
        applied(self.changes_of(guild).map(|it| &it.roles), generated)
    }

    /// The roles of the bot in a generated guild, without `@everyone`.
    pub(crate) fn bot_roles(&self, guild: &Guild) -> &[u64] {
        let changes = self.changes_of(guild);
        changes.map_or(&[], |changes| &changes.bot_roles)
    }

    /// Changes the data of the GUILD_CREATE of a generated guild to what the bot gets.
    pub(super) fn show(&self, guild: &Guild, data: &mut Value) {
        self.show_members(guild, data);
        self.show_threads(guild, data);
        let changes = self.changes_of(guild);
        if changes.is_none() && guild.private_channel_count() == 0 {
            return;
        }
        let roles = applied(changes.map(|it| &it.roles), data["roles"].take());
        let mut channels = applied(changes.map(|it| &it.channels), data["channels"].take());
        for channel in &mut channels {
            if id_of(channel).is_some_and(|id| self.is_hidden(guild, id)) {
                *channel = obfuscated(channel, guild.id);
            }
        }
        data["roles"] = roles.into();
        data["channels"] = channels.into();
    }

    fn changes_of(&self, guild: &Guild) -> Option<&GuildChanges> {
        self.changes.get(&(guild.index as usize))
    }
}

impl GuildChanges {
    /// What events have changed about a channel.
    pub(super) fn channel(&self, id: u64) -> ChannelChange<'_> {
        match self.channels.0.get(&id) {
            None => ChannelChange::None,
            Some(None) => ChannelChange::Deleted,
            Some(Some(channel)) => ChannelChange::Changed(channel),
        }
    }

    fn new(guild: &Guild) -> Self {
        Self {
            channels: Objects::default(),
            roles: Objects::default(),
            bot_roles: Vec::new(),
            bot_voice_channel: None,
            hidden: guild.private_ids().collect(),
        }
    }
}

impl Objects {
    /// Changes or deletes an object, here and among `objects`. A change may name only some fields; the others stay.
    fn set(&mut self, id: u64, change: Option<&Value>, origin: Origin, objects: &mut Vec<Value>) {
        if self.0.len() >= MAX_OBJECTS && !self.0.contains_key(&id) {
            return;
        }
        let place = objects.iter().position(|object| id_of(object) == Some(id));
        let object = change.map(|change| merged(place.map(|place| &objects[place]), change));
        match (place, &object) {
            (Some(place), Some(object)) => objects[place] = object.clone(),
            (None, Some(object)) => objects.push(object.clone()),
            (Some(place), None) => drop(objects.remove(place)),
            (None, None) => {}
        }
        if object.is_none() && origin == Origin::Event {
            self.0.remove(&id);
        } else {
            self.0.insert(id, object);
        }
    }

    /// The generated objects with these changes.
    fn applied_to(&self, generated: Value) -> Vec<Value> {
        let Value::Array(mut objects) = generated else {
            return Vec::new();
        };
        let mut changes: BTreeMap<u64, Option<&Value>> = (self.0.iter())
            .map(|(id, object)| (*id, object.as_ref()))
            .collect();
        objects.retain_mut(|object| {
            match id_of(object).and_then(|id| changes.remove(&id)) {
                Some(Some(changed)) => object.clone_from(changed),
                Some(None) => return false,
                None => {}
            }
            true
        });
        objects.extend(changes.into_values().flatten().cloned());
        objects
    }
}

impl<'a> Change<'a> {
    fn of(event: &'a Event, bot: u64) -> Option<Self> {
        let data = &event.data;
        Some(match &*event.name {
            "CHANNEL_CREATE" | "CHANNEL_UPDATE" => Self::Channel(id_of(data)?, Some(data)),
            "CHANNEL_DELETE" => Self::Channel(id_of(data)?, None),
            "GUILD_ROLE_CREATE" | "GUILD_ROLE_UPDATE" => {
                Self::Role(id_of(&data["role"])?, Some(&data["role"]))
            }
            "GUILD_ROLE_DELETE" => Self::Role(id(&data["role_id"])?, None),
            "GUILD_MEMBER_UPDATE" if id_of(&data["user"])? == bot => {
                let roles = data["roles"].as_array()?;
                Self::BotRoles(roles.iter().filter_map(id).take(MAX_OBJECTS).collect())
            }
            "VOICE_STATE_UPDATE" if id(&data["user_id"])? == bot => {
                Self::BotVoiceChannel(id(&data["channel_id"]))
            }
            _ => return None,
        })
    }
}

fn channel_update(guild: &Guild, mut channel: Value) -> Event {
    channel["guild_id"] = guild.id.to_string().into();
    Event::in_guild("CHANNEL_UPDATE", guild.id, channel)
}

/// The channel that an event happens in, if a bot only gets the event if it can view that channel.
fn channel_of(event: &Event) -> Option<u64> {
    let data = &event.data;
    match &*event.name {
        "THREAD_CREATE" | "THREAD_UPDATE" | "THREAD_DELETE" => id(&data["parent_id"]),
        "THREAD_MEMBERS_UPDATE"
        | "THREAD_MEMBER_UPDATE"
        | "VOICE_CHANNEL_STATUS_UPDATE"
        | "VOICE_CHANNEL_START_TIME_UPDATE" => id_of(data),
        "TYPING_START" | "CHANNEL_PINS_UPDATE" | "VOICE_CHANNEL_EFFECT_SEND" => {
            id(&data["channel_id"])
        }
        name if name.starts_with("MESSAGE_") || name.starts_with("STAGE_INSTANCE_") => {
            id(&data["channel_id"])
        }
        _ => None,
    }
}

fn id(value: &Value) -> Option<u64> {
    value.as_str()?.parse().ok()
}

/// Generated objects with the changes to them, if there are any.
fn applied(changes: Option<&Objects>, generated: Value) -> Vec<Value> {
    match changes {
        Some(changes) => changes.applied_to(generated),
        None => Objects::default().applied_to(generated),
    }
}

/// The object after a change.
fn merged(current: Option<&Value>, change: &Value) -> Value {
    let mut object = current
        .and_then(Value::as_object)
        .cloned()
        .unwrap_or_default();
    object.extend(change.as_object().cloned().unwrap_or_default());
    object.remove("guild_id");
    object.into()
}
