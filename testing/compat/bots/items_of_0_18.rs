//! Uses every public item of twilight-gateway 0.18 and its queue. A missing item fails to compile. MIGRATING.md
//! describes the differences of the items.

#![allow(deprecated, reason = "some items of 0.18 are deprecated")]

use futures_util::Stream;
use std::{
    error::Error,
    fmt::Debug,
    time::{Duration, Instant},
};
use tokio::sync::oneshot;
use twilight_gateway::{
    API_VERSION, CloseFrame, Command, CommandRatelimiter, Config, ConfigBuilder, Event, EventType,
    EventTypeFlags, Intents, Latency, Message, MessageSender, Session, Shard, ShardId, ShardState,
    StreamExt, bucket, create_bucket, create_iterator, create_recommended,
    error::{
        ChannelError, ChannelErrorType, CompressionError, CompressionErrorType,
        ReceiveMessageError, ReceiveMessageErrorType, StartRecommendedError,
        StartRecommendedErrorType,
    },
    parse,
    queue::{IDENTIFY_DELAY, InMemoryQueue, LIMIT_PERIOD, Queue},
};
use twilight_model::gateway::{
    Capabilities, OpCode,
    event::GatewayEvent,
    payload::outgoing::{
        RequestGuildMembers, UpdatePresence, UpdateVoiceState, identify::IdentifyProperties,
        update_presence::UpdatePresencePayload,
    },
};

