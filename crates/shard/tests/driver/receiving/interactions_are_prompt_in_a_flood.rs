//! How long interactions wait while more presences arrive than the consumer can handle.

use crate::harness::gateway::{Connection, dispatch, start};
use futures_util::StreamExt as _;
use gloaming_shard::{
    Event, EventTypeFlags, Item, OverflowPolicy,
    supervision::{BufferSettings, item_channel_with},
};
use serde_json::json;
use std::{
    sync::{Arc, Mutex},
    time::Duration,
};
use tokio::time::{Instant, sleep};

/// What the gateway sends per millisecond, while the consumer handles one event per millisecond or fewer.
const TYPINGS_PER_MILLISECOND: u64 = 3;

/// The milliseconds between two interactions.
const INTERACTION_INTERVAL: u64 = 50;

const INTERACTIONS: u64 = 100;

/// Discord's limit for the answer to an interaction.
const LIMIT: Duration = Duration::from_secs(3);

#[expect(
    clippy::disallowed_methods,
    reason = "the test measures waits in paused time"
)]
fn now() -> Instant {
    Instant::now()
}

fn typing(sequence: u64) -> String {
    let data = json!({"channel_id": "1", "user_id": "2", "timestamp": sequence});
    dispatch("TYPING_START", sequence, &data)
}

fn interaction(sequence: u64, id: u64) -> String {
    let data = json!({
        "id": id.to_string(), "application_id": "1", "type": 1, "token": "t", "version": 1,
        "authorizing_integration_owners": {}, "attachment_size_limit": 1, "entitlements": [],
    });
    dispatch("INTERACTION_CREATE", sequence, &data)
}

/// When each interaction happened, by id.
type Happened = Arc<Mutex<Vec<Instant>>>;

/// Sends events as they happen, or once the shard reads on.
async fn flood(mut connection: Connection, happened: Happened) -> Connection {
    let began = now();
    let mut sequence = 1;
    for millisecond in 0..INTERACTIONS * INTERACTION_INTERVAL {
        let at = began + Duration::from_millis(millisecond);
        tokio::time::sleep_until(at).await;
        for _ in 0..TYPINGS_PER_MILLISECOND {
            sequence += 1;
            connection.send(&typing(sequence)).await;
        }
        if millisecond.is_multiple_of(INTERACTION_INTERVAL) {
            sequence += 1;
            happened.lock().unwrap().push(at);
            let id = millisecond / INTERACTION_INTERVAL + 1;
            connection.send(&interaction(sequence, id)).await;
        }
    }
    connection
}

/// Returns the 99th percentile of the waits of interactions.
async fn p99(policy: OverflowPolicy) -> Duration {
    let (shard, mut gateway) = start();
    let settings = BufferSettings::new(64).overflow(policy);
    let (item_sender, mut items) = item_channel_with(settings);
    tokio::spawn(async move { item_sender.run(shard, EventTypeFlags::all()).await });
    let happened = Happened::default();
    let connection = gateway.begin().await;
    let server = tokio::spawn(flood(connection, Arc::clone(&happened)));
    let mut waits = Vec::new();
    while (waits.len() as u64) < INTERACTIONS {
        let item = items.next().await.expect("the shard has not stopped");
        if let Item::Event(Event::InteractionCreate(interaction)) = &item {
            let id = interaction.id.get() as usize;
            waits.push(now() - happened.lock().unwrap()[id - 1]);
        }
        // The work of a handler.
        sleep(Duration::from_millis(1)).await;
    }
    drop(server.await);
    waits.sort();
    waits[waits.len() * 99 / 100]
}

#[tokio::test(start_paused = true)]
async fn interactions_are_prompt_while_presences_are_shed() {
    let in_order = p99(OverflowPolicy::stop_reading()).await;
    let policy = OverflowPolicy::stop_reading()
        .shed(EventTypeFlags::TYPING_START)
        .overtake(EventTypeFlags::INTERACTION_CREATE);
    let overtaking = p99(policy).await;
    println!(
        "99 % of interactions wait {:.3} s at most in order, and {:.3} s if they overtake and typing is shed",
        in_order.as_secs_f64(),
        overtaking.as_secs_f64()
    );
    assert!(in_order > LIMIT, "{in_order:?}");
    assert!(overtaking < LIMIT / 50, "{overtaking:?}");
}
