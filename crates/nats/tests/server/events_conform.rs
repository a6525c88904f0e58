use crate::harness::{publisher, worker};
use gloaming_coordinator::{
    StreamItem,
    conformance::{self, FenceCheck, TestedEvents},
};
use gloaming_nats::{NatsEvents, Worker, WorkerConfig};
use gloaming_queue::BoxFuture;
use gloaming_test_support::nats::NatsServer;
use std::{cell::Cell, sync::Mutex, time::Duration};
use tokio::{sync, time::timeout};

/// How long a worker waits until it counts as shown that there is no other event.
const NOTHING: Duration = Duration::from_secs(2);

/// The stream of a bot on a server, with connections that were made before.
struct TestedStream {
    connections: Mutex<Vec<NatsEvents>>,
    worker: sync::Mutex<Worker>,
}

impl TestedStream {
    async fn new(server: &NatsServer, bot: &str) -> Self {
        let one = publisher(server, bot).await;
        let two = publisher(server, bot).await;
        let group = WorkerConfig::new("all").unwrap();
        Self {
            connections: Mutex::new(vec![one, two]),
            worker: sync::Mutex::new(worker(server, bot, group).await),
        }
    }
}

impl TestedEvents for TestedStream {
    type Connection = NatsEvents;

    fn connect(&self) -> NatsEvents {
        let connection = self.connections.lock().unwrap().pop();
        connection.expect("no check needs more connections")
    }

    fn take(&self) -> BoxFuture<'_, Option<StreamItem>> {
        Box::pin(async {
            let mut worker = self.worker.lock().await;
            let delivery = timeout(NOTHING, worker.next()).await.ok()?.unwrap();
            let item = delivery.item().clone();
            delivery.acknowledge().await.unwrap();
            Some(item)
        })
    }

    fn fence_check(&self) -> FenceCheck {
        FenceCheck::Worker
    }
}

#[tokio::test]
async fn events_on_nats_conform() {
    let server = NatsServer::start();
    let bots = Cell::new(0);
    conformance::check_events(async || {
        bots.set(bots.get() + 1);
        TestedStream::new(&server, &format!("bot-{}", bots.get())).await
    })
    .await;
    assert!(bots.get() > 3);
}
