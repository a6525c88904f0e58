//! A client that does not read is dropped once its send queue is full.

use gloaming_emulator::{Emulator, Selector};
use serde_json::json;

use crate::harness::Client;

/// The send queue of a client is bounded. The session stays when the connection is dropped.
#[tokio::test]
async fn unread_connection_is_dropped() {
    let emulator = Emulator::builder()
        .guilds(0)
        .send_queue_bytes(1_000_000)
        .start()
        .await
        .unwrap();
    let mut client = Client::connect(&format!("{}/?v=10", emulator.url()))
        .await
        .unwrap();
    client.start(0).await;
    let text = json!("x".repeat(100_000));
    let mut sent = 0;
    while emulator.stats().slow_clients_dropped == 0 {
        emulator.dispatch(Selector::All, "BIG", text.clone());
        sent += 1;
        assert!(sent < 1000, "nothing was dropped");
        tokio::task::yield_now().await;
    }
    let stats = emulator.wait_until(|stats| stats.connections == 0).await;
    assert_eq!((stats.sessions, stats.sessions_connected), (1, 0));
}

/// A flood is sent as fast as the client reads. Heartbeats are answered while events wait.
#[tokio::test]
async fn flood_follows_the_pace_of_the_client() {
    // More than the buffers of the sockets hold.
    for (query, events) in [("v=10", 20_000), ("v=10&compress=zlib-stream", 60_000)] {
        let emulator = Emulator::builder()
            .guilds(2)
            .send_queue_bytes(1_000_000)
            .start()
            .await
            .unwrap();
        let mut client = Client::connect(&format!("{}/?{query}", emulator.url()))
            .await
            .unwrap();
        client.start(53_608_447).await;
        emulator.burst(events);
        client.send(json!({"op": 1, "d": 1})).await;
        let stats = emulator.wait_until(|stats| stats.heartbeats == 1).await;
        assert!(stats.events < events, "no event waits");
        for sequence in 2..2000 {
            assert_eq!(client.payload().await["s"], sequence);
        }
        assert_eq!(emulator.stats().slow_clients_dropped, 0);
    }
}
