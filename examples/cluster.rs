//! A bot of many shards that is restarted, and loses nothing by it.
//!
//! Without a token it talks to the bundled emulator: its shards come up, one of them panics and is
//! started again, and the whole bot goes down and comes up again, resuming every session. Then it
//! compares what it received with what the gateway sent. With `DISCORD_TOKEN` set it does the same with
//! Discord, panic and comparison apart.

use gloaming::{
    Cluster, ClusterBuilder, Event, EventTypeFlags, Health, Intents, Item, Items, Lifecycle,
    Session, ShardScheme,
    emulator::{DEFAULT_TOKEN, Emulator, Selector},
    queue::BoxFuture,
    transport::{Connect, ConnectError, Connector, Transport},
};
use std::{
    collections::BTreeMap,
    env,
    error::Error,
    sync::atomic::{AtomicU32, Ordering},
    time::Duration,
};
use tokio::time::{sleep, timeout};

type Result<T> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

const SHARDS: u32 = 4;

/// For whatever should take a moment.
const PATIENCE: Duration = Duration::from_secs(60);

const HELP: &str = "\
A bot of four shards that is restarted and loses nothing: against the bundled emulator, or, with
DISCORD_TOKEN set, against Discord.

Usage: cluster [--help]

Environment:
  DISCORD_TOKEN  a bot's token; without it no network is needed
  RUST_LOG       what to log, for example gloaming_cluster=debug [default: off]";

#[tokio::main]
async fn main() -> Result<()> {
    match env::args().nth(1).as_deref() {
        None => {}
        Some("--help" | "-h") => {
            println!("{HELP}");
            return Ok(());
        }
        Some(other) => return Err(format!("unknown option {other}; see --help").into()),
    }
    tracing_subscriber::fmt()
        .with_env_filter(env::var("RUST_LOG").unwrap_or_default())
        .init();
    match env::var("DISCORD_TOKEN") {
        Ok(token) => {
            let mut tally = Tally::default();
            let builder = || Cluster::builder(token.clone(), Intents::GUILDS);
            let sessions = first_run(builder(), None, &mut tally).await?;
            second_run(builder(), sessions, &mut tally, |_| true).await
        }
        Err(_) => against_the_emulator().await,
    }
}

async fn against_the_emulator() -> Result<()> {
    let emulator = Emulator::builder()
        .shards(SHARDS)
        .max_concurrency(SHARDS)
        .guilds(12)
        .start()
        .await?;
    let builder = || {
        Cluster::builder(
            DEFAULT_TOKEN.to_owned(),
            Intents::GUILDS | Intents::GUILD_MESSAGES,
        )
        .gateway_url(emulator.url())
    };
    let mut tally = Tally::default();
    let faulty = builder().per_shard_config(|shard, config| match shard.number() {
        1 => config.connector(Faulty::default()).build(),
        _ => config.build(),
    });
    let sessions = first_run(faulty, Some(&emulator), &mut tally).await?;

    // What comes while nobody is there.
    emulator.generate_events(200);
    let sent = || emulator.stats().dispatches;
    second_run(builder(), sessions, &mut tally, |tally| {
        tally.events == sent()
    })
    .await?;

    let stats = emulator.stats();
    println!(
        "-- lost: {}, twice: {}, identifies: {}, resumes: {}",
        sent().saturating_sub(tally.events),
        tally.events.saturating_sub(sent()),
        stats.identifies,
        stats.resumes
    );
    let well = tally.events == sent()
        && (stats.identifies, stats.resumes) == (SHARDS.into(), u64::from(SHARDS) + 1)
        && stats.violations == 0;
    emulator.shutdown().await;
    if !well {
        return Err("the bot and the gateway disagree".into());
    }
    Ok(())
}

