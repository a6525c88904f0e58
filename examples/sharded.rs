//! As many shards as Discord recommends, each in a task of its own, and a graceful end at ctrl-c.

use gloaming::{
    CloseFrame, Event, EventTypeFlags, Intents, Shard, StreamExt as _, create_recommended,
    emulator::Emulator, error::ReceiveMessageErrorKind,
};
use gloaming_examples::{Result, Stage};
use std::sync::atomic::{AtomicBool, Ordering};

static SHUTDOWN: AtomicBool = AtomicBool::new(false);

#[tokio::main]
async fn main() -> Result<()> {
    let stage = Stage::set(
        Emulator::builder()
            .shards(3)
            .max_concurrency(3)
            .events_per_second(100.0),
    )
    .await?;
    let config = stage
        .config(Intents::GUILDS | Intents::GUILD_MESSAGES)?
        .build();

    // Asks Discord how many shards to start and how fast; all of them share one queue and one TLS setup.
    let shards = create_recommended(&stage.http(), config, |_, builder| builder.build()).await?;
    println!("-- {} shards", shards.len());
    let mut senders = Vec::with_capacity(shards.len());
    let mut tasks = Vec::with_capacity(shards.len());
    for shard in shards {
        senders.push(shard.sender());
        tasks.push(tokio::spawn(runner(shard)));
    }

    stage
        .ended(|stats| stats.sessions_started == 3 && stats.events >= 200)
        .await?;
    println!("-- closing");
    SHUTDOWN.store(true, Ordering::Relaxed);
    for sender in senders {
        // One that has stopped already needs no closing.
        _ = sender.close(CloseFrame::NORMAL);
    }
    for task in tasks {
        task.await??;
    }
    stage.clear().await
}

async fn runner(mut shard: Shard) -> Result<()> {
    let mut events = 0;
    while let Some(item) = shard.next_event(EventTypeFlags::all()).await {
        match item {
            Ok(Event::GatewayClose(_)) if SHUTDOWN.load(Ordering::Relaxed) => break,
            // A slow handler belongs in a task of its own, so that the shard goes on.
            Ok(_) => events += 1,
            Err(error) if error.is_fatal() => return Err(error.into()),
            Err(error) if matches!(error.kind(), ReceiveMessageErrorKind::UnknownEvent(_)) => {}
            Err(error) => eprintln!("shard {}: {error}", shard.id()),
        }
    }
    println!("shard {}: {events} events", shard.id());
    Ok(())
}
