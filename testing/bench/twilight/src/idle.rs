//! Keeping many shards.

use std::{num::NonZero, time::Duration};

use futures_util::StreamExt as _;
use gloaming_bench::{Arrivals, Bytes, Error, LOST, Options, Report, Result, STOPPED, Tally, hold};
use twilight_gateway::{Message, Shard, ShardId};
use twilight_gateway_queue::Queue;

use crate::{PEER, config};

pub(crate) async fn idle(
    options: &Options,
    count: NonZero<u32>,
    events: u64,
    time: Duration,
) -> Result<Report> {
    let config = config(options);
    let shard = |number, arrivals| {
        let shard = Shard::with_config(ShardId::new(number, count.get()), config.clone());
        keep(shard, arrivals)
    };
    let held = hold(count, events, time, shard, || {}).await?;
    let report = Report::new(
        PEER,
        "idle",
        options.compression,
        &held.cost,
        Bytes::default(),
        Tally::default(),
    );
    Ok(report.with_idle(held.idle))
}

/// Keeps a shard until it ends, and returns the reason.
async fn keep<Q: Queue + Unpin>(mut shard: Shard<Q>, mut arrivals: Arrivals) -> Error {
    while let Some(message) = shard.next().await {
        match message {
            Ok(Message::Text(text)) if text.starts_with(r#"{"t":"READY""#) => arrivals.ready(),
            Ok(Message::Text(text)) if text.starts_with(r#"{"t":""#) => arrivals.event(),
            Ok(Message::Text(_)) => {}
            Ok(Message::Close(_)) => return LOST.into(),
            Err(error) => return error.into(),
        }
    }
    STOPPED.into()
}
