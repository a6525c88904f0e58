//! What the tests have in common.

use gloaming_cluster::{Cluster, ClusterBuilder, ShardScheme};
use gloaming_emulator::{DEFAULT_TOKEN, Emulator, EmulatorBuilder};
use gloaming_protocol::Intents;
use gloaming_queue::UnlimitedQueue;
use std::time::Duration;
use tokio::time::timeout;

/// What should not take seconds may take this on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

pub(crate) async fn in_time<T>(what: &str, happens: impl Future<Output = T>) -> T {
    let Ok(happened) = timeout(PATIENCE, happens).await else {
        panic!("{what}: it does not happen");
    };
    happened
}

/// An emulator that recommends this many shards and lets all identify at once.
pub(crate) async fn emulator(
    shards: u32,
    change: impl FnOnce(EmulatorBuilder) -> EmulatorBuilder,
) -> Emulator {
    let builder = Emulator::builder()
        .shards(shards)
        .max_concurrency(shards)
        .guilds(3 * shards);
    change(builder)
        .start()
        .await
        .expect("loopback can be listened on")
}

/// A cluster of all its shards.
pub(crate) fn builder(emulator: &Emulator, shards: u32) -> ClusterBuilder {
    let intents = Intents::GUILDS | Intents::GUILD_MESSAGES;
    Cluster::builder(DEFAULT_TOKEN.to_owned(), intents)
        .gateway_url(emulator.url())
        .queue(UnlimitedQueue)
        .shard_scheme(ShardScheme::try_from((.., shards)).expect("it is one"))
}
