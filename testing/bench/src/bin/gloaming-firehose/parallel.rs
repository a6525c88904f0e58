//! Receives with many shards at once.

use crate::{
    config,
    run::{lost, undecoded},
};
use gloaming::{
    Cluster, Config, Event, EventTypeFlags, Intents, Item, Shard, ShardId, ShardRuntime,
    ShardScheme, StreamExt as _,
};
use gloaming_bench::{
    Bytes, Cost, Options, Peer, Report, Result, STOPPED, Tally, Threads, Window,
    receive_in_parallel,
};
use std::num::NonZero;
use tokio::runtime::Builder;

pub(crate) fn receive(
    options: &Options,
    count: NonZero<u32>,
    events: u64,
    threads: Threads,
) -> Result<Report> {
    // READY is one of them.
    let each = events + 1;
    let config = config(options)?;
    let (cost, tally) = match threads {
        Threads::One | Threads::Two => receive_in_parallel(count, threads, |number| {
            let id = ShardId::new(number, count.get());
            by_shard(Shard::with_config(id, config.clone()), each)
        })?,
        Threads::Cluster => {
            let runtime = Builder::new_current_thread().enable_all().build()?;
            runtime.block_on(by_cluster(config, count, each * u64::from(count.get())))?
        }
    };
    let report = Report::new(
        Peer::GLOAMING,
        "parallel",
        options.compression,
        &cost,
        Bytes::default(),
        tally,
    );
    Ok(report.with_sent(events * u64::from(count.get())))
}

async fn by_shard(mut shard: Shard, events: u64) -> std::result::Result<Tally, String> {
    let (mut tally, mut received) = (Tally::default(), 0);
    while received < events {
        match shard.next_event(EventTypeFlags::all()).await {
            // A dispatch has a name.
            Some(Ok(event)) if event.kind().name().is_some() => {
                received += 1;
                tally.event(&event);
            }
            Some(Ok(Event::GatewayClose(_))) => return Err(STOPPED.to_owned()),
            Some(Ok(_)) => {}
            Some(Err(error)) => {
                received += 1;
                undecoded(error, &mut tally).map_err(|error| error.to_string())?;
            }
            None => return Err(STOPPED.to_owned()),
        }
    }
    Ok(tally)
}

async fn by_cluster(config: Config, count: NonZero<u32>, events: u64) -> Result<(Cost, Tally)> {
    let two = NonZero::new(2).ok_or("two is not zero")?;
    let (cluster, items) = Cluster::builder(String::new(), Intents::empty())
        .config(config)
        .shard_scheme(ShardScheme::try_from((.., count.get()))?)
        .shard_runtime(ShardRuntime::dedicated_threads(two)?)
        .build()
        .await?;
    let mut items = items.into_items();
    let window = Window::open();
    cluster.up().await;
    let (mut tally, mut received) = (Tally::default(), 0);
    while received < events {
        match items.next().await.ok_or(STOPPED)?.1 {
            Item::Event(event) if event.kind().name().is_some() => {
                received += 1;
                tally.event(&event);
            }
            Item::Unknown(event) => {
                received += 1;
                tally.payload(event.op(), event.kind(), || event.name());
            }
            Item::Undecodable(_) => {
                received += 1;
                tally.errors += 1;
            }
            Item::Failure(error) => return Err(error.into()),
            Item::Lifecycle(event) => {
                if let Some(error) = lost(&event) {
                    return Err(error);
                }
            }
            _ => {}
        }
    }
    Ok((window.close(), tally))
}
