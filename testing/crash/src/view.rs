//! The guilds as the gateway has them.

use crate::{
    Result,
    world::{Guilds, apply},
};
use gloaming_emulator::{DEFAULT_TOKEN, Emulator};
use gloaming_protocol::{CloseFrame, Compression, EventTypeFlags, Intents, ShardId};
use gloaming_shard::{ConfigBuilder, Shard, StreamExt as _};
use std::time::Duration;
use tokio::time::timeout;

/// The intents of a bot that keeps a cache.
pub(crate) const INTENTS: Intents = Intents::GUILDS.union(Intents::GUILD_MEMBERS);

const PATIENCE: Duration = Duration::from_secs(30);

/// Returns the guilds that the emulator has generated, as a new session gets them. The session ends with that.
pub(crate) async fn guilds(emulator: &Emulator) -> Result<Guilds> {
    let config = ConfigBuilder::new(DEFAULT_TOKEN.to_owned(), INTENTS)
        .gateway_url(emulator.url())
        .compression(Compression::None)
        .build();
    let mut shard = Shard::with_config(ShardId::ONE, config);
    let mut guilds = Guilds::new();
    while guilds.len() < emulator.guild_ids().len() {
        let next = timeout(PATIENCE, shard.next_event(EventTypeFlags::GUILD_CREATE)).await?;
        apply(&mut guilds, &next.ok_or("the shard has stopped")??);
    }
    shard.close(CloseFrame::NORMAL);
    while let Some(end) = timeout(PATIENCE, shard.next_event(EventTypeFlags::empty())).await? {
        end?;
    }
    Ok(guilds)
}
