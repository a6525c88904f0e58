//! A stream of several shards polls them in turn, outlives stopped shards, and loses no events.

use crate::harness::gateway::{Connection, Gateway, TOKEN, event, in_time, listen};
use futures_util::{FutureExt as _, StreamExt as _};
use gloaming_queue::UnlimitedQueue;
use gloaming_shard::{
    CloseFrame, Compression, ConfigBuilder, Event, EventType, EventTypeFlags, Intents, Message,
    ReceiveMessageError, Shard, StreamExt as _,
    compat::{ShardEventStream, ShardMessageStream, ShardRef, create_range},
    error::ReceiveMessageErrorKind,
};
use std::{collections::BTreeMap, time::Duration};
use tokio::{task::JoinHandle, time::sleep};
use twilight_model::{gateway::payload::outgoing::UpdateVoiceState, id::Id};

fn shards(total: u32) -> (Vec<Shard>, Gateway) {
    let (connector, gateway) = listen();
    let config = ConfigBuilder::new(TOKEN.to_owned(), Intents::GUILDS)
        .compression(Compression::None)
        .connector(connector)
        .queue(UnlimitedQueue)
        .build();
    let shards = create_range(.., total, config, |_, builder| builder.build());
    (shards.collect(), gateway)
}

/// Returns a connection per shard, by shard number, on which READY was sent.
async fn begin(gateway: &mut Gateway, shards: u32) -> BTreeMap<u32, Connection> {
    let mut connections = BTreeMap::new();
    for _ in 0..shards {
        let mut connection = gateway.greet().await;
        let identify = connection.expect(2).await;
        connection
            .send(&crate::harness::gateway::ready(
                crate::harness::gateway::SESSION,
                1,
            ))
            .await;
        let number = identify["shard"][0].as_u64().unwrap();
        connections.insert(u32::try_from(number).unwrap(), connection);
    }
    connections
}

/// Returns the numbers of the next event's shard and of the event, and skips everything else.
async fn next_number(stream: &mut ShardEventStream<'_>) -> (u32, u64) {
    in_time("a numbered event", async {
        loop {
            let (shard, event) = stream.next().await.expect("the shards run");
            if let Ok(Event::WebhooksUpdate(update)) = event {
                return (shard.id().number(), update.channel_id.get());
            }
        }
    })
    .await
}

/// Receives until each shard has returned READY.
async fn until_ready(stream: &mut ShardEventStream<'_>, shards: usize) {
    let mut ready = 0;
    while ready < shards {
        let (_, event) = stream.next().await.expect("the shards run");
        ready += usize::from(matches!(event, Ok(Event::Ready(_))));
    }
}

#[tokio::test(start_paused = true)]
async fn busy_shard_does_not_starve_others() {
    let (mut shards, mut gateway) = shards(3);
    let mut stream = ShardEventStream::new(shards.iter_mut());
    let (mut connections, ()) = tokio::join!(begin(&mut gateway, 3), until_ready(&mut stream, 3));

    let flooded = connections.get_mut(&0).unwrap();
    flooded.events(2..=201).await;
    for quiet in [1, 2] {
        connections.get_mut(&quiet).unwrap().events(2..=6).await;
    }
    let mut seen = Vec::new();
    for _ in 0..210 {
        seen.push(next_number(&mut stream).await);
    }
    for shard in 0..3 {
        let numbers = seen.iter().filter(|(from, _)| *from == shard);
        assert!(numbers.is_sorted_by_key(|(_, number)| *number), "{shard}");
    }
    let last_quiet = seen.iter().rposition(|(shard, _)| *shard != 0).unwrap();
    assert!(last_quiet < 20, "a turn each, in line: {seen:?}");
}

