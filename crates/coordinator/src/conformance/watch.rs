//! Checks of [`LeaseWatch`].

use super::{TTL, TestedEngine, granted, join, renew};
use crate::{
    fleet_view::{FleetView, ShardHolder},
    lease::{NodeRecord, NodeStatus},
    leases::{LeaseChange, LeaseWatch, Leases},
};
use std::time::Duration;

pub(super) async fn check<E: TestedEngine>(make: &impl AsyncFn() -> E) {
    watch_begins_with_a_snapshot(&make().await).await;
    changes_of_other_nodes_arrive_in_their_order(&make().await).await;
    end_of_a_lease_arrives_by_itself(&make().await).await;
}

async fn next(watch: &mut Box<dyn LeaseWatch>) -> LeaseChange {
    watch.next().await.expect("the watch goes on")
}

async fn snapshot(watch: &mut Box<dyn LeaseWatch>) -> FleetView {
    match next(watch).await {
        LeaseChange::Snapshot(view) => view,
        other => panic!("the first change is a snapshot: {other:?}"),
    }
}

async fn watch_begins_with_a_snapshot(engine: &impl TestedEngine) {
    let connection = engine.connect();
    let mut empty = connection.watch().await.expect("a watch");
    assert_eq!(snapshot(&mut empty).await, FleetView::default());
    let node = join(&connection, "a").await;
    let lease = granted(&connection, 3, &node).await;
    let mut watch = engine.connect().watch().await.expect("a watch");
    let view = snapshot(&mut watch).await;
    assert!(view.is_alive(&node));
    assert_eq!(view.holder(3), ShardHolder::Alive(&lease));
}

async fn changes_of_other_nodes_arrive_in_their_order(engine: &impl TestedEngine) {
    let (one, two) = (engine.connect(), engine.connect());
    let mut watch = two.watch().await.expect("a watch");
    snapshot(&mut watch).await;
    let node = join(&one, "a").await;
    let record = |status| {
        let lease = node.clone();
        LeaseChange::Node(NodeRecord { lease, status })
    };
    assert_eq!(next(&mut watch).await, record(NodeStatus::Active));
    let first = granted(&one, 0, &node).await;
    let second = granted(&one, 1, &node).await;
    // A renewal alone is no change.
    renew(&one, &node).await;
    let draining = one.renew(node.clone(), NodeStatus::Draining);
    draining.await.expect("a lease can be renewed");
    one.release(first.clone()).await.expect("released");
    one.leave(node.clone()).await.expect("left");
    let expected = [
        LeaseChange::Acquired(first.clone()),
        LeaseChange::Acquired(second),
        record(NodeStatus::Draining),
        LeaseChange::Released(first),
        LeaseChange::NodeEnded(node.clone()),
    ];
    for expected in expected {
        assert_eq!(next(&mut watch).await, expected);
    }
}

async fn end_of_a_lease_arrives_by_itself(engine: &impl TestedEngine) {
    let (one, two) = (engine.connect(), engine.connect());
    let node = join(&one, "a").await;
    let mut watch = two.watch().await.expect("a watch");
    snapshot(&mut watch).await;
    engine.pass(TTL + Duration::from_secs(1)).await;
    assert_eq!(next(&mut watch).await, LeaseChange::NodeEnded(node));
}
