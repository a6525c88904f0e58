//! A connection that always has more to read does not starve other tasks or heartbeats, whatever the size of its frames.

use crate::harness::gateway::{INTERVAL, RESUME_HOST, SESSION, TOKEN};
use gloaming_queue::BoxFuture;
use gloaming_shard::{
    Compression, ConfigBuilder, EventTypeFlags, Incoming, Intents, Shard, ShardId, StreamExt as _,
    transport::{Connect, ConnectError, Inbound, Outbound, Text, Transport, TransportError},
};
use std::{
    collections::VecDeque,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering::SeqCst},
    },
    task::{Context, Poll},
};
use tokio::{task::yield_now, time::advance};

/// The number of frames that a shard may read before it yields.
const TURN: u64 = 1_000;

/// The number of bytes that a shard may read before it yields, besides those of the last frame.
const TURN_BYTES: u64 = 256 * 1024;

/// The number of frames after which the connection is silent, so that the test of a shard that does not yield
/// ends.
const FRAMES: u64 = 200_000;

/// A connection that always has a frame, and ignores tokio's coop budget.
#[derive(Clone, Debug)]
struct Flood {
    event: Text,
    read: Arc<AtomicU64>,
    heartbeats: Arc<AtomicU64>,
}

impl Connect for Flood {
    fn connect(&self, _: &str) -> BoxFuture<'static, Result<Box<dyn Transport>, ConnectError>> {
        let flood = self.clone();
        let hello = r#"{"op":10,"d":{"heartbeat_interval":41250}}"#;
        Box::pin(async move {
            Ok(Box::new(FloodTransport {
                flood,
                first: [hello.to_owned()].into(),
            }) as Box<dyn Transport>)
        })
    }
}

struct FloodTransport {
    flood: Flood,
    first: VecDeque<String>,
}

impl Transport for FloodTransport {
    fn poll_receive(
        &mut self,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Inbound, TransportError>>> {
        let text = match self.first.pop_front() {
            Some(text) => text.into(),
            None if self.flood.read.fetch_add(1, SeqCst) < FRAMES => self.flood.event.clone(),
            None => return Poll::Pending,
        };
        Poll::Ready(Some(Ok(Inbound::Text(text))))
    }

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), TransportError>> {
        Poll::Ready(Ok(()))
    }

    fn start_send(&mut self, frame: Outbound) -> Result<(), TransportError> {
        match frame {
            Outbound::Text(text) if text.contains(r#""op":2"#) => {
                let ready = format!(
                    r#"{{"t":"READY","s":1,"op":0,"d":{{"session_id":"{SESSION}","resume_gateway_url":"{RESUME_HOST}"}}}}"#
                );
                self.first.push_back(ready);
            }
            Outbound::Text(_) => {
                self.flood.heartbeats.fetch_add(1, SeqCst);
            }
            Outbound::Close(frame) => panic!("closed with {}", frame.code),
        }
        Ok(())
    }

    fn poll_flush(&mut self, _: &mut Context<'_>) -> Poll<Result<(), TransportError>> {
        Poll::Ready(Ok(()))
    }
}

fn start() -> (Shard, Flood) {
    const EVENT: &str = r#"{"t":"TYPING_START","s":2,"op":0,"d":{"user_id":"1"}}"#;
    start_with(Text::from_static(EVENT))
}

/// Starts a shard that receives this event again and again.
fn start_with(event: Text) -> (Shard, Flood) {
    let flood = Flood {
        event,
        read: Arc::default(),
        heartbeats: Arc::default(),
    };
    let config = ConfigBuilder::new(TOKEN.to_owned(), Intents::GUILDS)
        .compression(Compression::None)
        .connector(flood.clone());
    (Shard::with_config(ShardId::ONE, config.build()), flood)
}

#[tokio::test(start_paused = true)]
async fn skipping_events_yields_to_other_tasks() {
    let (mut shard, flood) = start();
    let consumer = tokio::spawn(async move {
        drop(shard.next_event(EventTypeFlags::MESSAGE_CREATE).await);
    });
    for turn in 1..=100 {
        yield_now().await;
        let read = flood.read.load(SeqCst);
        assert!(read <= turn * TURN, "{read} frames in {turn} turns");
    }
    assert!(flood.read.load(SeqCst) > 100, "but it reads");
    consumer.abort();
}

