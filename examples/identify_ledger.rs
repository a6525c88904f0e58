//! A ledger of identifies keeps Discord's daily limit over restarts of the program.
//!
//! Without one, each process counts from zero, and a crash loop can use up the limit, after which Discord resets the
//! token. The file is in the folder for this user's state, or where `LEDGER_FILE` says.

mod shutdown;

use gloaming::{
    CloseFrame, ConfigBuilder, Event, EventTypeFlags, Intents, Shard, ShardId, StreamExt as _,
    queue::{FileLedger, InMemoryQueue, QueueSettings},
};
use std::env;

type Result<T> = std::result::Result<T, Box<dyn std::error::Error + Send + Sync>>;

#[tokio::main]
async fn main() -> Result<()> {
    tracing_subscriber::fmt::init();
    let token = env::var("DISCORD_TOKEN").map_err(|_| "set DISCORD_TOKEN to your bot's token")?;
    let ledger = match env::var("LEDGER_FILE") {
        Ok(path) => FileLedger::new(path),
        Err(_) => FileLedger::for_bot(&token)?,
    };
    println!("the ledger is {}", ledger.path().display());

    // `ConfigBuilder::identify_ledger` does the same in one line. This queue is also asked for its numbers.
    let queue = InMemoryQueue::with_ledger(QueueSettings::default(), ledger)?;
    let mut config = ConfigBuilder::new(token, Intents::GUILDS).queue(queue.clone());
    if let Ok(url) = env::var("GATEWAY_URL") {
        config = config.gateway_url(url);
    }
    let mut shard = Shard::with_config(ShardId::ONE, config.build());

    let sender = shard.sender();
    tokio::spawn(async move {
        if shutdown::requested().await.is_ok() {
            // It fails only if the shard has stopped already.
            _ = sender.close(CloseFrame::NORMAL);
        }
    });
    while let Some(item) = shard.next_event(EventTypeFlags::READY).await {
        match item {
            Ok(Event::Ready(ready)) => {
                println!("ready as {}", ready.user.name);
                println!("{} identifies are left today", queue.remaining());
            }
            Ok(_) => {}
            Err(error) if error.is_fatal() => return Err(error.into()),
            Err(error) => eprintln!("{error}"),
        }
    }
    Ok(())
}
