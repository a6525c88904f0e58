//! Clusters that run against the emulator.

use gloaming_cluster::{Cluster, ClusterBuilder, ShardScheme};
use gloaming_emulator::{DEFAULT_TOKEN, Emulator, EmulatorBuilder};
use gloaming_protocol::Intents;
use gloaming_queue::UnlimitedQueue;
use std::time::Duration;
use tokio::time::timeout;

/// Deadline of steps that take well under a second, with a margin for a busy machine.
const DEADLINE: Duration = Duration::from_secs(60);

pub(crate) async fn in_time<T>(what: &str, happens: impl Future<Output = T>) -> T {
    let Ok(happened) = timeout(DEADLINE, happens).await else {
        panic!("timed out: {what}");
    };
    happened
}

/// Starts an emulator that recommends `shards` shards and lets all identify at once.
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
        .expect("the emulator can listen on the loopback interface")
}

/// Returns the builder of a cluster of all shards of the emulator.
pub(crate) fn builder(emulator: &Emulator, shards: u32) -> ClusterBuilder {
    let intents = Intents::GUILDS | Intents::GUILD_MESSAGES;
    Cluster::builder(DEFAULT_TOKEN.to_owned(), intents)
        .gateway_url(emulator.url())
        .queue(UnlimitedQueue)
        .shard_scheme(ShardScheme::try_from((.., shards)).expect("the scheme is valid"))
}
