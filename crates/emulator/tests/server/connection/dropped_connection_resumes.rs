//! A dropped connection resumes without loss (P17, P19).

use gloaming_emulator::{Emulator, Selector};
use serde_json::json;

use crate::harness::{Client, Received, resume};

/// P17, P19: all events arrive in order.
#[tokio::test]
async fn dropped_connection_resumes() {
    let emulator = Emulator::builder().guilds(0).start().await.unwrap();
    let query = "?v=10&encoding=json";
    let mut client = Client::connect(&format!("{}/{query}", emulator.url()))
        .await
        .unwrap();
    let ready = client.start(1).await;
    emulator.dispatch(Selector::All, "ONE", json!(1));
    assert_eq!(client.payload().await["t"], "ONE");

    assert_eq!(emulator.drop_connections(Selector::Shard(0)), 1);
    assert_eq!(client.receive().await, Received::End);
    emulator.dispatch(Selector::All, "TWO", json!(2));
    emulator.dispatch(Selector::All, "THREE", json!(3));

    let url = format!("{}/{query}", ready["resume_gateway_url"].as_str().unwrap());
    let mut second = Client::connect(&url).await.unwrap();
    second.hello().await;
    second.send(resume(&ready["session_id"], &json!(2))).await;
    for (name, sequence) in [("TWO", 3), ("THREE", 4), ("RESUMED", 5)] {
        let payload = second.payload().await;
        assert_eq!(
            (&payload["t"], &payload["s"]),
            (&json!(name), &json!(sequence))
        );
    }
    let stats = emulator.stats();
    assert_eq!(
        (stats.sessions_resumed, stats.replayed, stats.sessions_ended),
        (1, 2, 0)
    );
}
