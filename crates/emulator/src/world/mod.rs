//! The guilds and users that the bot sees, generated from a seed.
//!
//! Only a few numbers are stored for each guild. Everything else, such as its members, is generated when it is needed,
//! always with the same result. A world of a hundred thousand guilds takes a few megabytes. What events change about
//! channels, roles and the bot is stored in addition.

pub(crate) mod app_commands;
mod application;
pub(crate) mod calendar;
mod changes;
pub(crate) mod direct_channels;
pub(crate) mod guild;
mod guild_create;
mod guild_object;
mod joined;
pub(crate) mod member;
mod members;
pub(crate) mod places;
pub(crate) mod presence;
pub(crate) mod recorded;
pub(crate) mod threads;
pub(crate) mod user;
pub(crate) mod visibility;
pub(crate) mod words;

use std::{
    collections::{BTreeSet, HashMap},
    sync::Arc,
};

use serde_json::Value;
use twilight_model::gateway::Intents;

use self::{
    app_commands::AppCommands,
    calendar::Moment,
    changes::GuildChanges,
    direct_channels::DirectChannels,
    guild::Guild,
    guild_create::{bot_member, guild_create},
    members::MemberChanges,
    recorded::{RecordedGuild, RecordedWorld},
    threads::Threads,
    user::User,
};
use crate::{
    rng::{Rng, stream},
    settings::Settings,
};

/// The range of the guilds' creation times, in milliseconds since Discord's epoch (August 2016 to September 2024).
const OLDEST_MS: u64 = 50_000_000_000;
const NEWEST_MS: u64 = 305_000_000_000;

/// The bot and its guilds, which are either generated or those of a recording.
#[derive(Debug)]
pub(crate) struct World {
    pub(crate) seed: u64,
    pub(crate) bot: User,
    pub(crate) application_id: u64,
    /// The slash commands that the bot has registered.
    pub(crate) commands: AppCommands,
    guilds: Vec<Guild>,
    recorded: Vec<RecordedGuild>,
    by_id: HashMap<u64, usize>,
    /// The generated guilds that have changed, by index.
    changes: HashMap<usize, GuildChanges>,
    members: MemberChanges,
    pub(crate) threads: Threads,
    pub(crate) direct_channels: DirectChannels,
    /// The guilds that the bot has left.
    left: BTreeSet<u64>,
}

impl World {
    /// The world for these settings.
    pub(crate) fn new(settings: &Settings) -> Self {
        if let Some(recording) = &settings.recording {
            return Self::recorded(RecordedWorld::of(recording), settings.seed);
        }
        let seed = settings.seed;
        let mut rng = Rng::derived(seed, &[stream::BOT]);
        let bot = User::bot(&mut rng);
        let shards = u64::from(settings.shards.max(1));
        // The distance is a multiple of the shard count, so that guild `n` is on shard `n % shards` (P35).
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
                    u64::from(settings.private_channels),
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
            commands: AppCommands::default(),
            bot,
            guilds,
            recorded: Vec::new(),
            by_id,
            changes: HashMap::new(),
            members: MemberChanges::default(),
            threads: Threads::default(),
            direct_channels: DirectChannels::default(),
            left: BTreeSet::new(),
        }
    }

    fn recorded(world: RecordedWorld, seed: u64) -> Self {
        let bot = world
            .bot
            .unwrap_or_else(|| User::bot(&mut Rng::derived(seed, &[stream::BOT])));
        Self {
            seed,
            application_id: bot.id,
            commands: AppCommands::default(),
            bot,
            guilds: Vec::new(),
            by_id: (world.guilds.iter().map(|guild| guild.id))
                .zip(0..)
                .collect(),
            recorded: world.guilds,
            changes: HashMap::new(),
            members: MemberChanges::default(),
            threads: Threads::default(),
            direct_channels: DirectChannels::default(),
            left: BTreeSet::new(),
        }
    }

    /// The id of the guild with this index.
    pub(crate) fn guild_id(&self, index: usize) -> u64 {
        match self.recorded.get(index) {
            Some(guild) => guild.id,
            None => self.guilds[index].id,
        }
    }

    /// The data of the GUILD_CREATE of the guild with this index; `None` if the guild is unavailable.
    pub(crate) fn guild_text(
        &self,
        index: usize,
        intents: Intents,
        large_threshold: u64,
    ) -> Option<Arc<str>> {
        match self.recorded.get(index) {
            Some(guild) => guild.create.clone(),
            None => {
                let guild = &self.guilds[index];
                let mut data = self.guild_create(guild, intents, large_threshold);
                self.show(guild, &mut data);
                Some(data.to_string().into())
            }
        }
    }

    /// The bot as a member of a generated guild.
    pub(crate) fn bot_member(&self, guild: &Guild) -> Value {
        let changed = self.changed_bot_member(guild);
        let mut member = changed.unwrap_or_else(|| bot_member(&self.bot, guild, &[]));
        member["roles"] = self.bot_roles(guild).iter().map(u64::to_string).collect();
        member
    }

    fn guild_create(&self, guild: &Guild, intents: Intents, large_threshold: u64) -> Value {
        let roles = self.bot_roles(guild);
        guild_create(guild, &self.bot, roles, self.seed, intents, large_threshold)
    }

    /// A generated guild without the changes since then.
    fn generated(&self, guild: &Guild) -> Value {
        // Intents and threshold concern only members, but fewer members take less time.
        self.guild_create(guild, Intents::empty(), 0)
    }
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
    fn ids_are_unique_and_depend_only_on_the_seed() {
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
