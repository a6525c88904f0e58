//! Tests a bot against the bundled emulator: it answers, also after its connection was lost, and breaks no rule of the
//! gateway's.
//!
//! In a project of your own this is a `#[tokio::test]`, with `gloaming-emulator` as a dev-dependency. It needs neither a
//! token nor a network. More is in the guide of `gloaming-emulator`.

use gloaming::{
    ConfigBuilder, Event, EventTypeFlags, Intents, Shard, ShardId, StreamExt as _,
    emulator::{DEFAULT_TOKEN, Emulator, Selector},
};
use std::{error::Error, time::Duration};
use twilight_http::Client;

type Result<T> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

/// Deadline of each step.
const LIMIT: Duration = Duration::from_secs(20);

const GUILDS: u32 = 3;

/// The bot under test.
async fn run_bot(mut shard: Shard, http: Client) -> Result<()> {
    while let Some(item) = shard.next_event(EventTypeFlags::MESSAGE_CREATE).await {
        match item {
            Ok(Event::MessageCreate(message)) if message.content == "!ping" => {
                http.create_message(message.channel_id)
                    .content("pong!")
                    .await?;
            }
            Err(error) if error.is_fatal() => return Err(error.into()),
            Ok(_) | Err(_) => {}
        }
    }
    Ok(())
}

#[tokio::main]
async fn main() -> Result<()> {
    let emulator = Emulator::builder().guilds(GUILDS).start().await?;

    let intents = Intents::GUILDS | Intents::GUILD_MESSAGES | Intents::MESSAGE_CONTENT;
    let config = ConfigBuilder::new(DEFAULT_TOKEN.to_owned(), intents)
        .gateway_url(emulator.url())
        .build();
    let shard = Shard::with_config(ShardId::ONE, config);
    let rest = emulator.rest_host();
    let http = Client::builder()
        .token(DEFAULT_TOKEN.to_owned())
        .proxy(rest.to_owned(), true)
        .ratelimiter(None)
        .build();
    let bot = tokio::spawn(run_bot(shard, http));

    // READY, and a GUILD_CREATE for each guild.
    emulator
        .within(LIMIT, |stats| stats.dispatches > u64::from(GUILDS))
        .await?;
    let guild = emulator.guild_ids()[0];
    emulator.say(guild, "!ping");
    emulator
        .within(LIMIT, |stats| stats.bot_messages == 1)
        .await?;
    println!("the bot answered: {}", emulator.bot_messages()[0].content);

    // The message arrives while there is no connection. The bot gets it by resuming.
    emulator.drop_connections(Selector::All);
    emulator.say(guild, "!ping");
    emulator
        .within(LIMIT, |stats| stats.bot_messages == 2)
        .await?;
    println!("the bot resumed and answered");

    assert_eq!(emulator.violations(), [], "the bot keeps the rules");
    assert!(!bot.is_finished(), "the bot still runs");
    emulator.shutdown().await;
    println!("passed");
    Ok(())
}
