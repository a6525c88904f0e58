//! Records what the gateway sends to a file, without secrets, names and message contents.
//!
//! `gloaming-emulator --replay FILE` plays the recording to a bot under test, and
//! [`Emulator::builder().recording(…)`](gloaming::emulator::EmulatorBuilder::recording) does it inside of a test.
//!
//! It reads the bot's token from `DISCORD_TOKEN` and the path of the file from `RECORDING_FILE` (default
//! `traffic.jsonl`), and ends on ctrl-c. To run it against another gateway than Discord's, such as
//! `gloaming-emulator`, set `GATEWAY_URL`.

mod shutdown;

use gloaming::{
    CloseFrame, ConfigBuilder, Intents, Message, Shard, ShardId, StreamExt as _,
    emulator::recording::{RecordOutcome, Recorder, Scrubbing},
};
use std::{env, error::Error};
use tokio::time::Instant;

type Result<T> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

#[tokio::main]
#[expect(
    clippy::disallowed_methods,
    reason = "a recording contains the time of each event"
)]
async fn main() -> Result<()> {
    tracing_subscriber::fmt::init();
    let token = env::var("DISCORD_TOKEN").map_err(|_| "set DISCORD_TOKEN to your bot's token")?;
    let path = env::var("RECORDING_FILE").unwrap_or_else(|_| "traffic.jsonl".to_owned());
    let mut config = ConfigBuilder::new(token, Intents::GUILDS | Intents::GUILD_MESSAGES);
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

    let scrubbing = Scrubbing::default().without_contents().without_names();
    let mut recorder = Recorder::create(&path, 1, scrubbing)?;
    let start = Instant::now();
    let mut recorded = 0;
    while let Some(message) = shard.next_message().await {
        match message {
            Ok(Message::Text(payload)) => {
                let outcome = recorder.record(start.elapsed(), [0, 1], &payload)?;
                if outcome == RecordOutcome::Written {
                    recorded += 1;
                    if recorded % 100 == 0 {
                        println!("{recorded} events");
                    }
                }
            }
            Ok(Message::Close(_)) => {}
            Err(error) if error.is_fatal() => return Err(error.into()),
            Err(error) => eprintln!("{error}"),
        }
    }
    recorder.finish()?;
    println!("recorded {recorded} events in {path}");
    Ok(())
}