#[tokio::test(start_paused = true)]
async fn visiting_payloads_yields_to_other_tasks() {
    let (mut shard, flood) = start();
    let consumer = tokio::spawn(async move {
        let shown = shard.next_with(|incoming| match incoming {
            Incoming::Failure(error) => Some(error),
            _ => None,
        });
        drop(shown.await);
    });
    for turn in 1..=100 {
        yield_now().await;
        let read = flood.read.load(SeqCst);
        assert!(read <= turn * TURN, "{read} frames in {turn} turns");
    }
    consumer.abort();
}

#[tokio::test(start_paused = true)]
async fn busy_consumer_yields_to_other_tasks() {
    let (mut shard, flood) = start();
    let consumer = tokio::spawn(async move {
        while let Some(payload) = shard.next_payload(EventTypeFlags::all()).await {
            payload.unwrap();
        }
    });
    for turn in 1..=100 {
        yield_now().await;
        let read = flood.read.load(SeqCst);
        assert!(read <= turn * TURN, "{read} frames in {turn} turns");
    }
    consumer.abort();
}

#[tokio::test(start_paused = true)]
async fn large_events_yield_to_other_tasks_sooner() {
    for size in [16 << 10, 100 << 10, 1 << 20] {
        let user = "1".repeat(size);
        let event = format!(r#"{{"t":"TYPING_START","s":2,"op":0,"d":{{"user_id":"{user}"}}}}"#);
        let bytes = u64::try_from(event.len()).unwrap();
        let (mut shard, flood) = start_with(event.into());
        let consumer = tokio::spawn(async move {
            drop(shard.next_event(EventTypeFlags::MESSAGE_CREATE).await);
        });
        let in_a_turn = TURN_BYTES / bytes + 1;
        for turn in 1..=20 {
            yield_now().await;
            let read = flood.read.load(SeqCst);
            // The permit to identify wakes it once more.
            assert!(
                read <= (turn + 1) * in_a_turn,
                "{read} frames of {bytes} bytes in {turn} turns"
            );
        }
        assert!(flood.read.load(SeqCst) >= 15, "but it reads");
        consumer.abort();
    }
}

/// The consumer takes each item in a call of its own, within one turn of its task.
#[tokio::test(start_paused = true)]
async fn consumer_of_large_events_yields_to_other_tasks_sooner() {
    let user = "1".repeat(100 << 10);
    let event = format!(r#"{{"t":"TYPING_START","s":2,"op":0,"d":{{"user_id":"{user}"}}}}"#);
    let (mut shard, flood) = start_with(event.into());
    let consumer = tokio::spawn(async move {
        while let Some(payload) = shard.next_payload(EventTypeFlags::all()).await {
            payload.unwrap();
        }
    });
    for turn in 1..=20 {
        yield_now().await;
        let read = flood.read.load(SeqCst);
        assert!(read <= (turn + 1) * 3, "{read} frames in {turn} turns");
    }
    consumer.abort();
}

#[tokio::test(start_paused = true)]
async fn busy_shard_sends_heartbeats_and_stays_connected() {
    let (mut shard, flood) = start();
    let consumer = tokio::spawn(async move {
        drop(shard.next_event(EventTypeFlags::MESSAGE_CREATE).await);
    });
    for heartbeat_count in 0..20 {
        advance(INTERVAL).await;
        for _ in 0..10 {
            yield_now().await;
        }
        let sent = flood.heartbeats.load(SeqCst);
        assert!(
            (heartbeat_count..=heartbeat_count + 2).contains(&sent),
            "{sent} in {heartbeat_count} intervals"
        );
    }
    assert!(
        flood.read.load(SeqCst) < FRAMES,
        "the connection was busy all the time"
    );
    assert!(!consumer.is_finished());
    consumer.abort();
}
