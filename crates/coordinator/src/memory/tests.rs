use super::*;
use crate::{
    AcquireOutcome, Budget, CoordinatorErrorKind, Events, Fence, FleetView, JoinRequest,
    LeaseChange, Leases, MessageId, NodeId, NodeLease, NodeStatus, PermitOutcome, PublishOutcome,
    PublishedEvent, RenewOutcome, Sessions, ShardHolder, conformance,
};
use gloaming_protocol::ShardId;
use gloaming_queue::WaitReason;
use std::{
    pin::pin,
    task::{Context, Poll, Waker},
};

const TTL: Duration = Duration::from_secs(9);
const ACTIVE: NodeStatus = NodeStatus::Active;

fn poll<T>(future: impl Future<Output = T>) -> Poll<T> {
    pin!(future).poll(&mut Context::from_waker(Waker::noop()))
}

fn ready<T>(future: impl Future<Output = T>) -> T {
    match poll(future) {
        Poll::Ready(value) => value,
        Poll::Pending => panic!("the coordinator waits"),
    }
}

fn coordinator() -> MemoryCoordinator {
    MemoryCoordinator::with_set_clock(QueueSettings::default())
}

fn join(connection: &MemoryConnection, name: &str) -> NodeLease {
    let request = JoinRequest {
        node: NodeId::new(name).unwrap(),
        status: ACTIVE,
        ttl: TTL,
        above: Fence::NONE,
    };
    ready(connection.join(request)).unwrap()
}

fn acquire(connection: &MemoryConnection, node: &NodeLease, above: u64) -> AcquireOutcome {
    let acquiring = connection.acquire(ShardId::ONE, node.clone(), Fence::new(above));
    ready(acquiring).unwrap()
}

fn event(fence: u64, sequence: u64) -> PublishedEvent {
    PublishedEvent {
        shard: ShardId::ONE,
        fence: Fence::new(fence),
        id: MessageId {
            session: "d8c3b5".into(),
            sequence,
        },
        name: "MESSAGE_CREATE".into(),
        payload: bytes::Bytes::from_static(b"{}"),
    }
}

fn seconds(number: u64) -> Duration {
    Duration::from_secs(number)
}

#[test]
fn shard_is_granted_to_one_node_until_its_lease_ends() {
    let coordinator = coordinator();
    let connection = coordinator.connect();
    let (a, b) = (join(&connection, "a"), join(&connection, "b"));
    let AcquireOutcome::Granted(first) = acquire(&connection, &a, 0) else {
        panic!("the shard is free");
    };
    assert_eq!(
        acquire(&connection, &b, 0),
        AcquireOutcome::Held(first.clone())
    );
    // The same node gets it again, with a higher fence.
    let AcquireOutcome::Granted(second) = acquire(&connection, &a, 0) else {
        panic!("its own shard");
    };
    assert!(second.fence > first.fence);

    coordinator.set_time(seconds(8));
    assert_eq!(
        ready(connection.renew(b.clone(), ACTIVE)).unwrap(),
        RenewOutcome::Renewed
    );
    coordinator.set_time(TTL);
    assert_eq!(
        ready(connection.renew(a.clone(), ACTIVE)).unwrap(),
        RenewOutcome::Ended
    );
    assert_eq!(acquire(&connection, &a, 0), AcquireOutcome::NodeEnded);
    let AcquireOutcome::Granted(third) = acquire(&connection, &b, 0) else {
        panic!("the holder is gone");
    };
    assert!(third.fence > second.fence);

    // What the node before gives back is not its own any more.
    ready(connection.release(second)).unwrap();
    let again = join(&connection, "a");
    assert_eq!(
        acquire(&connection, &again, 0),
        AcquireOutcome::Held(third.clone())
    );
    ready(connection.release(third)).unwrap();
    assert!(matches!(
        acquire(&connection, &again, 0),
        AcquireOutcome::Granted(_)
    ));
    ready(connection.leave(again.clone())).unwrap();
    assert!(matches!(
        acquire(&connection, &b, 0),
        AcquireOutcome::Granted(_)
    ));
}

#[test]
fn fences_rise_also_above_what_the_engine_has_forgotten() {
    let coordinator = coordinator();
    let connection = coordinator.connect();
    let node = join(&connection, "a");
    coordinator.set_time(seconds(3));
    let AcquireOutcome::Granted(lease) = acquire(&connection, &node, 0) else {
        panic!("the shard is free");
    };
    coordinator.set_time(seconds(4));
    coordinator.forget_last(seconds(2));
    assert_eq!(
        ready(connection.renew(node.clone(), ACTIVE)).unwrap(),
        RenewOutcome::Renewed
    );
    let above = lease.fence.get() + 10;
    let AcquireOutcome::Granted(lease) = acquire(&connection, &node, above) else {
        panic!("the shard is free");
    };
    assert_eq!(lease.fence.get(), above + 1);
    coordinator.set_time(seconds(5));
    coordinator.forget_last(seconds(60));
    assert_eq!(
        ready(connection.renew(node, ACTIVE)).unwrap(),
        RenewOutcome::Ended
    );
}

