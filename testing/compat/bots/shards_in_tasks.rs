//! A bot in the style of twilight-gateway 0.16 to 0.18: the recommended number of shards, each in a task, and a
//! flag that stops them.

use std::{
    error::Error,
    sync::atomic::{AtomicBool, AtomicU64, Ordering},
};
#[allow(
    unused_imports,
    reason = "bots for these versions import it and match on it"
)]
use twilight_gateway::error::ReceiveMessageErrorType;
use twilight_gateway::{
    CloseFrame, Config, ConfigBuilder, Event, EventTypeFlags, Intents, Shard, StreamExt as _,
};
use twilight_http::Client;

static SHUTDOWN: AtomicBool = AtomicBool::new(false);

// The numbers of received events, which the test reads.
pub(crate) static READY: AtomicU64 = AtomicU64::new(0);
pub(crate) static MESSAGES: AtomicU64 = AtomicU64::new(0);

/// Runs until `shutdown` completes.
pub(crate) async fn run(
    token: String,
    gateway: String,
    rest: String,
    shutdown: impl Future<Output = ()>,
) -> Result<usize, Box<dyn Error>> {
    let client = Client::builder()
        .token(token.clone())
        .proxy(rest, true)
        .build();
    let config: Config = ConfigBuilder::new(token, Intents::GUILDS | Intents::GUILD_MESSAGES)
        .proxy_url(gateway)
        .build();

    #[allow(deprecated, reason = "0.18 advises against it")]
    let shards =
        twilight_gateway::create_recommended(&client, config, |_, builder| builder.build()).await?;
    let mut senders = Vec::with_capacity(shards.len());
    let mut tasks = Vec::with_capacity(shards.len());

    for shard in shards {
        senders.push(shard.sender());
        tasks.push(tokio::spawn(runner(shard)));
    }

    shutdown.await;
    SHUTDOWN.store(true, Ordering::Relaxed);
    for sender in senders {
        // A shard that has stopped does not need to be closed.
        _ = sender.close(CloseFrame::NORMAL);
    }

    let started = tasks.len();
    for task in tasks {
        task.await?;
    }
    Ok(started)
}

async fn runner(mut shard: Shard) {
    while let Some(item) = shard.next_event(EventTypeFlags::all()).await {
        let event = match item {
            Ok(Event::GatewayClose(_)) if SHUTDOWN.load(Ordering::Relaxed) => break,
            Ok(event) => event,
            Err(source) => {
                tracing::warn!(?source, kind = ?source.kind(), "no event");

                continue;
            }
        };

        match event {
            Event::Ready(_) => drop(READY.fetch_add(1, Ordering::Relaxed)),
            Event::MessageCreate(_) => drop(MESSAGES.fetch_add(1, Ordering::Relaxed)),
            event => tracing::debug!(?event, shard = ?shard.id(), "event"),
        }
    }
}
