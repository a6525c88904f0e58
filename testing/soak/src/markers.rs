use std::io;

use serde_json::json;

use crate::control::Control;

/// The name of an event without a type, which shards deliver with its sequence number.
const NAME: &str = "SOAK_MARKER";

/// The shards are divided into this number of groups, and one of them is sent a marker each second.
const GROUPS: u64 = 8;

/// Sends events whose sequence numbers the consumers of typed events learn.
#[derive(Debug)]
pub(crate) struct Markers {
    /// A guild of each shard.
    guilds: Vec<Option<String>>,
}

impl Markers {
    /// Takes the first guild of each shard ([P35](gloaming::protocol::rules#p35)).
    pub(crate) fn new(guilds: &[String], shards: u32) -> Self {
        let mut by_shard = vec![None; shards as usize];
        for guild in guilds {
            let Ok(id) = guild.parse::<u64>() else {
                continue;
            };
            let shard = usize::try_from((id >> 22) % u64::from(shards)).unwrap_or(0);
            by_shard[shard].get_or_insert_with(|| guild.clone());
        }
        Self { guilds: by_shard }
    }

    /// Sends a marker to those of the shards whose turn it is in this second.
    pub(crate) async fn send(
        &self,
        control: &Control,
        shards: impl Iterator<Item = u32>,
        second: u64,
    ) -> io::Result<()> {
        for (index, shard) in (0..).zip(shards) {
            let guild = self.guilds.get(shard as usize).and_then(Option::as_ref);
            if index % GROUPS == second % GROUPS
                && let Some(guild) = guild
            {
                let data = json!({"guild_id": guild});
                control.send_event(NAME, data).await?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn first_guild_of_each_shard_is_taken() {
        let guilds = [1_u64, 2, 3, 5].map(|number| (number << 22).to_string());
        let markers = Markers::new(&guilds, 4);
        let expected = [None, Some(0), Some(1), Some(2)];
        let expected =
            expected.map(|index: Option<usize>| index.map(|index| guilds[index].clone()));
        assert_eq!(markers.guilds, expected);
    }
}
