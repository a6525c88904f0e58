//! Events from the shards to where they go.

use crate::batch::Batch;
use futures_util::FutureExt as _;
use gloaming_cluster::Items;
use gloaming_node::EventSink;
use gloaming_shard::Item;
use metrics::Counter;
use std::io;
use tokio::{
    io::{AsyncWrite, AsyncWriteExt as _},
    process::ChildStdin,
};

/// Where events go.
pub(crate) enum Sink {
    /// As lines.
    Lines(Box<dyn AsyncWrite + Send + Unpin>),
    Nowhere,
}

impl Sink {
    /// Opens a sink. A worker's input takes the place of the standard output.
    pub(crate) fn new(choice: EventSink, worker: Option<ChildStdin>) -> Self {
        match (choice, worker) {
            (EventSink::Stdout, Some(input)) => Self::Lines(Box::new(input)),
            (EventSink::Stdout, None) => Self::Lines(Box::new(tokio::io::stdout())),
            _ => Self::Nowhere,
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

/// Passes events on until there are no more. An event is acknowledged once it was written, so that what was not comes again
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
        if let Err(error) = write(&mut sink, &batch, &events, &bytes).await {
            return PumpEnd::SinkFailed(error);
        }
        batch.acknowledge();
    }
    refusal.map_or(PumpEnd::StreamEnded, PumpEnd::Refused)
}

async fn write(
    sink: &mut Sink,
    batch: &Batch,
    events: &Counter,
    bytes: &Counter,
) -> io::Result<()> {
    match sink {
        Sink::Lines(writer) if !batch.bytes().is_empty() => {
            writer.write_all(batch.bytes()).await?;
            writer.flush().await?;
            events.increment(batch.events());
            bytes.increment(batch.bytes().len() as u64);
            Ok(())
        }
        Sink::Lines(_) | Sink::Nowhere => Ok(()),
    }
}

fn note_refusal(refusal: &mut Option<String>, item: &Item) {
    if let Item::Failure(error) = item
        && error.is_fatal()
    {
        refusal.get_or_insert_with(|| error.to_string());
    }
}
