//! A shard whose queue never answers says so, and closes at once all the same.

use crate::harness::{
    consumer::{Observed, ReceiveMethod, consume},
    gateway::start_with,
};
use gloaming_queue::{BoxFuture, IdentifyQueue, Permit, Position, QueueError, WaitReason};
use gloaming_shard::{CloseFrame, Lifecycle};
use gloaming_test_support::Logs;
use std::{future::pending, time::Duration};
use tokio::time::Instant;

const MINUTE: Duration = Duration::from_secs(60);

/// A queue that waits for a service that does not answer.
#[derive(Clone, Copy)]
struct Silent(Option<Position>);

impl IdentifyQueue for Silent {
    fn acquire(&self, _shard: u32) -> BoxFuture<'_, Result<Permit, QueueError>> {
        Box::pin(pending())
    }

    fn waiting(&self, _shard: u32) -> Option<Position> {
        self.0
    }
}

#[expect(clippy::disallowed_methods, reason = "the test measures a wait")]
fn now() -> Instant {
    Instant::now()
}

const fn is_delayed(seen: &Observed) -> bool {
    matches!(seen, Observed::Lifecycle(Lifecycle::PermitDelayed { .. }))
}

#[tokio::test(start_paused = true)]
async fn silence_is_a_warning_each_minute() {
    let (logs, _guard) = Logs::capture(tracing::Level::WARN);
    let (shard, mut gateway) = start_with(|config| config.queue(Silent(None)));
    let sender = shard.sender();
    let mut consumer = consume(shard, ReceiveMethod::Items);
    let mut connection = gateway.greet().await;
    let start = now();
    assert_eq!(connection.attend(5 * MINUTE / 2).await, []);
    for _ in 0..2 {
        consumer.until(is_delayed).await;
    }
    let lines = logs.lines();
    let about_queue = |line: &&String| line.contains("does not say why");
    assert_eq!(lines.iter().filter(about_queue).count(), 2, "{lines:#?}");

    sender.close(CloseFrame::NORMAL).unwrap();
    assert_eq!(connection.left().await, Some(1000));
    let handshake = Duration::from_secs(5);
    assert_eq!(
        now() - start,
        5 * MINUTE / 2 + handshake,
        "it does not wait for the queue"
    );
}

#[tokio::test(start_paused = true)]
async fn shard_with_a_position_waits_for_its_turn() {
    let (logs, _guard) = Logs::capture(tracing::Level::WARN);
    let position = Position {
        ahead: 320,
        estimate: 28 * MINUTE,
        reason: WaitReason::Concurrency,
    };
    let (shard, mut gateway) = start_with(|config| config.queue(Silent(Some(position))));
    let mut consumer = consume(shard, ReceiveMethod::Items);
    let mut connection = gateway.greet().await;
    assert_eq!(connection.attend(5 * MINUTE / 2).await, []);
    consumer.until(is_delayed).await;
    assert_eq!(logs.lines(), [""; 0]);
}
