//! A generated guild as REST returns it.

use serde_json::Value;

use super::{World, guild::Guild};

/// The fields of GUILD_CREATE that the guild object of REST does not have.
const GATEWAY_ONLY: [&str; 16] = [
    "activity_instances",
    "channels",
    "embedded_activities",
    "guild_scheduled_events",
    "joined_at",
    "large",
    "lazy",
    "member_count",
    "members",
    "presences",
    "soundboard_sounds",
    "stage_instances",
    "threads",
    "unavailable",
    "version",
    "voice_states",
];

impl World {
    /// The guild object of REST.
    pub(crate) fn guild_json(&self, guild: &Guild) -> Value {
        let mut data = self.generated(guild);
        self.show(guild, &mut data);
        if let Some(fields) = data.as_object_mut() {
            fields.retain(|name, _| !GATEWAY_ONLY.contains(&name.as_str()));
        }
        data
    }

    /// The counts of a guild object that is requested with them.
    pub(crate) fn approximate_counts(&self, guild: &Guild) -> [(&'static str, u64); 2] {
        let members = self.member_count(guild);
        let all = (0..guild.members).map(|at| guild.member(self.seed, at));
        let online = 1 + all.filter(|member| member.status != "offline").count() as u64;
        [
            ("approximate_member_count", members),
            ("approximate_presence_count", online.min(members)),
        ]
    }
}
