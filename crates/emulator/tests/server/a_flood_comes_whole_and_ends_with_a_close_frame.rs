use gloaming_emulator::{Emulator, Flood, Selector};
use serde_json::json;

use crate::client::{Client, Heard, resume};

/// Every event, with its sequence, whatever the compression.
#[tokio::test]
async fn a_flood_comes_whole_and_ends_with_a_close_frame() {
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
        assert_eq!(client.hear().await, Heard::Close(code));
        assert_eq!(emulator.violations(), []);
    }
}

/// A second session gets what was deflated for the first, and live events fit in between.
#[tokio::test]
async fn a_burst_fits_into_a_compressed_session() {
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

/// What was on its way when the connection was lost is replayed, and the flood goes on.
#[tokio::test]
async fn a_flood_survives_a_resume() {
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
    let mut again = Client::connect(&url).await.unwrap();
    again.hello().await;
    again.send(resume(&ready["session_id"], &json!(499))).await;
    let mut events = 498;
    let mut sequence = 499;
    while events < 5_000 {
        let payload = again.payload().await;
        sequence += 1;
        assert_eq!(payload["s"], sequence);
        events += u64::from(payload["t"] != "RESUMED");
    }
}
