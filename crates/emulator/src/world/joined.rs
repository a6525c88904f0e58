//! The guilds that the bot is in.

use super::{World, guild::Guild};
use crate::{routing::shard_of, traffic::Event};

impl World {
    /// The ids of all guilds, oldest first.
    pub(crate) fn guild_ids(&self) -> impl Iterator<Item = u64> {
        self.joined().map(|(_, guild)| guild)
    }

    /// The index of a guild.
    pub(crate) fn index_of(&self, id: u64) -> Option<usize> {
        self.by_id.get(&id).copied().filter(|_| self.is_joined(id))
    }

    /// The generated guilds, also those that the bot has left.
    pub(crate) fn guilds(&self) -> &[Guild] {
        &self.guilds
    }

    /// The generated guild with this id.
    pub(crate) fn guild(&self, id: u64) -> Option<&Guild> {
        self.guilds.get(self.index_of(id)?)
    }

    /// The indices of the guilds of the shard `[id, count]` ([P35](gloaming_protocol::rules#p35)).
    pub(crate) fn guilds_of_shard(&self, [id, count]: [u32; 2]) -> impl Iterator<Item = usize> {
        self.joined()
            .filter(move |(_, guild)| shard_of(*guild, count) == id)
            .map(|(index, _)| index)
    }

    /// Whether the bot has left a guild.
    pub(crate) fn has_left(&self, guild: u64) -> bool {
        self.left.contains(&guild)
    }

    /// Whether the bot has not left a guild.
    pub(super) fn is_joined(&self, guild: u64) -> bool {
        !self.has_left(guild)
    }

    /// The bot leaves a guild with a GUILD_DELETE that is no outage, and can join it again with a GUILD_CREATE.
    pub(super) fn observe_leaving(&mut self, event: &Event) {
        let Some(guild) = event.guild.filter(|guild| self.by_id.contains_key(guild)) else {
            return;
        };
        match &*event.name {
            "GUILD_DELETE" if event.data["unavailable"] != true => drop(self.left.insert(guild)),
            "GUILD_CREATE" => drop(self.left.remove(&guild)),
            _ => {}
        }
    }

    /// The indices and ids of the guilds.
    fn joined(&self) -> impl Iterator<Item = (usize, u64)> {
        let generated = self.guilds.iter().map(|guild| guild.id);
        let all = generated.chain(self.recorded.iter().map(|guild| guild.id));
        all.enumerate().filter(|(_, guild)| self.is_joined(*guild))
    }
}
