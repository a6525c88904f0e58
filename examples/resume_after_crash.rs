//! A bot that may be killed at any time, and neither loses an event nor counts one twice.
//!
//! Once per second, the cluster saves its sessions in the directory `SESSION_DIR` (default `sessions`), each with what the
//! bot has counted up to exactly this event. Kill it with `kill -9`: the next run resumes the sessions, continues to count
//! from there, and gets the events since.
//!
//! It reads the bot's token from `DISCORD_TOKEN`. To run it against another gateway than Discord's, such as
//! `gloaming-emulator`, set `GATEWAY_URL`.

mod shutdown;

use gloaming::{
    CheckpointPolicy, Cluster, Event, Events, FileStore, Intents, ShardScheme,
    cluster::ApplicationState,
};
use std::{collections::BTreeMap, env, error::Error, time::Duration};
use tokio::time::interval;

type Result<T> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

const SHARDS: u32 = 2;

/// The number of messages, by shard.
type Counts = BTreeMap<u32, u64>;

#[tokio::main]
async fn main() -> Result<()> {
    tracing_subscriber::fmt::init();
    let token = env::var("DISCORD_TOKEN").map_err(|_| "set DISCORD_TOKEN to your bot's token")?;
    let directory = env::var("SESSION_DIR").unwrap_or_else(|_| "sessions".to_owned());

    let mut builder = Cluster::builder(token, Intents::GUILDS | Intents::GUILD_MESSAGES)
        // Sessions can be resumed with the same number of shards only, so that the number is fixed here.
        .shard_scheme(ShardScheme::try_from((.., SHARDS))?)
        .session_store(FileStore::new(directory))
        .checkpoint_policy(CheckpointPolicy::default().with_state(ApplicationState::Provided));
    if let Ok(url) = env::var("GATEWAY_URL") {
        builder = builder.gateway_url(url);
    }
    let (cluster, mut events) = builder.build().await?;

    let mut counts = Counts::new();
    for shard in 0..SHARDS {
        if let Some(state) = cluster.restored(shard) {
            let count = u64::from_le_bytes(state[..].try_into()?);
            println!("shard {shard}: {count} messages were counted before");
            counts.insert(shard, count);
        }
    }
    cluster.up().await;

    let shutdown = shutdown::requested();
    tokio::pin!(shutdown);
    // While no event comes, what was counted before is saved, too.
    let mut tick = interval(Duration::from_secs(1));
    loop {
        tokio::select! {
            event = events.next() => match event {
                Some((shard, event)) => handle(&mut counts, shard.number(), &event),
                None => return Err("every shard has stopped".into()),
            },
            _ = tick.tick() => {}
            result = &mut shutdown => {
                result?;
                break;
            }
        }
        // Between two events, what was counted belongs to the last event that was taken.
        save_due(&mut events, &counts)?;
    }

    events.request_checkpoints();
    save_due(&mut events, &counts)?;
    let sessions = cluster.down_resumable().await;
    let messages: u64 = counts.values().sum();
    println!(
        "counted {messages} messages, stored {} sessions",
        sessions.len()
    );
    Ok(())
}

fn handle(counts: &mut Counts, shard: u32, event: &Event) {
    match event {
        Event::MessageCreate(_) => {
            *counts.entry(shard).or_default() += 1;
            println!("shard {shard}: message {}", counts.values().sum::<u64>());
        }
        Event::Ready(_) => println!("shard {shard}: ready, with a new session"),
        Event::Resumed => println!("shard {shard}: resumed"),
        _ => {}
    }
}

/// Saves what was counted of the shards for which it is time.
fn save_due(events: &mut Events, counts: &Counts) -> Result<()> {
    while let Some(due) = events.checkpoint_due() {
        let shard = due.shard().number();
        let count = counts.get(&shard).copied().unwrap_or_default();
        due.save(count.to_le_bytes().to_vec())?;
    }
    Ok(())
}
