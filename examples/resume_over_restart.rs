//! A bot that is replaced by its next version and misses nothing: the first closes so that its session lives on, stores
//! it, and the second resumes it.

use gloaming::{
    CloseFrame, ConfigBuilder, EventTypeFlags, Intents, Item, Lifecycle, Session, Shard, ShardId,
    emulator::Emulator,
};
use gloaming_examples::{Result, Stage};
use std::{env, fs, path::Path, process};

#[tokio::main]
async fn main() -> Result<()> {
    let stage = Stage::set(Emulator::builder().guilds(2)).await?;
    let path = env::temp_dir().join(format!("gloaming-session-{}.json", process::id()));

    println!("-- the first process");
    let first = run(&stage, &path).await?;
    if let Some(emulator) = stage.emulator() {
        // What happens while no process runs.
        emulator.generate_events(20);
    }
    println!("-- the second process");
    let second = run(&stage, &path).await?;
    fs::remove_file(&path)?;

    println!(
        "{} events, then {}: all of the {} there were until the end",
        first.received, second.received, second.sequence
    );
    if first.received + second.received != second.sequence {
        return Err("something was lost, or came twice".into());
    }
    if let Some(emulator) = stage.emulator() {
        let stats = emulator.stats();
        println!("{} identifies, {} resumes", stats.identifies, stats.resumes);
    }
    stage.clear().await
}

/// What one process saw.
struct Seen {
    /// Events.
    received: u64,
    /// The number of the last one: Discord counts them from the session's start.
    sequence: u64,
}

/// What one process does.
async fn run(stage: &Stage, path: &Path) -> Result<Seen> {
    let intents = Intents::GUILDS | Intents::GUILD_MESSAGES | Intents::GUILD_MESSAGE_TYPING;
    let mut config = stage.config(intents)?;
    if let Ok(stored) = fs::read_to_string(path) {
        let session: Session = serde_json::from_str(&stored)?;
        println!("resuming {} after {}", session.id(), session.sequence());
        config = ConfigBuilder::from(config.build()).session(session);
    }
    let mut shard = Shard::with_config(ShardId::ONE, config.build());

    let mut received = 0;
    while let Some(item) = shard.next_item(EventTypeFlags::all()).await {
        match item {
            Item::Event(event) if event.kind().name().is_some() => received += 1,
            Item::Unknown(_) | Item::Undecodable(_) => received += 1,
            Item::Lifecycle(event @ (Lifecycle::Ready { .. } | Lifecycle::Resumed { .. })) => {
                println!("{event:?}");
                if let Some(emulator) = stage.emulator() {
                    emulator.generate_events(20);
                }
                // Any code but 1000 and 1001 keeps the session for some minutes. What was sent until then still comes.
                shard.close(CloseFrame::RESUME);
            }
            Item::Failure(error) if error.is_fatal() => return Err(error.into()),
            Item::Failure(error) => eprintln!("{error}"),
            _ => {}
        }
    }
    let session = shard.session().ok_or("there is no session to go on with")?;
    fs::write(path, serde_json::to_string(session)?)?;
    Ok(Seen {
        received,
        sequence: session.sequence(),
    })
}
