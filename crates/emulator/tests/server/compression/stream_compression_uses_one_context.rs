//! Stream compression uses one context per connection (P29 to P31).

use gloaming_emulator::{Emulator, Selector};
use serde_json::json;

use crate::harness::{Client, Received, resume};

/// P29.
#[tokio::test]
async fn zlib_stream_uses_one_context() {
    compresses_with("zlib-stream").await;
}

/// P30.
#[tokio::test]
async fn zstd_stream_uses_one_context() {
    compresses_with("zstd-stream").await;
}

/// P31: each connection has its own context.
async fn compresses_with(compression: &str) {
    let emulator = Emulator::builder().guilds(20).start().await.unwrap();
    let query = format!("?v=10&encoding=json&compress={compression}");
    let mut client = Client::connect(&format!("{}/{query}", emulator.url()))
        .await
        .unwrap();
    let ready = client.start(53_608_447).await;
    let mut last = client.dispatch("GUILD_CREATE").await;
    for _ in 1..20 {
        last = client.dispatch("GUILD_CREATE").await;
    }
    emulator.dispatch(Selector::All, "BIG", json!({"text": "x".repeat(1_000_000)}));
    let big = client.payload().await;
    assert_eq!(big["d"]["text"].as_str().unwrap().len(), 1_000_000);

    emulator.drop_connections(Selector::All);
    assert_eq!(client.receive().await, Received::End);
    let mut second = Client::connect(&format!("{}/{query}", emulator.resume_url()))
        .await
        .unwrap();
    second.hello().await;
    second.send(resume(&ready["session_id"], &last["s"])).await;
    assert_eq!(second.payload().await, big);
    assert_eq!(second.payload().await["t"], "RESUMED");
    assert_eq!(emulator.violations(), []);
}
