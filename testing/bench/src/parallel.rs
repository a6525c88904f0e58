//! Receiving with many shards at once: what is the same for every client.

use std::num::NonZero;

use tokio::{runtime::Builder, task::JoinSet};

use crate::{
    Result,
    args::Threads,
    measure::{Cost, Window},
    tally::Tally,
};

/// Runs a task per shard until each has received its events. A shard is a future that ends with what it has received, or
/// with an error.
///
/// # Errors
///
/// Fails if one of the shards does.
pub fn receive_in_parallel<F>(
    count: NonZero<u32>,
    threads: Threads,
    mut shard: impl FnMut(u32) -> F,
) -> Result<(Cost, Tally)>
where
    F: Future<Output = std::result::Result<Tally, String>> + Send + 'static,
{
    let mut builder = match threads {
        Threads::Two => Builder::new_multi_thread(),
        Threads::One | Threads::Cluster => Builder::new_current_thread(),
    };
    let runtime = builder.worker_threads(2).enable_all().build()?;
    runtime.block_on(async {
        let window = Window::open();
        let mut shards = JoinSet::new();
        for number in 0..count.get() {
            shards.spawn(shard(number));
        }
        let mut tally = Tally::default();
        while let Some(received) = shards.join_next().await {
            tally.add(received??);
        }
        Ok((window.close(), tally))
    })
}
