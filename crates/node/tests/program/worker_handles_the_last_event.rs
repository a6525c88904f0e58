use crate::harness::{Folder, Node, emulator};
use gloaming_emulator::Selector;
use serde_json::json;

#[tokio::test]
async fn worker_handles_the_last_event() {
    let (emulator, folder) = (emulator().await, Folder::new("worker"));
    // It writes nothing before its input has ended.
    let worker = "lines=$(grep -c WEBHOOKS_UPDATE); echo \"{\\\"type\\\":\\\"counted\\\",\\\"lines\\\":$lines}\"";
    let mut node = Node::start_with(&emulator, &folder, &["--", "sh", "-c", worker]).await;
    node.serves(2).await;
    for shard in [0, 1, 0] {
        let data = json!({ "guild_id": "1", "channel_id": "2" });
        emulator.dispatch(Selector::Shard(shard), "WEBHOOKS_UPDATE", data);
    }
    node.passed_on("WEBHOOKS_UPDATE", 3).await;
    node.terminate();
    assert_eq!(node.event("counted").await["lines"], 3);
    let (status, log) = node.ended().await;
    assert!(status.success(), "{status}: {log}");
}
