//! Unread acknowledgements behind a slow consumer do not make the shard close the connection (P7).

use crate::harness::{
    consumer::{Observed, ReceiveMethod, consume, take},
    gateway::{Action, Connection, INTERVAL, TOKEN, event, listen, start, start_with},
};
use gloaming_queue::BoxFuture;
use gloaming_shard::{
    CloseFrame, Compression, ConfigBuilder, EventTypeFlags, Intents, Item, Lifecycle, Shard,
    ShardId, ShardState, StreamExt as _,
    transport::{Connect, ConnectError, Inbound, MemoryConnector, Transport},
};
use std::time::Duration;
use tokio::{
    task::{JoinHandle, unconstrained},
    time::{advance, sleep},
};

/// Acknowledges all heartbeats, and returns their number when the connection ends.
fn attend(mut connection: Connection) -> JoinHandle<usize> {
    tokio::spawn(async move {
        loop {
            if let Action::Left = connection.next().await {
                return connection.heartbeats.len();
            }
        }
    })
}

async fn take_event(shard: &mut Shard, expected: u64) {
    loop {
        match take(shard, ReceiveMethod::Items).await {
            Observed::Event(sequence) => return assert_eq!(sequence, expected),
            Observed::Lifecycle(Lifecycle::Disconnected { cause, .. }) => panic!("{cause:?}"),
            _ => {}
        }
    }
}

#[tokio::test(start_paused = true)]
async fn minutes_between_two_calls_keep_the_connection() {
    let (mut shard, mut gateway) = start();
    let server = tokio::spawn(async move {
        let mut connection = gateway.begin().await;
        connection.events(2..=4).await;
        attend(connection).await
    });
    take_event(&mut shard, 2).await;
    for sequence in 3..=4 {
        sleep(Duration::from_secs(300)).await;
        take_event(&mut shard, sequence).await;
    }
    assert_eq!(shard.state(), ShardState::Active);
    drop(shard);
    assert_eq!(server.await.unwrap().unwrap(), 2, "one after each pause");
}

#[tokio::test(start_paused = true)]
async fn acks_behind_a_backlog_keep_the_connection() {
    let (mut shard, mut gateway) = start();
    let server = tokio::spawn(async move {
        let mut connection = gateway.begin().await;
        connection.events(2..=200).await;
        attend(connection).await
    });
    // More than one and a half hours, in which no acknowledgement is read until the end.
    for sequence in 2..=200 {
        take_event(&mut shard, sequence).await;
        sleep(INTERVAL * 3 / 4).await;
    }
    assert_eq!(shard.state(), ShardState::Active);
    drop(shard);
    let heartbeats = server.await.unwrap().unwrap();
    assert!((90..=149).contains(&heartbeats), "{heartbeats}");
}

#[tokio::test(start_paused = true)]
async fn dead_connection_is_detected_after_the_backlog() {
    let (mut shard, mut gateway) = start();
    let server = tokio::spawn(async move {
        let mut connection = gateway.begin().await;
        connection.events(2..=20).await;
        // The server does not acknowledge.
        loop {
            match connection.next_with_heartbeats().await {
                Action::Closed(code) => return (code, gateway),
                Action::Sent { op: 1, .. } => {}
                other => panic!("{other:?}"),
            }
        }
    });
    for sequence in 2..=20 {
        take_event(&mut shard, sequence).await;
        sleep(INTERVAL * 2).await;
    }
    let consumer = consume(shard, ReceiveMethod::Items);
    let (code, mut gateway) = server.await.unwrap();
    assert_eq!(code, CloseFrame::RESUME.code);
    gateway.resuming(20).await;
    drop(consumer);
}

