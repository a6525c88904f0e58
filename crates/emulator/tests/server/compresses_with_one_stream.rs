use gloaming_emulator::{Emulator, Selector};
use serde_json::json;

use crate::client::{Client, Heard, resume};

/// P29.
#[tokio::test]
async fn of_zlib() {
    compresses_with("zlib-stream").await;
}

/// P30.
#[tokio::test]
async fn of_zstd() {
    compresses_with("zstd-stream").await;
}

/// P31: one context per connection, new on each.
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
    assert_eq!(client.hear().await, Heard::Gone);
    let mut again = Client::connect(&format!("{}/{query}", emulator.resume_url()))
        .await
        .unwrap();
    again.hello().await;
    again.send(resume(&ready["session_id"], &last["s"])).await;
    assert_eq!(again.payload().await, big);
    assert_eq!(again.payload().await["t"], "RESUMED");
    assert_eq!(emulator.violations(), []);
}
