//! READY lists the guilds of the shard, and a GUILD_CREATE follows for each (P35).

use serde_json::{Value, json};

use crate::harness::{Harness, builder};

fn ids(guilds: &[Value]) -> Vec<u64> {
    guilds
        .iter()
        .map(|guild| guild["id"].as_str().unwrap().parse().unwrap())
        .collect()
}

/// P35: the id of a guild selects its shard. READY lists guilds as unavailable; GUILD_CREATEs follow.
#[test]
fn ready_lists_the_guilds_of_the_shard() {
    let mut harness = Harness::new(
        builder()
            .guilds(100)
            .members(3)
            .shards(4)
            .max_concurrency(16),
    );
    let mut listed = Vec::new();
    for shard in 0..4 {
        let client = harness.connect();
        harness.send(client, &crate::harness::identify([shard, 4], 1));
        let payloads = harness.payloads(client);
        let ready = &payloads[1];
        assert_eq!(
            (&ready["t"], &ready["s"], &ready["op"]),
            (&json!("READY"), &json!(1), &json!(0))
        );
        assert_eq!(ready["d"]["shard"], json!([shard, 4]));
        assert_eq!(ready["d"]["resume_gateway_url"], "ws://resume.example");
        let unavailable = ready["d"]["guilds"].as_array().unwrap();
        assert!(unavailable.iter().all(|guild| guild["unavailable"] == true));

        let creates = &payloads[2..];
        assert!(creates.iter().all(|create| create["t"] == "GUILD_CREATE"));
        assert!(
            creates
                .iter()
                .zip(2..)
                .all(|(create, sequence)| create["s"] == sequence)
        );
        let created: Vec<Value> = creates.iter().map(|create| create["d"].clone()).collect();
        assert_eq!(ids(&created), ids(unavailable));
        assert!(
            ids(unavailable)
                .iter()
                .all(|id| (id >> 22) % 4 == u64::from(shard))
        );
        listed.extend(ids(unavailable));
    }
    listed.sort_unstable();
    listed.dedup();
    assert_eq!(listed.len(), 100);
}

#[test]
fn guild_create_needs_the_guilds_intent() {
    let mut harness = Harness::new(builder().guilds(5));
    let client = harness.connect();
    harness.send(client, &crate::harness::identify([0, 1], 1 << 9));
    assert_eq!(harness.names(client), ["READY"]);
}