/// Every flag, single events and groups.
const FLAGS: [EventTypeFlags; 95] = [
    EventTypeFlags::AUTO_MODERATION_ACTION_EXECUTION,
    EventTypeFlags::AUTO_MODERATION_CONFIGURATION,
    EventTypeFlags::AUTO_MODERATION_EXECUTION,
    EventTypeFlags::AUTO_MODERATION_RULE_CREATE,
    EventTypeFlags::AUTO_MODERATION_RULE_DELETE,
    EventTypeFlags::AUTO_MODERATION_RULE_UPDATE,
    EventTypeFlags::BAN_ADD,
    EventTypeFlags::BAN_REMOVE,
    EventTypeFlags::CHANNEL_CREATE,
    EventTypeFlags::CHANNEL_DELETE,
    EventTypeFlags::CHANNEL_PINS_UPDATE,
    EventTypeFlags::CHANNEL_UPDATE,
    EventTypeFlags::COMMAND_PERMISSIONS_UPDATE,
    EventTypeFlags::DIRECT_MESSAGES,
    EventTypeFlags::DIRECT_MESSAGE_REACTIONS,
    EventTypeFlags::DIRECT_MESSAGE_TYPING,
    EventTypeFlags::ENTITLEMENT_CREATE,
    EventTypeFlags::ENTITLEMENT_DELETE,
    EventTypeFlags::ENTITLEMENT_UPDATE,
    EventTypeFlags::GATEWAY_HEARTBEAT,
    EventTypeFlags::GATEWAY_HEARTBEAT_ACK,
    EventTypeFlags::GATEWAY_HELLO,
    EventTypeFlags::GATEWAY_INVALIDATE_SESSION,
    EventTypeFlags::GATEWAY_RECONNECT,
    EventTypeFlags::GUILDS,
    EventTypeFlags::GUILD_AUDIT_LOG_ENTRY_CREATE,
    EventTypeFlags::GUILD_CREATE,
    EventTypeFlags::GUILD_DELETE,
    EventTypeFlags::GUILD_EMOJIS_AND_STICKERS,
    EventTypeFlags::GUILD_EMOJIS_UPDATE,
    EventTypeFlags::GUILD_INTEGRATIONS,
    EventTypeFlags::GUILD_INTEGRATIONS_UPDATE,
    EventTypeFlags::GUILD_INVITES,
    EventTypeFlags::GUILD_MEMBERS,
    EventTypeFlags::GUILD_MESSAGES,
    EventTypeFlags::GUILD_MESSAGE_REACTIONS,
    EventTypeFlags::GUILD_MESSAGE_TYPING,
    EventTypeFlags::GUILD_MODERATION,
    EventTypeFlags::GUILD_PRESENCES,
    EventTypeFlags::GUILD_SCHEDULED_EVENTS,
    EventTypeFlags::GUILD_SCHEDULED_EVENT_CREATE,
    EventTypeFlags::GUILD_SCHEDULED_EVENT_DELETE,
    EventTypeFlags::GUILD_SCHEDULED_EVENT_UPDATE,
    EventTypeFlags::GUILD_SCHEDULED_EVENT_USER_ADD,
    EventTypeFlags::GUILD_SCHEDULED_EVENT_USER_REMOVE,
    EventTypeFlags::GUILD_STICKERS_UPDATE,
    EventTypeFlags::GUILD_UPDATE,
    EventTypeFlags::GUILD_VOICE_STATES,
    EventTypeFlags::GUILD_WEBHOOKS,
    EventTypeFlags::INTEGRATION_CREATE,
    EventTypeFlags::INTEGRATION_DELETE,
    EventTypeFlags::INTEGRATION_UPDATE,
    EventTypeFlags::INTERACTION_CREATE,
    EventTypeFlags::INVITE_CREATE,
    EventTypeFlags::INVITE_DELETE,
    EventTypeFlags::MEMBER_ADD,
    EventTypeFlags::MEMBER_CHUNK,
    EventTypeFlags::MEMBER_REMOVE,
    EventTypeFlags::MEMBER_UPDATE,
    EventTypeFlags::MESSAGE_CREATE,
    EventTypeFlags::MESSAGE_DELETE,
    EventTypeFlags::MESSAGE_DELETE_BULK,
    EventTypeFlags::MESSAGE_POLLS,
    EventTypeFlags::MESSAGE_POLL_VOTE_ADD,
    EventTypeFlags::MESSAGE_POLL_VOTE_REMOVE,
    EventTypeFlags::MESSAGE_UPDATE,
    EventTypeFlags::PRESENCE_UPDATE,
    EventTypeFlags::RATE_LIMITED,
    EventTypeFlags::REACTION_ADD,
    EventTypeFlags::REACTION_REMOVE,
    EventTypeFlags::REACTION_REMOVE_ALL,
    EventTypeFlags::REACTION_REMOVE_EMOJI,
    EventTypeFlags::READY,
    EventTypeFlags::RESUMED,
    EventTypeFlags::ROLE_CREATE,
    EventTypeFlags::ROLE_DELETE,
    EventTypeFlags::ROLE_UPDATE,
    EventTypeFlags::STAGE_INSTANCE_CREATE,
    EventTypeFlags::STAGE_INSTANCE_DELETE,
    EventTypeFlags::STAGE_INSTANCE_UPDATE,
    EventTypeFlags::SUBSCRIPTION_CREATE,
    EventTypeFlags::SUBSCRIPTION_DELETE,
    EventTypeFlags::SUBSCRIPTION_UPDATE,
    EventTypeFlags::THREAD_CREATE,
    EventTypeFlags::THREAD_DELETE,
    EventTypeFlags::THREAD_LIST_SYNC,
    EventTypeFlags::THREAD_MEMBERS_UPDATE,
    EventTypeFlags::THREAD_MEMBER_UPDATE,
    EventTypeFlags::THREAD_UPDATE,
    EventTypeFlags::TYPING_START,
    EventTypeFlags::UNAVAILABLE_GUILD,
    EventTypeFlags::USER_UPDATE,
    EventTypeFlags::VOICE_SERVER_UPDATE,
    EventTypeFlags::VOICE_STATE_UPDATE,
    EventTypeFlags::WEBHOOKS_UPDATE,
];

type Source = Option<Box<dyn Error + Send + Sync>>;

fn config() -> Config {
    Config::new("token".to_owned(), Intents::GUILDS)
}

#[test]
fn constants() {
    let version: u8 = API_VERSION;
    assert_eq!(version, 10);
    assert_eq!(IDENTIFY_DELAY, Duration::from_secs(5));
    assert_eq!(LIMIT_PERIOD, Duration::from_secs(86_400));
}

