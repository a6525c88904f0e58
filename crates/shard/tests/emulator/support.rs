//! A shard that talks to an emulator.

use gloaming_emulator::{Emulator, EmulatorBuilder};
use gloaming_shard::{
    Config, ConfigBuilder, EventTypeFlags, Intents, Item, Lifecycle, Shard, ShardId, tls::Tls,
};
use std::time::Duration;

/// What a test that should not take a second may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

pub(crate) async fn start(builder: EmulatorBuilder) -> Emulator {
    builder.start().await.expect("loopback can be listened on")
}

pub(crate) fn builder(emulator: &Emulator) -> ConfigBuilder {
    let intents = Intents::GUILDS | Intents::GUILD_MESSAGES;
    ConfigBuilder::new(gloaming_emulator::DEFAULT_TOKEN.to_owned(), intents)
        .gateway_url(emulator.url())
}

pub(crate) fn over_tls(emulator: &Emulator) -> ConfigBuilder {
    let tls = Tls::new()
        .and_then(|tls| tls.with_root_certificate(emulator.root_certificate()))
        .expect("a backend is compiled in");
    builder(emulator).gateway_url(emulator.wss_url()).tls(tls)
}

pub(crate) fn shard(config: Config) -> Shard {
    Shard::with_config(ShardId::ONE, config)
}

/// Takes items until one is `wanted`.
pub(crate) async fn until(shard: &mut Shard, mut wanted: impl FnMut(&Item) -> bool) -> Item {
    tokio::time::timeout(PATIENCE, async {
        loop {
            let item = shard
                .next_item(EventTypeFlags::all())
                .await
                .expect("the shard goes on");
            if wanted(&item) {
                return item;
            }
        }
    })
    .await
    .expect("it happens in time")
}

pub(crate) async fn until_ready(shard: &mut Shard) {
    until(shard, |item| {
        matches!(item, Item::Lifecycle(Lifecycle::Ready { .. }))
    })
    .await;
}
