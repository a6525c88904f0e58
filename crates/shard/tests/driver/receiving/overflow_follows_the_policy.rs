//! What happens to events while the consumer takes none, by policy.

use crate::harness::gateway::{Connection, Gateway, dispatch, event, start};
use futures_util::{FutureExt as _, StreamExt as _};
use gloaming_shard::{
    Event, EventTypeFlags, Item, Lifecycle, OverflowPolicy, ShardItems,
    supervision::{BufferSettings, ShardMonitor, item_channel_with},
};
use serde_json::json;
use std::time::Duration;
use tokio::time::sleep;

/// The items for which the buffer has room.
const CAPACITY: usize = 16;

struct Running {
    items: ShardItems,
    monitor: ShardMonitor,
    connection: Connection,
    _gateway: Gateway,
}

/// Starts a shard, and takes its items up to READY (sequence 1).
async fn running(policy: OverflowPolicy) -> Running {
    let (shard, mut gateway) = start();
    let settings = BufferSettings::new(CAPACITY).overflow(policy);
    let (item_sender, mut items) = item_channel_with(settings);
    let monitor = item_sender.monitor();
    tokio::spawn(async move { item_sender.run(shard, EventTypeFlags::all()).await });
    let connection = gateway.begin().await;
    while !matches!(items.next().await, Some(Item::Event(Event::Ready(_)))) {}
    Running {
        items,
        monitor,
        connection,
        _gateway: gateway,
    }
}

fn typing(sequence: u64) -> String {
    let data = json!({"channel_id": "1", "user_id": "2", "timestamp": sequence});
    dispatch("TYPING_START", sequence, &data)
}

fn interaction(sequence: u64) -> String {
    let data = json!({
        "id": sequence.to_string(), "application_id": "1", "type": 1, "token": "t", "version": 1,
        "authorizing_integration_owners": {}, "attachment_size_limit": 1, "entitlements": [],
    });
    dispatch("INTERACTION_CREATE", sequence, &data)
}

/// What a test knows of an item.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Seen {
    Event(u64),
    Typing(u64),
    Interaction(u64),
    Shed(u64),
}

impl Running {
    /// In paused time, until nothing happens any more.
    async fn settle(&self) {
        // Shorter than the wait for the first heartbeat, however many items are taken.
        sleep(Duration::from_millis(1)).await;
    }

    fn next_now(&mut self) -> Option<Seen> {
        loop {
            match self.items.next().now_or_never()?.unwrap() {
                Item::Event(Event::WebhooksUpdate(event)) => {
                    return Some(Seen::Event(event.channel_id.get()));
                }
                Item::Event(Event::TypingStart(typing)) => {
                    return Some(Seen::Typing(typing.timestamp));
                }
                Item::Event(Event::InteractionCreate(interaction)) => {
                    return Some(Seen::Interaction(interaction.id.get()));
                }
                Item::Shed(report) => return Some(Seen::Shed(report.total())),
                Item::Lifecycle(Lifecycle::Disconnected { cause, .. }) => panic!("{cause:?}"),
                _ => {}
            }
        }
    }

    /// Takes items until nothing happens any more.
    async fn take_all(&mut self) -> Vec<Seen> {
        let mut all = Vec::new();
        loop {
            self.settle().await;
            match self.next_now() {
                Some(seen) => all.push(seen),
                None => return all,
            }
        }
    }

    fn acknowledged(&self) -> u64 {
        self.monitor.acknowledged_session().unwrap().sequence()
    }
}

fn policy() -> OverflowPolicy {
    OverflowPolicy::stop_reading()
}

#[tokio::test(start_paused = true)]
async fn kinds_that_are_shed_leave_room_for_the_others() {
    let mut running = running(policy().shed(EventTypeFlags::TYPING_START)).await;
    // Each tenth event is not to be lost.
    let is_event = |sequence: &u64| sequence.is_multiple_of(10);
    let last = 41;
    for sequence in 2..=last {
        let text = match is_event(&sequence) {
            true => event(sequence),
            false => typing(sequence),
        };
        running.connection.send(&text).await;
    }
    running.settle().await;
    let received = running.monitor.received_session().unwrap().sequence();
    assert_eq!(received, last, "the shard has not stopped reading");
    let shed = running.monitor.shed_events();
    assert!(shed > 10, "{shed}");

    let all = running.take_all().await;
    let events: Vec<_> = all
        .iter()
        .filter_map(|seen| match seen {
            Seen::Event(sequence) => Some(*sequence),
            _ => None,
        })
        .collect();
    assert_eq!(events, (2..=last).filter(is_event).collect::<Vec<_>>());
    let typing = all
        .iter()
        .filter(|seen| matches!(seen, Seen::Typing(_)))
        .count();
    assert_eq!(typing + events.len() + shed as usize, last as usize - 1);
    assert_eq!(running.acknowledged(), last);

    // The count is told with the first item for which there is room again.
    running.connection.send(&event(last + 1)).await;
    running.connection.send(&event(last + 2)).await;
    let told = [all, running.take_all().await].concat();
    let reports = told.iter().filter(|seen| matches!(seen, Seen::Shed(_)));
    assert_eq!(reports.collect::<Vec<_>>(), [&Seen::Shed(shed)]);
    assert_eq!(running.monitor.shed_events(), shed);
}

