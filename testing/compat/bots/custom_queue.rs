//! A bot in the style of twilight-gateway 0.16 to 0.18 with two custom identify queues: one wraps the in-memory
//! queue, and one sends requests to a broker in a task.

use std::{
    error::Error,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
};
use tokio::{
    sync::{mpsc, oneshot},
    task::JoinSet,
};
use twilight_gateway::{
    CloseFrame, ConfigBuilder, Event, EventTypeFlags, Intents, Shard, ShardId, StreamExt as _,
    queue::{InMemoryQueue, LIMIT_PERIOD, Queue},
};

const SHARDS: u32 = 2;

/// A queue that counts the enqueued shards.
#[derive(Clone, Debug)]
struct CountingQueue {
    enqueued: Arc<AtomicU32>,
    inner: InMemoryQueue,
}

impl Queue for CountingQueue {
    fn enqueue(&self, id: u32) -> oneshot::Receiver<()> {
        self.enqueued.fetch_add(1, Ordering::Relaxed);
        self.inner.enqueue(id)
    }
}

/// A queue that sends its requests to a broker. The broker closes the first channel of each shard.
#[derive(Clone, Debug)]
struct BrokerQueue(mpsc::UnboundedSender<(u32, oneshot::Sender<()>)>);

impl Queue for BrokerQueue {
    fn enqueue(&self, id: u32) -> oneshot::Receiver<()> {
        let (sender, receiver) = oneshot::channel();
        // Without a broker, the channel is closed.
        _ = self.0.send((id, sender));
        receiver
    }
}

async fn broker(mut requests: mpsc::UnboundedReceiver<(u32, oneshot::Sender<()>)>) {
    let mut known = Vec::new();
    while let Some((shard, mut sender)) = requests.recv().await {
        if !known.contains(&shard) {
            known.push(shard);
            continue;
        }
        let answer = async { shard };
        tokio::select! {
            () = sender.closed() => {}
            _ = answer => {
                // A shard that no longer waits has dropped the receiver.
                _ = sender.send(());
            }
        }
    }
}

/// Starts all shards with a queue that they share, and returns how many shards it enqueued.
pub(crate) async fn wrapped_queue(token: String, gateway: String) -> Result<u32, Box<dyn Error>> {
    let queue = CountingQueue {
        enqueued: Arc::default(),
        inner: InMemoryQueue::new(2, 1000, LIMIT_PERIOD, 1000),
    };
    let config = ConfigBuilder::new(token, Intents::GUILDS)
        .proxy_url(gateway)
        .queue(queue.clone())
        .build();
    let mut tasks = JoinSet::new();
    for number in 0..SHARDS {
        let mut shard = Shard::with_config(ShardId::new(number, SHARDS), config.clone());
        tasks.spawn(async move {
            while let Some(event) = shard.next_event(EventTypeFlags::READY).await {
                match event {
                    Ok(Event::Ready(_)) => shard.close(CloseFrame::NORMAL),
                    Ok(Event::GatewayClose(_)) => return true,
                    Ok(_) => {}
                    Err(source) => tracing::warn!(?source, "no event"),
                }
            }
            false
        });
    }
    assert!(tasks.join_all().await.into_iter().all(|closed| closed));
    Ok(queue.enqueued.load(Ordering::Relaxed))
}

/// Starts a shard with a reference to a queue.
pub(crate) async fn broker_queue(token: String, gateway: String) -> Result<(), Box<dyn Error>> {
    let (sender, requests) = mpsc::unbounded_channel();
    let broker = tokio::spawn(broker(requests));
    let queue: &'static BrokerQueue = Box::leak(Box::new(BrokerQueue(sender)));
    let config = ConfigBuilder::new(token, Intents::GUILDS)
        .proxy_url(gateway)
        .queue(queue)
        .build();
    let mut shard = Shard::with_config(ShardId::ONE, config);
    while let Some(event) = shard.next_event(EventTypeFlags::READY).await {
        match event? {
            Event::Ready(_) => shard.close(CloseFrame::NORMAL),
            Event::GatewayClose(_) => break,
            other => return Err(format!("unexpected event: {:?}", other.kind()).into()),
        }
    }
    broker.abort();
    Ok(())
}
