//! The guilds and people that the bot lives among, derived from a seed.
//!
//! Hardly anything is stored: a guild is a few numbers, and its members are drawn anew, always the same, when they
//! are asked for. A world of a hundred thousand guilds fits in a few megabytes.

pub(crate) mod application;
pub(crate) mod calendar;
pub(crate) mod guild;
pub(crate) mod guild_create;
pub(crate) mod recorded;
pub(crate) mod user;
pub(crate) mod words;

use std::{collections::HashMap, sync::Arc};

use twilight_model::gateway::Intents;

use self::{
    calendar::Moment,
    guild::Guild,
    recorded::{RecordedGuild, RecordedWorld},
    user::User,
};
use crate::{rng::Rng, settings::Settings};

/// What the streams of [`Rng::derived`] are for.
pub(crate) mod stream {
    pub(crate) const BOT: u64 = 1;
    pub(crate) const GUILD: u64 = 2;
    pub(crate) const MEMBER: u64 = 3;
    pub(crate) const DETAILS: u64 = 4;
    pub(crate) const SESSION: u64 = 5;
    pub(crate) const TRAFFIC: u64 = 6;
    pub(crate) const DECK: u64 = 7;
    pub(crate) const SCENARIO: u64 = 8;
    pub(crate) const APPLICATION: u64 = 9;
    pub(crate) const CHAT: u64 = 10;
}

/// Guilds were made between these, in milliseconds after Discord's epoch (August 2016 to September 2024).
const OLDEST_MS: u64 = 50_000_000_000;
const NEWEST_MS: u64 = 305_000_000_000;

/// Everything that exists. Its guilds are either made up or of a recording.
#[derive(Debug)]
pub(crate) struct World {
    pub(crate) seed: u64,
    pub(crate) bot: User,
    pub(crate) application_id: u64,
    guilds: Vec<Guild>,
    recorded: Vec<RecordedGuild>,
    by_id: HashMap<u64, usize>,
}

impl World {
    /// The world of these settings.
    pub(crate) fn new(settings: &Settings) -> Self {
        if let Some(recording) = &settings.recording {
            return Self::recorded(RecordedWorld::of(recording), settings.seed);
        }
        let seed = settings.seed;
        let mut rng = Rng::derived(seed, &[stream::BOT]);
        let bot = User::bot(&mut rng);
        let shards = u64::from(settings.shards.max(1));
        // A whole multiple of the shard count apart, so that guild `n` is on shard `n % shards` (P35).
        let step =
            ((NEWEST_MS - OLDEST_MS) / (u64::from(settings.guilds) + 1) / shards).max(1) * shards;
        let guilds: Vec<Guild> = (0..u64::from(settings.guilds))
            .map(|index| {
                let start = OLDEST_MS.next_multiple_of(shards) + index * step + index % shards;
                let mut rng = Rng::derived(seed, &[stream::GUILD, index]);
                let jitter = rng.below(step / shards) * shards;
                Guild::new(
                    index,
                    Moment::from_discord_ms(start + jitter).snowflake(rng.next()),
                    u64::from(settings.members),
                )
            })
            .collect();
        let by_id = guilds
            .iter()
            .enumerate()
            .map(|(index, guild)| (guild.id, index))
            .collect();
        Self {
            seed,
            application_id: bot.id,
            bot,
            guilds,
            recorded: Vec::new(),
            by_id,
        }
    }

    fn recorded(world: RecordedWorld, seed: u64) -> Self {
        let bot = world
            .bot
            .unwrap_or_else(|| User::bot(&mut Rng::derived(seed, &[stream::BOT])));
        Self {
            seed,
            application_id: bot.id,
            bot,
            guilds: Vec::new(),
            by_id: (world.guilds.iter().map(|guild| guild.id))
                .zip(0..)
                .collect(),
            recorded: world.guilds,
        }
    }

    /// The ids of all guilds, in the order of their making.
    pub(crate) fn guild_ids(&self) -> impl Iterator<Item = u64> {
        let made_up = self.guilds.iter().map(|guild| guild.id);
        made_up.chain(self.recorded.iter().map(|guild| guild.id))
    }

    /// Where that guild is among all.
    pub(crate) fn index_of(&self, id: u64) -> Option<usize> {
        self.by_id.get(&id).copied()
    }

    pub(crate) fn guild_id(&self, index: usize) -> u64 {
        match self.recorded.get(index) {
            Some(guild) => guild.id,
            None => self.guilds[index].id,
        }
    }

    /// The data of a guild's GUILD_CREATE; `None` if it is unavailable.
    pub(crate) fn guild_text(
        &self,
        index: usize,
        intents: Intents,
        large_threshold: u64,
    ) -> Option<Arc<str>> {
        match self.recorded.get(index) {
            Some(guild) => guild.create.clone(),
            None => {
                let guild = self.guild_create(index, intents, large_threshold);
                Some(guild.to_string().into())
            }
        }
    }

    /// All guilds that are made up.
    pub(crate) fn guilds(&self) -> &[Guild] {
        &self.guilds
    }

    /// The made-up guild with that id.
    pub(crate) fn guild(&self, id: u64) -> Option<&Guild> {
        self.guilds.get(self.index_of(id)?)
    }

    /// The guild that a text channel is in.
    pub(crate) fn guild_of_text_channel(&self, channel: u64) -> Option<&Guild> {
        self.guilds
            .iter()
            .find(|guild| guild.has_text_channel(channel))
    }

    /// Indices of the guilds that shard `[id, of]` is told about (P35).
    pub(crate) fn guilds_of_shard(&self, [id, of]: [u32; 2]) -> impl Iterator<Item = usize> {
        self.guild_ids()
            .enumerate()
            .filter(move |(_, guild)| shard_of(*guild, of) == id)
            .map(|(index, _)| index)
    }
}

/// The shard, of `of`, that is told about a guild (P35).
pub(crate) fn shard_of(guild: u64, of: u32) -> u32 {
    ((guild >> 22) % u64::from(of.max(1))) as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    fn world(shards: u32, guilds: u32) -> World {
        World::new(&Settings {
            shards,
            guilds,
            ..Settings::default()
        })
    }

    #[test]
    fn guilds_are_spread_evenly_over_the_recommended_shards() {
        let world = world(4, 10);
        let counts: Vec<usize> = (0..4)
            .map(|id| world.guilds_of_shard([id, 4]).count())
            .collect();
        assert_eq!(counts, [3, 3, 2, 2]);
        assert_eq!(world.guilds_of_shard([0, 1]).count(), 10);
    }

    #[test]
    fn ids_are_unique_and_depend_on_the_seed_alone() {
        let one = world(16, 5000);
        assert_eq!(one.by_id.len(), 5000);
        let again = world(16, 5000);
        assert!(
            one.guilds
                .iter()
                .zip(&again.guilds)
                .all(|(a, b)| a.id == b.id)
        );
    }
}
