//! A running cluster switches to another number of shards, with the same handle and the same stream.

use super::scripted::{Conversation, Received, Server, numbered, until_arrived};
use gloaming_cluster::{
    Cluster, Events, Items, ShardChangeErrorKind, ShutdownMode,
    reshard::{
        AbortReason, IdentifyBudget, ReshardError, ReshardSettings, SwitchoverEnd,
        SwitchoverOutcome,
    },
};
use gloaming_protocol::{Event, ShardId};
use gloaming_shard::{Delivery, Item};
use std::time::Duration;
use tokio::{
    task::JoinHandle,
    time::{interval, timeout},
};

/// Virtual time in which every switch of these tests ends.
const DEADLINE: Duration = Duration::from_secs(3_000);

pub(super) fn settings() -> ReshardSettings {
    ReshardSettings {
        budget: Some(IdentifyBudget {
            remaining: 1_000,
            reserve: 10,
            reset_after: Duration::from_secs(60),
        }),
        ..ReshardSettings::default()
    }
}

/// Starts a cluster, and takes items until its guilds have arrived.
async fn running(server: &Server, shards: u32) -> (Cluster, Items) {
    let (cluster, events) = server.builder(shards).build().await.unwrap();
    let mut items = events.into_items();
    cluster.up().await;
    until_arrived(&mut items).await;
    (cluster, items)
}

type Switch = JoinHandle<Result<SwitchoverOutcome, ReshardError>>;

fn reshard(cluster: &Cluster, total: u32) -> Switch {
    let cluster = cluster.clone();
    tokio::spawn(async move { cluster.reshard(total, settings()).await })
}

/// A consumer, and the events that are sent meanwhile.
struct Run<'a> {
    server: &'a Server,
    conversation: Conversation,
    received: Received,
    /// Events of the cluster.
    cluster_events: usize,
}

impl<'a> Run<'a> {
    fn new(server: &'a Server) -> Self {
        Self {
            server,
            conversation: Conversation::default(),
            received: Received::default(),
            cluster_events: 0,
        }
    }

    fn is_complete(&self) -> bool {
        self.received.total() == self.conversation.sent
    }

    /// Sends and takes events until the condition holds, and then until all of them are here.
    async fn until(&mut self, items: &mut Items, is_done: impl Fn() -> bool) {
        let mut clock = interval(Duration::from_millis(300));
        let done = timeout(DEADLINE, async {
            while !(is_done() && self.is_complete()) {
                tokio::select! {
                    _ = clock.tick() => if !is_done() {
                        self.conversation.say(self.server);
                    },
                    item = items.next() => {
                        let (_, item) = item.expect("the stream has not ended");
                        self.cluster_events += usize::from(matches!(item, Item::Cluster(_)));
                        self.received.take(&item);
                    }
                }
            }
        });
        done.await.expect("it ends in time");
    }
}

#[tokio::test(start_paused = true)]
async fn stream_and_handle_go_on_with_another_number_of_shards() {
    for (from, to) in [(4, 7), (7, 4)] {
        let server = Server::default();
        let (cluster, mut items) = running(&server, from).await;
        assert_eq!(cluster.resharding(), None);
        let switch = reshard(&cluster, to);
        let mut run = Run::new(&server);
        run.until(&mut items, || server.identifies(to) == to).await;
        let progress = cluster.resharding().expect("the switch is under way");
        assert_eq!((progress.from, progress.to), (from, to));
        let text = format!("resharding from {from} to {to} shards");
        let health = cluster.health();
        assert!(health.to_string().contains(&text), "{health}");
        assert_eq!(health.resharding(), Some(progress));
        assert_eq!(cluster.shards().len(), from as usize, "until the end");

        run.until(&mut items, || switch.is_finished()).await;
        let outcome = switch.await.unwrap().unwrap();
        assert_eq!(outcome.end, SwitchoverEnd::Completed);
        assert_eq!((outcome.guilds, outcome.possible_gaps), (9, 0));
        let totals: Vec<u32> = cluster.shards().map(|shard| shard.id().total()).collect();
        assert_eq!(totals, vec![to; to as usize]);
        assert_eq!(cluster.info().len(), to as usize);
        assert_eq!(
            cluster.health().to_string(),
            format!("all {to} shards are up")
        );
        assert_eq!(server.identifies(to), to, "each identifies once");
        assert_eq!(server.closed(from, 1000), from, "their sessions have ended");
        assert_eq!(run.cluster_events, 0, "the guilds have arrived before");

        run.conversation.say(&server);
        run.until(&mut items, || true).await;
        let removal = cluster.remove_shard(1, ShutdownMode::Resumable, DEADLINE);
        assert_eq!(removal.await.unwrap().id, ShardId::new(1, to));
    }
}

