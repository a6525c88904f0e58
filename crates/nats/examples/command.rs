//! Sends a command by the node that owns the shard of a guild: asks for the guild's soundboard sounds, which arrive as an event
//! SOUNDBOARD_SOUNDS.
//!
//! ```sh
//! NATS_URL=nats://localhost:4222 BOT=my-bot GUILD=197038439483310086 cargo run --example command
//! ```

use gloaming_nats::{CommandSender, NatsConfig, NatsErrorKind};
use gloaming_protocol::RequestSoundboardSounds;
use std::{env, error::Error};
use twilight_model::id::{Id, marker::GuildMarker};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let servers = env::var("NATS_URL").unwrap_or_else(|_| "nats://localhost:4222".to_owned());
    let bot = env::var("BOT").unwrap_or_else(|_| "my-bot".to_owned());
    let guild: Id<GuildMarker> = env::var("GUILD")?.parse()?;

    let sender = CommandSender::connect(&NatsConfig::new(&servers, &bot)?).await?;
    let command = RequestSoundboardSounds::new([guild])?;
    match sender.send(guild, &command).await {
        Ok(reply) => println!("{}", reply.status.name()),
        // It was sent or not. With the same id, it could be asked for again.
        Err(error) if error.kind() == NatsErrorKind::OutcomeUnknown => println!("unknown"),
        Err(error) => return Err(error.into()),
    }
    Ok(())
}
