//! Events from the shards to where they go.

use crate::{batch::Batch, lines::Lines, publisher::Publisher};
use futures_util::FutureExt as _;
use gloaming_cluster::Items;
use gloaming_protocol::ShardId;
use gloaming_shard::{Delivery, Item};
use std::io;

/// Where events go.
pub(crate) enum Sink {
    Lines(Lines),
    Stream(Publisher),
    Nowhere,
}

/// What was passed on.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) struct Passed {
    pub(crate) events: u64,
    pub(crate) bytes: u64,
}

impl Sink {
    async fn pass(&mut self, batch: &[(ShardId, Delivery)]) -> io::Result<Passed> {
        match self {
            Self::Lines(lines) => lines.write(batch).await,
            Self::Stream(publisher) => Ok(publisher.publish(batch).await),
            Self::Nowhere => Ok(Passed::default()),
        }
    }
}

/// Why no more events are taken.
#[derive(Debug)]
pub(crate) enum PumpEnd {
    /// The stream of the events has ended.
    StreamEnded,
    /// It has, since Discord refuses the bot, for this reason.
    Refused(String),
    /// Nobody takes the events any more.
    SinkFailed(io::Error),
}

/// Passes events on until there are no more. An event is acknowledged once it was written or stored, so that what was not comes again
/// on the node that has the shard next. While a write waits, nothing is taken, and the shards stop reading.
pub(crate) async fn pump(mut items: Items, mut sink: Sink) -> PumpEnd {
    let (events, bytes) = (
        metrics::counter!("gloaming_node_events_total"),
        metrics::counter!("gloaming_node_event_bytes_total"),
    );
    let mut batch = Batch::default();
    let mut refusal = None;
    while let Some((shard, delivery)) = items.next_delivery().await {
        note_refusal(&mut refusal, delivery.get());
        batch.add(shard, delivery);
        // What is there already goes with it.
        while !batch.is_full()
            && let Some(Some((shard, delivery))) = items.next_delivery().now_or_never()
        {
            note_refusal(&mut refusal, delivery.get());
            batch.add(shard, delivery);
        }
        match sink.pass(batch.deliveries()).await {
            Ok(passed) => {
                events.increment(passed.events);
                bytes.increment(passed.bytes);
            }
            Err(error) => return PumpEnd::SinkFailed(error),
        }
        batch.acknowledge();
    }
    refusal.map_or(PumpEnd::StreamEnded, PumpEnd::Refused)
}

fn note_refusal(refusal: &mut Option<String>, item: &Item) {
    if let Item::Failure(error) = item
        && error.is_fatal()
    {
        refusal.get_or_insert_with(|| error.to_string());
    }
}
