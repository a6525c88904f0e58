//! A cluster whose metrics are served to Prometheus.
//!
//! It reads the bot's token from `DISCORD_TOKEN`, serves `http://127.0.0.1:METRICS_PORT/metrics` (default port 9464),
//! and ends on ctrl-c. To run it against another gateway than Discord's, such as `gloaming-emulator`, set `GATEWAY_URL`.
//!
//! ```sh
//! cargo run --release --example metrics --features metrics
//! ```

mod shutdown;

use gloaming::{
    Cluster, EventTypeFlags, Intents, Item, Lifecycle, ShardScheme,
    protocol::RequestSoundboardSounds,
};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder};
use std::{env, error::Error, net::Ipv4Addr};

type Result<T> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

const SHARDS: u32 = 2;

/// Upper bounds in seconds for latencies and waits. Unlike quantiles, buckets of several shards can be added up.
const BUCKETS: [f64; 10] = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0, 30.0, 300.0];

#[tokio::main]
async fn main() -> Result<()> {
    tracing_subscriber::fmt::init();
    let token = env::var("DISCORD_TOKEN").map_err(|_| "set DISCORD_TOKEN to your bot's token")?;
    let port = match env::var("METRICS_PORT") {
        Ok(port) => port.parse()?,
        Err(_) => 9464,
    };

    // Install the recorder before any shard is made: a shard keeps the recorder that it finds.
    PrometheusBuilder::new()
        .set_buckets_for_metric(Matcher::Suffix("_seconds".to_owned()), &BUCKETS)?
        .with_http_listener((Ipv4Addr::LOCALHOST, port))
        .install()?;
    println!("serving http://127.0.0.1:{port}/metrics");

    let mut builder = Cluster::builder(token, Intents::GUILDS | Intents::GUILD_MESSAGES)
        .shard_scheme(ShardScheme::try_from((.., SHARDS))?)
        .event_types(EventTypeFlags::all());
    if let Ok(url) = env::var("GATEWAY_URL") {
        builder = builder.gateway_url(url);
    }
    let (cluster, events) = builder.build().await?;
    let mut items = events.into_items();
    cluster.up().await;

    let on_shutdown = cluster.clone();
    tokio::spawn(async move {
        if shutdown::requested().await.is_ok() {
            on_shutdown.down();
        }
    });

    while let Some((shard, item)) = items.next().await {
        match item {
            Item::Event(gloaming::Event::Ready(ready)) => {
                println!("shard {shard}: ready");
                // A command, so that there is one to count.
                let guilds = ready.guilds.iter().map(|guild| guild.id);
                let request = RequestSoundboardSounds::new(guilds)?;
                cluster.command(shard, &request).await?;
            }
            Item::Lifecycle(Lifecycle::Resumed { .. }) => println!("shard {shard}: resumed"),
            Item::Failure(error) if error.is_fatal() => return Err(error.into()),
            Item::Failure(error) => eprintln!("shard {shard}: {error}"),
            _ => {}
        }
    }
    Ok(())
}