#[tokio::test(start_paused = true)]
async fn typed_events_go_on_too() {
    let server = Server::default();
    let (cluster, items) = running(&server, 2).await;
    let mut events: Events = items.into_events();
    let switch = reshard(&cluster, 3);
    let mut conversation = Conversation::default();
    let mut received = 0;
    let mut clock = interval(Duration::from_millis(300));
    while !switch.is_finished() || received < conversation.sent {
        tokio::select! {
            _ = clock.tick() => if !switch.is_finished() {
                conversation.say(&server);
            },
            event = events.next() => {
                let (_, event) = event.expect("the stream has not ended");
                received += u64::from(matches!(event, Event::WebhooksUpdate(_)));
            }
        }
    }
    assert_eq!(switch.await.unwrap().unwrap().end, SwitchoverEnd::Completed);
    assert_eq!(received, conversation.sent);
    let mut items = events.into_items();
    server.say(0, 1_000);
    let next = async {
        loop {
            let (_, item) = items.next().await.expect("the stream has not ended");
            if let Some(event) = numbered(&item) {
                return event;
            }
        }
    };
    assert_eq!(next.await.1, 1_000);
}

#[tokio::test(start_paused = true)]
async fn refused_set_leaves_the_old_one_as_it_is() {
    let server = Server::default();
    let (cluster, mut items) = running(&server, 4).await;
    let switch = reshard(&cluster, 7);
    let mut run = Run::new(&server);
    run.until(&mut items, || server.identifies(7) == 7).await;
    server.close(5, 7, 4010);
    run.until(&mut items, || switch.is_finished()).await;
    let outcome = switch.await.unwrap().unwrap();
    let reason = AbortReason::ShardStopped { shard: 5 };
    assert_eq!(outcome.end, SwitchoverEnd::Aborted(reason));
    assert_eq!(cluster.shards().len(), 4);
    assert_eq!(cluster.health().to_string(), "all 4 shards are up");
    assert_eq!(server.identifies(4), 4, "the old shards go on");

    // Another attempt begins anew.
    let switch = reshard(&cluster, 5);
    run.until(&mut items, || switch.is_finished()).await;
    assert_eq!(switch.await.unwrap().unwrap().end, SwitchoverEnd::Completed);
    assert_eq!(cluster.shards().len(), 5);
}

#[tokio::test(start_paused = true)]
async fn switch_can_be_aborted() {
    let server = Server::default();
    let (cluster, mut items) = running(&server, 4).await;
    cluster.abort_reshard();
    let switch = reshard(&cluster, 7);
    let mut run = Run::new(&server);
    run.until(&mut items, || server.identifies(7) == 7).await;
    cluster.abort_reshard();
    run.until(&mut items, || switch.is_finished()).await;
    let outcome = switch.await.unwrap().unwrap();
    let requested = SwitchoverEnd::Aborted(AbortReason::Requested);
    assert_eq!(outcome.end, requested);
    assert_eq!(cluster.shards().len(), 4);
    assert_eq!(server.closed(7, 1000), 7);
}