#[tokio::test(start_paused = true)]
async fn shard_stops_reading_when_the_other_kinds_fill_the_buffer() {
    let mut running = running(policy().shed(EventTypeFlags::TYPING_START)).await;
    for sequence in 2..=60 {
        running.connection.send(&event(sequence)).await;
    }
    running.settle().await;
    assert!(!running.monitor.is_reading());
    assert_eq!(running.monitor.buffered_items(), CAPACITY as u64);
    let expected: Vec<_> = (2..=60).map(Seen::Event).collect();
    assert_eq!(running.take_all().await, expected);
    assert_eq!(running.monitor.shed_events(), 0);
}

#[tokio::test(start_paused = true)]
async fn interactions_overtake_what_is_buffered() {
    let mut running = running(policy().overtake(EventTypeFlags::INTERACTION_CREATE)).await;
    for sequence in 2..=4 {
        running.connection.send(&event(sequence)).await;
    }
    for sequence in 5..=6 {
        running.connection.send(&interaction(sequence)).await;
    }
    running.connection.send(&event(7)).await;
    running.settle().await;
    for (seen, acknowledged) in [
        (Seen::Interaction(5), 1),
        (Seen::Interaction(6), 1),
        (Seen::Event(2), 1),
        (Seen::Event(3), 2),
        (Seen::Event(4), 3),
        (Seen::Event(7), 6),
    ] {
        assert_eq!(running.next_now(), Some(seen));
        assert_eq!(running.acknowledged(), acknowledged);
    }
    assert_eq!(running.next_now(), None);
    assert_eq!(running.acknowledged(), 7);
}

#[tokio::test(start_paused = true)]
async fn interactions_overtake_what_was_read_ahead() {
    let mut running = running(policy().overtake(EventTypeFlags::INTERACTION_CREATE)).await;
    for sequence in 2..=60 {
        running.connection.send(&event(sequence)).await;
    }
    for sequence in 61..=62 {
        running.connection.send(&interaction(sequence)).await;
    }
    running.settle().await;
    assert!(!running.monitor.is_reading());
    for sequence in 61..=62 {
        assert_eq!(running.next_now(), Some(Seen::Interaction(sequence)));
    }
    assert_eq!(running.acknowledged(), 1);
    let rest: Vec<_> = (2..=60).map(Seen::Event).collect();
    assert_eq!(running.take_all().await, rest);
    assert_eq!(running.acknowledged(), 62);
}

#[tokio::test(start_paused = true)]
async fn kinds_that_are_shed_are_not_read_ahead() {
    let mut running = running(policy().shed(EventTypeFlags::TYPING_START)).await;
    for sequence in 2..=60 {
        running.connection.send(&event(sequence)).await;
    }
    for sequence in 61..=100 {
        running.connection.send(&typing(sequence)).await;
    }
    running.settle().await;
    let received = running.monitor.received_session().unwrap().sequence();
    assert_eq!((received, running.monitor.shed_events()), (100, 40));
    let expected: Vec<_> = (2..=60).map(Seen::Event).collect();
    assert_eq!(running.take_all().await, expected);
    running.connection.send(&event(101)).await;
    running.connection.send(&event(102)).await;
    let rest = [Seen::Event(101), Seen::Shed(40), Seen::Event(102)];
    assert_eq!(running.take_all().await, rest);
}

#[tokio::test(start_paused = true)]
async fn interactions_keep_their_place_when_too_many_wait() {
    let mut running = running(policy().overtake(EventTypeFlags::INTERACTION_CREATE)).await;
    running.connection.send(&event(2)).await;
    let last = 3 + CAPACITY as u64;
    for sequence in 3..=last {
        running.connection.send(&interaction(sequence)).await;
    }
    let ahead = (3..last).map(Seen::Interaction);
    let expected: Vec<_> = ahead
        .chain([Seen::Event(2), Seen::Interaction(last)])
        .collect();
    assert_eq!(running.take_all().await, expected);
    assert_eq!(running.acknowledged(), last);
}

#[tokio::test(start_paused = true)]
async fn five_minutes_without_a_consumer_miss_no_heartbeat() {
    for policy in [
        policy(),
        policy().shed(EventTypeFlags::TYPING_START),
        policy().overtake(EventTypeFlags::INTERACTION_CREATE),
    ] {
        let mut running = running(policy).await;
        for sequence in 2..=200 {
            let text = match sequence % 4 {
                0 => interaction(sequence),
                1 => event(sequence),
                _ => typing(sequence),
            };
            if running.connection.send(&text).now_or_never().is_none() {
                break;
            }
        }
        let heartbeats = running.connection.attend(Duration::from_secs(300)).await;
        assert_eq!(heartbeats, [], "{policy:?}");
        let count = running.connection.heartbeats.len() as u64;
        let interval = crate::harness::gateway::INTERVAL;
        let expected = 300_000 / interval.as_millis() as u64;
        assert!(count.abs_diff(expected) <= 1, "{count} of {expected}");
        // And nothing ended.
        running.take_all().await;
    }
}
