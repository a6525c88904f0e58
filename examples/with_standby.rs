//! Waits for what somebody says next, in the middle of a handler, with `twilight-standby`.

use gloaming::{
    CloseFrame, Event, EventTypeFlags, Intents, MessageSender, Shard, ShardId, StreamExt as _,
    emulator::Emulator,
};
use gloaming_examples::{Result, Stage};
use std::sync::Arc;
use twilight_model::{channel::Message, gateway::payload::incoming::MessageCreate};
use twilight_standby::Standby;

#[tokio::main]
async fn main() -> Result<()> {
    let stage = Arc::new(Stage::set(Emulator::builder().guilds(1)).await?);
    let intents = Intents::GUILDS | Intents::GUILD_MESSAGES | Intents::MESSAGE_CONTENT;
    let mut shard = Shard::with_config(ShardId::ONE, stage.config(intents)?.build());

    let standby = Arc::new(Standby::new());
    let mut talk = None;
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
            Event::Ready(_) => say(&stage, "!order"),
            Event::MessageCreate(message) if message.content == "!order" => {
                // In a task of its own: the shard has to go on for the answer to arrive.
                let (stage, standby, sender) =
                    (Arc::clone(&stage), Arc::clone(&standby), shard.sender());
                talk = Some(tokio::spawn(take_order(
                    stage,
                    standby,
                    sender,
                    message.message.clone(),
                )));
            }
            _ => {}
        }
    }
    if let Some(talk) = talk {
        talk.await??;
    }
    match Arc::into_inner(stage) {
        Some(stage) => stage.clear().await,
        None => Err("nobody else should be on the stage".into()),
    }
}

async fn take_order(
    stage: Arc<Stage>,
    standby: Arc<Standby>,
    sender: MessageSender,
    asked: Message,
) -> Result<()> {
    println!("{}: what may it be?", asked.author.name);
    let guest = asked.author.id;
    let answer = standby.wait_for_message(asked.channel_id, move |message: &MessageCreate| {
        message.author.id == guest
    });
    say(&stage, "a coffee");
    println!(
        "{}: one {}, coming up",
        asked.author.name,
        answer.await?.content
    );
    sender.close(CloseFrame::NORMAL)?;
    Ok(())
}

/// Against Discord, a member has to say it.
fn say(stage: &Stage, content: &str) {
    if let Some(emulator) = stage.emulator() {
        emulator.say(emulator.guild_ids()[0], content);
    }
}
