//! The guilds and the bot of a recording.

use std::{
    collections::{BTreeSet, HashMap},
    sync::Arc,
};

use serde_json::Value;

use super::user::{User, id_of};
use crate::recording::Recording;

/// A guild as it was when the session of its shard started.
#[derive(Debug)]
pub(crate) struct RecordedGuild {
    pub(crate) id: u64,
    /// The data of its GUILD_CREATE; `None` if it was never available.
    pub(crate) create: Option<Arc<str>>,
}

/// The bot and the guilds of a recording.
#[derive(Debug, Default)]
pub(crate) struct RecordedWorld {
    pub(crate) bot: Option<User>,
    pub(crate) guilds: Vec<RecordedGuild>,
    /// The indices of the dispatches that set up the world and are not played: READY, and the first GUILD_CREATE of each
    /// guild.
    pub(crate) setup: BTreeSet<usize>,
}

impl RecordedWorld {
    pub(crate) fn of(recording: &Recording) -> Self {
        let mut world = Self::default();
        let mut places: HashMap<u64, usize> = HashMap::new();
        for (index, dispatch) in recording.dispatches().iter().enumerate() {
            if !matches!(&*dispatch.name, "READY" | "GUILD_CREATE") {
                continue;
            }
            let Ok(data) = serde_json::from_str::<Value>(&dispatch.data) else {
                continue;
            };
            if &*dispatch.name == "READY" {
                world.setup.insert(index);
                world.bot = world.bot.or_else(|| User::recorded(&data["user"]));
                for id in guilds_of(&data) {
                    places.entry(id).or_insert_with(|| {
                        world.guilds.push(RecordedGuild { id, create: None });
                        world.guilds.len() - 1
                    });
                }
            } else if let Some(place) = id_of(&data).and_then(|id| places.get(&id)) {
                let guild = &mut world.guilds[*place];
                if guild.create.is_none() {
                    guild.create = Some(Arc::clone(&dispatch.data));
                    world.setup.insert(index);
                }
            }
        }
        world
    }
}

fn guilds_of(ready: &Value) -> impl Iterator<Item = u64> {
    ready["guilds"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(id_of)
}
