//! A bot switches to another number of shards against the emulator, and gets each message once and in order.

use crate::harness::emulator::{emulator, in_time};
use gloaming_cluster::{
    Cluster, ClusterBuilder, ClusterSwitch, Items, ShardScheme,
    reshard::{AbortReason, IdentifyBudget, ReshardErrorKind, SwitchoverEnd, SwitchoverSettings},
};
use gloaming_emulator::{DEFAULT_TOKEN, Emulator, Selector};
use gloaming_protocol::{Event, EventTypeFlags, Intents};
use gloaming_queue::UnlimitedQueue;
use gloaming_shard::Item;
use std::{collections::BTreeMap, time::Duration};
use tokio::time::{Interval, MissedTickBehavior, interval};

/// More than enough.
const BUDGET: IdentifyBudget = IdentifyBudget {
    remaining: 1_000,
    reserve: 10,
    reset_after: Duration::from_secs(60),
};

const SETTINGS: SwitchoverSettings = SwitchoverSettings {
    window: Duration::from_millis(500),
    patience: Duration::from_secs(40),
    max_tracked: 100_000,
    max_held: 1_000,
};

async fn gateway() -> Emulator {
    emulator(4, |emulator| {
        emulator
            .guilds(21)
            .members(2)
            .max_concurrency(16)
            .identify_interval(Duration::from_millis(1))
            .heartbeat_interval(Duration::from_secs(1))
            .heartbeat_grace(Duration::from_secs(30))
    })
    .await
}

fn builder(emulator: &Emulator, shards: u32) -> ClusterBuilder {
    let intents = Intents::GUILDS | Intents::GUILD_MESSAGES | Intents::MESSAGE_CONTENT;
    Cluster::builder(DEFAULT_TOKEN.to_owned(), intents)
        .gateway_url(emulator.url())
        .queue(UnlimitedQueue)
        .shard_scheme(ShardScheme::try_from((.., shards)).unwrap())
}

async fn cluster(emulator: &Emulator, shards: u32) -> (Cluster, Items) {
    let (cluster, events) = builder(emulator, shards).build().await.unwrap();
    (cluster, events.into_items())
}

/// Starts a cluster and takes items until its guilds have arrived.
async fn running(emulator: &Emulator, shards: u32) -> (Cluster, Items) {
    let (cluster, mut items) = cluster(emulator, shards).await;
    cluster.up().await;
    in_time("the guilds arrive", async {
        while let Some((_, item)) = items.next().await {
            if matches!(item, Item::Cluster(_)) {
                return;
            }
        }
    })
    .await;
    (cluster, items)
}

/// Guilds in which numbered messages are written, and what the bot got of them.
struct Conversation<'a> {
    emulator: &'a Emulator,
    clock: Interval,
    written: u64,
    received: BTreeMap<u64, Vec<u64>>,
}

impl<'a> Conversation<'a> {
    fn new(emulator: &'a Emulator) -> Self {
        let mut clock = interval(Duration::from_millis(4));
        // No burst of messages after a pause of a busy machine.
        clock.set_missed_tick_behavior(MissedTickBehavior::Delay);
        Self {
            emulator,
            clock,
            written: 0,
            received: BTreeMap::new(),
        }
    }

    /// Writes the next message, in one guild after another.
    fn write(&mut self) {
        let guilds = self.emulator.guild_ids();
        let count = guilds.len() as u64;
        let guild = guilds[(self.written % count) as usize];
        let number = self.written / count;
        self.emulator.say(guild, &number.to_string());
        self.written += 1;
    }

    fn receive(&mut self, item: &Item) {
        if let Some(Event::MessageCreate(message)) = item.event() {
            let guild = message.guild_id.expect("a guild").get();
            let number = message.content.parse().expect("a number");
            let numbers = self.received.entry(guild).or_default();
            assert_eq!(
                number,
                numbers.len() as u64,
                "guild {guild}: once and in order"
            );
            numbers.push(number);
        }
    }

    fn is_complete(&self) -> bool {
        let received: usize = self.received.values().map(Vec::len).sum();
        received as u64 == self.written
    }

    /// Writes and receives until the condition holds, and then until all messages are here.
    async fn until(
        &mut self,
        switch: &mut ClusterSwitch,
        is_done: impl Fn(&ClusterSwitch) -> bool,
    ) {
        in_time("all messages arrive", async {
            while !(is_done(switch) && self.is_complete()) {
                tokio::select! {
                    _ = self.clock.tick(), if !is_done(switch) => self.write(),
                    item = switch.next() => {
                        let (_, item) = item.expect("the stream has not ended");
                        self.receive(&item);
                    }
                }
            }
        })
        .await;
    }
}

