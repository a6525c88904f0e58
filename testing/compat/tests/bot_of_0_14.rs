//! A bot in the style of twilight-gateway 0.14: a cluster, a loop over its events, handlers in tasks.

use gloaming_emulator::{DEFAULT_TOKEN, Emulator};
use std::{
    error::Error,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};
use twilight_gateway::{
    Cluster, Event, EventTypeFlags, Intents, ShardId, ShardScheme,
    queue::{InMemoryQueue, Queue},
};
use twilight_model::gateway::{
    payload::outgoing::{UpdatePresence, update_presence::UpdatePresencePayload},
    presence::{ActivityType, MinimalActivity, Status},
};

const SHARDS: u32 = 2;

fn playing(name: &str) -> MinimalActivity {
    MinimalActivity {
        kind: ActivityType::Playing,
        name: name.to_owned(),
        url: None,
    }
}

#[tokio::test]
async fn bot_of_0_14_runs() -> Result<(), Box<dyn Error>> {
    let emulator = Emulator::builder()
        .shards(SHARDS)
        .guilds(6)
        .events_per_second(200.0)
        .max_concurrency(SHARDS)
        .start()
        .await?;
    tokio::time::timeout(Duration::from_secs(60), bot(&emulator)).await??;
    assert_eq!(emulator.violations(), []);
    Ok(())
}

async fn bot(emulator: &Emulator) -> Result<(), Box<dyn Error>> {
    let intents = Intents::GUILDS | Intents::GUILD_MESSAGES;
    let types =
        EventTypeFlags::READY | EventTypeFlags::GUILD_CREATE | EventTypeFlags::MESSAGE_CREATE;
    let scheme = ShardScheme::try_from((0..=1, 2))?;
    let queue: Arc<dyn Queue> = Arc::new(InMemoryQueue::default());
    let presence = |name: &str| {
        UpdatePresencePayload::new([playing(name).into()], false, None, Status::Online)
    };
    let common = presence("together")?;

    let (cluster, mut events) = Cluster::builder(DEFAULT_TOKEN.to_owned(), intents)
        .event_types(types)
        .gateway_url(emulator.url().to_owned())
        .large_threshold(100)
        .presence(common.clone())
        .shard_presence(move |_| Some(common.clone()))
        .ratelimit_payloads(true)
        .queue(queue)
        .shard_scheme(scheme)
        .build()
        .await?;
    let cluster = Arc::new(cluster);
    cluster.up().await;

    let messages = Arc::new(AtomicU32::new(0));
    while let Some((shard_id, event)) = events.next().await {
        let (cluster, messages) = (Arc::clone(&cluster), Arc::clone(&messages));
        tokio::spawn(handle_event(cluster, messages, shard_id, event));
    }
    assert!(messages.load(Ordering::Relaxed) >= 20);
    assert_eq!(cluster.info().len(), 2);
    assert!(cluster.shards().all(|shard| shard.info().is_ok()));
    Ok(())
}

async fn handle_event(
    cluster: Arc<Cluster>,
    messages: Arc<AtomicU32>,
    shard_id: ShardId,
    event: Event,
) {
    match event {
        Event::Ready(_) => {
            let update = UpdatePresence::new([playing("a game").into()], false, None, Status::Idle)
                .expect("the list has an activity");
            cluster
                .command(shard_id, &update)
                .await
                .expect("the shard is running");
        }
        Event::MessageCreate(_) => {
            if let Some(shard) = cluster.shard(shard_id)
                && let Ok(info) = shard.info()
            {
                println!(
                    "shard {shard_id} is {} with a latency of {:?}",
                    info.stage(),
                    info.latency().average(),
                );
            }
            if messages.fetch_add(1, Ordering::Relaxed) + 1 == 20 {
                cluster.down();
            }
        }
        _ => {}
    }
}