// Time is paused, since the request may be sent again after a wait.
#[tokio::test(start_paused = true)]
async fn groups() {
    let mut ids = bucket(1, 2, 25);
    assert_eq!(ids.len(), 12);
    assert_eq!(ids.next(), Some(ShardId::new(13, 25)));
    assert_eq!(ids.next_back(), Some(ShardId::new(24, 25)));

    let shards = create_bucket(1, 4, 10, config(), |_, builder| builder.build());
    let numbers: Vec<u32> = shards.map(|shard| shard.id().number()).collect();
    assert_eq!(numbers, [1, 5, 9]);

    let mut seen = 0;
    let shards = create_iterator(0..3, 3, config(), |_: ShardId, builder: ConfigBuilder| {
        seen += 1;
        builder.build()
    });
    assert_eq!(shards.len(), 3);
    drop(shards.collect::<Vec<Shard>>());
    assert_eq!(seen, 3);

    // No server listens on this address.
    let client = twilight_http::Client::builder()
        .proxy("127.0.0.1:1".to_owned(), true)
        .build();
    let error: StartRecommendedError =
        create_recommended(&client, config(), |_, builder| builder.build())
            .await
            .map(drop)
            .unwrap_err();
    assert!(matches!(error.kind(), StartRecommendedErrorType::Request));
    let (_, _): (StartRecommendedErrorType, Source) = error.into_parts();
    let _: fn(StartRecommendedError) -> Source = StartRecommendedError::into_source;
    let _ = StartRecommendedErrorType::Deserializing;
}

#[tokio::test]
async fn configuration() {
    let queue = InMemoryQueue::default();
    let builder: ConfigBuilder = ConfigBuilder::new("token".to_owned(), Intents::GUILDS)
        .identify_properties(IdentifyProperties::new("bot", "bot", "linux"))
        .large_threshold(200)
        .proxy_url("ws://127.0.0.1:1".to_owned())
        .queue(queue)
        .ratelimit_messages(false)
        .resume_url("ws://127.0.0.1:2".to_owned())
        .session(Session::new(7, "id".to_owned()));
    let _: fn(ConfigBuilder, UpdatePresencePayload) -> ConfigBuilder = ConfigBuilder::presence;
    let config: Config = builder.build();
    let _: Capabilities = config.capabilities();
    let _: Option<&IdentifyProperties> = config.identify_properties();
    let _: Intents = config.intents();
    let _: u64 = config.large_threshold();
    let _: Option<&UpdatePresencePayload> = config.presence();
    let _: Option<&str> = config.proxy_url();
    let _: bool = config.ratelimit_messages();
    let _: &str = config.token();
    _ = config.queue();
    drop(ConfigBuilder::from(config.clone()));
}

#[tokio::test]
async fn shard_methods() {
    let mut shard: Shard = Shard::new(ShardId::ONE, "token".to_owned(), Intents::GUILDS);
    drop(Shard::with_config(ShardId::ONE, config()));
    let _: &Config = shard.config();
    let _: ShardId = shard.id();
    let _: &Latency = shard.latency();
    assert!(shard.ratelimiter().is_none());
    let _: Option<&str> = shard.resume_url();
    let _: Option<&Session> = shard.session();
    shard.send("{}".to_owned());
    shard.close(CloseFrame::NORMAL);
    let sender: MessageSender = shard.sender();
    assert!(!sender.is_closed());
    let _: Result<(), ChannelError> = sender.send("{}".to_owned());
    let _: Result<(), ChannelError> = sender.close(CloseFrame::RESUME);

    let state: ShardState = shard.state();
    assert!(!state.is_identified());
    assert!(!matches!(
        state,
        ShardState::Active
            | ShardState::FatallyClosed
            | ShardState::Identifying
            | ShardState::Resuming
    ));
    assert_eq!(
        state,
        ShardState::Disconnected {
            reconnect_attempts: 0
        }
    );

    messages(&mut shard);
    // Not polled, since it would connect.
    _ = shard.next_event(EventTypeFlags::all());
}

fn messages<S>(stream: &mut S)
where
    S: StreamExt<Item = Result<Message, ReceiveMessageError>> + Unpin,
{
    fn any(_: &impl Stream) {}
    any(stream);
}

#[test]
fn commands() {
    fn by<C: Command>() -> [usize; 2] {
        let _: fn(&Shard, &C) = |shard, command| shard.command(command);
        let _: fn(&MessageSender, &C) -> Result<(), ChannelError> =
            |sender, command| sender.command(command);
        [0; 2]
    }
    by::<RequestGuildMembers>();
    by::<UpdatePresence>();
    by::<UpdateVoiceState>();
}

