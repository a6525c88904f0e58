//! A server for each test, and the nodes of a bot on it.

use bytes::Bytes;
use gloaming_coordinator::{
    AcquireOutcome, CoordinatorError, CoordinatorErrorKind, Events, Fence, JoinRequest,
    LeaseChange, LeaseWatch, Leases, MessageId, NodeId, NodeLease, NodeStatus, PublishOutcome,
    PublishedEvent, ShardLease,
    conformance::{SETTINGS, TestedEngine},
};
use gloaming_nats::{
    Delivery, EventStream, NatsConfig, NatsCoordinator, NatsEvents, Worker, WorkerConfig,
};
use gloaming_protocol::ShardId;
use gloaming_queue::BoxFuture;
use gloaming_test_support::nats::NatsServer;
use std::{sync::Mutex, time::Duration};
use tokio::time::{sleep, timeout};

/// How long a lease lasts in these tests.
pub(crate) const TTL: Duration = Duration::from_secs(3);

pub(crate) async fn connect(server: &NatsServer, bot: &str) -> NatsCoordinator {
    let config = config(server, bot);
    NatsCoordinator::connect(&config, SETTINGS).await.unwrap()
}

/// A bot on a server, with connections that were made before.
pub(crate) struct TestedBot(Mutex<Vec<NatsCoordinator>>);

impl TestedBot {
    pub(crate) const fn of(connections: Vec<NatsCoordinator>) -> Self {
        Self(Mutex::new(connections))
    }

    pub(crate) async fn new(server: &NatsServer, name: &str) -> Self {
        let mut connections = Vec::new();
        for _ in 0..3 {
            connections.push(connect(server, name).await);
        }
        Self(Mutex::new(connections))
    }
}

impl TestedEngine for TestedBot {
    type Connection = NatsCoordinator;

    fn connect(&self) -> NatsCoordinator {
        let connection = self.0.lock().unwrap().pop();
        connection.expect("no check needs more connections")
    }

    /// The leases end by the clock of the server, which can't be set.
    fn pass(&self, time: Duration) -> BoxFuture<'_, ()> {
        Box::pin(sleep(time))
    }
}

pub(crate) fn request(name: &str) -> JoinRequest {
    JoinRequest {
        node: NodeId::new(name).unwrap(),
        status: NodeStatus::Active,
        ttl: TTL,
        above: Fence::NONE,
    }
}

pub(crate) async fn join(engine: &NatsCoordinator, name: &str) -> NodeLease {
    engine.join(request(name)).await.unwrap()
}

pub(crate) async fn acquire(engine: &NatsCoordinator, node: &NodeLease) -> ShardLease {
    let acquiring = engine.acquire(ShardId::new(0, 16), node.clone(), Fence::NONE);
    match acquiring.await.unwrap() {
        AcquireOutcome::Granted(lease) => lease,
        other => panic!("the shard is free: {other:?}"),
    }
}

/// Repeats a call until the server answers, as a node does.
pub(crate) async fn answered<T>(mut call: impl AsyncFnMut() -> Result<T, CoordinatorError>) -> T {
    loop {
        match call().await {
            Ok(answer) => return answer,
            Err(error) if error.kind() == CoordinatorErrorKind::Unreachable => {
                sleep(Duration::from_millis(20)).await;
            }
            Err(error) => panic!("{error}: {:?}", std::error::Error::source(&error)),
        }
    }
}

/// Waits for the next change.
pub(crate) async fn next(watch: &mut Box<dyn LeaseWatch>) -> LeaseChange {
    watch.next().await.unwrap()
}

pub(crate) fn config(server: &NatsServer, bot: &str) -> NatsConfig {
    NatsConfig::new(&server.address(), bot).unwrap()
}

pub(crate) async fn publisher(server: &NatsServer, bot: &str) -> NatsEvents {
    publisher_to(server, bot, EventStream::new()).await
}

pub(crate) async fn publisher_to(
    server: &NatsServer,
    bot: &str,
    stream: EventStream,
) -> NatsEvents {
    let config = config(server, bot);
    NatsEvents::connect(&config, stream).await.unwrap()
}

pub(crate) async fn worker(server: &NatsServer, bot: &str, group: WorkerConfig) -> Worker {
    let config = config(server, bot);
    Worker::connect(&config, group).await.unwrap()
}

pub(crate) fn event(shard: u32, name: &str, sequence: u64) -> PublishedEvent {
    PublishedEvent {
        shard: ShardId::new(shard, 16),
        fence: Fence::new(7),
        id: MessageId {
            session: "a-session".into(),
            sequence,
        },
        name: name.into(),
        payload: Bytes::from_static(b"{}"),
    }
}

pub(crate) async fn publish(events: &NatsEvents, event: &PublishedEvent) -> PublishOutcome {
    events.publish(event.clone()).await.unwrap()
}

/// Takes the next event, which is to come at some time.
pub(crate) async fn taken(worker: &mut Worker) -> Delivery {
    let taken = timeout(Duration::from_secs(60), worker.next()).await;
    taken.expect("there is an event").unwrap()
}
