//! What a gateway sent a bot, on file and without its secrets: recorded by a shard, and played again to another.

use gloaming::{
    ConfigBuilder, Intents, Message, Shard, ShardId, StreamExt,
    emulator::{
        DEFAULT_TOKEN, Emulator,
        recording::{RecordOutcome, Recorder, Recording, Scrubbing},
    },
};
use gloaming_examples::{Result, Stage};
use std::{
    env,
    fs::{self, File},
    io::{BufReader, BufWriter},
    path::Path,
    process,
};
use tokio::time::Instant;

const INTENTS: Intents = Intents::GUILDS.union(Intents::GUILD_MESSAGES);

/// Enough for a test of a bot.
const EVENTS: usize = 100;

#[tokio::main]
async fn main() -> Result<()> {
    let stage = Stage::set(Emulator::builder().guilds(2).events_per_second(500.0)).await?;
    let path = env::temp_dir().join(format!("gloaming-traffic-{}.jsonl", process::id()));

    let recorded = record(&stage, &path).await?;
    println!("{recorded} events were recorded");
    let recording = Recording::read(BufReader::new(File::open(&path)?))?;
    fs::remove_file(&path)?;
    let played = play(recording).await?;
    println!("{played} events came again");
    if recorded != played {
        return Err("something was lost, or came twice".into());
    }
    stage.clear().await
}

/// Records what a shard receives: the text of each payload goes to the recorder as it comes.
#[expect(
    clippy::disallowed_methods,
    reason = "a recording says when each event came"
)]
async fn record(stage: &Stage, path: &Path) -> Result<usize> {
    let scrubbing = Scrubbing::default().without_contents().without_names();
    let mut recorder = Recorder::new(BufWriter::new(File::create(path)?), 1, scrubbing)?;
    let mut shard = Shard::with_config(ShardId::ONE, stage.config(INTENTS)?.build());
    let began = Instant::now();
    let mut recorded = 0;
    while recorded < EVENTS {
        match shard.next_message().await {
            Some(Ok(Message::Text(payload))) => {
                let outcome = recorder.record(began.elapsed(), [0, 1], &payload)?;
                recorded += usize::from(outcome == RecordOutcome::Written);
            }
            Some(Ok(Message::Close(_))) => {}
            Some(Err(error)) => return Err(error.into()),
            None => return Err("the shard ended".into()),
        }
    }
    recorder.finish()?;
    Ok(recorded)
}

/// Counts what a shard hears of a recording that is played ten times as fast.
async fn play(recording: Recording) -> Result<usize> {
    let all = recording.dispatches().len();
    let emulator = Emulator::builder()
        .recording(recording)
        .speed(10)
        .start()
        .await?;
    let config = ConfigBuilder::new(DEFAULT_TOKEN.to_owned(), INTENTS).gateway_url(emulator.url());
    let mut shard = Shard::with_config(ShardId::ONE, config.build());
    let mut heard = 0;
    while heard < all {
        match shard.next_message().await {
            Some(Ok(Message::Text(payload))) => {
                heard += usize::from(payload.contains(r#""op":0"#));
            }
            Some(Ok(Message::Close(_))) => {}
            Some(Err(error)) => return Err(error.into()),
            None => return Err("the shard ended".into()),
        }
    }
    emulator.shutdown().await;
    Ok(heard)
}
