//! Checks of [`Leases`].

use super::{ACTIVE, TTL, TestedEngine, acquire, granted, join, join_above, renew, shard};
use crate::{
    fence::Fence,
    leases::{AcquireOutcome, Leases, RenewOutcome},
};
use std::time::Duration;

pub(super) async fn check<E: TestedEngine>(make: &impl AsyncFn() -> E) {
    shard_is_granted_to_one_node(&make().await).await;
    lease_lasts_for_its_time_after_each_renewal(&make().await).await;
    shards_of_an_ended_lease_are_free(&make().await).await;
    fences_rise_above_what_the_caller_knows(&make().await).await;
    node_that_joins_again_has_other_leases(&make().await).await;
    nothing_is_given_back_twice(&make().await).await;
}

async fn shard_is_granted_to_one_node(engine: &impl TestedEngine) {
    let (one, two) = (engine.connect(), engine.connect());
    let (a, b) = (join(&one, "a").await, join(&two, "b").await);
    let first = granted(&one, 0, &a).await;
    assert_eq!((first.shard, &first.holder), (shard(0), &a));
    let held = AcquireOutcome::Held(first.clone());
    assert_eq!(acquire(&two, 0, &b).await, held, "another node holds it");
    // A call whose answer was lost is repeated.
    let second = granted(&one, 0, &a).await;
    assert!(
        second.fence > first.fence,
        "each acquisition has a higher fence"
    );
    let other = granted(&two, 1, &b).await;
    assert_eq!(other.holder, b, "another shard is free");
}

async fn lease_lasts_for_its_time_after_each_renewal(engine: &impl TestedEngine) {
    let connection = engine.connect();
    let node = join(&connection, "a").await;
    for _ in 0..2 {
        engine.pass(TTL - Duration::from_secs(1)).await;
        let outcome = renew(&connection, &node).await;
        assert_eq!(outcome, RenewOutcome::Renewed, "its time is not over");
    }
    engine.pass(TTL + Duration::from_secs(1)).await;
    for _ in 0..2 {
        let outcome = renew(&connection, &node).await;
        assert_eq!(
            outcome,
            RenewOutcome::Ended,
            "an ended lease is not renewed"
        );
    }
    let outcome = acquire(&connection, 0, &node).await;
    assert_eq!(outcome, AcquireOutcome::NodeEnded);
}

async fn shards_of_an_ended_lease_are_free(engine: &impl TestedEngine) {
    let (one, two) = (engine.connect(), engine.connect());
    let a = join(&one, "a").await;
    let old = granted(&one, 0, &a).await;
    engine.pass(TTL + Duration::from_secs(1)).await;
    let b = join(&two, "b").await;
    let new = granted(&two, 0, &b).await;
    assert!(new.fence > old.fence);
    // What the node before gives back is not its own any more.
    one.release(old).await.expect("it does nothing");
    let c = join(&one, "c").await;
    assert_eq!(acquire(&one, 0, &c).await, AcquireOutcome::Held(new));
}

async fn fences_rise_above_what_the_caller_knows(engine: &impl TestedEngine) {
    let connection = engine.connect();
    let a = join(&connection, "a").await;
    let above = Fence::new(a.fence.get() + 1000);
    let outcome = connection.acquire(shard(0), a, above).await;
    let Ok(AcquireOutcome::Granted(lease)) = outcome else {
        panic!("the shard is free: {outcome:?}");
    };
    assert!(lease.fence > above);
    let above = Fence::new(lease.fence.get() + 1000);
    let again = join_above(&connection, "a", above).await;
    assert!(again.fence > above);
    let next = granted(&connection, 0, &again).await;
    assert!(next.fence > lease.fence);
}

async fn node_that_joins_again_has_other_leases(engine: &impl TestedEngine) {
    let connection = engine.connect();
    let first = join(&connection, "a").await;
    granted(&connection, 0, &first).await;
    let second = join(&connection, "a").await;
    assert!(second.fence > first.fence);
    assert_eq!(renew(&connection, &first).await, RenewOutcome::Ended);
    let outcome = acquire(&connection, 1, &first).await;
    assert_eq!(outcome, AcquireOutcome::NodeEnded);
    let b = join(&connection, "b").await;
    // The shard was that of the first lease.
    granted(&connection, 0, &b).await;
}

async fn nothing_is_given_back_twice(engine: &impl TestedEngine) {
    let connection = engine.connect();
    let (a, b) = (join(&connection, "a").await, join(&connection, "b").await);
    let lease = granted(&connection, 0, &a).await;
    for _ in 0..2 {
        connection.release(lease.clone()).await.expect("released");
    }
    let next = granted(&connection, 0, &b).await;
    connection.release(lease).await.expect("it does nothing");
    assert_eq!(
        acquire(&connection, 0, &a).await,
        AcquireOutcome::Held(next)
    );
    for _ in 0..2 {
        connection.leave(b.clone()).await.expect("left");
    }
    let renewal = connection.renew(b, ACTIVE).await;
    assert!(matches!(renewal, Ok(RenewOutcome::Ended)), "{renewal:?}");
    granted(&connection, 0, &a).await;
}
