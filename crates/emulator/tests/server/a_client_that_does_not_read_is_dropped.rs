use gloaming_emulator::{Emulator, Selector};
use serde_json::json;

use crate::client::Client;

/// What waits for a client is bounded; its session stays.
#[tokio::test]
async fn a_client_that_does_not_read_is_dropped() {
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

/// A flood takes its time instead: it goes as fast as the client does, and heartbeats are heard and answered
/// while events wait to be read.
#[tokio::test]
async fn a_flood_waits_for_its_client() {
    // More than the sockets' buffers hold.
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
        assert!(stats.events < events, "nothing waits");
        for sequence in 2..2000 {
            assert_eq!(client.payload().await["s"], sequence);
        }
        assert_eq!(emulator.stats().slow_clients_dropped, 0);
    }
}
