//! RESUME needs neither the identify queue nor the session store.

use crate::{
    gateway::{SESSION, resumed},
    harness::{Answer, TestStore, harness_with},
};
use gloaming_cluster::{Checkpoint, ClusterBuilder};
use gloaming_protocol::ShardId;
use gloaming_queue::{BoxFuture, IdentifyQueue, InMemoryQueue, Permit, QueueError, QueueSettings};
use gloaming_shard::Session;
use std::future::pending;

/// A queue that waits for a service that does not answer.
struct Silent;

impl IdentifyQueue for Silent {
    fn acquire(&self, _: u32) -> BoxFuture<'_, Result<Permit, QueueError>> {
        Box::pin(pending())
    }
}

/// A queue whose identifies of the day are used up.
fn exhausted() -> InMemoryQueue {
    InMemoryQueue::with_settings(QueueSettings {
        remaining: 0,
        ..QueueSettings::default()
    })
}

async fn two_shards_resume(change: impl FnOnce(ClusterBuilder) -> ClusterBuilder) {
    let session = |shard| {
        let session = Session::new(7, SESSION.to_owned());
        Checkpoint::new(ShardId::new(shard, 2), session)
    };
    let store = TestStore::with(vec![session(0), session(1)]).await;
    let mut harness = harness_with(2, |it| change(it.session_store(store.clone()))).await;
    store.answer(Answer::Never);
    harness.cluster.pause_identifying();
    harness.cluster.up().await;
    for gateway in &mut harness.gateways {
        let mut connection = gateway.resuming(7).await;
        connection.send(&resumed(8)).await;
        connection.close(4000).await;
        connection.left().await;
        drop(connection);
        gateway.resuming(8).await;
    }
}

#[tokio::test(start_paused = true)]
async fn silent_queue_and_hanging_store_delay_no_resume() {
    two_shards_resume(|cluster| cluster.queue(Silent)).await;
}

#[tokio::test(start_paused = true)]
async fn used_up_identifies_delay_no_resume() {
    two_shards_resume(|cluster| cluster.queue(exhausted())).await;
}