#[tokio::test(start_paused = true)]
async fn shards_do_not_change_meanwhile() {
    let server = Server::default();
    let (cluster, mut items) = running(&server, 4).await;
    let switch = reshard(&cluster, 7);
    let mut run = Run::new(&server);
    run.until(&mut items, || server.identifies(7) == 7).await;
    let added = cluster.add_shard(ShardId::new(0, 4), None);
    assert_eq!(added.unwrap_err().kind(), ShardChangeErrorKind::Resharding);
    let removed = cluster.remove_shard(0, ShutdownMode::Final, DEADLINE);
    assert_eq!(
        removed.await.unwrap_err().kind(),
        ShardChangeErrorKind::Resharding
    );
    run.until(&mut items, || switch.is_finished()).await;
}

#[tokio::test(start_paused = true)]
async fn switch_goes_on_if_its_future_is_dropped() {
    let server = Server::default();
    let (cluster, mut items) = running(&server, 2).await;
    let switch = reshard(&cluster, 3);
    let mut run = Run::new(&server);
    run.until(&mut items, || server.identifies(3) == 3).await;
    switch.abort();
    run.until(&mut items, || server.closed(2, 1000) == 2).await;
    assert_eq!(cluster.shards().len(), 3);
}

#[tokio::test(start_paused = true)]
async fn shutdown_ends_both_sets_and_keeps_the_sessions_of_the_old_one() {
    let server = Server::default();
    let (cluster, mut items) = running(&server, 2).await;
    let switch = reshard(&cluster, 3);
    let mut run = Run::new(&server);
    run.until(&mut items, || server.identifies(3) == 3).await;
    let (sessions, ()) = tokio::join!(cluster.down_resumable(), async {
        while items.next().await.is_some() {}
    });
    assert_eq!(sessions.keys().copied().collect::<Vec<_>>(), [0, 1]);
    for (number, session) in sessions {
        assert_eq!(session.id(), format!("{number}-of-2"));
    }
    assert_eq!((server.closed(2, 1000), server.closed(3, 1000)), (0, 3));
    let outcome = switch.await.unwrap();
    assert!(
        outcome.is_ok_and(|it| it.end != SwitchoverEnd::Completed),
        "the old set remains"
    );
}

/// Takes what arrives within a second, and returns the numbered events. Other items are acknowledged.
async fn arriving(items: &mut Items) -> Vec<Delivery> {
    let mut events = Vec::new();
    while let Ok(next) = timeout(Duration::from_secs(1), items.next_delivery()).await {
        let (_, delivery) = next.expect("the stream has not ended");
        match numbered(delivery.get()) {
            Some(_) => events.push(delivery),
            None => delivery.ack(),
        }
    }
    events
}

#[tokio::test(start_paused = true)]
async fn second_copy_is_acknowledged_after_the_deliveries_before_it() {
    /// Of shard 1 in the old set, and of shard 0 in the new one.
    const GUILD: u64 = 3;

    let server = Server::default();
    let (cluster, mut items) = running(&server, 2).await;
    // One shard of the new set holds up the end of the switch.
    server.silence(2, 3);
    let _switch = reshard(&cluster, 3);
    for number in 0..150 {
        server.say(GUILD, number);
        let events = arriving(&mut items).await;
        assert_eq!(events.len(), 1, "event {number}");
        events.into_iter().for_each(Delivery::ack);
    }
    assert!(arriving(&mut items).await.is_empty());
    let acknowledged = || cluster.acknowledged_sessions()[&1].sequence();
    let before = acknowledged();

    // The new set brings the next event first.
    server.say_to(3, GUILD, 150);
    let first = arriving(&mut items).await;
    assert_eq!(first.len(), 1);
    server.say_to(2, GUILD, 150);
    assert!(arriving(&mut items).await.is_empty(), "the second copy");
    assert_eq!(acknowledged(), before, "the first copy is not handled");
    first.into_iter().for_each(Delivery::ack);
    assert!(arriving(&mut items).await.is_empty());
    assert_eq!(acknowledged(), before + 1);
}
