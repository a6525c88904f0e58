//! Reads events through views: a few values of each, from the text in the shard's buffer, without parsing the event.
//!
//! It counts the messages of each guild, and answers nothing. It reads the bot's token from `DISCORD_TOKEN` and ends on
//! ctrl-c. To run it against another gateway than Discord's, such as `gloaming-emulator`, set `GATEWAY_URL`.

mod shutdown;

use gloaming::protocol::view::{EventView, ViewError};
use gloaming::twilight_model::id::{Id, marker::GuildMarker};
use gloaming::{CloseFrame, ConfigBuilder, Incoming, Intents, ReceiveMessageError, Shard, ShardId};
use std::{collections::BTreeMap, env, error::Error};

type Result<T> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

/// What the bot knows.
#[derive(Default)]
struct Counts {
    messages: BTreeMap<Id<GuildMarker>, u64>,
    others: u64,
}

impl Counts {
    /// Handles an event. Only what is read here costs anything.
    fn handle(&mut self, event: &EventView<'_>) -> std::result::Result<(), ViewError> {
        match event {
            EventView::GuildCreate(guild) if guild.unavailable()? != Some(true) => {
                println!(
                    "guild {} has {:?} members",
                    guild.name()?,
                    guild.member_count()?
                );
            }
            EventView::MessageCreate(message) => {
                let author = message.author()?;
                println!("{}: {}", author.name()?, message.content()?);
                for user in message.mentions()? {
                    println!("  mentions {}", user?.id()?);
                }
                if let Some(guild) = message.guild_id()? {
                    *self.messages.entry(guild).or_default() += 1;
                }
            }
            // No other event is scanned further than to its guild.
            event if event.guild_id().is_some() => self.others += 1,
            _ => {}
        }
        Ok(())
    }
}

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

    let mut counts = Counts::default();
    // The closure is called for everything that arrives, until it returns a value.
    let fatal: Option<ReceiveMessageError> = shard
        .next_with(|incoming| match incoming {
            Incoming::Payload(payload) => {
                let read = payload.view().and_then(|event| counts.handle(&event));
                if let Err(error) = read {
                    // The other values of the event can still be read.
                    eprintln!("{error}");
                }
                None
            }
            Incoming::Failure(error) if error.is_fatal() => Some(error),
            Incoming::Failure(error) => {
                eprintln!("{error}");
                None
            }
            _ => None,
        })
        .await;
    for (guild, count) in counts.messages {
        println!("{count} messages in guild {guild}");
    }
    println!("{} other events of guilds", counts.others);
    fatal.map_or(Ok(()), |error| Err(error.into()))
}
