//! A server that keeps the shard reading, and sends no event, is left.

use crate::harness::{
    consumer::{Observed, ReceiveMethod, consume},
    gateway::{Connection, INTERVAL, start, start_with},
};
use bytes::Bytes;
use gloaming_protocol::limits::EVENTLESS_FRAMES_AT_ONCE;
use gloaming_shard::{
    Compression, Inflater, Lifecycle, machine::DisconnectCause, transport::Inbound,
};

/// Sends frames until the shard leaves, and returns how many it took.
async fn flood(connection: &mut Connection, frame: &Inbound) -> u32 {
    let mut count = 0;
    while connection.peer.send(frame.clone()).await.is_ok() {
        count += 1;
        assert!(count < EVENTLESS_FRAMES_AT_ONCE * 2, "the shard reads on");
    }
    count
}

const ACK: &str = r#"{"op":11,"d":null}"#;

/// Returns why a connection ended.
fn ended(seen: &Observed) -> Option<DisconnectCause> {
    match seen.lifecycle()? {
        Lifecycle::Disconnected { cause, .. } => Some(*cause),
        _ => None,
    }
}

#[tokio::test(start_paused = true)]
async fn flood_before_hello_does_not_put_off_its_deadline() {
    for frame in [Inbound::Empty, Inbound::Text(ACK.to_owned().into())] {
        let (shard, mut gateway) = start();
        let mut consumer = consume(shard, ReceiveMethod::Items);
        let mut connection = gateway.accept().await;
        let count = flood(&mut connection, &frame).await;
        assert!(count > EVENTLESS_FRAMES_AT_ONCE, "{frame:?}: {count}");
        consumer
            .until(|seen| ended(seen) == Some(DisconnectCause::Flooded))
            .await;
        drop(gateway.accept().await);
    }
}

#[tokio::test(start_paused = true)]
async fn flood_in_a_session_is_followed_by_a_resume() {
    let (shard, mut gateway) = start();
    let _consumer = consume(shard, ReceiveMethod::Events);
    let mut connection = gateway.begin().await;
    connection.events([2, 3]).await;
    flood(&mut connection, &Inbound::Empty).await;
    gateway.resuming(3).await;
}

#[tokio::test(start_paused = true)]
async fn parts_that_add_nothing_are_a_flood() {
    let zlib = Compression::ZlibStream;
    let inflaters = Inflater::ALL.into_iter();
    for inflater in inflaters.filter(|inflater| inflater.supports(zlib)) {
        let (shard, mut gateway) = start_with(|config| config.compression(zlib).inflater(inflater));
        let _consumer = consume(shard, ReceiveMethod::Events);
        let mut connection = gateway.begin().await;
        connection.events([2]).await;
        let empty = Inbound::Binary(Bytes::new());
        let count = flood(&mut connection, &empty).await;
        assert!(count > EVENTLESS_FRAMES_AT_ONCE, "{count}");
        gateway.resuming(2).await;
    }
}

/// A deadline counts although the server sends a little now and then.
#[tokio::test(start_paused = true)]
async fn trickle_before_hello_does_not_put_off_its_deadline() {
    let (shard, mut gateway) = start();
    let mut consumer = consume(shard, ReceiveMethod::Items);
    let connection = gateway.accept().await;
    let trickle = tokio::spawn(async move {
        while connection.peer.send(Inbound::Empty).await.is_ok() {
            tokio::time::sleep(INTERVAL / 1000).await;
        }
    });
    consumer
        .until(|seen| ended(seen) == Some(DisconnectCause::HelloTimeout))
        .await;
    trickle.await.unwrap();
}
