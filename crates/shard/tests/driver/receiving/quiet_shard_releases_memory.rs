//! A shard on which no event arrives for some seconds releases memory, once, and goes on as before.

use crate::harness::{
    consumer::{ReceiveMethod, consume},
    gateway::{INTERVAL, TOKEN, listen},
};
use gloaming_queue::BoxFuture;
use gloaming_shard::{
    Compression, ConfigBuilder, Intents, Shard, ShardId,
    transport::{
        Connect, ConnectError, Inbound, MemoryConnector, Outbound, Transport, TransportError,
    },
};
use std::{
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering::SeqCst},
    },
    task::{Context, Poll},
    time::Duration,
};

/// Counts how often transports have to release memory.
#[derive(Debug)]
struct CountingConnector {
    inner: MemoryConnector,
    released: Arc<AtomicU32>,
}

impl Connect for CountingConnector {
    fn connect(&self, url: &str) -> BoxFuture<'static, Result<Box<dyn Transport>, ConnectError>> {
        let connecting = self.inner.connect(url);
        let released = Arc::clone(&self.released);
        Box::pin(async move {
            let inner = connecting.await?;
            Ok(Box::new(CountingTransport { inner, released }) as Box<dyn Transport>)
        })
    }
}

struct CountingTransport {
    inner: Box<dyn Transport>,
    released: Arc<AtomicU32>,
}

impl Transport for CountingTransport {
    fn poll_receive(
        &mut self,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Inbound, TransportError>>> {
        self.inner.poll_receive(cx)
    }

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), TransportError>> {
        self.inner.poll_ready(cx)
    }

    fn start_send(&mut self, frame: Outbound) -> Result<(), TransportError> {
        self.inner.start_send(frame)
    }

    fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), TransportError>> {
        self.inner.poll_flush(cx)
    }

    fn release_memory(&mut self) {
        self.released.fetch_add(1, SeqCst);
    }
}

#[tokio::test(start_paused = true)]
async fn memory_is_released_after_each_burst_of_events() {
    let (inner, mut gateway) = listen();
    let released = Arc::new(AtomicU32::new(0));
    let config = ConfigBuilder::new(TOKEN.to_owned(), Intents::GUILDS)
        .compression(Compression::None)
        .connector(CountingConnector {
            inner,
            released: Arc::clone(&released),
        });
    let shard = Shard::with_config(ShardId::ONE, config.build());
    let _consumer = consume(shard, ReceiveMethod::Events);
    let mut connection = gateway.begin().await;
    for burst in 1..=3_u32 {
        for second in 0..10 {
            let sequence = u64::from(burst * 100 + second);
            connection.events([sequence]).await;
            connection.attend(Duration::from_secs(1)).await;
        }
        assert_eq!(released.load(SeqCst), burst - 1, "events still arrive");
        // An acknowledged heartbeat may delay it.
        connection.attend(Duration::from_secs(5)).await;
        assert_eq!(released.load(SeqCst), burst);
        connection.attend(3 * INTERVAL).await;
        assert_eq!(released.load(SeqCst), burst, "heartbeats hold no memory");
    }
}
