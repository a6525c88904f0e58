//! A shard with more than 2500 guilds is closed with 4011 (P35).

use crate::harness::{Harness, builder, identify};

/// P35: at most 2500 guilds per shard.
#[test]
fn too_many_guilds_are_closed_with_4011() {
    let mut harness = Harness::new(builder().guilds(2501));
    let client = harness.connect();
    harness.send(client, &identify([0, 1], 0));
    harness.assert_refused(client, "P35", 4011);

    let mut harness = Harness::new(builder().guilds(2500));
    let client = harness.connect();
    harness.send(client, &identify([0, 1], 0));
    assert_eq!(harness.names(client), ["READY"]);
}

#[test]
fn more_shards_have_fewer_guilds_each() {
    let mut harness = Harness::new(builder().guilds(6).shards(2).max_guilds_per_shard(3));
    let client = harness.connect();
    harness.send(client, &identify([1, 2], 0));
    assert_eq!(harness.names(client), ["READY"]);
}
