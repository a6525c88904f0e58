//! A flood arrives complete and in order, with every compression.

use gloaming_emulator::{Emulator, Flood, Selector};
use serde_json::json;

use crate::harness::{Client, Received, resume};

/// Each event arrives with its sequence, with every compression.
#[tokio::test]
async fn flood_arrives_complete_before_the_close_frame() {
    for (query, code) in [("v=10", 1000), ("v=10&compress=zlib-stream", 4000)] {
        let flood = Flood::new(3000).then_close(code);
        let emulator = Emulator::builder()
            .guilds(3)
            .flood(flood)
            .start()
            .await
            .unwrap();
        let mut client = Client::connect(&format!("{}/?{query}", emulator.url()))
            .await
            .unwrap();
        client.start(53_608_447).await;
        for sequence in 2..=1 + 3 + 3000 {
            let payload = client.payload().await;
            assert_eq!(payload["s"], sequence);
            assert!(payload["d"].is_object());
        }
        assert_eq!(client.receive().await, Received::Close(code));
        assert_eq!(emulator.violations(), []);
    }
}

/// A second session receives the bytes that were deflated for the first, with live events between them.
#[tokio::test]
async fn bursts_and_live_events_share_the_compression() {
    let emulator = Emulator::builder()
        .guilds(1)
        .identify_interval(std::time::Duration::ZERO)
        .start()
        .await
        .unwrap();
    let url = format!("{}/?v=10&compress=zlib-stream", emulator.url());
    for _ in 0..2 {
        let mut client = Client::connect(&url).await.unwrap();
        client.start(1 << 9).await;
        let mut sequence = 1;
        for round in 0..4 {
            assert_eq!(emulator.burst(700), 1);
            for _ in 0..700 {
                let payload = client.payload().await;
                sequence += 1;
                assert_eq!(payload["s"], sequence);
            }
            emulator.dispatch(
                Selector::All,
                "BETWEEN",
                json!({"round": round, "text": "abc".repeat(50)}),
            );
            let payload = client.payload().await;
            sequence += 1;
            assert_eq!(
                (&payload["t"], &payload["s"]),
                (&json!("BETWEEN"), &json!(sequence))
            );
        }
        client.close(1000).await;
        emulator.wait_until(|stats| stats.sessions == 0).await;
    }
}

/// Events that were lost with the connection are replayed, and the flood continues.
#[tokio::test]
async fn flood_continues_after_a_resume() {
    let emulator = Emulator::builder()
        .guilds(1)
        .replay_buffer(10_000)
        .start()
        .await
        .unwrap();
    let mut client = Client::connect(&format!("{}/?v=10", emulator.url()))
        .await
        .unwrap();
    let ready = client.start(1 << 9).await;
    emulator.burst(5_000);
    for sequence in 2..500 {
        assert_eq!(client.payload().await["s"], sequence);
    }
    drop(client);
    let url = format!("{}/?v=10&compress=zlib-stream", emulator.resume_url());
    let mut second = Client::connect(&url).await.unwrap();
    second.hello().await;
    second.send(resume(&ready["session_id"], &json!(499))).await;
    let mut events = 498;
    let mut sequence = 499;
    while events < 5_000 {
        let payload = second.payload().await;
        sequence += 1;
        assert_eq!(payload["s"], sequence);
        events += u64::from(payload["t"] != "RESUMED");
    }
}