#[test]
fn watch_begins_with_a_snapshot_and_again_after_an_interruption() {
    let coordinator = coordinator();
    let (connection, other) = (coordinator.connect(), coordinator.connect());
    let node = join(&connection, "a");
    let mut watch = ready(connection.watch()).unwrap();
    let LeaseChange::Snapshot(view) = ready(watch.next()).unwrap() else {
        panic!("the first change is a snapshot");
    };
    assert!(view.is_alive(&node));
    assert!(poll(watch.next()).is_pending());

    let AcquireOutcome::Granted(lease) = acquire(&other, &node, 0) else {
        panic!("the shard is free");
    };
    assert_eq!(
        ready(watch.next()).unwrap(),
        LeaseChange::Acquired(lease.clone())
    );
    // A renewal alone is no change.
    ready(connection.renew(node.clone(), ACTIVE)).unwrap();
    assert!(poll(watch.next()).is_pending());
    ready(connection.renew(node.clone(), NodeStatus::Draining)).unwrap();
    assert!(matches!(ready(watch.next()).unwrap(), LeaseChange::Node(_)));

    connection.set_partitioned(true);
    ready(other.release(lease)).unwrap();
    assert!(poll(watch.next()).is_pending());
    let error = ready(connection.renew(node.clone(), ACTIVE)).unwrap_err();
    assert_eq!(error.kind(), CoordinatorErrorKind::Unreachable);
    connection.set_partitioned(false);
    let LeaseChange::Snapshot(view) = ready(watch.next()).unwrap() else {
        panic!("it goes on with a snapshot");
    };
    assert_eq!(view.holder(0), ShardHolder::Free);

    coordinator.stop();
    assert!(ready(other.permit(0)).is_err());
    coordinator.set_time(TTL);
    coordinator.start();
    coordinator.end_leases();
    assert_eq!(
        ready(watch.next()).unwrap(),
        LeaseChange::Snapshot(FleetView::default())
    );
}

#[test]
fn watch_that_is_not_asked_holds_a_bounded_number_of_changes() {
    let coordinator = coordinator();
    let connection = coordinator.connect();
    let mut watch = ready(connection.watch()).unwrap();
    ready(watch.next()).unwrap();
    let node = join(&connection, "a");
    for _ in 0..5000 {
        acquire(&connection, &node, 0);
    }
    assert!(matches!(
        ready(watch.next()).unwrap(),
        LeaseChange::Snapshot(_)
    ));
    assert!(poll(watch.next()).is_pending());
}

#[test]
fn call_takes_effect_after_its_latency() {
    let coordinator = coordinator();
    let connection = coordinator.connect();
    let node = join(&connection, "a");
    connection.set_latency(Duration::from_millis(200));
    let mut renewal = pin!(connection.renew(node.clone(), ACTIVE));
    let mut context = Context::from_waker(Waker::noop());
    assert!(renewal.as_mut().poll(&mut context).is_pending());
    coordinator.set_time(Duration::from_millis(199));
    assert!(renewal.as_mut().poll(&mut context).is_pending());
    coordinator.set_time(Duration::from_millis(200));
    assert!(renewal.as_mut().poll(&mut context).is_ready());
}

#[test]
fn identifies_of_all_nodes_keep_the_spacing_and_the_reserve() {
    let settings = QueueSettings {
        remaining: 4,
        total: 10,
        reserve: 2,
        ..QueueSettings::default()
    };
    let coordinator = MemoryCoordinator::with_set_clock(settings);
    let (a, b) = (coordinator.connect(), coordinator.connect());
    let PermitOutcome::Granted(permit) = ready(a.permit(0)).unwrap() else {
        panic!("it is the first");
    };
    assert!(matches!(
        ready(b.permit(1)).unwrap(),
        PermitOutcome::Refused {
            reason: WaitReason::Concurrency,
            ..
        }
    ));
    ready(a.give_back(permit)).unwrap();
    let PermitOutcome::Granted(permit) = ready(b.permit(1)).unwrap() else {
        panic!("it was given back");
    };
    coordinator.set_time(seconds(1));
    ready(b.sent(permit, seconds(1))).unwrap();
    let PermitOutcome::Refused { retry_after, .. } = ready(a.permit(0)).unwrap() else {
        panic!("it is too soon");
    };
    let spacing = gloaming_queue::IDENTIFY_SPACING - seconds(1);
    let most = spacing + Duration::from_millis(50);
    assert!((spacing..most).contains(&retry_after), "{retry_after:?}");
    coordinator.set_time(seconds(6));
    assert!(matches!(
        ready(a.permit(0)).unwrap(),
        PermitOutcome::Granted(_)
    ));
    coordinator.set_time(seconds(200));
    let PermitOutcome::Refused {
        reason,
        retry_after,
    } = ready(a.permit(0)).unwrap()
    else {
        panic!("two are the reserve");
    };
    assert_eq!(reason, WaitReason::Budget);
    assert!(retry_after > seconds(3600), "{retry_after:?}");
}

