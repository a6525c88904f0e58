//! An invalid shard number or count is closed with 4010 (P10, P36).

use crate::harness::{Harness, builder, identify};

#[test]
fn shard_number_not_below_the_count_is_closed_with_4010() {
    for shard in [[1, 1], [7, 4], [0, 0]] {
        let mut harness = Harness::new(builder());
        let client = harness.connect();
        harness.send(client, &identify(shard, 0));
        harness.assert_refused(client, "P10", 4010);
    }
}

/// P36: a large bot needs a multiple of Discord's number.
#[test]
fn shard_count_must_be_a_multiple_of_the_required_one() {
    let mut harness = Harness::new(builder().required_shard_multiple(16));
    let client = harness.connect();
    harness.send(client, &identify([0, 24], 0));
    harness.assert_refused(client, "P36", 4010);
    let client = harness.connect();
    harness.send(client, &identify([0, 32], 0));
    assert_eq!(harness.names(client), ["READY"]);
}
