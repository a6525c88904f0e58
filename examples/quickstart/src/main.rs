//! A sharded bot that loses its connections, but no events.
//!
//! Without a token it starts the bundled emulator and connects to that, over TLS and with zlib-stream as to Discord. It
//! identifies within the limits and counts events; then the emulator drops its connections, and it resumes. At the end
//! it compares what it received with what the emulator sent. With `DISCORD_TOKEN` set, the same bot connects to Discord.

mod bot;
mod options;

use self::{
    bot::Bot,
    options::{HELP, Options},
};
use gloaming::{Cluster, Config, ConfigBuilder, EventTypeFlags, Intents, Shard, ShardId, tls::Tls};
use gloaming_emulator::{DEFAULT_TOKEN, Emulator, Selector, Stats};
use std::{env, error::Error, time::Duration};
use tokio::time::timeout;
use tracing_subscriber::{
    filter::Targets, layer::SubscriberExt as _, util::SubscriberInitExt as _,
};

/// How long to wait for the last events.
const PATIENCE: Duration = Duration::from_secs(30);

type Result<T> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

#[tokio::main]
async fn main() -> Result<()> {
    let Some(options) = Options::from_args()? else {
        println!("{HELP}");
        return Ok(());
    };
    let filter = env::var("RUST_LOG").unwrap_or_default().parse::<Targets>();
    tracing_subscriber::registry()
        .with(tracing_subscriber::fmt::layer().with_writer(std::io::stderr))
        .with(filter.map_err(|error| format!("RUST_LOG is no log filter: {error}"))?)
        .init();

    let intents = Intents::GUILDS | Intents::GUILD_MESSAGES | Intents::GUILD_MESSAGE_REACTIONS;
    let (config, emulator) = match env::var("DISCORD_TOKEN") {
        Ok(token) => (Config::new(token, intents), None),
        Err(_) => {
            println!("-- DISCORD_TOKEN is not set: starting the gateway emulator on this machine");
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
    let total = options.shards;
    let noun = if total == 1 { "shard" } else { "shards" };
    println!("-- connecting {total} {noun} to {}", config.gateway_url());
    let shards = (0..total)
        .map(|number| ShardId::new(number, total))
        .map(|id| Shard::with_config(id, config.clone()));
    let (cluster, mut items) = Cluster::start(shards, EventTypeFlags::all(), 64)?;

    let mut bot = Bot::default();
    bot.run(&mut items, |bot| bot.ready == total).await?;
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
    bot.run(&mut items, |bot| bot.resumed == total).await?;
    bot.run_for(&mut items, options.run_for / 2).await?;

    if let Some(emulator) = &emulator {
        // What is on its way while the bot closes would be sent, and not received.
        emulator.set_events_per_second(0.0);
        let everything = |bot: &Bot| bot.received() >= emulator.stats().dispatches;
        let arrived = bot.run(&mut items, everything);
        timeout(PATIENCE, arrived)
            .await
            .map_err(|_elapsed| "the bot did not receive everything within 30 s")??;
    }
    println!("-- closing");
    cluster.down();
    while let Some((shard, item)) = items.next().await {
        bot.handle(shard, item)?;
    }
    print!("{bot}");

    match emulator {
        Some(emulator) => {
            let stats = emulator.stats();
            emulator.shutdown().await;
            compare(&bot, &stats)
        }
        None => {
            println!("-- {} events received, {} lost", bot.received(), bot.lost());
            Ok(())
        }
    }
}

/// Compares what the bot received with what the gateway sent.
fn compare(bot: &Bot, stats: &Stats) -> Result<()> {
    let (sent, received) = (stats.dispatches, bot.received());
    let lost = sent.saturating_sub(received);
    println!(
        "-- {sent} events sent, {received} received, {lost} lost; {} of Discord's rules were broken",
        match stats.violations {
            0 => "none".to_owned(),
            broken => broken.to_string(),
        }
    );
    if sent != received || bot.lost() > 0 || stats.violations > 0 {
        return Err("the bot did not receive what the gateway sent, or broke a rule".into());
    }
    Ok(())
}
