//! A sharded bot that loses its connections, but no events.
//!
//! Without a token it starts the bundled emulator and connects to that, over TLS and with zlib-stream as to Discord. It
//! identifies within the limits and counts events; then the emulator drops its connections, and it resumes. At the end
//! it compares what it received with what the emulator sent. With `DISCORD_TOKEN` set, the same bot connects to Discord.

use gloaming::{
    Cluster, Config, ConfigBuilder, Event, EventTypeFlags, Intents, Item, Items, Lifecycle, Shard,
    ShardId,
    emulator::{DEFAULT_TOKEN, Emulator, Selector},
    tls::Tls,
};
use std::{collections::BTreeMap, env, error::Error, time::Duration};
use tokio::time::timeout;

type Result<T> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

const HELP: &str = "\
A sharded bot that connects to the bundled emulator, or to Discord if DISCORD_TOKEN is set.

Usage: quickstart [OPTIONS]

Options:
  --shards N     number of shards [default: 2]
  --seconds S    time to run once all shards are ready [default: 6]
  --help         show this help

Environment:
  DISCORD_TOKEN  the bot's token; without it, no network is needed
  RUST_LOG       log filter, for example gloaming_shard=debug [default: off]";

#[tokio::main]
async fn main() -> Result<()> {
    let Some(options) = Options::from_args()? else {
        println!("{HELP}");
        return Ok(());
    };
    tracing_subscriber::fmt()
        .with_env_filter(env::var("RUST_LOG").unwrap_or_default())
        .init();

    let intents = Intents::GUILDS | Intents::GUILD_MESSAGES | Intents::GUILD_MESSAGE_REACTIONS;
    let (config, emulator) = match env::var("DISCORD_TOKEN") {
        Ok(token) => (Config::new(token, intents), None),
        Err(_) => {
            let emulator = Emulator::builder()
                .guilds(6)
                .events_per_second(200.0)
                .start()
                .await?;
            let config = ConfigBuilder::new(DEFAULT_TOKEN.to_owned(), intents)
                .gateway_url(emulator.wss_url())
                .tls(Tls::new()?.with_root_certificate(emulator.root_certificate())?)
                .build();
            (config, Some(emulator))
        }
    };

    // Each shard runs in a task of its own, so that a slow handler does not delay heartbeats. Clones of a
    // configuration share the identify queue.
    println!("-- {} shards to {}", options.shards, config.gateway_url());
    let shards = (0..options.shards)
        .map(|number| ShardId::new(number, options.shards))
        .map(|id| Shard::with_config(id, config.clone()));
    let (cluster, mut items) = Cluster::start(shards, EventTypeFlags::all(), 64);

    let mut bot = Bot::default();
    bot.run(&mut items, |bot| bot.ready == options.shards)
        .await?;
    bot.run_for(&mut items, options.run_for / 2).await?;

    println!("-- dropping every connection");
    match &emulator {
        Some(emulator) => {
            emulator.drop_connections(Selector::All);
            emulator.generate_events(50);
        }
        None => {
            for shard in cluster.shards() {
                shard.sender().reconnect()?;
            }
        }
    }
    bot.run(&mut items, |bot| bot.resumed == options.shards)
        .await?;
    bot.run_for(&mut items, options.run_for / 2).await?;

    println!("-- closing");
    cluster.down();
    while let Some((shard, item)) = items.next().await {
        bot.handle(shard, item)?;
    }
    bot.report();

    if let Some(emulator) = emulator {
        let stats = emulator.stats();
        println!(
            "-- the gateway sent {} events in {} sessions, and reports {} violations",
            stats.dispatches, stats.sessions_started, stats.violations
        );
        emulator.shutdown().await;
        if stats.dispatches != bot.received() || stats.violations > 0 {
            return Err("the bot did not receive what the gateway sent, or broke a rule".into());
        }
    }
    Ok(())
}

/// What the bot has received so far.
#[derive(Default)]
struct Bot {
    ready: u32,
    resumed: u32,
    shards: BTreeMap<u32, Tally>,
}

/// What one shard has received so far.
#[derive(Default)]
struct Tally {
    by_type: BTreeMap<String, u64>,
    lost: u64,
}

