//! One shard, one loop: prints messages and answers pings.

use gloaming::{CloseFrame, Event, EventTypeFlags, Intents, Shard, ShardId, StreamExt as _};
use gloaming_examples::{Result, Stage};

#[tokio::main]
async fn main() -> Result<()> {
    let stage = Stage::set(gloaming::emulator::Emulator::builder().guilds(2)).await?;
    let http = stage.http();

    let intents = Intents::GUILDS | Intents::GUILD_MESSAGES | Intents::MESSAGE_CONTENT;
    let mut shard = Shard::with_config(ShardId::ONE, stage.config(intents)?.build());

    let wanted = EventTypeFlags::READY | EventTypeFlags::MESSAGE_CREATE;
    while let Some(item) = shard.next_event(wanted).await {
        match item {
            Ok(Event::Ready(ready)) => {
                println!("ready as {}", ready.user.name);
                if let Some(emulator) = stage.emulator() {
                    emulator.say(emulator.guild_ids()[0], "!ping");
                }
            }
            Ok(Event::MessageCreate(message)) if message.content == "!ping" => {
                println!("{} pings", message.author.name);
                http.create_message(message.channel_id)
                    .content("pong!")
                    .await?;
            }
            Ok(Event::MessageCreate(message)) => {
                println!("{}: {}", message.author.name, message.content);
                if message.author.bot && stage.emulator().is_some() {
                    // Its own answer came back: that was the play.
                    shard.close(CloseFrame::NORMAL);
                }
            }
            Ok(_) => {}
            // Whatever it is, the shard carries on; after a fatal error its stream ends.
            Err(error) if error.is_fatal() => return Err(error.into()),
            Err(error) => eprintln!("{error}"),
        }
    }
    stage.clear().await
}
