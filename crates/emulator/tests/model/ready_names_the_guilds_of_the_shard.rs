use serde_json::{Value, json};

use crate::stage::{Stage, builder};

fn ids(guilds: &[Value]) -> Vec<u64> {
    guilds
        .iter()
        .map(|guild| guild["id"].as_str().unwrap().parse().unwrap())
        .collect()
}

/// P35: guilds are routed by their id; READY has them unavailable, GUILD_CREATEs follow.
#[test]
fn ready_names_the_guilds_of_the_shard() {
    let mut stage = Stage::new(
        builder()
            .guilds(100)
            .members(3)
            .shards(4)
            .max_concurrency(16),
    );
    let mut seen = Vec::new();
    for shard in 0..4 {
        let client = stage.connect();
        stage.send(client, &crate::stage::identify([shard, 4], 1));
        let payloads = stage.payloads(client);
        let ready = &payloads[1];
        assert_eq!(
            (&ready["t"], &ready["s"], &ready["op"]),
            (&json!("READY"), &json!(1), &json!(0))
        );
        assert_eq!(ready["d"]["shard"], json!([shard, 4]));
        assert_eq!(ready["d"]["resume_gateway_url"], "ws://resume.example");
        let stubs = ready["d"]["guilds"].as_array().unwrap();
        assert!(stubs.iter().all(|guild| guild["unavailable"] == true));

        let creates = &payloads[2..];
        assert!(creates.iter().all(|create| create["t"] == "GUILD_CREATE"));
        assert!(
            creates
                .iter()
                .zip(2..)
                .all(|(create, sequence)| create["s"] == sequence)
        );
        let created: Vec<Value> = creates.iter().map(|create| create["d"].clone()).collect();
        assert_eq!(ids(&created), ids(stubs));
        assert!(
            ids(stubs)
                .iter()
                .all(|id| (id >> 22) % 4 == u64::from(shard))
        );
        seen.extend(ids(stubs));
    }
    seen.sort_unstable();
    seen.dedup();
    assert_eq!(seen.len(), 100);
}

#[test]
fn without_the_guilds_intent_none_follow() {
    let mut stage = Stage::new(builder().guilds(5));
    let client = stage.connect();
    stage.send(client, &crate::stage::identify([0, 1], 1 << 9));
    assert_eq!(stage.names(client), ["READY"]);
}
