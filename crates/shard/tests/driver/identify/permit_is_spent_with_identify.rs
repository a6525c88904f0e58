//! A permit is spent when the transport accepts IDENTIFY, is released otherwise, and is not needed to resume
//! (P11).

use crate::harness::{
    consumer::{Consumer, FailureKind, Observed, ReceiveMethod, consume, failure_kinds},
    gated_connector::SendGate,
    gateway::{Action, Connection, Gateway, INTERVAL, TOKEN, listen, start_with},
};
use gloaming_queue::{BoxFuture, IdentifyQueue, Permit, PermitGuard, QueueError, QueueErrorKind};
use gloaming_shard::{CloseFrame, Compression, ConfigBuilder, Intents, Lifecycle, Shard, ShardId};
use std::{
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering::SeqCst},
    },
    time::Duration,
};
use tokio::{sync::Semaphore, task::yield_now};

/// A queue that grants permits on demand, and counts them.
#[derive(Clone, Debug)]
struct Counting(Arc<Counts>);

#[derive(Debug)]
struct Counts {
    grants: Semaphore,
    requested: AtomicU32,
    spent: AtomicU32,
    released: AtomicU32,
}

impl Counting {
    fn granting(permits: usize) -> Self {
        Self(Arc::new(Counts {
            grants: Semaphore::new(permits),
            requested: AtomicU32::new(0),
            spent: AtomicU32::new(0),
            released: AtomicU32::new(0),
        }))
    }

    fn grant(&self) {
        self.0.grants.add_permits(1);
    }

    /// The numbers of permits requested, spent and released.
    fn counts(&self) -> [u32; 3] {
        [&self.0.requested, &self.0.spent, &self.0.released].map(|count| count.load(SeqCst))
    }

    /// The number of grants not taken.
    fn left(&self) -> usize {
        self.0.grants.available_permits()
    }
}

impl IdentifyQueue for Counting {
    fn acquire(&self, shard: u32) -> BoxFuture<'_, Result<Permit, QueueError>> {
        assert_eq!(shard, ShardId::ONE.number());
        let counts = Arc::clone(&self.0);
        Box::pin(async move {
            counts.requested.fetch_add(1, SeqCst);
            counts.grants.acquire().await.unwrap().forget();
            Ok(Permit::new(Guard(counts)))
        })
    }
}

struct Guard(Arc<Counts>);

impl PermitGuard for Guard {
    fn spend(self: Box<Self>) {
        self.0.spent.fetch_add(1, SeqCst);
    }

    fn release(self: Box<Self>) {
        self.0.released.fetch_add(1, SeqCst);
    }
}

fn start(queue: &Counting) -> (Consumer, Gateway) {
    let (shard, gateway) = start_with(|config| config.queue(queue.clone()));
    (consume(shard, ReceiveMethod::Items), gateway)
}

/// Like `start`, with a transport that can be blocked.
fn start_behind(gate: &SendGate, queue: &Counting) -> (Consumer, Gateway) {
    let (connector, gateway) = listen();
    let config = ConfigBuilder::new(TOKEN.to_owned(), Intents::GUILDS)
        .compression(Compression::None)
        .connector(gate.before(connector))
        .queue(queue.clone());
    let shard = Shard::with_config(ShardId::ONE, config.build());
    (consume(shard, ReceiveMethod::Items), gateway)
}

/// Lets all tasks run until they are idle, while no time passes.
async fn settle() {
    for _ in 0..50 {
        yield_now().await;
    }
}

fn is_identifying(seen: &Observed) -> bool {
    *seen == Observed::Lifecycle(Lifecycle::Identifying)
}

#[tokio::test(start_paused = true)]
async fn permit_is_spent_once() {
    let queue = Counting::granting(0);
    let (_consumer, mut gateway) = start(&queue);
    let mut connection = gateway.greet().await;
    assert_eq!(
        connection.attend(INTERVAL * 3).await,
        [],
        "nothing is sent without a permit"
    );
    assert_eq!(queue.counts(), [1, 0, 0]);

    queue.grant();
    connection.expect(2).await;
    assert_eq!(queue.counts(), [1, 1, 0]);
    connection.attend(INTERVAL * 3).await;
    assert_eq!(queue.counts(), [1, 1, 0]);
}

#[tokio::test(start_paused = true)]
async fn permit_is_spent_when_the_transport_accepts_identify() {
    let queue = Counting::granting(1);
    let gate = SendGate::default();
    let (mut consumer, mut gateway) = start_behind(&gate, &queue);
    gate.close();
    let mut connection = gateway.greet().await;
    consumer.until(is_identifying).await;
    settle().await;
    assert_eq!(queue.counts(), [1, 0, 0], "the shard holds the permit");
    assert_eq!(connection.peer.try_receive(), None);

    gate.open();
    connection.expect(2).await;
    assert_eq!(queue.counts(), [1, 1, 0]);
}

#[tokio::test(start_paused = true)]
async fn lost_connection_releases_the_permit() {
    for end in [
        End::Dropped,
        End::Closed,
        End::Reconnect,
        End::Garbage,
        End::Silence,
    ] {
        let queue = Counting::granting(0);
        let (_consumer, mut gateway) = start(&queue);
        let mut connection = gateway.greet().await;
        settle().await;
        assert_eq!(queue.counts(), [1, 0, 0], "{end:?}");
        end.come(&mut connection).await;
        drop(connection);

        let mut connection = gateway.greet().await;
        settle().await;
        assert_eq!(queue.counts(), [2, 0, 0], "{end:?}");
        queue.grant();
        connection.expect(2).await;
        assert_eq!(queue.counts(), [2, 1, 0], "{end:?}");
        assert_eq!(queue.left(), 0, "the first request has ended: {end:?}");
    }
}

