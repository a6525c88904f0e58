//! Keeping many shards.

use std::{num::NonZero, time::Duration};

use futures_util::StreamExt as _;
use gloaming_bench::{
    Bytes, Error, Idle, LOST, Memory, Options, Report, Result, STOPPED, Tally, Window, now, seconds,
};
use tokio::{sync::mpsc, task::JoinSet, time::sleep};
use twilight_gateway::{Message, Shard, ShardId};
use twilight_gateway_queue::Queue;

use crate::{PEER, config};

/// Starts `count` shards, waits until each has READY and `events` dispatches after it, and holds them.
pub(crate) async fn hold(
    options: &Options,
    count: NonZero<u32>,
    events: u64,
    hold: Duration,
) -> Result<Report> {
    let config = config(options);
    let (ready, mut readies) = mpsc::unbounded_channel();
    let mut shards = JoinSet::new();

    let (before, started) = (Memory::used(), now());
    for number in 0..count.get() {
        let shard = Shard::with_config(ShardId::new(number, count.get()), config.clone());
        shards.spawn_local(keep(shard, events, ready.clone()));
    }
    let all_ready = async {
        for _ in 0..count.get() {
            readies.recv().await;
        }
    };
    until_shard_ends_or(&mut shards, all_ready).await?;
    let ready_wall = now() - started;

    let window = Window::open();
    until_shard_ends_or(&mut shards, sleep(hold)).await?;
    let cost = window.close();
    let report = Report::new(
        PEER,
        "idle",
        options.compression,
        &cost,
        Bytes::default(),
        Tally::default(),
    );
    Ok(report.with_idle(Idle {
        shards: count.get(),
        ready_wall_s: seconds(ready_wall),
        rss_before_kib: before.now_kib,
        rss_held_kib: cost.memory.now_kib,
    }))
}

/// Waits. Fails if one of the shards ends first.
async fn until_shard_ends_or(
    shards: &mut JoinSet<Error>,
    wait: impl Future<Output = ()>,
) -> Result<()> {
    tokio::select! {
        () = wait => Ok(()),
        Some(ended) = shards.join_next() => Err(ended?),
    }
}

/// Keeps a shard until it ends, and returns the reason.
async fn keep<Q: Queue + Unpin>(
    mut shard: Shard<Q>,
    events: u64,
    ready: mpsc::UnboundedSender<()>,
) -> Error {
    let mut missing = None;
    while let Some(message) = shard.next().await {
        match message {
            Ok(Message::Text(text)) => {
                missing = match missing {
                    _ if text.starts_with(r#"{"t":"READY""#) => Some(events),
                    Some(count) if text.starts_with(r#"{"t":""#) => Some(count - 1),
                    missing => missing,
                };
                if missing == Some(0) {
                    missing = None;
                    // It fails only once the measurement is over.
                    _ = ready.send(());
                }
            }
            Ok(Message::Close(_)) => return LOST.into(),
            Err(error) => return error.into(),
        }
    }
    STOPPED.into()
}
