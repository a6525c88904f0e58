//! Waits inside of a handler for the next message of the same user, with `twilight-standby`.
//!
//! Write `!order` in a channel of the bot, and then what you would like to have.
//!
//! It reads the bot's token from `DISCORD_TOKEN` and ends on ctrl-c. To run it against another gateway than Discord's,
//! such as `gloaming-emulator`, set `GATEWAY_URL`.

mod shutdown;

use gloaming::{
    CloseFrame, ConfigBuilder, Event, EventTypeFlags, Intents, Shard, ShardId, StreamExt as _,
};
use std::{env, error::Error, sync::Arc};
use twilight_model::gateway::payload::incoming::MessageCreate;
use twilight_standby::Standby;

type Result<T> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

#[tokio::main]
async fn main() -> Result<()> {
    tracing_subscriber::fmt::init();
    let token = env::var("DISCORD_TOKEN").map_err(|_| "set DISCORD_TOKEN to your bot's token")?;
    let intents = Intents::GUILDS | Intents::GUILD_MESSAGES | Intents::MESSAGE_CONTENT;
    let mut config = ConfigBuilder::new(token, intents);
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

    let standby = Arc::new(Standby::new());
    while let Some(item) = shard.next_event(EventTypeFlags::all()).await {
        let event = match item {
            Ok(event) => event,
            Err(error) if error.is_fatal() => return Err(error.into()),
            Err(error) => {
                eprintln!("{error}");
                continue;
            }
        };
        standby.process(&event);
        match event {
            Event::GuildCreate(guild) => println!("in guild {}", guild.id()),
            Event::MessageCreate(message) if message.content == "!order" => {
                // In a task of its own: the shard must go on for the answer to arrive.
                tokio::spawn(take_order(Arc::clone(&standby), message));
            }
            _ => {}
        }
    }
    Ok(())
}

async fn take_order(standby: Arc<Standby>, order: Box<MessageCreate>) {
    let customer = order.author.id;
    let next_message = standby
        .wait_for_message(order.channel_id, move |message: &MessageCreate| {
            message.author.id == customer
        });
    println!("{}, what would you like?", order.author.name);
    match next_message.await {
        Ok(message) => println!("{}: {}, coming up", order.author.name, message.content),
        Err(canceled) => eprintln!("{canceled}"),
    }
}
