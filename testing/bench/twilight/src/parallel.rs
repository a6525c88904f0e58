//! Receives with many shards at once.

use std::num::NonZero;

use gloaming_bench::{
    Bytes, Options, Report, Result, STOPPED, Tally, Threads, receive_in_parallel,
};
use twilight_gateway::{Event, EventTypeFlags, Shard, ShardId, StreamExt as _};
use twilight_gateway_queue::Queue;

use crate::{PEER, config, receive::undecoded};

pub(crate) fn receive(
    options: &Options,
    count: NonZero<u32>,
    events: u64,
    threads: Threads,
) -> Result<Report> {
    if threads == Threads::Cluster {
        return Err("twilight-gateway has no clusters".into());
    }
    let mut shared = None;
    let (cost, tally) = receive_in_parallel(count, threads, |number| {
        // It starts a task, so that it needs the runtime.
        let config = shared.get_or_insert_with(|| config(options)).clone();
        let id = ShardId::new(number, count.get());
        // READY is one of the events.
        by_shard(Shard::with_config(id, config), events + 1)
    })?;
    let bytes = Bytes::default();
    let report = Report::new(PEER, "parallel", options.compression, &cost, bytes, tally);
    Ok(report.with_sent(events * u64::from(count.get())))
}

async fn by_shard<Q: Queue + Unpin>(
    mut shard: Shard<Q>,
    events: u64,
) -> std::result::Result<Tally, String> {
    let (mut tally, mut received) = (Tally::default(), 0);
    while received < events {
        match shard.next_event(EventTypeFlags::all()).await {
            // A dispatch has a name.
            Some(Ok(event)) if event.kind().name().is_some() => {
                received += 1;
                tally.event(&event);
            }
            Some(Ok(Event::GatewayClose(_))) | None => return Err(STOPPED.to_owned()),
            Some(Ok(_)) => {}
            Some(Err(error)) => {
                received += 1;
                undecoded(error, &mut tally).map_err(|error| error.to_string())?;
            }
        }
    }
    Ok(tally)
}
