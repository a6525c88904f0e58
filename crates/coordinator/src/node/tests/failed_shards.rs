//! Shards that can't run in a process.

use super::*;

#[test]
fn shard_that_failed_is_released_and_left_to_others_for_a_while() {
    let mut harness = Harness::serving(OnSilence::KeepServing);
    let shard = 1;
    harness.feed(NodeInput::Failed { shard });
    // Once is enough.
    harness.feed(NodeInput::Failed { shard });
    let stop = (shard, StopKind::HandOver, NodeStopReason::Failed);
    assert_eq!(harness.stops(), [stop]);
    let checkpoint = LastCheckpoint::Stored;
    harness.feed(NodeInput::Stopped { shard, checkpoint });
    let releases = |request: &Request| matches!(request, Request::Release(_));
    harness.answer(releases, Answer::Released);
    harness.feed(NodeInput::Change(LeaseChange::Released(shard_lease(
        shard,
        &own(),
        harness.fence,
    ))));
    harness.pass(secs(25));
    assert!(!harness.has_call(acquires(shard)));
    assert!(harness.node.serving().eq([0]));

    // There is no other node.
    harness.pass(secs(10));
    harness.grant(shard);
    harness.load(LoadOutcome::Nothing);
    assert_eq!(harness.starts(), [(shard, SessionSource::Own)]);
}

#[test]
fn shard_of_another_node_can_not_fail_here() {
    let mut harness = Harness::serving(OnSilence::KeepServing);
    let other = lease("b", 7);
    harness.feed(NodeInput::Change(LeaseChange::Node(record(&other))));
    let taken = shard_lease(0, &other, harness.fence + 1);
    harness.feed(NodeInput::Change(LeaseChange::Acquired(taken)));
    let stops = harness.stops().len();
    harness.feed(NodeInput::Failed { shard: 0 });
    assert_eq!(harness.stops().len(), stops);
}

#[test]
fn node_takes_shards_after_it_has_settled_and_until_it_drains() {
    let mut harness = Harness::new(OnSilence::KeepServing);
    assert!(!harness.node.takes_shards(harness.now));
    harness.answer(|it| matches!(it, Request::Join(_)), Answer::Joined(own()));
    let view = FleetView::new([record(&own())], []);
    harness.feed(NodeInput::Change(LeaseChange::Snapshot(view)));
    harness.pass(Duration::from_millis(2_750));
    assert!(!harness.node.takes_shards(harness.now));
    harness.pass(Duration::from_millis(250));
    assert!(harness.node.takes_shards(harness.now));
    harness.feed(NodeInput::Drain);
    assert!(!harness.node.takes_shards(harness.now));
}