#[tokio::test]
async fn each_message_arrives_once_and_in_order() {
    for (from, to) in [(4, 7), (7, 4)] {
        let emulator = gateway().await;
        let old = running(&emulator, from).await;
        let new = cluster(&emulator, to).await;
        let mut switch = ClusterSwitch::start(old, new, BUDGET, SETTINGS).unwrap();
        let mut conversation = Conversation::new(&emulator);
        conversation
            .until(&mut switch, ClusterSwitch::is_over)
            .await;

        let outcome = *switch.outcome().unwrap();
        assert_eq!(outcome.end, SwitchoverEnd::Completed);
        assert_eq!((outcome.guilds, outcome.possible_gaps), (21, 0));
        let Ok((cluster, mut items)) = switch.into_parts() else {
            panic!("the switch is over");
        };
        assert_eq!(cluster.shards().len(), to as usize);
        assert!(
            emulator
                .sessions()
                .iter()
                .all(|session| session.shard[1] == to)
        );
        assert!(
            emulator.violations().is_empty(),
            "{:?}",
            emulator.violations()
        );
        conversation.write();
        in_time("the last message", async {
            while !conversation.is_complete() {
                let (_, item) = items.next().await.expect("the stream has not ended");
                conversation.receive(&item);
            }
        })
        .await;
    }
}

#[tokio::test]
async fn lost_connections_and_new_sessions_of_the_new_set_lose_nothing() {
    let emulator = gateway().await;
    let old = running(&emulator, 4).await;
    let new = cluster(&emulator, 7).await;
    let mut switch = ClusterSwitch::start(old, new, BUDGET, SETTINGS).unwrap();
    let mut conversation = Conversation::new(&emulator);
    conversation
        .until(&mut switch, |_| emulator.sessions().len() == 11)
        .await;
    emulator.drop_connections(Selector::Shard(1));
    let session = emulator
        .sessions()
        .into_iter()
        .find(|session| session.shard == [2, 7])
        .expect("shard 2 of the new set");
    emulator.invalidate(Selector::Session(session.id), false);
    conversation
        .until(&mut switch, ClusterSwitch::is_over)
        .await;
    let outcome = *switch.outcome().unwrap();
    assert_eq!(outcome.end, SwitchoverEnd::Completed);
    assert_eq!(outcome.possible_gaps, 0);
}

#[tokio::test]
async fn refused_set_leaves_the_old_one_as_it_is() {
    let emulator = gateway().await;
    let old = running(&emulator, 4).await;
    let new = cluster(&emulator, 7).await;
    let mut switch = ClusterSwitch::start(old, new, BUDGET, SETTINGS).unwrap();
    let mut conversation = Conversation::new(&emulator);
    conversation
        .until(&mut switch, |_| emulator.sessions().len() == 11)
        .await;
    let refused = emulator
        .sessions()
        .into_iter()
        .find(|session| session.shard == [5, 7])
        .expect("shard 5 of the new set");
    emulator.close(Selector::Session(refused.id), 4010);
    conversation
        .until(&mut switch, ClusterSwitch::is_over)
        .await;
    let end = switch.outcome().unwrap().end;
    let reason = AbortReason::ShardStopped { shard: 5 };
    assert_eq!(end, SwitchoverEnd::Aborted(reason));
    let Ok((cluster, _items)) = switch.into_parts() else {
        panic!("the switch is over");
    };
    assert_eq!(cluster.shards().len(), 4);
    assert!(
        emulator
            .sessions()
            .iter()
            .all(|session| session.shard[1] == 4)
    );
}

#[tokio::test]
async fn clusters_that_do_not_fit_are_refused_before_the_first_identify() {
    let emulator = gateway().await;
    let (old, _old_items) = cluster(&emulator, 4).await;
    let (new, _new_items) = cluster(&emulator, 7).await;
    let kind = |new: &Cluster, budget| {
        let error = ClusterSwitch::validate(&old, new, budget).unwrap_err();
        error.kind()
    };
    let scarce = IdentifyBudget {
        remaining: 16,
        ..BUDGET
    };
    assert!(matches!(
        kind(&new, scarce),
        ReshardErrorKind::SessionStarts {
            needed: 7,
            available: 6,
            ..
        }
    ));
    let events = EventTypeFlags::MESSAGE_CREATE;
    let (filtered, _items) = builder(&emulator, 7)
        .event_types(events)
        .build()
        .await
        .unwrap();
    assert_eq!(kind(&filtered, BUDGET), ReshardErrorKind::EventsMissing);
    let (other, _items) = Cluster::builder("token".to_owned(), Intents::GUILDS)
        .shard_scheme((.., 7).try_into().unwrap())
        .build()
        .await
        .unwrap();
    assert_eq!(kind(&other, BUDGET), ReshardErrorKind::IntentsDiffer);
    let (part, _items) = builder(&emulator, 7)
        .shard_scheme((0..3, 7).try_into().unwrap())
        .build()
        .await
        .unwrap();
    assert_eq!(kind(&part, BUDGET), ReshardErrorKind::ShardsMissing);
    assert_eq!(emulator.stats().identifies, 0);
}
