//! The server leaves a marker in place of a key that has ended or was deleted. A lease that takes its place has an end, too.

use crate::harness::{TTL, connect, join, next};
use gloaming_coordinator::{LeaseChange, Leases};
use gloaming_test_support::nats::NatsServer;

#[tokio::test]
async fn lease_in_place_of_an_ended_one_ends_by_itself() {
    let server = NatsServer::start();
    let engine = connect(&server, "bot").await;
    let mut watch = engine.watch().await.unwrap();
    next(&mut watch).await;
    let mut last = None;
    for round in 0..3 {
        let lease = join(&engine, "a").await;
        assert!(last < Some(lease.fence), "fences rise");
        last = Some(lease.fence);
        let joined = next(&mut watch).await;
        assert!(matches!(joined, LeaseChange::Node(it) if it.lease == lease));
        if round == 1 {
            engine.leave(lease.clone()).await.unwrap();
        }
        let ended = tokio::time::timeout(TTL * 4, next(&mut watch)).await;
        let ended = ended.expect("the lease has an end");
        assert_eq!(ended, LeaseChange::NodeEnded(lease));
    }
}
