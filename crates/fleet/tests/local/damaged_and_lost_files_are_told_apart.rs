use crate::harness::{Machine, acquire, join};
use bytes::Bytes;
use gloaming_coordinator::{
    AcquireOutcome, CoordinatorErrorKind, Fence, FleetView, LeaseChange, Leases as _, NodeStatus,
    RenewOutcome, Sessions as _, ShardCheckpoint, conformance::TestedEngine as _,
};
use gloaming_protocol::ShardId;
use std::{error::Error as _, fs};

async fn stored(machine: &Machine) {
    let engine = machine.connect();
    for fence in 1..4 {
        let checkpoint = ShardCheckpoint {
            shard: ShardId::new(0, 16),
            fence: Fence::new(fence),
            body: Bytes::from_static(b"body"),
        };
        engine.checkpoint(vec![checkpoint]).await.unwrap();
    }
}

#[tokio::test]
async fn damage_is_an_error_that_names_the_file() {
    let machine = Machine::new("damage");
    stored(&machine).await;
    let engine = machine.connect();
    let whole = fs::read(machine.folder.log()).unwrap();
    for at in [0, 12, 50, 90] {
        let mut damaged = whole.clone();
        damaged[at] ^= 1;
        fs::write(machine.folder.log(), &damaged).unwrap();
        let error = machine.open().unwrap_err();
        assert_ne!(error.kind(), CoordinatorErrorKind::Unreachable, "byte {at}");
        let cause = error.source().unwrap().to_string();
        assert!(cause.contains("fleet.log"), "{cause}");
        let found = fs::read(machine.folder.log()).unwrap();
        assert_eq!(found, damaged, "nothing is overwritten");
    }
    fs::write(machine.folder.log(), &whole[..60]).unwrap();
    let error = engine.load(ShardId::new(0, 16), Fence::new(9)).await;
    assert_eq!(error.unwrap_err().kind(), CoordinatorErrorKind::Damaged);
}

#[tokio::test]
async fn unfinished_call_of_a_killed_process_is_dropped() {
    let machine = Machine::new("unfinished");
    stored(&machine).await;
    let mut log = fs::read(machine.folder.log()).unwrap();
    log.extend(b"\xF1GLF and the beginning of a frame");
    fs::write(machine.folder.log(), &log).unwrap();
    let (one, two) = (machine.connect(), machine.connect());
    let node = join(&one, "a").await;
    let renewal = two.renew(node, NodeStatus::Active).await;
    assert_eq!(renewal.unwrap(), RenewOutcome::Renewed);
}

#[tokio::test]
async fn log_that_is_deleted_begins_anew_and_fences_rise_on() {
    let machine = Machine::new("deleted");
    let engine = machine.connect();
    let node = join(&engine, "a").await;
    let lease = acquire(&engine, 0, &node).await;
    let mut watch = engine.watch().await.unwrap();
    assert!(matches!(watch.next().await, Ok(LeaseChange::Snapshot(_))));
    fs::remove_file(machine.folder.log()).unwrap();
    let change = watch.next().await.unwrap();
    assert_eq!(change, LeaseChange::Snapshot(FleetView::default()));
    let renewal = engine.renew(node, NodeStatus::Active).await;
    assert_eq!(renewal.unwrap(), RenewOutcome::Ended);
    let again = join(&engine, "a").await;
    let outcome = engine.acquire(lease.shard, again, lease.fence).await;
    let AcquireOutcome::Granted(next) = outcome.unwrap() else {
        panic!("it is free");
    };
    assert!(next.fence > lease.fence);
}
