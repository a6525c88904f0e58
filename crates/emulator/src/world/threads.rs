//! The threads of guilds.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{World, guild::Guild, user::id_of};
use crate::traffic::Event;

/// The most threads of all guilds. Discord allows 1000 active threads per guild.
const MAX_THREADS: usize = 1000;

/// The most members of a thread.
pub(crate) const MAX_MEMBERS: usize = 1000;

/// The threads, by id.
#[derive(Debug, Default)]
pub(crate) struct Threads(BTreeMap<u64, Thread>);

/// A thread.
#[derive(Clone, Debug)]
pub(crate) struct Thread {
    pub(crate) guild: u64,
    /// The channel of the thread.
    pub(crate) parent: u64,
    channel: Value,
    /// The thread member objects by user.
    members: BTreeMap<u64, Value>,
}

impl Threads {
    pub(crate) fn get(&self, id: u64) -> Option<&Thread> {
        self.0.get(&id)
    }

    /// The threads of a guild, newest first.
    pub(crate) fn of_guild(&self, guild: u64) -> impl Iterator<Item = &Thread> {
        let newest_first = self.0.values().rev();
        newest_first.filter(move |thread| thread.guild == guild)
    }

    /// Whether there can be one more.
    pub(crate) fn is_full(&self) -> bool {
        self.0.len() >= MAX_THREADS
    }

    fn observe(&mut self, event: &Event) {
        let data = &event.data;
        match &*event.name {
            "THREAD_CREATE" | "THREAD_UPDATE" => self.put(event),
            "THREAD_DELETE" => drop(id_of(data).and_then(|id| self.0.remove(&id))),
            "THREAD_MEMBERS_UPDATE" => {
                if let Some(thread) = id_of(data).and_then(|id| self.0.get_mut(&id)) {
                    thread.change_members(data);
                }
            }
            "CHANNEL_DELETE" => {
                let channel = id_of(data);
                self.0.retain(|_, thread| Some(thread.parent) != channel);
            }
            _ => {}
        }
    }

    fn put(&mut self, event: &Event) {
        let data = &event.data;
        let parent = data["parent_id"].as_str().and_then(|id| id.parse().ok());
        let (Some(id), Some(guild)) = (id_of(data), event.guild) else {
            return;
        };
        if let Some(thread) = self.0.get_mut(&id) {
            // An update may name only some fields; the others stay.
            for (name, value) in data.as_object().into_iter().flatten() {
                thread.channel[name] = value.clone();
            }
            return;
        }
        let Some(parent) = parent else {
            return;
        };
        if self.is_full() {
            tracing::warn!("more than {MAX_THREADS} threads: REST ignores further ones");
            return;
        }
        let mut channel = data.clone();
        if let Some(fields) = channel.as_object_mut() {
            fields.remove("newly_created");
            fields.remove("member");
        }
        let thread = Thread {
            guild,
            parent,
            channel,
            members: BTreeMap::new(),
        };
        self.0.insert(id, thread);
    }
}

impl Thread {
    /// The type of the channel.
    pub(crate) fn kind(&self) -> u64 {
        self.channel["type"]
            .as_u64()
            .unwrap_or(super::places::channel_type::PUBLIC_THREAD)
    }

    /// Whether it is archived.
    pub(crate) fn is_archived(&self) -> bool {
        self.channel["thread_metadata"]["archived"] == true
    }

    /// The channel object.
    pub(crate) fn json(&self) -> Value {
        let mut channel = self.channel.clone();
        channel["member_count"] = self.members.len().min(50).into();
        channel
    }

    /// The thread member object of a user.
    pub(crate) fn member(&self, user: u64) -> Option<&Value> {
        self.members.get(&user)
    }

    /// All thread member objects, by user.
    pub(crate) const fn members(&self) -> &BTreeMap<u64, Value> {
        &self.members
    }

    fn change_members(&mut self, data: &Value) {
        for member in data["added_members"].as_array().into_iter().flatten() {
            let user = member["user_id"].as_str().and_then(|id| id.parse().ok());
            if let Some(user) = user
                && self.members.len() < MAX_MEMBERS
            {
                let mut member = member.clone();
                if let Some(fields) = member.as_object_mut() {
                    fields.remove("member");
                    fields.remove("presence");
                }
                self.members.insert(user, member);
            }
        }
        for user in data["removed_member_ids"].as_array().into_iter().flatten() {
            if let Some(user) = user.as_str().and_then(|id| id.parse().ok()) {
                self.members.remove(&user);
            }
        }
    }
}

impl World {
    /// Changes the threads in the data of a GUILD_CREATE to the active ones that the bot can view.
    pub(super) fn show_threads(&self, guild: &Guild, data: &mut Value) {
        let active = self
            .threads
            .of_guild(guild.id)
            .filter(|it| !it.is_archived());
        let viewable = active.filter(|it| !self.is_hidden(guild, it.parent));
        data["threads"] = viewable.map(Thread::json).collect();
    }

    /// Keeps what an event says about threads.
    pub(super) fn observe_thread(&mut self, event: &Event) {
        self.threads.observe(event);
    }
}