/// The ways in which a connection may end.
#[derive(Clone, Copy, Debug)]
enum End {
    Dropped,
    Closed,
    Reconnect,
    Garbage,
    Silence,
}

impl End {
    /// Ends the connection, and waits for the shard's reaction.
    async fn come(self, connection: &mut Connection) {
        match self {
            Self::Dropped => {}
            Self::Closed => connection.close(4000).await,
            Self::Reconnect => {
                connection
                    .send(r#"{"t":null,"s":null,"op":7,"d":null}"#)
                    .await;
                assert_eq!(
                    connection.next().await,
                    Action::Closed(CloseFrame::RESUME.code)
                );
            }
            Self::Garbage => {
                connection.send("garbage").await;
                connection.left().await;
            }
            Self::Silence => while connection.next_with_heartbeats().await != Action::Left {},
        }
    }
}

#[tokio::test(start_paused = true)]
async fn unsent_identify_releases_the_permit() {
    for end in [End::Dropped, End::Closed, End::Garbage] {
        let queue = Counting::granting(1);
        let gate = SendGate::default();
        let (mut consumer, mut gateway) = start_behind(&gate, &queue);
        gate.close();
        let mut connection = gateway.greet().await;
        consumer.until(is_identifying).await;
        end.come(&mut connection).await;
        drop(connection);

        let _connection = gateway.accept().await;
        assert_eq!(queue.counts(), [1, 0, 1], "{end:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn identify_is_not_sent_after_the_permit_is_released() {
    let queue = Counting::granting(1);
    let gate = SendGate::default();
    let (mut consumer, mut gateway) = start_behind(&gate, &queue);
    gate.close();
    let mut connection = gateway.greet().await;
    consumer.until(is_identifying).await;
    // The server requests a reconnect. The shard closes in good order, so that a connection on which IDENTIFY
    // could be sent still exists.
    connection
        .send(r#"{"t":null,"s":null,"op":7,"d":null}"#)
        .await;
    settle().await;
    assert_eq!(queue.counts(), [1, 0, 1]);
    gate.open();
    assert_eq!(
        connection.next().await,
        Action::Closed(CloseFrame::RESUME.code)
    );
    assert_eq!(connection.next().await, Action::Left);
}

#[tokio::test(start_paused = true)]
async fn dropped_shard_releases_the_permit() {
    let queue = Counting::granting(1);
    let gate = SendGate::default();
    let (connector, mut gateway) = listen();
    let config = ConfigBuilder::new(TOKEN.to_owned(), Intents::GUILDS)
        .compression(Compression::None)
        .connector(gate.before(connector))
        .queue(queue.clone());
    let mut shard = Shard::with_config(ShardId::ONE, config.build());
    gate.close();
    let (_connection, ()) = tokio::join!(gateway.greet(), async {
        while !is_identifying(
            &crate::harness::consumer::take(&mut shard, ReceiveMethod::Items).await,
        ) {}
    });
    drop(shard);
    assert_eq!(queue.counts(), [1, 0, 1]);
}

#[tokio::test(start_paused = true)]
async fn resume_requires_no_permit() {
    let queue = Counting::granting(1);
    let (_consumer, mut gateway) = start(&queue);
    drop(gateway.begin().await);
    for _ in 0..10 {
        let mut connection = gateway.resuming(1).await;
        connection.send(&crate::harness::gateway::resumed(1)).await;
        connection.attend(Duration::from_secs(90)).await;
    }
    assert_eq!(queue.counts(), [1, 1, 0]);

    // Once the server has dropped the session, the shard identifies again.
    let mut connection = gateway.resuming(1).await;
    connection
        .send(r#"{"t":null,"s":null,"op":9,"d":false}"#)
        .await;
    connection.left().await;
    queue.grant();
    let mut connection = gateway.greet().await;
    connection.expect(2).await;
    assert_eq!(queue.counts(), [2, 2, 0]);
}

/// A queue that refuses some requests before it grants one.
#[derive(Debug)]
struct Refusing(AtomicU32);

impl IdentifyQueue for Refusing {
    fn acquire(&self, _: u32) -> BoxFuture<'_, Result<Permit, QueueError>> {
        let refusals = self.0.fetch_sub(1, SeqCst);
        let retry_after = Duration::from_secs(3_600);
        Box::pin(async move {
            match refusals {
                0 => Ok(Permit::unlimited()),
                1 => Err(QueueError::new(QueueErrorKind::Exhausted { retry_after })),
                _ => Err(QueueError::with_source(
                    QueueErrorKind::Backend,
                    "out of order",
                )),
            }
        })
    }
}

#[tokio::test(start_paused = true)]
#[expect(clippy::disallowed_methods, reason = "tests read the paused clock")]
async fn refused_permit_is_reported_and_requested_again() {
    let refusing = Refusing(AtomicU32::new(3));
    let (shard, mut gateway) = start_with(|config| config.queue(refusing));
    let mut consumer = consume(shard, ReceiveMethod::Items);
    let start = tokio::time::Instant::now();
    let mut connection = gateway.greet().await;
    connection.expect(2).await;
    let waited = start.elapsed();
    assert!((3_610..3_612).contains(&waited.as_secs()), "{waited:?}");

    let seen = consumer.until(is_identifying).await;
    assert_eq!(failure_kinds(&seen), [FailureKind::Queue; 3]);
    let text = &crate::harness::consumer::failures(&seen)[0].text;
    assert!(text.contains("out of order"), "{text}");
}
