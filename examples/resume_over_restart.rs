//! A shard whose session survives a restart of the process, so that no event is missed.
//!
//! On ctrl-c it closes the connection in a way that keeps the session for some minutes, and stores the session in the
//! file `SESSION_FILE` (default `session.json`). The next run resumes it and gets the events that happened in between.
//!
//! It reads the bot's token from `DISCORD_TOKEN`. To run it against another gateway than Discord's, such as
//! `gloaming-emulator`, set `GATEWAY_URL`.

mod shutdown;

use gloaming::{
    CloseFrame, ConfigBuilder, EventTypeFlags, Intents, Item, Lifecycle, Session, Shard, ShardId,
};
use std::{env, error::Error, fs, io::ErrorKind};

type Result<T> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

#[tokio::main]
async fn main() -> Result<()> {
    tracing_subscriber::fmt::init();
    let token = env::var("DISCORD_TOKEN").map_err(|_| "set DISCORD_TOKEN to your bot's token")?;
    let path = env::var("SESSION_FILE").unwrap_or_else(|_| "session.json".to_owned());

    let intents = Intents::GUILDS | Intents::GUILD_MESSAGES | Intents::GUILD_MESSAGE_TYPING;
    let mut config = ConfigBuilder::new(token, intents);
    if let Ok(url) = env::var("GATEWAY_URL") {
        config = config.gateway_url(url);
    }
    if let Some(session) = load(&path)? {
        println!("resuming after event {}", session.sequence());
        config = config.session(session);
    }
    let mut shard = Shard::with_config(ShardId::ONE, config.build());

    let sender = shard.sender();
    tokio::spawn(async move {
        if shutdown::requested().await.is_ok() {
            // Every close code but 1000 and 1001 keeps the session. It fails only if the shard has stopped already.
            _ = sender.close(CloseFrame::RESUME);
        }
    });

    let mut events = 0;
    // It ends after the shard has closed, so that events which arrived before are handled, too.
    while let Some(item) = shard.next_item(EventTypeFlags::all()).await {
        match item {
            // HELLO, heartbeat ACKs and the like belong to the connection and have no name.
            Item::Event(event) => events += u64::from(event.kind().name().is_some()),
            Item::Unknown(_) | Item::Undecodable(_) => events += 1,
            Item::Lifecycle(Lifecycle::Ready { .. }) => println!("ready, with a new session"),
            Item::Lifecycle(Lifecycle::Resumed { replayed }) => {
                println!("resumed, {replayed} events replayed");
            }
            Item::Failure(error) if error.is_fatal() => return Err(error.into()),
            Item::Failure(error) => eprintln!("{error}"),
            _ => {}
        }
    }
    if let Some(session) = shard.session() {
        fs::write(&path, serde_json::to_vec(session)?)?;
        println!(
            "handled {events} events, stored the session at event {}",
            session.sequence()
        );
    }
    Ok(())
}

/// Reads the session that the run before has stored.
fn load(path: &str) -> Result<Option<Session>> {
    match fs::read(path) {
        Ok(stored) => Ok(Some(serde_json::from_slice(&stored)?)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error.into()),
    }
}
