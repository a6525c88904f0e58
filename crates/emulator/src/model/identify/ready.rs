//! READY.

use std::sync::Arc;

use serde_json::json;

use crate::{model::connections::ApiVersion, world::World};

/// The contents of a READY.
#[derive(Debug)]
pub(crate) struct Ready<'a> {
    pub(crate) version: ApiVersion,
    pub(crate) shard: [u32; 2],
    pub(crate) session_id: &'a str,
    pub(crate) resume_url: &'a str,
    /// The guilds of the shard, by index.
    pub(crate) guilds: &'a [usize],
}

impl Ready<'_> {
    /// The data of the dispatch.
    pub(crate) fn data(&self, world: &World) -> Arc<str> {
        let unavailable = |index: &usize| {
            let id = world.guild_id(*index).to_string();
            json!({"unavailable": true, "id": id})
        };
        let ready = json!({
            "v": self.version.number(),
            "user_settings": {},
            "user": world.bot.current_json(),
            "shard": self.shard,
            "session_type": "normal",
            "session_id": self.session_id,
            "resume_gateway_url": self.resume_url,
            "relationships": [],
            "private_channels": [],
            "presences": [],
            "guilds": self.guilds.iter().map(unavailable).collect::<Vec<_>>(),
            "guild_join_requests": [],
            "geo_ordered_rtc_regions": ["rotterdam", "bucharest"],
            "auth": {},
            "application": world.partial_application_json(),
            "_trace": ["gloaming-emulator"],
        });
        ready.to_string().into()
    }
}
