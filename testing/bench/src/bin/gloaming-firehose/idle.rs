//! Keeping many shards.

use crate::{config, run::lost};
use gloaming::{DispatchKind, Incoming, Shard, ShardId};
use gloaming_bench::{
    Bytes, Idle, Memory, Options, Peer, Report, Result, STOPPED, Tally, Window, now, seconds,
};
use std::{cell::RefCell, error::Error, num::NonZero, rc::Rc, time::Duration};
use tokio::{sync::mpsc, task::JoinSet, time::sleep};

/// What all shards have received.
#[derive(Debug, Default)]
struct Received {
    tally: Tally,
    bytes: Bytes,
}

/// Starts `count` shards, waits until each has READY and `events` dispatches after it, and holds them.
pub(crate) async fn hold(
    options: &Options,
    count: NonZero<u32>,
    events: u64,
    hold: Duration,
) -> Result<Report> {
    let config = config(options);
    let received = Rc::new(RefCell::new(Received::default()));
    let (ready, mut readies) = mpsc::unbounded_channel();
    let mut shards = JoinSet::new();

    let (before, started) = (Memory::used(), now());
    for number in 0..count.get() {
        let shard = Shard::with_config(ShardId::new(number, count.get()), config.clone());
        shards.spawn_local(keep(shard, events, ready.clone(), Rc::clone(&received)));
    }
    let all_ready = async {
        for _ in 0..count.get() {
            readies.recv().await;
        }
    };
    until_shard_ends_or(&mut shards, all_ready).await?;
    let ready_wall = now() - started;

    received.take();
    let window = Window::open();
    until_shard_ends_or(&mut shards, sleep(hold)).await?;
    let cost = window.close();

    let Received { tally, bytes } = received.take();
    let report = Report::new(
        Peer::GLOAMING,
        "idle",
        options.compression,
        &cost,
        bytes,
        tally,
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
    shards: &mut JoinSet<Box<dyn Error>>,
    wait: impl Future<Output = ()>,
) -> Result<()> {
    tokio::select! {
        () = wait => Ok(()),
        Some(ended) = shards.join_next() => Err(ended?),
    }
}

/// Keeps a shard until it ends, and returns the reason.
async fn keep(
    mut shard: Shard,
    events: u64,
    ready: mpsc::UnboundedSender<()>,
    received: Rc<RefCell<Received>>,
) -> Box<dyn Error> {
    let mut missing = None;
    let end = shard.next_with(|incoming| match incoming {
        Incoming::Payload(payload) => {
            missing = match (missing, payload.kind()) {
                (_, Some(DispatchKind::Ready)) => Some(events),
                (Some(count), Some(_)) => count.checked_sub(1),
                (missing, _) => missing,
            };
            if missing == Some(0) {
                missing = None;
                // It fails only once the measurement is over.
                _ = ready.send(());
            }
            let mut received = received.borrow_mut();
            *received.bytes.inflated.get_or_insert(0) += payload.text().len() as u64;
            received
                .tally
                .payload(payload.op(), payload.kind(), payload.name());
            None
        }
        Incoming::Lifecycle(event) => lost(&event),
        Incoming::Failure(error) => Some(error.into()),
        _ => None,
    });
    end.await.unwrap_or_else(|| STOPPED.into())
}
