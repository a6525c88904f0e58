use crate::harness::{Folder, Node, emulator};
use gloaming_emulator::Selector;
use serde_json::json;

#[tokio::test]
async fn node_ends_if_nobody_reads_its_events() {
    let (emulator, folder) = (emulator().await, Folder::new("reader"));
    let mut node = Node::start(&emulator, &folder).await;
    node.serves(2).await;
    node.stop_reading().await;
    emulator.dispatch(
        Selector::Shard(0),
        "WEBHOOKS_UPDATE",
        json!({ "guild_id": "1", "channel_id": "2" }),
    );
    let (status, log) = node.ended().await;
    assert_eq!(status.code(), Some(1), "{log}");
    assert!(log.contains("nobody reads the events"), "{log}");
    // The sessions are there for the next node, and so is the event.
    let mut next = Node::start(&emulator, &folder).await;
    next.event("WEBHOOKS_UPDATE").await;
    assert_eq!(emulator.stats().identifies, 2);
}
