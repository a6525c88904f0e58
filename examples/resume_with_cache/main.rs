//! A bot with a cache that may be killed at any time: the next process goes on with the cache as it was.
//!
//! A session that is resumed brings no GUILD_CREATE, so that a cache has to survive together with the session. The cluster
//! saves both as one, a few times per second: a checkpoint has the session, the last event that was handled, and what the
//! cache contained after exactly this event. The next process restores the cache and gets the events since.
//!
//! Without a token, it shows this: a gateway on this machine, whose guilds change all the time, and a bot that is killed
//! with SIGKILL while its guilds arrive, while it starts, while missed events are sent again, and while it saves. In the
//! end, the cache is compared with one of a bot that was never killed.
//!
//! With `DISCORD_TOKEN`, it is only the bot, which keeps its sessions in the directory `SESSION_DIR` (default `sessions`)
//! and ends on ctrl-c. To run it against another gateway than Discord's, such as `gloaming-emulator`, set `GATEWAY_URL`.
//!
//! # What is restored
//!
//! `twilight-cache-inmemory` can be changed by events alone. So [`cache`] makes a GUILD_CREATE of what is cached of a guild,
//! and stores that. For guilds, channels with threads, roles, members with their users, and the bot's own user, the result
//! is exact. The cache has none of the others:
//!
//! - Of messages, emojis and stickers, the cache has only the ids of the users, whom the events have as a whole.
//! - Presences and voice states could be restored, but change so often that each checkpoint would be large, and the cache
//!   keeps voice states of guilds that the bot has left.
//! - Stage instances, scheduled events and integrations could be restored in the same way as roles.
//!
//! Which guilds are unavailable is not restored either: the gateway sends their GUILD_CREATE, which ends it. Messages and
//! interactions are kept from the cache, since their members lack what those of a GUILD_CREATE have. A member whose user the
//! cache has dropped is left out: `twilight-cache-inmemory` 0.18 does that if a user changes, and leaves a guild before the
//! change is reported for the others. A bot with a cache of its own can store it as it is, and needs none of this.
//!
//! Each checkpoint has the whole cache of a shard. For shards with many members, set a longer interval, and raise
//! `CheckpointPolicy::max_state_bytes`, which is 1 MiB.

mod bot;
mod cache;
mod demonstration;
#[path = "../shutdown.rs"]
mod shutdown;

use std::{env, error::Error};

type Result<T> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

#[tokio::main]
async fn main() -> Result<()> {
    tracing_subscriber::fmt::init();
    match env::var("DISCORD_TOKEN") {
        Ok(token) => bot::run(token).await,
        Err(_) => demonstration::run().await,
    }
}
