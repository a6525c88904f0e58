//! The engine forgets a lease, grants the shard again, and is silent before the node has read the last checkpoint.

use super::*;

#[test]
fn connection_that_ends_before_the_checkpoint_is_read_was_ended_by_another_node() {
    let mut harness = Harness::serving(OnSilence::KeepServing);
    harness.feed(NodeInput::Change(LeaseChange::Snapshot(
        FleetView::default(),
    )));
    let renews = |it: &Request| matches!(it, Request::Renew { .. });
    harness.answer(renews, Answer::Renewed(RenewOutcome::Ended));
    let joins = |it: &Request| matches!(it, Request::Join(_));
    harness.answer(joins, Answer::Joined(lease("a", 9)));
    harness.grant(0);
    assert_eq!(harness.stops(), []);

    // The lease is held: the node resumes by itself.
    harness.feed(NodeInput::ConnectionEnded { shard: 0 });
    assert_eq!(harness.stops(), []);
    harness.pass_in_silence(secs(10));
    assert_eq!(harness.stops(), []);
    harness.feed(NodeInput::ConnectionEnded { shard: 0 });
    let reason = NodeStopReason::ConnectionLostInSilence;
    assert_eq!(harness.stops(), [(0, StopKind::AtOnce, reason)]);
    assert_eq!(harness.starts(), []);

    // The driver has stopped it, and reports no other end.
    harness.outputs.clear();
    harness.feed(NodeInput::ConnectionEnded { shard: 0 });
    assert_eq!(harness.stops(), []);
}
