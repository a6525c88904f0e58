//! Nodes that have just joined take no shards.

use super::*;

#[test]
fn shard_is_given_to_a_node_that_takes_it_at_once() {
    let mut harness = Harness::serving(OnSilence::KeepServing);
    harness.pass(secs(60));
    harness.feed(NodeInput::Change(LeaseChange::Node(record(&lease("b", 2)))));
    harness.pass(Duration::from_millis(3_250));
    assert_eq!(harness.stops(), []);
    harness.pass(secs(2));
    let stop = (1, StopKind::HandOver, NodeStopReason::Moving);
    assert_eq!(harness.stops(), [stop]);
}

#[test]
fn renewals_of_known_nodes_delay_no_move() {
    let mut harness = Harness::serving(OnSilence::KeepServing);
    let joined = || NodeInput::Change(LeaseChange::Node(record(&lease("b", 2))));
    harness.feed(joined());
    harness.pass(secs(29));
    harness.feed(joined());
    harness.pass(secs(3));
    assert_eq!(harness.stops().len(), 1);
}