#[test]
fn identify_that_the_engine_has_forgotten_is_recorded_anew() {
    let coordinator = coordinator();
    let connection = coordinator.connect();
    coordinator.set_time(seconds(10));
    let PermitOutcome::Granted(permit) = ready(connection.permit(0)).unwrap() else {
        panic!("it is the first");
    };
    coordinator.set_time(seconds(11));
    coordinator.forget_last(seconds(5));
    ready(connection.sent(permit, Duration::ZERO)).unwrap();
    assert!(matches!(
        ready(connection.permit(1)).unwrap(),
        PermitOutcome::Refused {
            reason: WaitReason::Concurrency,
            ..
        }
    ));
}

#[test]
fn events_are_delivered_once_and_not_from_an_earlier_owner() {
    let coordinator = coordinator();
    let connection = coordinator.connect();
    let publish = |fence, sequence| ready(connection.publish(event(fence, sequence))).unwrap();
    assert_eq!(publish(1, 7), PublishOutcome::Accepted { position: 1 });
    // The next owner publishes what is replayed.
    assert_eq!(publish(2, 7), PublishOutcome::Duplicate);
    assert_eq!(publish(2, 8), PublishOutcome::Accepted { position: 2 });
    let by = Fence::new(2);
    assert_eq!(publish(1, 9), PublishOutcome::Fenced { by });
    let taken: Vec<_> = std::iter::from_fn(|| coordinator.take_event()).collect();
    let expected = [event(1, 7), event(2, 8)].map(crate::StreamItem::Event);
    assert_eq!(taken, expected);
    // After the window, an id is not known any more.
    coordinator.set_time(seconds(121));
    assert_eq!(publish(2, 7), PublishOutcome::Accepted { position: 3 });
}

#[test]
fn events_that_nobody_takes_are_bounded() {
    let coordinator = coordinator();
    let connection = coordinator.connect();
    for sequence in 0..super::event_log::MAX_WAITING as u64 {
        ready(connection.publish(event(1, sequence))).unwrap();
    }
    let error = ready(connection.publish(event(1, u64::MAX))).unwrap_err();
    assert_eq!(error.kind(), CoordinatorErrorKind::Full);
    assert!(coordinator.take_event().is_some());
    ready(connection.publish(event(1, u64::MAX))).unwrap();
}

#[test]
fn checkpoint_that_is_too_large_is_an_error_of_the_caller() {
    let coordinator = coordinator();
    let checkpoint = crate::ShardCheckpoint {
        shard: ShardId::ONE,
        fence: Fence::new(1),
        body: vec![0; 8 * 1024 * 1024 + 1].into(),
    };
    let error = ready(coordinator.connect().checkpoint(vec![checkpoint])).unwrap_err();
    assert_eq!(error.kind(), CoordinatorErrorKind::TooLarge);
}

#[test]
fn clock_of_the_system_runs_by_itself() {
    let coordinator = MemoryCoordinator::new(QueueSettings::default());
    let connection = coordinator.connect();
    connection.set_latency(seconds(5));
    let node = join(&connection, "a");
    coordinator.set_time(TTL);
    coordinator.forget_last(TTL);
    assert_eq!(
        ready(connection.renew(node, ACTIVE)).unwrap(),
        RenewOutcome::Renewed
    );
}

struct Tested {
    coordinator: MemoryCoordinator,
    time: Mutex<Duration>,
}

impl conformance::TestedEngine for Tested {
    type Connection = MemoryConnection;

    fn connect(&self) -> MemoryConnection {
        self.coordinator.connect()
    }

    fn pass(&self, time: Duration) -> gloaming_queue::BoxFuture<'_, ()> {
        let mut now = self.time.lock().unwrap();
        *now += time;
        self.coordinator.set_time(*now);
        self.coordinator.end_leases();
        Box::pin(std::future::ready(()))
    }
}

#[test]
fn engine_in_memory_conforms() {
    ready(conformance::check(async || Tested {
        coordinator: MemoryCoordinator::with_set_clock(conformance::SETTINGS),
        time: Mutex::default(),
    }));
}

impl conformance::TestedEvents for Tested {
    type Connection = MemoryConnection;

    fn connect(&self) -> MemoryConnection {
        self.coordinator.connect()
    }

    fn take(&self) -> gloaming_queue::BoxFuture<'_, Option<crate::StreamItem>> {
        Box::pin(std::future::ready(self.coordinator.take_event()))
    }

    fn fence_check(&self) -> conformance::FenceCheck {
        conformance::FenceCheck::Engine
    }
}

#[test]
fn events_in_memory_conform() {
    ready(conformance::check_events(async || Tested {
        coordinator: MemoryCoordinator::with_set_clock(conformance::SETTINGS),
        time: Mutex::default(),
    }));
}
