//! What the emulator says of sessions and guilds.

use serde_json::Value;

use crate::emulator::Emulator;

/// Returns all sessions, which are one or more.
pub(super) fn all(emulator: &Emulator) -> Result<Vec<Value>, String> {
    match emulator.get("sessions")? {
        Value::Array(sessions) if !sessions.is_empty() => Ok(sessions),
        sessions => Err(format!("there is no session: {sessions}")),
    }
}

/// Whether no session has a connection.
pub(super) fn are_all_disconnected(emulator: &Emulator) -> Result<bool, String> {
    let sessions = all(emulator)?;
    Ok(sessions.iter().all(|it| it["connection"].is_null()))
}

/// Returns the id of a guild of each shard.
pub(super) fn guild_of_each_shard(emulator: &Emulator, shards: u64) -> Result<Vec<String>, String> {
    let guilds = emulator.get("guilds")?;
    let guilds: Vec<&str> = guilds
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect();
    let of_shard = |shard| {
        let guild = guilds.iter().find(|id| shard_of(id, shards) == Some(shard));
        let guild = guild.map(|id| (*id).to_owned());
        guild.ok_or_else(|| format!("shard {shard} has no guild"))
    };
    (0..shards).map(of_shard).collect()
}

/// Returns the shard of a guild, as the documentation says.
fn shard_of(guild: &str, shards: u64) -> Option<u64> {
    let id: u64 = guild.parse().ok()?;
    Some((id >> 22) % shards)
}

#[cfg(test)]
mod tests {
    use super::shard_of;

    #[test]
    fn shard_of_a_guild_follows_from_its_id() {
        assert_eq!(shard_of("290926798626357999", 1), Some(0));
        assert_eq!(shard_of("8388608", 2), Some(0));
        assert_eq!(shard_of("4194304", 2), Some(1));
        assert_eq!(shard_of("", 2), None);
    }
}
