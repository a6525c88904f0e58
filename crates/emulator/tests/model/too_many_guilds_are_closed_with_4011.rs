use crate::stage::{Stage, builder, identify};

/// P35: at most 2500 guilds per shard.
#[test]
fn too_many_guilds_are_closed_with_4011() {
    let mut stage = Stage::new(builder().guilds(2501));
    let client = stage.connect();
    stage.send(client, &identify([0, 1], 0));
    stage.assert_refused(client, "P35", 4011);

    let mut stage = Stage::new(builder().guilds(2500));
    let client = stage.connect();
    stage.send(client, &identify([0, 1], 0));
    assert_eq!(stage.names(client), ["READY"]);
}

#[test]
fn more_shards_make_room() {
    let mut stage = Stage::new(builder().guilds(6).shards(2).max_guilds_per_shard(3));
    let client = stage.connect();
    stage.send(client, &identify([1, 2], 0));
    assert_eq!(stage.names(client), ["READY"]);
}
