use crate::stage::{Stage, builder, identify};

#[test]
fn a_number_that_is_not_below_the_count() {
    for shard in [[1, 1], [7, 4], [0, 0]] {
        let mut stage = Stage::new(builder());
        let client = stage.connect();
        stage.send(client, &identify(shard, 0));
        stage.assert_refused(client, "P10", 4010);
    }
}

/// P36: large bots need a multiple of the number that Discord gives.
#[test]
fn a_count_that_is_no_multiple_of_the_required_one() {
    let mut stage = Stage::new(builder().required_shard_multiple(16));
    let client = stage.connect();
    stage.send(client, &identify([0, 24], 0));
    stage.assert_refused(client, "P36", 4010);
    let client = stage.connect();
    stage.send(client, &identify([0, 32], 0));
    assert_eq!(stage.names(client), ["READY"]);
}
