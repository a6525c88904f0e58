//! Clusters whose shards' connections are in the hands of a test.

use crate::gateway::{Connection, Gateway, SESSION, TOKEN, in_time, listen, ready};
use gloaming_cluster::{Cluster, ClusterBuilder, Items, ShardScheme};
use gloaming_protocol::{Compression, Event, EventTypeFlags, Intents, ShardId};
use gloaming_queue::{BoxFuture, UnlimitedQueue};
use gloaming_shard::{
    Config, ConfigBuilder, Item,
    transport::{
        Connect, ConnectError, Inbound, MemoryConnector, Outbound, Transport, TransportError,
    },
};
use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll},
};

/// A cluster of `SHARDS` shards, not up yet, and what each connects to.
pub(crate) struct Bench {
    pub(crate) cluster: Cluster,
    pub(crate) items: Items,
    pub(crate) gateways: Vec<Gateway>,
    pub(crate) fuses: Vec<Arc<Fuse>>,
}

/// Makes a shard's task panic, as a bug in a user's transport would.
#[derive(Debug, Default)]
pub(crate) struct Fuse {
    connecting: AtomicBool,
    reading: AtomicBool,
    writing: AtomicBool,
}

impl Fuse {
    pub(crate) fn panic_when_connecting(&self, panic: bool) {
        self.connecting.store(panic, Ordering::Relaxed);
    }

    pub(crate) fn panic_when_reading(&self, panic: bool) {
        self.reading.store(panic, Ordering::Relaxed);
    }

    pub(crate) fn panic_when_writing(&self, panic: bool) {
        self.writing.store(panic, Ordering::Relaxed);
    }
}

pub(crate) async fn bench(shards: u32) -> Bench {
    bench_with(shards, |cluster| cluster, |_, shard| shard).await
}

pub(crate) async fn bench_with(
    shards: u32,
    change: impl FnOnce(ClusterBuilder) -> ClusterBuilder,
    each: impl Fn(ShardId, ConfigBuilder) -> ConfigBuilder + Send + Sync + 'static,
) -> Bench {
    let mut gateways = Vec::new();
    let mut fuses = Vec::new();
    let mut connectors = Vec::new();
    for _ in 0..shards {
        let (connector, gateway) = listen();
        let fuse = Arc::new(Fuse::default());
        gateways.push(gateway);
        fuses.push(Arc::clone(&fuse));
        connectors.push(Fused {
            memory: connector,
            fuse,
        });
    }
    let connectors = Mutex::new(connectors);
    let scheme = ShardScheme::Range {
        from: 0,
        to: shards - 1,
        total: shards,
    };
    let builder = Cluster::builder(TOKEN.to_owned(), Intents::GUILDS)
        .queue(UnlimitedQueue)
        .shard_scheme(scheme)
        .event_types(EventTypeFlags::all() - EventTypeFlags::GATEWAY_HEARTBEAT_ACK)
        .per_shard_config(move |id, config| -> Config {
            let connector = connectors.lock().unwrap()[id.number() as usize].clone();
            let config = config.compression(Compression::None).connector(connector);
            each(id, config).build()
        });
    let (cluster, events) = change(builder).build().await.expect("it can be built");
    Bench {
        cluster,
        items: events.into_items(),
        gateways,
        fuses,
    }
}

impl Bench {
    /// The cluster is up, and each shard has got READY (sequence 1).
    pub(crate) async fn begin(&mut self) -> Vec<Connection> {
        self.cluster.up().await;
        let mut connections = Vec::new();
        for gateway in &mut self.gateways {
            let mut connection = gateway.greet().await;
            connection.expect(2).await;
            connection.send(&ready(SESSION, 1)).await;
            connections.push(connection);
        }
        connections
    }

    pub(crate) async fn next(&mut self) -> Option<(u32, Item)> {
        let (id, item) = in_time("an item", self.items.next()).await?;
        Some((id.number(), item))
    }

    /// Takes items until one is this.
    pub(crate) async fn until<T>(&mut self, mut found: impl FnMut(u32, &Item) -> Option<T>) -> T {
        loop {
            let (shard, item) = self.next().await.expect("the stream goes on");
            if let Some(found) = found(shard, &item) {
                return found;
            }
        }
    }

    /// Takes items until a shard is ready.
    pub(crate) async fn ready(&mut self) {
        self.until(|_, item| matches!(item, Item::Event(Event::Ready(_))).then_some(()))
            .await;
    }

    /// The next of [`event`](crate::gateway::event)'s, by shard and sequence.
    pub(crate) async fn event(&mut self) -> (u32, u64) {
        self.until(|shard, item| Some((shard, sequence(item)?)))
            .await
    }

    /// Takes what is left until the stream ends.
    pub(crate) async fn rest(&mut self) -> Vec<(u32, Item)> {
        let mut rest = Vec::new();
        while let Some(item) = self.next().await {
            rest.push(item);
        }
        rest
    }
}

/// The sequence of one of [`event`](crate::gateway::event)'s.
pub(crate) fn sequence(item: &Item) -> Option<u64> {
    match item {
        Item::Event(Event::WebhooksUpdate(event)) => Some(event.channel_id.get()),
        _ => None,
    }
}

#[derive(Clone, Debug)]
struct Fused {
    memory: MemoryConnector,
    fuse: Arc<Fuse>,
}

impl Connect for Fused {
    fn connect(&self, url: &str) -> BoxFuture<'static, Result<Box<dyn Transport>, ConnectError>> {
        assert!(
            !self.fuse.connecting.load(Ordering::Relaxed),
            "the connector's bug"
        );
        let connecting = self.memory.connect(url);
        let fuse = Arc::clone(&self.fuse);
        Box::pin(async move {
            let transport = connecting.await?;
            Ok(Box::new(FusedTransport { transport, fuse }) as Box<dyn Transport>)
        })
    }
}

struct FusedTransport {
    transport: Box<dyn Transport>,
    fuse: Arc<Fuse>,
}

impl Transport for FusedTransport {
    fn poll_receive(
        &mut self,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Inbound, TransportError>>> {
        let received = self.transport.poll_receive(cx);
        assert!(
            received.is_pending() || !self.fuse.reading.load(Ordering::Relaxed),
            "the transport's bug"
        );
        received
    }

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), TransportError>> {
        assert!(
            !self.fuse.writing.load(Ordering::Relaxed),
            "the transport's bug"
        );
        self.transport.poll_ready(cx)
    }

    fn start_send(&mut self, frame: Outbound) -> Result<(), TransportError> {
        self.transport.start_send(frame)
    }

    fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), TransportError>> {
        self.transport.poll_flush(cx)
    }
}
