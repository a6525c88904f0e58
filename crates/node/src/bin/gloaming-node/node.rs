//! A node from its start to its end.

use crate::{
    Result,
    agreement::Agreement,
    engine::Engine,
    host,
    http::{self, Pages},
    limits,
    lines::Lines,
    publisher::Publisher,
    pump::{PumpEnd, Sink, pump},
    recorder,
    signals::Signals,
    status::Status,
    stream_sink::StreamSink,
    worker::Worker,
};
use gloaming_cluster::{Cluster, Events};
use gloaming_coordinator::NodeConfig;
use gloaming_fleet::Fleet;
use gloaming_node::{CommandSource, Config, EventSink, HttpAddress};
use gloaming_protocol::EventTypeFlags;
use gloaming_queue::InMemoryQueue;
use std::{io, sync::Arc, time::Duration};
use tokio::{net::TcpListener, task::JoinHandle, time::timeout};

/// How long the last events may take to be written after the node has left the fleet.
const LAST_WRITES: Duration = Duration::from_secs(5);

/// Runs a node until it has given its shards away, and the worker until it has handled the last event.
pub(crate) async fn run(config: Config, worker: &[String]) -> Result<()> {
    let mut signals = Signals::listen()?;
    // Before any shard is made.
    let metrics = recorder::install()?;
    let status = Arc::new(Status::default());
    if let HttpAddress::Listen(address) = config.http {
        let listener = TcpListener::bind(address).await;
        let unusable = |error: io::Error| format!("{address} can't be listened on: {error}");
        let listener = listener.map_err(unusable)?;
        tracing::info!(
            "health and metrics are at http://{}",
            listener.local_addr()?
        );
        let (status, metrics) = (Arc::clone(&status), metrics.clone());
        tokio::spawn(http::serve(listener, Pages { status, metrics }));
    }
    tokio::spawn(http::keep_up(metrics));
    let started = tokio::select! {
        started = start(&config) => started?,
        // No shard was taken.
        () = signals.received() => return Ok(()),
    };
    let Started {
        fleet,
        events,
        sinks,
    } = started;
    let fleet = Arc::new(fleet);
    tracing::info!(node = %fleet.id(), "the node has started");
    let streams = sinks.iter().map(StreamSink::health).collect();
    status.set_running(Arc::clone(&fleet), streams);
    let (worker, input) = match worker {
        [] => (None, None),
        command => {
            let (worker, input) = Worker::start(command)?;
            (Some(worker), Some(input))
        }
    };
    let sink = match config.events {
        EventSink::Nats => {
            let fleet = Arc::clone(&fleet);
            Sink::Stream(Publisher::new(sinks, move |shard| fleet.fence(shard)))
        }
        EventSink::Stdout => Sink::Lines(Lines::new(input)),
        _ => Sink::Nowhere,
    };
    let pumping = tokio::spawn(pump(events.into_items(), sink));
    let served = serve(&fleet, &status, &mut signals, pumping).await;
    let worked = match worker {
        Some(worker) => worker.ended().await,
        None => Ok(()),
    };
    served.and(worked)
}

/// A node that has begun.
struct Started {
    fleet: Fleet,
    events: Events,
    /// Where events go, if that is the engine.
    sinks: Vec<StreamSink>,
}

async fn start(config: &Config) -> Result<Started> {
    let engine = Engine::new(&config.engine)?;
    let mut sinks = Vec::new();
    for sink in &config.sinks {
        if let Some(events) = engine.events(sink).await? {
            let (types, overflow) = (sink.event_types, sink.overflow);
            sinks.push(StreamSink::new(&sink.name, types, overflow, events));
        }
    }
    let commands = match config.commands {
        CommandSource::Nats => engine.commands().await?,
        _ => None,
    };
    let known = engine.agreement().await?;
    let limits = limits::request(config, known).await?;
    let configured = limits::configured(config);
    let id = host::node_id(config.name.as_deref());
    tracing::info!(node = %id, "the node joins a fleet");
    let node = |agreed: Agreement| {
        let concurrency = agreed.max_concurrency.get();
        let mut node = NodeConfig::new(id, agreed.shards, concurrency);
        node.drain_timeout = config.drain_timeout;
        node
    };
    let opened = engine.open(limits.identifies, limits.proposed, configured, node);
    let (mut fleet, agreed) = opened.await?;
    if let Some(commands) = commands {
        fleet = fleet.commands(commands);
    }
    tracing::info!(
        shards = agreed.shards,
        "the fleet has this number of shards"
    );
    // Events that go nowhere need not be parsed.
    let types = match config.events {
        EventSink::None => EventTypeFlags::empty(),
        EventSink::Nats => {
            let types = config.sinks.iter().map(|sink| sink.event_types);
            types.fold(EventTypeFlags::empty(), |all, types| all | types)
        }
        _ => config.event_types,
    };
    let mut cluster = Cluster::builder(config.token.expose().to_owned(), config.intents)
        .queue(InMemoryQueue::with_settings(limits.identifies))
        .event_types(types)
        .keep_payloads(types);
    if let Some(url) = &config.gateway_url {
        cluster = cluster.gateway_url(url);
    }
    if let Some(url) = &config.api_url {
        cluster = cluster.api_url(url);
    }
    let (fleet, events) = fleet.start(cluster).await?;
    Ok(Started {
        fleet,
        events,
        sinks,
    })
}

/// Why a node stops.
enum Stop {
    Signal,
    /// The shards have stopped by themselves.
    Ended,
    /// No events are taken any more.
    Pump(PumpEnd),
}

/// Runs until the node is asked to end or can't go on, and gives the shards away.
async fn serve(
    fleet: &Arc<Fleet>,
    status: &Status,
    signals: &mut Signals,
    mut pumping: JoinHandle<PumpEnd>,
) -> Result<()> {
    let stop = tokio::select! {
        () = signals.received() => Stop::Signal,
        () = fleet.ended() => Stop::Ended,
        end = &mut pumping => Stop::Pump(end?),
    };
    tracing::info!("the node gives its shards to the other nodes");
    status.set_draining();
    tokio::select! {
        () = fleet.drain() => {}
        () = signals.received() => {
            return Err("a second signal ended the node before it had given its shards away".into());
        }
    }
    let is_asked = matches!(stop, Stop::Signal);
    let end = match stop {
        Stop::Pump(end) => end,
        Stop::Signal | Stop::Ended => {
            let Ok(end) = timeout(LAST_WRITES, &mut pumping).await else {
                // Ends the input of the worker.
                pumping.abort();
                return Err("nobody reads the events; they come again on other nodes".into());
            };
            end?
        }
    };
    match end {
        PumpEnd::SinkFailed(error) => Err(format!("nobody reads the events: {error}").into()),
        PumpEnd::Refused(reason) => Err(format!("discord refuses the bot: {reason}").into()),
        PumpEnd::StreamEnded if is_asked => {
            tracing::info!("the node has left the fleet");
            Ok(())
        }
        PumpEnd::StreamEnded => Err("the shards have stopped by themselves".into()),
    }
}
