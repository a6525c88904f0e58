use crate::harness::{Folder, Node, emulator};
use gloaming_emulator::Selector;
use serde_json::{Value, json};

#[tokio::test]
async fn events_are_lines_and_pages_say_how_the_node_is() {
    let (emulator, folder) = (emulator().await, Folder::new("pages"));
    let mut node = Node::start(&emulator, &folder).await;
    assert_eq!(node.get("/live").await, (200, "live\n".to_owned()));
    node.serves(2).await;

    let data = json!({ "guild_id": "1", "channel_id": "2" });
    emulator.dispatch(Selector::Shard(1), "WEBHOOKS_UPDATE", data.clone());
    let event = node.event("WEBHOOKS_UPDATE").await;
    assert_eq!((&event["shard"], &event["raw"]["d"]), (&json!(1), &data));
    assert_eq!(event["sequence"], event["raw"]["s"]);
    assert!(
        event["session"].as_str().is_some_and(|id| !id.is_empty()),
        "{event}"
    );

    let report: Value = serde_json::from_str(&node.get("/health").await.1).unwrap();
    assert_eq!(
        (&report["phase"], &report["serving"]),
        (&json!("running"), &json!([0, 1]))
    );
    let id = report["node"].as_str().unwrap();
    assert_eq!(
        report["fleet"][id],
        json!({ "status": "active", "shards": [0, 1] })
    );
    assert_eq!(report["shards"]["up"], 2);
    assert!(
        !report
            .to_string()
            .contains(gloaming_emulator::DEFAULT_TOKEN)
    );

    let (_, metrics) = node.get("/metrics").await;
    assert!(metrics.contains("\ngloaming_node_shards 2\n"), "{metrics}");
    assert!(
        metrics.contains("gloaming_shard_state{shard=\"1\""),
        "{metrics}"
    );
    assert_eq!(node.get("/").await.0, 404);
}
