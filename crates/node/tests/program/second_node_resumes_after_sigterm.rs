use crate::harness::{Folder, Node, emulator};
use gloaming_emulator::Selector;
use serde_json::json;

#[tokio::test]
async fn second_node_resumes_after_sigterm() {
    let (emulator, folder) = (emulator().await, Folder::new("terminate"));
    let mut first = Node::start(&emulator, &folder).await;
    first.serves(2).await;
    let mut second = Node::start(&emulator, &folder).await;

    first.terminate();
    // It writes until the other one has its shards.
    emulator.dispatch(
        Selector::Shard(0),
        "WEBHOOKS_UPDATE",
        json!({ "guild_id": "1", "channel_id": "3" }),
    );
    let (status, log) = first.ended().await;
    assert!(status.success(), "{status}: {log}");
    second.serves(2).await;
    emulator.dispatch(
        Selector::Shard(0),
        "WEBHOOKS_UPDATE",
        json!({ "guild_id": "1", "channel_id": "4" }),
    );
    let mut channels = Vec::new();
    while let Some(event) = first.next_event("WEBHOOKS_UPDATE").await {
        channels.push(event["raw"]["d"]["channel_id"].clone());
    }
    while channels.last() != Some(&json!("4")) {
        let event = second.event("WEBHOOKS_UPDATE").await;
        channels.push(event["raw"]["d"]["channel_id"].clone());
    }
    assert_eq!(channels, ["3", "4"], "each event comes once");
    let stats = emulator.stats();
    assert_eq!((stats.identifies, stats.sessions_resumed), (2, 2));
    assert_eq!(emulator.violations(), []);
}