/// Fills the connection before the shard reads again.
async fn fill(connection: &mut Connection, sequences: std::ops::RangeInclusive<u64>) {
    unconstrained(async {
        connection.events(sequences).await;
        connection.acknowledge().await;
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn ack_just_before_the_deadline_keeps_the_connection() {
    for backlog in [1, 240] {
        let (mut shard, mut gateway) = start();
        let consumer = tokio::spawn(async move {
            // No events are wanted, so that the consumer has nothing to do.
            drop(shard.next_event(EventTypeFlags::RESUMED).await);
        });
        let mut connection = gateway.begin().await;
        let heartbeat_count = connection.next_with_heartbeats().await;
        assert!(matches!(heartbeat_count, Action::Sent { op: 1, .. }));
        // All of this is unread when the next heartbeat is due.
        fill(&mut connection, 2..=backlog + 1).await;
        advance(INTERVAL).await;
        assert_eq!(
            connection.attend(INTERVAL * 3).await,
            [],
            "with {backlog} events before the acknowledgement"
        );
        consumer.abort();
    }
}

#[tokio::test(start_paused = true)]
async fn backlog_read_in_parts_keeps_the_connection() {
    let (mut shard, mut gateway) = start();
    let consumer = tokio::spawn(async move {
        drop(shard.next_event(EventTypeFlags::RESUMED).await);
    });
    let mut connection = gateway.begin().await;
    let heartbeat_count = connection.next_with_heartbeats().await;
    assert!(matches!(heartbeat_count, Action::Sent { op: 1, .. }));
    fill(&mut connection, 2..=250).await;
    // The shard reads a part per poll; on a busy machine, any time may pass between two polls.
    for _ in 0..4 {
        advance(INTERVAL * 6 / 5).await;
    }
    assert_eq!(connection.attend(INTERVAL * 3).await, []);
    consumer.abort();
}

#[tokio::test(start_paused = true)]
async fn spawned_shard_with_a_full_buffer_keeps_the_connection() {
    const BUFFER: usize = 16;
    const TRANSPORT: usize = 256;
    let (shard, mut gateway) = start_with(|config| config.read_ahead(0));
    let mut spawned = shard.spawn(EventTypeFlags::all(), BUFFER);
    let mut connection = gateway.begin().await;
    // Exactly as many events as fit in the buffer and in the transport.
    let mut sent = 1;
    loop {
        let frame = Inbound::Text(event(sent + 1).into());
        let room = Duration::from_secs(1);
        match tokio::time::timeout(room, connection.peer.send(frame)).await {
            Ok(sent) => sent.unwrap(),
            Err(_) => break,
        }
        sent += 1;
        assert!(sent < 1_000, "the queue has no bound");
    }
    let held = usize::try_from(sent).unwrap() - TRANSPORT;
    assert!(held <= BUFFER + 1, "{held} events outside of the transport");

    // For ten minutes, acknowledgements do not fit in the transport either.
    let mut heartbeats = 0;
    let stalled = sleep(Duration::from_secs(600));
    tokio::pin!(stalled);
    loop {
        tokio::select! {
            biased;
            act = connection.next_with_heartbeats() => match act {
                Action::Sent { op: 1, .. } => heartbeats += 1,
                other => panic!("{other:?}"),
            },
            () = &mut stalled => break,
        }
    }
    assert!((14..=15).contains(&heartbeats), "{heartbeats} heartbeats");

    let server = attend(connection);
    let mut next = 2;
    while next <= sent {
        match spawned.next_item().await.unwrap() {
            Item::Event(gloaming_shard::Event::WebhooksUpdate(update)) => {
                assert_eq!(update.channel_id.get(), next);
                next += 1;
            }
            Item::Lifecycle(Lifecycle::Disconnected { cause, .. }) => panic!("{cause:?}"),
            Item::Failure(error) => panic!("{error}"),
            _ => {}
        }
    }
    // Everything is read, heartbeats are acknowledged, and the connection is still open.
    tokio::select! {
        item = async {
            loop {
                match spawned.next_item().await.unwrap() {
                    Item::Event(_)
                    | Item::Lifecycle(
                        Lifecycle::HeartbeatAcknowledged { .. } | Lifecycle::GuildsArrived { .. },
                    ) => {}
                    other => break other,
                }
            }
        } => panic!("{item:?}"),
        () = sleep(Duration::from_secs(600)) => {}
    }
    assert!(!server.is_finished());
}

/// A connector that opens connections in several steps, like TCP, TLS and WebSocket.
#[derive(Debug)]
struct RoundTrips(MemoryConnector);

impl Connect for RoundTrips {
    fn connect(&self, url: &str) -> BoxFuture<'static, Result<Box<dyn Transport>, ConnectError>> {
        let connecting = self.0.connect(url);
        Box::pin(async move {
            for _ in 0..3 {
                sleep(Duration::from_millis(50)).await;
            }
            connecting.await
        })
    }
}

#[tokio::test(start_paused = true)]
async fn spawned_shard_with_a_full_buffer_reconnects_in_time() {
    let (connector, mut gateway) = listen();
    let config = ConfigBuilder::new(TOKEN.to_owned(), Intents::GUILDS)
        .compression(Compression::None)
        .connector(RoundTrips(connector));
    let mut shard = Shard::with_config(ShardId::ONE, config.build());
    let server = tokio::spawn(async move {
        drop(gateway.begin().await);
        let mut connection = gateway.resuming(1).await;
        connection.events([2]).await;
        connection
    });
    // The consumer takes longer per item than the connect timeout.
    let mut failures = 0;
    loop {
        match take(&mut shard, ReceiveMethod::Items).await {
            Observed::Failure(_) => failures += 1,
            Observed::Event(2) => break,
            _ => {}
        }
        sleep(Duration::from_secs(25)).await;
    }
    assert_eq!(failures, 0);
    drop(server.await.unwrap());
}
