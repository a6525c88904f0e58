//! The allocations per event: none if the event is not wanted, one if its text is delivered.

use crate::harness::{
    gateway::{Encoder, SESSION, TOKEN, compressions, event, listen, ready},
    pipe_connector::PipeConnector,
};
use futures_util::{SinkExt as _, StreamExt as _};
use gloaming_shard::{
    Compression, ConfigBuilder, EventTypeFlags, EventView, Incoming, Intents, Item, Message, Shard,
    ShardId, StreamExt as _, transport::Inbound,
};
use serde_json::Value;
use std::{sync::mpsc, thread};
use tokio::{io::DuplexStream, runtime::Runtime};
use tokio_tungstenite::{accept_async, tungstenite};

const EVENTS: u64 = 10_000;

/// The number of events after which all buffers have their final size.
const WARM_UP: u64 = 1_000;

const WARM_UP_END: u64 = WARM_UP + 1;
const EVENTS_END: u64 = WARM_UP_END + EVENTS;

/// The method by which events are received.
#[derive(Clone, Copy, Debug)]
enum Path {
    Filtered,
    Borrowed,
    Viewed,
    Payload,
    Message,
}

impl Path {
    const ALL: [Self; 5] = [
        Self::Filtered,
        Self::Borrowed,
        Self::Viewed,
        Self::Payload,
        Self::Message,
    ];

    const fn allowed(self) -> u64 {
        match self {
            Self::Filtered | Self::Borrowed | Self::Viewed => 0,
            Self::Payload | Self::Message => EVENTS,
        }
    }

