//! A server for each test, and the nodes of a bot on it.

use gloaming_coordinator::{
    AcquireOutcome, CoordinatorError, CoordinatorErrorKind, Fence, FleetView, JoinRequest,
    LeaseChange, LeaseWatch, Leases, NodeId, NodeLease, NodeStatus, ShardLease,
    conformance::{SETTINGS, TestedEngine},
};
use gloaming_protocol::ShardId;
use gloaming_queue::BoxFuture;
use gloaming_redis::{RedisConfig, RedisCoordinator, RedisError};
use gloaming_test_support::redis::RedisServer;
use std::{sync::Mutex, time::Duration};
use tokio::time::sleep;

/// How long a lease lasts in these tests.
pub(crate) const TTL: Duration = Duration::from_secs(3);

pub(crate) fn config(server: &RedisServer, bot: &str) -> RedisConfig {
    RedisConfig::new(&server.address(), bot).unwrap()
}

pub(crate) async fn connect(server: &RedisServer, bot: &str) -> RedisCoordinator {
    let config = config(server, bot);
    RedisCoordinator::connect(&config, SETTINGS).await.unwrap()
}

/// A bot on a server, with connections that were made before.
pub(crate) struct TestedBot(Mutex<Vec<RedisCoordinator>>);

impl TestedBot {
    pub(crate) async fn new(server: &RedisServer, name: &str) -> Self {
        let mut connections = Vec::new();
        for _ in 0..3 {
            connections.push(connect(server, name).await);
        }
        Self(Mutex::new(connections))
    }
}

impl TestedEngine for TestedBot {
    type Connection = RedisCoordinator;

    fn connect(&self) -> RedisCoordinator {
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

pub(crate) async fn join(engine: &RedisCoordinator, name: &str) -> NodeLease {
    engine.join(request(name)).await.unwrap()
}

pub(crate) async fn acquire(engine: &RedisCoordinator, node: &NodeLease) -> ShardLease {
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

/// Sends a command to the server, as an operator does.
pub(crate) async fn command(server: &RedisServer, words: &[&str]) -> redis::Value {
    let client = redis::Client::open(server.address()).unwrap();
    let mut connection = client.get_multiplexed_async_connection().await.unwrap();
    let mut command = redis::cmd(words[0]);
    for word in &words[1..] {
        command.arg(*word);
    }
    command.query_async(&mut connection).await.unwrap()
}

/// Returns the error of the engine itself, which the error of a trait has as its source.
pub(crate) fn source(error: &CoordinatorError) -> &RedisError {
    let source = std::error::Error::source(error).expect("the engine has an error");
    source.downcast_ref().expect("it is one of Redis")
}

/// Follows a watch until it has told of the lease of a shard, and returns what is known then.
pub(crate) async fn view_with(watch: &mut Box<dyn LeaseWatch>, lease: &ShardLease) -> FleetView {
    let mut view = FleetView::default();
    while !view.shards().any(|known| known == lease) {
        view.apply(next(watch).await);
    }
    view
}