impl Bot {
    /// Handles items until `done` returns `true`.
    async fn run(&mut self, items: &mut Items, done: impl Fn(&Self) -> bool) -> Result<()> {
        while !done(self) {
            let (shard, item) = items.next().await.ok_or("every shard has stopped")?;
            self.handle(shard, item)?;
        }
        Ok(())
    }

    async fn run_for(&mut self, items: &mut Items, time: Duration) -> Result<()> {
        match timeout(time, self.run(items, |_| false)).await {
            Ok(stopped) => stopped,
            Err(_elapsed) => Ok(()),
        }
    }

    fn handle(&mut self, shard: ShardId, item: Item) -> Result<()> {
        let tally = self.shards.entry(shard.number()).or_default();
        match item {
            Item::Event(event) => {
                if let Event::MessageCreate(message) = &event
                    && !tally.by_type.contains_key("MESSAGE_CREATE")
                {
                    println!("shard {shard}: first message, by {}", message.author.name);
                }
                // HELLO, heartbeat ACKs and the like have no name and are not events.
                if let Some(name) = event.kind().name() {
                    tally.count(name);
                }
            }
            // Events without a type arrive with their raw JSON.
            Item::Unknown(event) => tally.count(event.name().unwrap_or("unnamed")),
            Item::Undecodable(error) => {
                tally.count(error.name().unwrap_or("unnamed"));
                eprintln!("shard {shard}: {error}");
            }
            Item::Lifecycle(Lifecycle::AwaitingPermit) => {
                println!("shard {shard}: waiting for permission to identify");
            }
            Item::Lifecycle(Lifecycle::Ready { session_id }) => {
                self.ready += 1;
                println!("shard {shard}: ready, session {session_id}");
            }
            Item::Lifecycle(Lifecycle::Disconnected { cause, .. }) => {
                println!("shard {shard}: disconnected: {cause}");
            }
            Item::Lifecycle(Lifecycle::Resumed { replayed }) => {
                self.resumed += 1;
                println!(
                    "shard {shard}: resumed, replayed: {replayed}, lost: {}",
                    tally.lost
                );
            }
            Item::Lifecycle(Lifecycle::Skipped { after, until }) => tally.lost += until - after - 1,
            // The number of events that were lost after the last one received is not known.
            Item::Lifecycle(Lifecycle::Gap { .. }) => tally.lost += 1,
            Item::Lifecycle(Lifecycle::Stopped { reason }) => {
                println!("shard {shard}: stopped ({reason:?})");
            }
            Item::Crash(crash) => return Err(crash.to_string().into()),
            Item::Failure(error) if error.is_fatal() => return Err(error.into()),
            Item::Failure(error) => eprintln!("shard {shard}: {error}"),
            _ => {}
        }
        Ok(())
    }

    fn received(&self) -> u64 {
        self.shards.values().map(Tally::received).sum()
    }

    fn report(&self) {
        for (shard, tally) in &self.shards {
            println!(
                "shard {shard}: {} events, lost: {}",
                tally.received(),
                tally.lost
            );
            for (name, count) in &tally.by_type {
                println!("  {count:6} {name}");
            }
        }
    }
}

impl Tally {
    fn count(&mut self, name: &str) {
        *self.by_type.entry(name.to_owned()).or_default() += 1;
    }

    fn received(&self) -> u64 {
        self.by_type.values().sum()
    }
}

struct Options {
    shards: u32,
    run_for: Duration,
}

impl Options {
    /// Returns `None` if help is requested.
    fn from_args() -> Result<Option<Self>> {
        let mut options = Self {
            shards: 2,
            run_for: Duration::from_secs(6),
        };
        let mut args = env::args().skip(1);
        while let Some(name) = args.next() {
            let mut value = || {
                args.next()
                    .and_then(|value| value.parse::<u32>().ok())
                    .filter(|value| (1..=1_000).contains(value))
                    .ok_or_else(|| format!("{name} needs a number from 1 to 1000; see --help"))
            };
            match name.as_str() {
                "--shards" => options.shards = value()?,
                "--seconds" => options.run_for = Duration::from_secs(value()?.into()),
                "--help" | "-h" => return Ok(None),
                other => return Err(format!("unknown option {other}; see --help").into()),
            }
        }
        Ok(Some(options))
    }
}
