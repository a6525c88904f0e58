use crate::harness::{Machine, acquire, join};
use bytes::Bytes;
use gloaming_coordinator::{
    Fence, LeaseChange, Leases as _, LoadOutcome, Sessions as _, ShardCheckpoint,
    conformance::TestedEngine as _,
};
use std::fs;

#[tokio::test]
async fn other_process_misses_nothing_and_the_file_stays_small() {
    let machine = Machine::new("rewritten");
    let writer = machine.connect().least_rewrite(4_000);
    let reader = machine.connect();
    let mut watch = reader.watch().await.unwrap();
    assert!(matches!(watch.next().await, Ok(LeaseChange::Snapshot(_))));
    let node = join(&writer, "a").await;
    assert!(matches!(watch.next().await, Ok(LeaseChange::Node(_))));
    let mut last = Fence::NONE;
    for round in 0..200_u64 {
        let lease = acquire(&writer, 3, &node).await;
        last = lease.fence;
        let checkpoint = ShardCheckpoint {
            shard: lease.shard,
            fence: lease.fence,
            body: Bytes::from(vec![0; 100]),
        };
        writer.checkpoint(vec![checkpoint.clone()]).await.unwrap();
        // The reader is behind, and finds another log now and then.
        if round % 7 == 0 {
            let loaded = reader.load(lease.shard, lease.fence).await.unwrap();
            assert_eq!(loaded, LoadOutcome::Stored(checkpoint));
        }
    }
    let mut fences = Vec::new();
    while fences.last() != Some(&last) {
        match watch.next().await.unwrap() {
            LeaseChange::Acquired(lease) => fences.push(lease.fence),
            other => panic!("nothing else has happened: {other:?}"),
        }
    }
    assert!(fences.is_sorted(), "{fences:?}");
    assert_eq!(fences.len(), 200);
    let length = fs::metadata(machine.folder.log()).unwrap().len();
    assert!(length < 10_000, "{length}");
}
