//! Asks over REST how fast the bot may start, and starts with that: what `create_recommended` does, in the open.

use gloaming::{
    CloseFrame, ConfigBuilder, Event, EventTypeFlags, Intents, Shard, ShardId, StreamExt as _,
    emulator::Emulator,
    queue::{InMemoryQueue, QueueSettings},
};
use gloaming_examples::{Result, Stage};
use std::{num::NonZeroU16, time::Duration};
use tokio::task::JoinSet;
use twilight_http::Client;

#[tokio::main]
async fn main() -> Result<()> {
    let stage = Stage::set(Emulator::builder().shards(2).max_concurrency(2)).await?;
    let http = stage.http();

    let me = http.current_user().await?.model().await?;
    let info = http.gateway().authed().await?.model().await?;
    let limit = info.session_start_limit;
    println!(
        "{} should have {} shards; {} of {} session starts are left today",
        me.name, info.shards, limit.remaining, limit.total
    );

    // The queue never spends the last of them: reaching the limit would reset the token.
    let queue = InMemoryQueue::with_settings(QueueSettings {
        max_concurrency: NonZeroU16::new(limit.max_concurrency).unwrap_or(NonZeroU16::MIN),
        remaining: limit.remaining,
        total: limit.total,
        reset_after: Duration::from_millis(limit.reset_after),
        reserve: QueueSettings::default_reserve(limit.total),
    });
    let intents = Intents::GUILDS | Intents::GUILD_MESSAGES | Intents::MESSAGE_CONTENT;
    let config = stage.config(intents)?.queue(queue).build();

    let mut shards = JoinSet::new();
    for number in 0..info.shards {
        let config = ConfigBuilder::from(config.clone()).build();
        let shard = Shard::with_config(ShardId::new(number, info.shards), config);
        shards.spawn(answer_pings(shard, stage.http()));
    }
    if let Some(emulator) = stage.emulator() {
        let guilds = emulator.guild_ids().len() as u64;
        // Two times READY, and each guild's GUILD_CREATE: before that nothing happens in a guild.
        emulator
            .wait_until(|stats| stats.dispatches == 2 + guilds)
            .await;
        for guild in emulator.guild_ids() {
            emulator.say(guild, "!ping");
        }
    }
    while let Some(ended) = shards.join_next().await {
        ended??;
    }
    stage.clear().await
}

/// Until every guild of the shard has had its answer.
async fn answer_pings(mut shard: Shard, http: Client) -> Result<()> {
    let wanted = EventTypeFlags::READY | EventTypeFlags::MESSAGE_CREATE;
    let mut waiting = 0;
    while let Some(item) = shard.next_event(wanted).await {
        match item {
            Ok(Event::Ready(ready)) => waiting = ready.guilds.len(),
            Ok(Event::MessageCreate(message)) if message.content == "!ping" => {
                let answer = format!("pong from shard {}", shard.id());
                let sent = http
                    .create_message(message.channel_id)
                    .content(&answer)
                    .await?;
                println!("{}", sent.model().await?.content);
                waiting -= 1;
                if waiting == 0 {
                    shard.close(CloseFrame::NORMAL);
                }
            }
            Ok(_) => {}
            Err(error) if error.is_fatal() => return Err(error.into()),
            Err(error) => eprintln!("{error}"),
        }
    }
    Ok(())
}
