//! A bot in the style of twilight-gateway 0.16 to 0.18 that receives raw messages, sends commands, saves its
//! session, and resumes it after a restart.

use futures_util::StreamExt as _;
use std::{error::Error, time::Duration};
use twilight_gateway::{
    API_VERSION, CloseFrame, Command, ConfigBuilder, Event, EventTypeFlags, Intents, Message,
    MessageSender, Session, Shard, ShardId, ShardState, StreamExt as _, parse,
    queue::{InMemoryQueue, LIMIT_PERIOD},
};
use twilight_model::{
    gateway::{
        payload::outgoing::{
            RequestGuildMembers, UpdatePresence, identify::IdentifyProperties,
            update_presence::UpdatePresencePayload,
        },
        presence::{ActivityType, MinimalActivity, Status},
    },
    id::Id,
};

/// The session that is saved during a restart of the bot.
pub(crate) struct SavedSession {
    pub(crate) session: String,
    pub(crate) resume_url: String,
}

fn presence() -> Result<UpdatePresencePayload, Box<dyn Error>> {
    let activity = MinimalActivity {
        kind: ActivityType::Listening,
        name: "the gateway".to_owned(),
        url: None,
    };
    Ok(UpdatePresencePayload::new(
        vec![activity.into()],
        false,
        None,
        Status::Online,
    )?)
}

fn send(sender: &MessageSender, command: &impl Command) -> Result<(), Box<dyn Error>> {
    assert!(!sender.is_closed());
    Ok(sender.command(command)?)
}

/// Starts a session, requests the members of a guild, and closes the connection so that the session can be resumed.
pub(crate) async fn run_first(
    token: String,
    gateway: String,
    guild: u64,
) -> Result<SavedSession, Box<dyn Error>> {
    assert_eq!(API_VERSION, 10);
    let queue = InMemoryQueue::new(1, 1000, LIMIT_PERIOD, 1000);
    queue.update(16, 999, Duration::from_secs(60), 1000);
    let config = ConfigBuilder::new(token, Intents::GUILDS | Intents::GUILD_MEMBERS)
        .identify_properties(IdentifyProperties::new("bot", "bot", "linux"))
        .large_threshold(250)
        .presence(presence()?)
        .proxy_url(gateway)
        .queue(queue)
        .ratelimit_messages(true)
        .build();
    assert_eq!(config.large_threshold(), 250);
    let mut shard = Shard::with_config(ShardId::new(0, 1), config);
    assert!(matches!(
        shard.state(),
        ShardState::Disconnected {
            reconnect_attempts: 0
        }
    ));
    assert!(shard.session().is_none() && shard.resume_url().is_none());

    let mut members = 0;
    while let Some(message) = shard.next().await {
        match message? {
            Message::Text(json) => {
                let wanted = EventTypeFlags::READY | EventTypeFlags::MEMBER_CHUNK;
                match parse(json, wanted)?.map(Event::from) {
                    Some(Event::Ready(_)) => {
                        assert!(shard.state().is_identified());
                        assert!(shard.ratelimiter().is_some_and(|limit| {
                            limit.available() <= limit.max()
                                && limit.next_available() <= Duration::from_secs(60)
                        }));
                        assert!(
                            shard.latency().average().is_none()
                                || !shard.latency().recent().is_empty()
                        );
                        let sender = shard.sender();
                        send(
                            &sender,
                            &UpdatePresence::new(
                                presence()?.activities,
                                false,
                                None,
                                Status::Idle,
                            )?,
                        )?;
                        shard
                            .command(&RequestGuildMembers::builder(Id::new(guild)).query("", None));
                    }
                    Some(Event::MemberChunk(chunk)) => {
                        members += chunk.members.len();
                        if chunk.chunk_index + 1 == chunk.chunk_count {
                            shard.close(CloseFrame::RESUME);
                        }
                    }
                    _ => {}
                }
            }
            Message::Close(frame) => {
                tracing::debug!(?frame, "closed");
                break;
            }
        }
    }
    assert!(members > 0);

    let session: &Session = shard.session().ok_or("the shard has no session")?;
    assert!(session.sequence() > 0 && !session.id().is_empty());
    Ok(SavedSession {
        session: serde_json::to_string(session)?,
        resume_url: shard
            .resume_url()
            .ok_or("the shard has no resume URL")?
            .to_owned(),
    })
}

/// Resumes the session, and ends it.
pub(crate) async fn run_resumed(
    token: String,
    gateway: String,
    kept: SavedSession,
) -> Result<(), Box<dyn Error>> {
    let session: Session = serde_json::from_str(&kept.session)?;
    let config = ConfigBuilder::new(token, Intents::GUILDS | Intents::GUILD_MEMBERS)
        .proxy_url(gateway)
        .session(session)
        .resume_url(kept.resume_url)
        .build();
    let mut shard = Shard::with_config(ShardId::ONE, config);
    while let Some(event) = shard.next_event(EventTypeFlags::RESUMED).await {
        match event? {
            Event::Resumed => shard.close(CloseFrame::NORMAL),
            Event::GatewayClose(_) => break,
            other => return Err(format!("unexpected event: {:?}", other.kind()).into()),
        }
    }
    Ok(())
}