#[tokio::test(start_paused = true)]
async fn refused_shard_leaves_the_stream() {
    let (mut shards, mut gateway) = shards(3);
    let mut stream = ShardEventStream::new(shards.iter_mut());
    let (mut connections, ()) = tokio::join!(begin(&mut gateway, 3), until_ready(&mut stream, 3));

    connections[&1].close(4014).await;
    let refused = in_time("the error", async {
        loop {
            let (shard, event) = stream.next().await.expect("the others are running");
            if let Err(error) = event {
                return (shard.id().number(), error);
            }
        }
    })
    .await;
    assert_eq!(refused.0, 1);
    assert!(refused.1.is_fatal());
    assert!(matches!(
        refused.1.kind(),
        ReceiveMessageErrorKind::Refused(_)
    ));

    for (shard, number) in [(2, 2), (0, 2), (2, 3)] {
        let connection = connections.get_mut(&shard).unwrap();
        connection.events([number]).await;
        assert_eq!(next_number(&mut stream).await, (shard, number));
    }
}

#[tokio::test(start_paused = true)]
async fn stream_ends_when_all_shards_have_stopped() {
    let (mut shards, mut gateway) = shards(2);
    let senders: Vec<_> = shards.iter().map(Shard::sender).collect();
    let mut stream = ShardEventStream::new(shards.iter_mut());
    let (mut connections, ()) = tokio::join!(begin(&mut gateway, 2), until_ready(&mut stream, 2));
    let server = tokio::spawn(async move {
        for connection in connections.values_mut() {
            assert_eq!(connection.left().await, Some(1000));
        }
    });
    for sender in senders {
        sender.close(CloseFrame::NORMAL).unwrap();
    }
    let mut ends = Vec::new();
    in_time("the end", async {
        while let Some((shard, event)) = stream.next().await {
            assert!(matches!(event, Ok(Event::GatewayClose(_))), "{event:?}");
            ends.push(shard.id().number());
        }
    })
    .await;
    ends.sort_unstable();
    assert_eq!(ends, [0, 1]);
    assert!(stream.next().await.is_none(), "and stays there");
    drop(stream);
    server.await.unwrap();
    assert!(shards.iter().all(|shard| shard.state().is_closed()));
}

#[tokio::test(start_paused = true)]
async fn reference_gives_access_to_its_shard() {
    let (mut shards, mut gateway) = shards(2);
    let mut stream = ShardEventStream::new(shards.iter_mut());
    let (mut connections, ()) = tokio::join!(begin(&mut gateway, 2), until_ready(&mut stream, 2));

    connections.get_mut(&1).unwrap().events([2]).await;
    let (mut shard, _) = in_time("the event", stream.next()).await.unwrap();
    assert_eq!(shard.session().map(|session| session.sequence()), Some(2));
    shard.command(&UpdateVoiceState::new(Id::new(1), Id::new(2), false, true));
    // The shard can be polled directly while the stream does not own it.
    connections.get_mut(&1).unwrap().events([3]).await;
    assert!(matches!(
        in_time("the next", shard.next_event(EventTypeFlags::all())).await,
        Some(Ok(Event::WebhooksUpdate(_)))
    ));
    drop(shard);

    assert!(
        stream.next().now_or_never().is_none(),
        "nothing else is reported"
    );
    connections.get_mut(&1).unwrap().expect(4).await;
}

