//! A bot of several shards as one stream, which is restarted without losing an event.
//!
//! On ctrl-c it stores the sessions of its shards in the file `SESSION_FILE` (default `sessions.json`), and the next
//! run resumes them: that spends no identify, and delivers the events that happened in between.
//!
//! It reads the bot's token from `DISCORD_TOKEN`. To run it against another gateway than Discord's, such as
//! `gloaming-emulator`, set `GATEWAY_URL`.

mod shutdown;

use gloaming::{Cluster, Event, Intents, Item, Lifecycle, Session, ShardScheme};
use std::{collections::BTreeMap, env, error::Error, fs, io::ErrorKind};

type Result<T> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

const SHARDS: u32 = 2;

#[tokio::main]
async fn main() -> Result<()> {
    tracing_subscriber::fmt::init();
    let token = env::var("DISCORD_TOKEN").map_err(|_| "set DISCORD_TOKEN to your bot's token")?;
    let path = env::var("SESSION_FILE").unwrap_or_else(|_| "sessions.json".to_owned());

    let mut builder = Cluster::builder(token, Intents::GUILDS | Intents::GUILD_MESSAGES)
        // Sessions can be resumed with the same number of shards only, so that the number is fixed here.
        .shard_scheme(ShardScheme::try_from((.., SHARDS))?)
        .resume_sessions(load(&path)?);
    if let Ok(url) = env::var("GATEWAY_URL") {
        builder = builder.gateway_url(url);
    }
    let (cluster, events) = builder.build().await?;
    cluster.up().await;

    // Most bots need no more than `events`. The items contain everything else, too.
    let mut items = events.into_items();
    let mut bot = Bot::default();
    let shutdown = shutdown::requested();
    tokio::pin!(shutdown);
    loop {
        tokio::select! {
            item = items.next() => match item {
                Some((shard, item)) => bot.handle(shard.number(), item)?,
                None => return Err("every shard has stopped".into()),
            },
            result = &mut shutdown => {
                result?;
                break;
            }
        }
    }
    for (shard, info) in cluster.info() {
        println!("shard {shard} is {}", info.health());
    }

    let sessions = cluster.down_resumable().await;
    // Delivers what a resume does not bring again. The next run gets all other events.
    while let Some((shard, item)) = items.next().await {
        bot.handle(shard.number(), item)?;
    }
    fs::write(&path, serde_json::to_vec(&sessions)?)?;
    println!(
        "handled {} events, stored {} sessions",
        bot.events,
        sessions.len()
    );
    Ok(())
}

/// Reads the sessions that the run before has stored.
fn load(path: &str) -> Result<BTreeMap<u32, Session>> {
    match fs::read(path) {
        Ok(stored) => Ok(serde_json::from_slice(&stored)?),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(BTreeMap::new()),
        Err(error) => Err(error.into()),
    }
}

#[derive(Default)]
struct Bot {
    events: u64,
}

impl Bot {
    fn handle(&mut self, shard: u32, item: Item) -> Result<()> {
        match item {
            Item::Event(event) => {
                // HELLO, heartbeat ACKs and the like belong to the connection and have no name.
                self.events += u64::from(event.kind().name().is_some());
                if let Event::MessageCreate(message) = event {
                    println!("shard {shard}: message of {}", message.author.name);
                }
            }
            Item::Unknown(_) => self.events += 1,
            Item::Undecodable(error) => {
                self.events += 1;
                eprintln!("shard {shard}: {error}");
            }
            Item::Lifecycle(Lifecycle::Ready { .. }) => println!("shard {shard}: ready"),
            Item::Lifecycle(Lifecycle::Resumed { replayed }) => {
                println!("shard {shard}: resumed, {replayed} events replayed");
            }
            Item::Lifecycle(Lifecycle::Gap { .. } | Lifecycle::Skipped { .. }) => {
                println!("shard {shard}: events were lost");
            }
            Item::Crash(crash) => eprintln!("shard {shard}: {crash}"),
            Item::Failure(error) if error.is_fatal() => return Err(error.into()),
            Item::Failure(error) => eprintln!("shard {shard}: {error}"),
            _ => {}
        }
        Ok(())
    }
}
