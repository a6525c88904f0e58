//! Clusters whose shards connect to gateways that a test plays.

use crate::gateway::{Connection, Gateway, SESSION, TOKEN, in_time, listen, ready};
use futures_util::FutureExt as _;
use gloaming_cluster::{Cluster, ClusterBuilder, Items, ShardScheme};
use gloaming_protocol::{Compression, Event, EventTypeFlags, Intents};
use gloaming_queue::{BoxFuture, UnlimitedQueue};
use gloaming_shard::{
    Config, Item, ShardRuntime,
    transport::{
        Connect, ConnectError, Inbound, MemoryConnector, Outbound, Transport, TransportError,
    },
};
use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    task::{Context, Poll},
};

/// A cluster that was not started yet, and the gateway that each of its shards connects to.
pub(crate) struct Harness {
    pub(crate) cluster: Cluster,
    pub(crate) items: Items,
    pub(crate) gateways: Vec<Gateway>,
    pub(crate) panic_switches: Vec<Arc<PanicSwitch>>,
}

/// Makes the task of a shard panic, as a bug in a connector or transport does.
#[derive(Debug, Default)]
pub(crate) struct PanicSwitch {
    connecting: AtomicBool,
    reading: AtomicBool,
    /// The number of frames to read before a panic, if it is not 0.
    frames: AtomicUsize,
    writing: AtomicBool,
}

impl PanicSwitch {
    pub(crate) fn panic_when_connecting(&self, panic: bool) {
        self.connecting.store(panic, Ordering::Relaxed);
    }

    pub(crate) fn panic_when_reading(&self, panic: bool) {
        self.reading.store(panic, Ordering::Relaxed);
    }

    /// Panics after this many frames, at least one, without another frame in between.
    pub(crate) fn panic_after_frames(&self, frames: usize) {
        self.frames.store(frames, Ordering::Relaxed);
    }

    fn frame_was_read(&self) {
        let frames = self.frames.load(Ordering::Relaxed);
        if frames > 0 {
            self.frames.store(frames - 1, Ordering::Relaxed);
            self.panic_when_reading(frames == 1);
        }
    }

    pub(crate) fn panic_when_writing(&self, panic: bool) {
        self.writing.store(panic, Ordering::Relaxed);
    }
}

pub(crate) async fn harness(shards: u32) -> Harness {
    harness_with(shards, |cluster| cluster).await
}

pub(crate) async fn harness_with(
    shards: u32,
    change: impl FnOnce(ClusterBuilder) -> ClusterBuilder,
) -> Harness {
    let mut gateways = Vec::new();
    let mut panic_switches = Vec::new();
    let mut connectors = Vec::new();
    for _ in 0..shards {
        let (connector, gateway) = listen();
        let panic_switch = Arc::new(PanicSwitch::default());
        gateways.push(gateway);
        panic_switches.push(Arc::clone(&panic_switch));
        connectors.push(PanickingConnector {
            memory: connector,
            panic_switch,
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
        .shard_runtime(ShardRuntime::current())
        .shard_scheme(scheme)
        .event_types(EventTypeFlags::all() - EventTypeFlags::GATEWAY_HEARTBEAT_ACK)
        .per_shard_config(move |id, config| -> Config {
            let connector = connectors.lock().unwrap()[id.number() as usize].clone();
            config
                .compression(Compression::None)
                .connector(connector)
                .build()
        });
    let (cluster, events) = change(builder)
        .build()
        .await
        .expect("the configuration is valid");
    Harness {
        cluster,
        items: events.into_items(),
        gateways,
        panic_switches,
    }
}

impl Harness {
    /// Starts the cluster, and sends READY (sequence 1) to each shard.
    pub(crate) async fn start_ready(&mut self) -> Vec<Connection> {
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

    pub(crate) async fn next_item(&mut self) -> Option<(u32, Item)> {
        let (id, item) = in_time("an item", self.items.next()).await?;
        Some((id.number(), item))
    }

    /// Takes items until `found` returns a value for one.
    pub(crate) async fn take_until<T>(
        &mut self,
        mut found: impl FnMut(u32, &Item) -> Option<T>,
    ) -> T {
        loop {
            let (shard, item) = self.next_item().await.expect("the stream has not ended");
            if let Some(found) = found(shard, &item) {
                return found;
            }
        }
    }

    /// Takes items until a shard is ready.
    pub(crate) async fn take_until_ready(&mut self) {
        self.take_until(|_, item| matches!(item, Item::Event(Event::Ready(_))).then_some(()))
            .await;
    }

    /// Takes items until the next [`event`](crate::gateway::event), and returns its shard and sequence number.
    pub(crate) async fn next_event(&mut self) -> (u32, u64) {
        self.take_until(|shard, item| Some((shard, sequence(item)?)))
            .await
    }

    /// Takes what is there, and comes back for more, which acknowledges all of it.
    pub(crate) fn take_present(&mut self) {
        while let Some(Some(_)) = self.items.next().now_or_never() {}
    }

    /// Takes the remaining items until the stream ends.
    pub(crate) async fn remaining(&mut self) -> Vec<(u32, Item)> {
        let mut items = Vec::new();
        while let Some(item) = self.next_item().await {
            items.push(item);
        }
        items
    }
}

/// The sequence number of an [`event`](crate::gateway::event); `None` for other items.
pub(crate) fn sequence(item: &Item) -> Option<u64> {
    match item {
        Item::Event(Event::WebhooksUpdate(event)) => Some(event.channel_id.get()),
        _ => None,
    }
}

#[derive(Clone, Debug)]
struct PanickingConnector {
    memory: MemoryConnector,
    panic_switch: Arc<PanicSwitch>,
}

impl Connect for PanickingConnector {
    fn connect(&self, url: &str) -> BoxFuture<'static, Result<Box<dyn Transport>, ConnectError>> {
        assert!(
            !self.panic_switch.connecting.load(Ordering::Relaxed),
            "the connector's bug"
        );
        let connecting = self.memory.connect(url);
        let panic_switch = Arc::clone(&self.panic_switch);
        Box::pin(async move {
            let transport = connecting.await?;
            Ok(Box::new(PanickingTransport {
                transport,
                panic_switch,
            }) as Box<dyn Transport>)
        })
    }
}

struct PanickingTransport {
    transport: Box<dyn Transport>,
    panic_switch: Arc<PanicSwitch>,
}

impl Transport for PanickingTransport {
    fn poll_receive(
        &mut self,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Inbound, TransportError>>> {
        let received = self.transport.poll_receive(cx);
        assert!(
            received.is_pending() || !self.panic_switch.reading.load(Ordering::Relaxed),
            "the transport's bug"
        );
        if received.is_ready() {
            self.panic_switch.frame_was_read();
        }
        received
    }

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), TransportError>> {
        assert!(
            !self.panic_switch.writing.load(Ordering::Relaxed),
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