    /// Receives `count` events.
    async fn take(self, shard: &mut Shard, last: u64) {
        let all = EventTypeFlags::all();
        match self {
            // The last event has another type and is the only one wanted.
            Self::Filtered => {
                let event = shard.next_event(EventTypeFlags::WEBHOOKS_UPDATE).await;
                event.unwrap().unwrap();
            }
            Self::Borrowed => {
                let seen = shard
                    .next_with(|incoming| match incoming {
                        Incoming::Payload(payload) if payload.sequence() == Some(last) => Some(()),
                        _ => None,
                    })
                    .await;
                seen.unwrap();
            }
            Self::Viewed => {
                let seen = shard
                    .next_with(|incoming| match incoming.view(all)? {
                        Ok(EventView::MessageCreate(message)) => {
                            assert!(message.id().is_ok() && message.author_id().is_ok());
                            assert!(message.author().unwrap().name().is_ok());
                            None
                        }
                        Ok(event) => (event.payload().sequence() == Some(last)).then_some(()),
                        Err(error) => panic!("{error}"),
                    })
                    .await;
                seen.unwrap();
            }
            Self::Payload => loop {
                let payload = shard.next_payload(all).await.unwrap().unwrap();
                if payload.sequence() == Some(last) {
                    break;
                }
            },
            Self::Message => {
                let last = format!(r#""s":{last},"#);
                loop {
                    match shard.next_message().await.unwrap().unwrap() {
                        Message::Text(text) if text.contains(&last) => break,
                        _ => {}
                    }
                }
            }
        }
    }
}

/// Receives the warm-up and then the measured events, each followed by a marker. Apart from what the method
/// may allocate per event, `others` allocations are allowed in total.
///
/// They are measured once `sent` says that all of them are on their way.
fn assert_allocations(
    runtime: &Runtime,
    shard: &mut Shard,
    path: Path,
    others: u64,
    sent: impl FnOnce(),
) {
    runtime.block_on(path.take(shard, WARM_UP_END));
    sent();
    let info = allocation_counter::measure(|| {
        runtime.block_on(path.take(shard, EVENTS_END));
    });
    assert!(
        info.count_total <= path.allowed() + others,
        "{path:?}: {} allocations",
        info.count_total
    );
    assert!(info.count_current <= 1, "{path:?}: nothing is kept");
}

/// Returns the payloads after READY: the warm-up, a marker, the measured events, a marker.
fn payloads() -> Vec<String> {
    let data: Value = serde_json::from_str(include_str!(
        "../../../../protocol/tests/fixtures/dispatch/MESSAGE_CREATE.json"
    ))
    .unwrap();
    let data = data.to_string();
    (2..=EVENTS_END)
        .map(|sequence| match sequence {
            WARM_UP_END | EVENTS_END => event(sequence),
            _ => format!(r#"{{"t":"MESSAGE_CREATE","s":{sequence},"op":0,"d":{data}}}"#),
        })
        .collect()
}

fn runtime() -> Runtime {
    tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build()
        .unwrap()
}

#[test]
fn memory_transport_does_not_allocate() {
    receive_through_memory_transport();
}

/// The shard, the buffer and the consumer are in one thread, since allocations are counted for that. The values of these
/// events do not allocate.
#[test]
fn buffer_of_a_task_does_not_allocate() {
    let (connector, mut gateway) = listen();
    let config = ConfigBuilder::new(TOKEN.to_owned(), Intents::GUILDS)
        .compression(Compression::None)
        .connector(connector);
    let shard = Shard::with_config(ShardId::ONE, config.build());
    let server = thread::spawn(move || {
        runtime().block_on(async {
            let mut connection = gateway.begin().await;
            for sequence in 2..=EVENTS_END {
                let data = r#"{"id":"1","channel_id":"2","guild_id":"3"}"#;
                let event = format!(r#"{{"t":"MESSAGE_DELETE","s":{sequence},"op":0,"d":{data}}}"#);
                connection.send(&event).await;
            }
            connection
        })
    });
    let runtime = runtime();
    let mut shard = {
        let _context = runtime.enter();
        shard.spawn(EventTypeFlags::MESSAGE_DELETE, 64)
    };
    let mut take = |count| {
        runtime.block_on(async {
            for _ in 0..count {
                while !matches!(shard.next_item().await.unwrap(), Item::Event(_)) {}
            }
        });
    };
    take(WARM_UP);
    let info = allocation_counter::measure(|| take(EVENTS));
    let allocations = info.count_total;
    assert!(allocations <= 40, "{allocations} allocations");
    drop((shard, server.join().unwrap()));
}

/// The recorder's counters are atomics, and registered during the warm-up.
#[cfg(feature = "metrics")]
#[test]
fn metrics_do_not_allocate() {
    let reader = crate::harness::test_recorder::TestRecorder::default();
    let _installed = reader.install();
    receive_through_memory_transport();
    let seen = reader.counter("events_total{type=MESSAGE_CREATE}");
    assert_eq!(seen, Path::ALL.len() as u64 * (EVENTS_END - 3));
}

fn receive_through_memory_transport() {
    for path in Path::ALL {
        let (connector, mut gateway) = listen();
        let config = ConfigBuilder::new(TOKEN.to_owned(), Intents::GUILDS)
            .compression(Compression::None)
            // Of events that are not wanted, no payload is kept.
            .keep_payloads(EventTypeFlags::all() - EventTypeFlags::WEBHOOKS_UPDATE)
            .connector(connector);
        let mut shard = Shard::with_config(ShardId::ONE, config.build());
        // On another thread, since allocations are counted for the shard's thread.
        let server = thread::spawn(move || {
            let payloads = payloads();
            runtime().block_on(async {
                let mut connection = gateway.begin().await;
                for payload in payloads {
                    connection.send(&payload).await;
                }
                connection
            })
        });
        // The final marker is delivered and may allocate, and so may the report of a task that was polled late.
        assert_allocations(&runtime(), &mut shard, path, 40, || {});
        drop(server.join().unwrap());
    }
}

/// Runs the server at the other end of a pipe.
async fn serve(
    pipe: DuplexStream,
    compression: Compression,
    payloads: Vec<String>,
    sent: mpsc::Sender<()>,
) {
    const HELLO: &str = r#"{"t":null,"s":null,"op":10,"d":{"heartbeat_interval":41250}}"#;
    let mut socket = accept_async(pipe).await.unwrap();
    let mut encoder = Encoder::new(compression);
    let mut frame = |payload: &str| match encoder.encode(payload.as_bytes()) {
        Inbound::Binary(bytes) => tungstenite::Message::Binary(bytes),
        _ => tungstenite::Message::text(payload),
    };
    socket.send(frame(HELLO)).await.unwrap();
    let identify = socket.next().await.unwrap().unwrap().into_text().unwrap();
    assert!(identify.contains(r#""op":2"#));
    socket.feed(frame(&ready(SESSION, 1))).await.unwrap();
    for payload in payloads {
        socket.feed(frame(&payload)).await.unwrap();
    }
    socket.flush().await.unwrap();
    sent.send(()).unwrap();
    // Until the shard is dropped.
    while let Some(Ok(_)) = socket.next().await {}
}

#[test]
fn websocket_does_not_allocate() {
    for compression in compressions() {
        for path in Path::ALL {
            // It has room for all events: with each pause, the read buffer may change its size.
            let (ours, theirs) = tokio::io::duplex(64 << 20);
            let config = ConfigBuilder::new(TOKEN.to_owned(), Intents::GUILDS)
                .compression(compression)
                .connector(PipeConnector::new(ours));
            let mut shard = Shard::with_config(ShardId::ONE, config.build());
            let (sender, sent) = mpsc::channel();
            let server = thread::spawn(move || {
                let payloads = payloads();
                runtime().block_on(serve(theirs, compression, payloads, sender));
            });
            let sent = || sent.recv().unwrap();
            // The read buffer grows, is lent in the first turns, and is released.
            assert_allocations(&runtime(), &mut shard, path, 24, sent);
            drop(shard);
            server.join().unwrap();
        }
    }
}