/// Comes up, lives through a panic, and goes down with the sessions kept.
async fn first_run(
    builder: ClusterBuilder,
    emulator: Option<&Emulator>,
    tally: &mut Tally,
) -> Result<BTreeMap<u32, Session>> {
    let (cluster, events) = with_shards(builder)?.build().await?;
    // Events would be enough for most bots; items tell everything.
    let mut items = events.into_items();
    cluster.up().await;
    tally.run(&mut items, |tally| tally.ready == SHARDS).await?;
    for (shard, info) in cluster.info() {
        println!("shard {shard}: {:?}, {}", info.health(), info.stage());
    }
    println!("-- {SHARDS} shards are up");

    if let Some(emulator) = emulator {
        emulator.drop_connections(Selector::Shard(1));
        tally.run(&mut items, |tally| tally.resumed == 1).await?;
        for (shard, info) in cluster.info() {
            println!(
                "shard {shard}: {:?}, {} crashes",
                info.health(),
                info.crashes()
            );
        }
    }

    let sessions = cluster.down_resumable().await;
    // What the second run gets again is withheld; what it can't get comes now.
    tally.rest(&mut items).await?;
    println!("-- down, with {} sessions kept", sessions.len());
    Ok(sessions)
}

/// Resumes where the first run stopped.
async fn second_run(
    builder: ClusterBuilder,
    sessions: BTreeMap<u32, Session>,
    tally: &mut Tally,
    done: impl Fn(&Tally) -> bool,
) -> Result<()> {
    tally.resumed = 0;
    let builder = with_shards(builder)?.resume_sessions(sessions);
    let (cluster, events) = builder.build().await?;
    let mut items = events.into_items();
    cluster.up().await;
    tally
        .run(&mut items, |tally| tally.resumed == SHARDS && done(tally))
        .await?;
    println!("-- up again");
    let healthy = async {
        while cluster
            .info()
            .values()
            .any(|info| info.health() != Health::Up)
        {
            sleep(Duration::from_millis(10)).await;
        }
    };
    timeout(PATIENCE, healthy).await?;
    cluster.down();
    tally.rest(&mut items).await
}

fn with_shards(builder: ClusterBuilder) -> Result<ClusterBuilder> {
    Ok(builder
        .shard_scheme(ShardScheme::try_from((.., SHARDS))?)
        // What belongs to the connection, not to the session, is no event to count.
        .event_types(
            EventTypeFlags::all()
                - EventTypeFlags::GATEWAY_HELLO
                - EventTypeFlags::GATEWAY_HEARTBEAT_ACK,
        ))
}

/// What the bot knows, over its restart.
#[derive(Default)]
struct Tally {
    ready: u32,
    resumed: u32,
    events: u64,
}

impl Tally {
    /// Handles what comes until `done`.
    async fn run(&mut self, items: &mut Items, done: impl Fn(&Self) -> bool) -> Result<()> {
        let running = async {
            while !done(self) {
                let (shard, item) = items.next().await.ok_or("every shard has stopped")?;
                self.handle(shard.number(), item)?;
            }
            Ok(())
        };
        timeout(PATIENCE, running).await?
    }

    async fn rest(&mut self, items: &mut Items) -> Result<()> {
        let rest = async {
            while let Some((shard, item)) = items.next().await {
                self.handle(shard.number(), item)?;
            }
            Ok(())
        };
        timeout(PATIENCE, rest).await?
    }

    fn handle(&mut self, shard: u32, item: Item) -> Result<()> {
        match item {
            Item::Event(Event::Ready(_)) => {
                self.ready += 1;
                self.events += 1;
            }
            Item::Event(Event::Resumed) => {
                self.resumed += 1;
                self.events += 1;
            }
            Item::Event(_) | Item::Unknown(_) | Item::Undecodable(_) => self.events += 1,
            Item::Crash(crash) => {
                println!("shard {shard}: its task panicked: {}", crash.reason());
            }
            Item::Lifecycle(Lifecycle::Gap { .. } | Lifecycle::Skipped { .. }) => {
                return Err(format!("shard {shard} has lost events").into());
            }
            Item::Failure(error) if error.is_fatal() => return Err(error.into()),
            Item::Failure(error) => eprintln!("shard {shard}: {error}"),
            _ => {}
        }
        Ok(())
    }
}

/// A user's connector with a bug: it panics at its second connection.
#[derive(Debug, Default)]
struct Faulty {
    connector: Connector,
    attempts: AtomicU32,
}

impl Connect for Faulty {
    fn connect(
        &self,
        url: &str,
    ) -> BoxFuture<'static, std::result::Result<Box<dyn Transport>, ConnectError>> {
        let attempt = self.attempts.fetch_add(1, Ordering::Relaxed);
        if attempt == 1 {
            panic!("this connector has had enough");
        }
        self.connector.connect(url)
    }
}