#[tokio::test(start_paused = true)]
async fn borrowed_shard_is_waited_for_and_does_not_block_others() {
    let (mut shards, mut gateway) = shards(2);
    // The shards are leaked, so that a reference may move to another task.
    let shards: &'static mut [Shard] = Box::leak(std::mem::take(&mut shards).into_boxed_slice());
    let senders: Vec<_> = shards.iter().map(Shard::sender).collect();
    let mut stream = ShardEventStream::new(shards.iter_mut());
    let (mut connections, ()) = tokio::join!(begin(&mut gateway, 2), until_ready(&mut stream, 2));

    connections.get_mut(&0).unwrap().events([2, 3]).await;
    let (lent, _) = in_time("the event", stream.next()).await.unwrap();
    assert_eq!(lent.id().number(), 0);
    connections.get_mut(&1).unwrap().events([2]).await;
    assert_eq!(next_number(&mut stream).await, (1, 2));

    // The stream does not end while the only shard is borrowed.
    senders[1].close(CloseFrame::NORMAL).unwrap();
    let disconnected = tokio::spawn(async move { connections.get_mut(&1).unwrap().left().await });
    let (_, event) = in_time("the end of 1", stream.next()).await.unwrap();
    assert!(matches!(event, Ok(Event::GatewayClose(_))));
    assert!(stream.next().now_or_never().is_none());

    let handler: JoinHandle<()> = tokio::spawn(async move {
        sleep(Duration::from_secs(5)).await;
        drop::<ShardRef<'_>>(lent);
    });
    assert_eq!(next_number(&mut stream).await, (0, 3));
    assert!(handler.is_finished());
    disconnected.await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn unwanted_events_are_skipped() {
    let (mut shards, mut gateway) = shards(2);
    let mut stream =
        ShardEventStream::new(shards.iter_mut()).with_events(EventTypeFlags::WEBHOOKS_UPDATE);
    let server = tokio::spawn(async move {
        let mut connections = begin(&mut gateway, 2).await;
        for connection in connections.values_mut() {
            connection.events([2]).await;
            connection.close(4000).await;
        }
        gateway.resuming(2).await
    });
    let mut kinds = Vec::new();
    while kinds.len() < 4 {
        let (_, event) = in_time("an event", stream.next()).await.unwrap();
        kinds.push(event.unwrap().kind());
    }
    kinds.sort_unstable_by_key(|kind| format!("{kind:?}"));
    let expected = [EventType::GatewayClose, EventType::WebhooksUpdate];
    assert_eq!(kinds, expected.map(|kind| [kind; 2]).concat());
    server.abort();
}

#[tokio::test(start_paused = true)]
async fn futures_dropped_after_each_poll_lose_nothing() {
    let (mut shards, mut gateway) = shards(3);
    let server = tokio::spawn(async move {
        let mut connections = begin(&mut gateway, 3).await;
        for sequence in 2..=100 {
            for connection in connections.values_mut() {
                connection.events([sequence]).await;
            }
            if sequence % 10 == 0 {
                sleep(Duration::from_millis(1)).await;
            }
        }
        connections
    });
    let mut seen = BTreeMap::from([(0, Vec::new()), (1, Vec::new()), (2, Vec::new())]);
    let mut take = |(shard, event): (ShardRef<'_>, Result<Event, ReceiveMessageError>)| {
        if let Ok(Event::WebhooksUpdate(update)) = event {
            let numbers = seen.get_mut(&shard.id().number()).unwrap();
            numbers.push(update.channel_id.get());
        }
    };
    let mut stream = ShardEventStream::new(shards.iter_mut());
    for round in 0..3000_u32 {
        // Waits, so that the shards can run if nothing is ready.
        let taken = tokio::select! {
            biased;
            taken = stream.next() => taken,
            () = std::future::ready(()) => { sleep(Duration::from_millis(1)).await; continue }
        };
        take(taken.unwrap());
        if round % 100 == 0 {
            // Nothing is lost if the stream is dropped, either.
            drop(stream);
            stream = ShardEventStream::new(shards.iter_mut());
        }
    }
    drop(stream);
    drop(server.await.unwrap());
    for (shard, numbers) in seen {
        assert_eq!(numbers, (2..=100).collect::<Vec<_>>(), "{shard}");
    }
}

#[tokio::test(start_paused = true)]
async fn message_stream_returns_raw_messages() {
    let (mut shards, mut gateway) = shards(2);
    let server = tokio::spawn(async move {
        let mut connections = begin(&mut gateway, 2).await;
        for connection in connections.values_mut() {
            connection.events([2]).await;
        }
        connections
    });
    let mut stream = ShardMessageStream::new(shards.iter_mut());
    let mut seen = Vec::new();
    while seen.len() < 2 {
        let (shard, message) = in_time("a message", stream.next()).await.unwrap();
        if message.unwrap() == Message::Text(event(2)) {
            seen.push(shard.id().number());
        }
    }
    seen.sort_unstable();
    assert_eq!(seen, [0, 1]);
    drop(server.await.unwrap());
}