#[test]
fn values() {
    assert!(Message::Text(String::new()).is_text());
    assert!(Message::Close(Some(CloseFrame::NORMAL)).is_close());

    let session = Session::new(7, "id".to_owned());
    let _: (&str, u64) = (session.id(), session.sequence());

    let _: fn(&Latency) -> Option<Duration> = Latency::average;
    let _: fn(&Latency) -> u32 = Latency::periods;
    let _: fn(&Latency) -> &[Duration] = Latency::recent;
    let _: fn(&Latency) -> Option<Instant> = Latency::received;
    let _: fn(&Latency) -> Option<Instant> = Latency::sent;

    let _: fn(&CommandRatelimiter) -> u8 = CommandRatelimiter::available;
    let _: fn(&CommandRatelimiter) -> u8 = CommandRatelimiter::max;
    let _: fn(&CommandRatelimiter) -> Duration = CommandRatelimiter::next_available;

    for flag in FLAGS {
        assert!(EventTypeFlags::all().contains(flag) && !flag.is_empty());
    }
    assert_eq!(
        EventTypeFlags::from(EventType::BanAdd),
        EventTypeFlags::BAN_ADD
    );
    assert_eq!(
        EventTypeFlags::try_from((OpCode::Dispatch, Some("GUILD_BAN_ADD"))),
        Ok(EventTypeFlags::BAN_ADD)
    );
}

#[test]
fn parsing() {
    let text = r#"{"op":0,"s":1,"t":"GUILD_DELETE","d":{"id":"1"}}"#;
    let event: Result<Option<GatewayEvent>, ReceiveMessageError> =
        parse(text.to_owned(), EventTypeFlags::GUILDS);
    assert!(matches!(
        event.unwrap().map(Event::from),
        Some(Event::GuildDelete(_))
    ));

    let error: ReceiveMessageError = parse("{".to_owned(), EventTypeFlags::all()).unwrap_err();
    assert!(matches!(
        error.kind(),
        ReceiveMessageErrorType::Deserializing { event } if event == "{"
    ));
    assert!(!matches!(
        error.kind(),
        ReceiveMessageErrorType::Compression | ReceiveMessageErrorType::Reconnect
    ));
    let (_, _): (ReceiveMessageErrorType, Source) = error.into_parts();
    let _: fn(ReceiveMessageError) -> Source = ReceiveMessageError::into_source;
}

#[test]
fn other_errors() {
    let _: fn(&ChannelError) -> &ChannelErrorType = ChannelError::kind;
    let _: fn(ChannelError) -> Source = ChannelError::into_source;
    let _: fn(ChannelError) -> (ChannelErrorType, Source) = ChannelError::into_parts;
    let _ = ChannelErrorType::Closed;

    _ = |error: &CompressionError| _ = error.kind();
    let _: fn(CompressionError) -> Source = CompressionError::into_source;
    let _: fn(CompressionError) -> (CompressionErrorType, Source) = CompressionError::into_parts;
}

#[test]
fn implemented_traits() {
    const fn moved<T: Debug + Send>() {}
    const fn value<T: Debug + Send + Sync>() {}
    const fn copied<T: Clone + Debug + Send + Sync>() {}
    const fn compared<T: Clone + Debug + Eq + Send + Sync>() {}
    const fn failed<T: Error + Send + Sync + 'static>() {}
    const fn waited_for<T: Queue + Clone + Default>() {}

    moved::<Shard>();
    value::<CommandRatelimiter>();
    value::<ConfigBuilder>();
    copied::<Config>();
    copied::<InMemoryQueue>();
    copied::<Latency>();
    copied::<MessageSender>();
    compared::<EventTypeFlags>();
    compared::<Message>();
    compared::<Session>();
    compared::<ShardState>();
    failed::<ChannelError>();
    failed::<CompressionError>();
    failed::<ReceiveMessageError>();
    failed::<StartRecommendedError>();
    waited_for::<InMemoryQueue>();
}

#[tokio::test(start_paused = true)]
async fn in_memory_queue() {
    let queue = InMemoryQueue::new(1, 998, LIMIT_PERIOD, 1000);
    queue.update(16, 998, LIMIT_PERIOD, 1000);
    let enqueue: fn(&InMemoryQueue, u32) -> oneshot::Receiver<()> = InMemoryQueue::enqueue;
    enqueue(&queue, 0).await.unwrap();
    queue.enqueue(1).await.unwrap();
    let borrowed: &dyn Queue = &&queue;
    borrowed.enqueue(2).await.unwrap();
    drop(queue.clone());
}
