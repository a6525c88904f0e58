//! A shard that connects to an emulator.

#[path = "../transport/harness/proxy_server.rs"]
pub(crate) mod proxy_server;
#[path = "../transport/harness/websocket_server.rs"]
pub(crate) mod websocket_server;

use gloaming_emulator::{Emulator, EmulatorBuilder, Stats};
use gloaming_queue::UnlimitedQueue;
use gloaming_shard::{
    Compression, ConfigBuilder, EventTypeFlags, Intents, Item, Lifecycle, Session, Shard, ShardId,
    machine::BackoffPolicy,
    tls::{Tls, TlsBackend},
};
use std::{pin::pin, time::Duration};

/// The time limit of a test that takes less than a second on an idle machine.
const PATIENCE: Duration = Duration::from_secs(120);

pub(crate) async fn in_time<T>(what: &str, happens: impl Future<Output = T>) -> T {
    let Ok(happened) = tokio::time::timeout(PATIENCE, happens).await else {
        panic!("{what}: it does not happen in time");
    };
    happened
}

/// Returns an emulator builder without identify pacing, since the shards of these tests use no queue.
pub(crate) async fn start(builder: EmulatorBuilder) -> Emulator {
    builder
        .identify_interval(Duration::from_millis(1))
        .start()
        .await
        .expect("loopback is available")
}

/// Returns a configuration with short timeouts and backoff.
pub(crate) fn config(emulator: &Emulator) -> ConfigBuilder {
    let intents = Intents::GUILDS | Intents::GUILD_MESSAGES;
    config_of(emulator, gloaming_emulator::DEFAULT_TOKEN, intents)
}

pub(crate) fn config_of(emulator: &Emulator, token: &str, intents: Intents) -> ConfigBuilder {
    let mut backoff = BackoffPolicy::default();
    backoff.base = Duration::from_millis(10);
    backoff.cap = Duration::from_millis(100);
    ConfigBuilder::new(token.to_owned(), intents)
        .gateway_url(emulator.url())
        .queue(UnlimitedQueue)
        .backoff(backoff)
}

pub(crate) fn over_tls(emulator: &Emulator, config: ConfigBuilder) -> ConfigBuilder {
    let tls = Tls::new()
        .and_then(|tls| tls.with_root_certificate(emulator.root_certificate()))
        .expect("a backend is compiled in");
    config.gateway_url(emulator.wss_url()).tls(tls)
}

pub(crate) fn variants(emulator: &Emulator) -> Vec<(String, ConfigBuilder)> {
    variants_of(emulator, &config(emulator))
}

/// Returns configurations with and without TLS and with every compression that is compiled in.
pub(crate) fn variants_of(
    emulator: &Emulator,
    config: &ConfigBuilder,
) -> Vec<(String, ConfigBuilder)> {
    let mut variants = Vec::new();
    for compression in Compression::ALL {
        if !compression.is_available() {
            continue;
        }
        let config = config.clone().compression(compression);
        if TlsBackend::best().is_some() {
            let config = over_tls(emulator, config.clone());
            variants.push((format!("wss, {compression}"), config));
        }
        variants.push((format!("ws, {compression}"), config));
    }
    variants
}

pub(crate) fn shard(config: ConfigBuilder) -> Shard {
    Shard::with_config(ShardId::ONE, config.build())
}

/// Receives items up to and including the first that is `wanted`.
pub(crate) async fn until(shard: &mut Shard, mut wanted: impl FnMut(&Item) -> bool) -> Vec<Item> {
    let mut items = Vec::new();
    in_time("what is waited for", async {
        loop {
            let item = shard.next_item(EventTypeFlags::all()).await;
            let item = item.unwrap_or_else(|| panic!("the shard ended after {items:?}"));
            let is_wanted = wanted(&item);
            items.push(item);
            if is_wanted {
                return;
            }
        }
    })
    .await;
    items
}

pub(crate) const fn is_ready(item: &Item) -> bool {
    matches!(item, Item::Lifecycle(Lifecycle::Ready { .. }))
}

pub(crate) const fn is_resumed(item: &Item) -> bool {
    matches!(item, Item::Lifecycle(Lifecycle::Resumed { .. }))
}

pub(crate) const fn is_gap(item: &Item) -> bool {
    matches!(item, Item::Lifecycle(Lifecycle::Gap { .. }))
}

/// Polls the shard until the emulator's counters meet a condition.
pub(crate) async fn until_stats(
    shard: &mut Shard,
    emulator: &Emulator,
    condition: impl FnMut(&Stats) -> bool,
) -> Stats {
    let mut condition = pin!(emulator.wait_until(condition));
    in_time("a change of the counters", async {
        loop {
            tokio::select! {
                biased;
                stats = &mut condition => return stats,
                item = shard.next_item(EventTypeFlags::all()) => {
                    assert!(item.is_some(), "the shard ended");
                }
            }
        }
    })
    .await
}

/// Receives all items until the shard stops.
pub(crate) async fn until_end(shard: &mut Shard) -> Vec<Item> {
    let mut items = Vec::new();
    in_time("the end", async {
        while let Some(item) = shard.next_item(EventTypeFlags::all()).await {
            items.push(item);
        }
    })
    .await;
    items
}

pub(crate) fn session(shard: &Shard) -> Session {
    shard.session().expect("there is a session").clone()
}

/// Asserts that the emulator recorded no rule violations, and noted no deviation from the documentation.
pub(crate) async fn finish(emulator: Emulator, shard: Shard) {
    drop(shard);
    assert_eq!(emulator.violations(), []);
    assert_eq!(emulator.notes(), []);
    emulator.shutdown().await;
}
