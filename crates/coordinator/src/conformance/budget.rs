//! Checks of [`Budget`].

use super::TestedEngine;
use crate::budget::{Budget, IdentifyPermit, PermitOutcome};
use gloaming_queue::{IDENTIFY_SPACING, WaitReason};
use std::time::Duration;

/// The same limits for all connections: the spacing, and the day without its reserve.
pub(super) async fn check(engine: &impl TestedEngine) {
    let (one, two) = (engine.connect(), engine.connect());
    let unused = granted(&one, 0).await;
    refused(&two, 1, WaitReason::Concurrency).await;
    two.give_back(unused)
        .await
        .expect("a permit can be given back");

    let first = granted(&two, 1).await;
    for _ in 0..2 {
        // A report whose answer was lost is repeated.
        two.sent(first, Duration::ZERO).await.expect("a report");
    }
    let wait = refused(&one, 0, WaitReason::Concurrency).await;
    assert!(
        wait <= IDENTIFY_SPACING + Duration::from_secs(1),
        "{wait:?}"
    );
    assert!(wait > Duration::from_secs(3), "{wait:?}");
    engine
        .pass(IDENTIFY_SPACING + Duration::from_millis(100))
        .await;

    let second = granted(&one, 0).await;
    one.sent(second, Duration::from_millis(500))
        .await
        .expect("a report");
    engine.pass(IDENTIFY_SPACING).await;
    let third = granted(&two, 2).await;
    two.sent(third, Duration::ZERO).await.expect("a report");
    engine
        .pass(IDENTIFY_SPACING + Duration::from_millis(100))
        .await;
    let wait = refused(&one, 3, WaitReason::Budget).await;
    assert!(wait > Duration::from_secs(3600), "{wait:?}");
}

async fn granted(budget: &impl Budget, shard: u32) -> IdentifyPermit {
    match budget.permit(shard).await.expect("an answer") {
        PermitOutcome::Granted(permit) => permit,
        other => panic!("shard {shard} may identify: {other:?}"),
    }
}

async fn refused(budget: &impl Budget, shard: u32, expected: WaitReason) -> Duration {
    match budget.permit(shard).await.expect("an answer") {
        PermitOutcome::Refused {
            reason,
            retry_after,
        } => {
            assert_eq!(reason, expected);
            retry_after
        }
        PermitOutcome::Granted(permit) => panic!("shard {shard} may not identify: {permit:?}"),
    }
}
