//! Receives through a cluster of one shard.

use crate::config;
use gloaming::{
    Cluster, Event, Intents, Item, ShardRuntime, ShardScheme,
    machine::{DisconnectCause, Lifecycle},
};
use gloaming_bench::{Bytes, How, LOST, Options, Peer, Report, Result, STOPPED, Tally, Window};

/// Receives every event, typed, in the process's only other thread or in none.
pub(crate) async fn receive(options: &Options, how: How, runtime: ShardRuntime) -> Result<Report> {
    let (cluster, events) = Cluster::builder(String::new(), Intents::empty())
        .config(config(options)?)
        .shard_scheme(ShardScheme::try_from((.., 1))?)
        .shard_runtime(runtime)
        .build()
        .await?;
    let mut items = events.into_items();
    cluster.up().await;
    loop {
        match items.next().await.ok_or(STOPPED)? {
            (_, Item::Event(Event::Ready(_))) => break,
            (_, Item::Failure(error)) => return Err(error.into()),
            _ => {}
        }
    }
    let window = Window::open();
    let mut tally = Tally::timed(options.is_timed);
    loop {
        match items.next().await.ok_or(STOPPED)?.1 {
            Item::Event(event) => tally.event(&event),
            Item::Unknown(event) => tally.payload(event.op(), event.kind(), || event.name()),
            Item::Undecodable(_) => tally.errors += 1,
            Item::Failure(error) => return Err(error.into()),
            Item::Lifecycle(Lifecycle::Disconnected { cause, .. }) => match cause {
                DisconnectCause::Closed { .. } => break,
                _ => return Err(LOST.into()),
            },
            _ => {}
        }
    }
    let cost = window.close();
    let bytes = Bytes::default();
    Ok(Report::new(
        Peer::GLOAMING,
        how.name(),
        options.compression,
        &cost,
        bytes,
        tally,
    ))
}
