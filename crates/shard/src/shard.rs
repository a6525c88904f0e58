//! The shard as its user sees it.

use crate::{
    ChannelInfoRequest, CommandRatelimiter, Config, Incoming, Item, Latency, MemberRequest,
    Message, MessageSender, ReceiveMessageError, Session, ShardState, SoundboardRequest, Traffic,
    driver::{Driver, Reading, clock},
    error::SendError,
    incoming::UntypedEvent,
    machine::Machine,
};
use futures_core::Stream;
use gloaming_protocol::{
    ChannelInfoField, CloseFrame, Command, Decoded, Decoder, Event, EventTypeFlags, Intents,
    OwnedPayload, ShardId, decode_event,
};
use std::{
    collections::hash_map::RandomState,
    fmt,
    future::poll_fn,
    hash::{BuildHasher, Hasher},
    pin::Pin,
    task::{Context, Poll},
};
use twilight_model::{
    gateway::payload::outgoing::RequestGuildMembers,
    id::{Id, marker::GuildMarker},
};

/// One session with the gateway, responsible for up to 2500 guilds.
///
/// A shard connects when it is first polled, and from then on heals by itself: it heartbeats,
/// resumes after every drop, and identifies again when it must, through its
/// [queue](crate::ConfigBuilder::queue). It ends only when it is [closed](Self::close), or when
/// Discord forbids it to come back.
///
/// # It works while it is polled
///
/// A `Shard` is pull-driven: heartbeats, reconnects and commands happen inside of
/// [`next_event`](crate::StreamExt::next_event) and its kin. A consumer that takes a while between
/// two calls is not mistaken for a dead connection, but heartbeats wait for it. Where handlers may
/// take longer than seconds, let the shard run by itself with [`spawn`](Self::spawn), or run the
/// handlers in tasks of their own.
///
/// # Choose what to receive
///
/// | method | gives | allocates |
/// |---|---|---|
/// | [`next_event`](crate::StreamExt::next_event) | typed events, as `twilight-gateway` does | what the event needs; nothing for unwanted ones |
/// | [`next_item`](Self::next_item) | typed events, unknown events, undecodable events, lifecycle | the same |
/// | [`next_payload`](Self::next_payload) | raw payloads, cheap to clone | once per payload |
/// | [`next_message`](crate::StreamExt::next_message) or `Stream` | raw text and close frames | once per payload |
/// | [`next_with`](Self::next_with) | borrowed payloads | nothing |
///
/// # Example
///
/// ```no_run
/// use gloaming_shard::{Event, EventTypeFlags, Intents, Shard, ShardId, StreamExt as _};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let token = std::env::var("DISCORD_TOKEN")?;
/// let intents = Intents::GUILD_MESSAGES | Intents::MESSAGE_CONTENT;
/// let mut shard = Shard::new(ShardId::ONE, token, intents);
/// while let Some(item) = shard.next_event(EventTypeFlags::MESSAGE_CREATE).await {
///     match item {
///         Ok(Event::MessageCreate(message)) => println!("{}", message.content),
///         Ok(_) => {}
///         Err(error) => eprintln!("{error}"),
///     }
/// }
/// # Ok(())
/// # }
/// ```
pub struct Shard {
    id: ShardId,
    work: Work,
}

/// A shard whose configuration can't work says so once, and ends.
enum Work {
    Driver(Box<Driver>),
    Misconfigured(Box<Misconfigured>),
}

struct Misconfigured {
    config: Config,
    error: Option<ReceiveMessageError>,
    sender: MessageSender,
    latency: Latency,
}

impl Shard {
    /// A shard with the default configuration. Connects when first polled.
    #[must_use]
    pub fn new(id: ShardId, token: String, intents: Intents) -> Self {
        Self::with_config(id, Config::new(token, intents))
    }

    /// A shard with the configuration given. Connects when first polled.
    ///
    /// A configuration that can't work makes a shard whose first item is a
    /// [fatal error](ReceiveMessageError::is_fatal) that says why, and whose stream then ends.
    #[must_use]
    pub fn with_config(id: ShardId, mut config: Config) -> Self {
        let session = config.take_session();
        let work = match Self::prepare(id, &config) {
            Ok((machine_config, decoder)) => {
                let machine = Machine::new(machine_config, session, seed());
                Work::Driver(Box::new(Driver::new(id, config, machine, decoder)))
            }
            Err(error) => Work::Misconfigured(Box::new(Misconfigured {
                sender: MessageSender::closed(),
                config,
                error: Some(error),
                latency: Latency::new(),
            })),
        };
        Self { id, work }
    }

    fn prepare(
        id: ShardId,
        config: &Config,
    ) -> Result<(crate::machine::MachineConfig, Decoder), ReceiveMessageError> {
        let machine = config
            .machine_config(id)
            .map_err(ReceiveMessageError::from_config)?;
        let decoder = Decoder::new(config.compression(), config.decoder_limits())
            .map_err(ReceiveMessageError::from_decoder_setup)?;
        Ok((machine, decoder))
    }

    /// The shard's id.
    #[must_use]
    pub const fn id(&self) -> ShardId {
        self.id
    }

    /// The configuration that the shard was made with, its session apart.
    #[must_use]
    pub const fn config(&self) -> &Config {
        match &self.work {
            Work::Driver(driver) => driver.config(),
            Work::Misconfigured(shard) => &shard.config,
        }
    }

    /// What the shard is doing.
    #[must_use]
    pub fn state(&self) -> ShardState {
        match &self.work {
            Work::Driver(driver) => driver.machine().state(),
            Work::Misconfigured(_) => ShardState::FatallyClosed,
        }
    }

    /// Heartbeat round trips of the current connection.
    #[must_use]
    pub const fn latency(&self) -> &Latency {
        match &self.work {
            Work::Driver(driver) => driver.latency(),
            Work::Misconfigured(shard) => &shard.latency,
        }
    }

    /// How much was received since the shard was made.
    #[must_use]
    pub const fn traffic(&self) -> Traffic {
        match &self.work {
            Work::Driver(driver) => driver.traffic(),
            Work::Misconfigured { .. } => Traffic {
                received_bytes: 0,
                inflated_bytes: 0,
            },
        }
    }

    /// How many commands may be sent, and when the next may (P22). `None` while there is no session
    /// to send them in, or with the limiter switched off.
    #[must_use]
    pub fn ratelimiter(&self) -> Option<CommandRatelimiter> {
        match &self.work {
            Work::Driver(driver) if driver.config().ratelimit_messages() => {
                CommandRatelimiter::of(driver.machine(), clock::now())
            }
            _ => None,
        }
    }

    /// The session, if there is one to resume: store it to resume after a restart.
    #[must_use]
    pub fn session(&self) -> Option<&Session> {
        match &self.work {
            Work::Driver(driver) => driver.machine().session(),
            Work::Misconfigured(_) => None,
        }
    }

    /// The host on which the session is best resumed.
    #[must_use]
    pub fn resume_url(&self) -> Option<&str> {
        self.session().and_then(Session::resume_url)
    }

    /// Queues a command.
    ///
    /// It is sent once the shard is polled, the session is up and the send limit allows. To learn
    /// what becomes of it, see [`MessageSender::submit`]; to learn at once that it can't be queued,
    /// [`MessageSender::command`].
    pub fn command(&self, command: &impl Command) {
        if let Err(error) = self.sender_ref().command(command) {
            tracing::warn!(shard = %self.id, %error, "command not queued");
        }
    }

    /// Queues a payload in JSON; as [`command`](Self::command) otherwise.
    pub fn send(&self, json: String) {
        if let Err(error) = self.sender_ref().send(json) {
            tracing::warn!(shard = %self.id, %error, "payload not queued");
        }
    }

    /// Asks for members of a guild, as [`MessageSender::request_members`].
    ///
    /// They come while the shard is polled: take its events and the handle's chunks at the same time,
    /// with `select!` or from another task.
    ///
    /// ```no_run
    /// use gloaming_shard::{EventTypeFlags, Shard, StreamExt as _};
    /// use twilight_model::{gateway::payload::outgoing::RequestGuildMembers, id::Id};
    ///
    /// # async fn example(mut shard: Shard) -> Result<(), Box<dyn std::error::Error>> {
    /// let request = RequestGuildMembers::builder(Id::new(1)).query("nell", Some(10));
    /// let request = shard.request_members(request)?;
    /// let mut answer = tokio::spawn(request.into_list());
    /// loop {
    ///     tokio::select! {
    ///         list = &mut answer => break println!("{:?}", list??.members),
    ///         event = shard.next_event(EventTypeFlags::MESSAGE_CREATE) => println!("{event:?}"),
    ///     }
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// As [`MessageSender::request_members`].
    pub fn request_members(
        &self,
        request: RequestGuildMembers,
    ) -> Result<MemberRequest, SendError> {
        self.sender_ref().request_members(request)
    }

    /// Asks for the soundboard sounds of guilds, as [`MessageSender::request_soundboard_sounds`]. They
    /// come while the shard is polled.
    ///
    /// # Errors
    ///
    /// As [`MessageSender::request_soundboard_sounds`].
    pub fn request_soundboard_sounds(
        &self,
        guild_ids: impl IntoIterator<Item = Id<GuildMarker>>,
    ) -> Result<SoundboardRequest, SendError> {
        self.sender_ref().request_soundboard_sounds(guild_ids)
    }

    /// Asks for fields of a guild's channels, as [`MessageSender::request_channel_info`]. The answer
    /// comes while the shard is polled.
    ///
    /// # Errors
    ///
    /// As [`MessageSender::request_channel_info`].
    pub fn request_channel_info(
        &self,
        guild_id: Id<GuildMarker>,
        fields: impl IntoIterator<Item = ChannelInfoField>,
    ) -> Result<ChannelInfoRequest, SendError> {
        self.sender_ref().request_channel_info(guild_id, fields)
    }

    /// Closes the shard for good: **its stream ends**, whatever the frame. To drop the connection and
    /// go on in another one, use [`reconnect`](Self::reconnect).
    ///
    /// [`CloseFrame::NORMAL`] (and every frame with code 1000 or 1001) ends the session and shows the
    /// bot as offline; any other code, such as [`CloseFrame::RESUME`]'s, keeps the session for a few
    /// minutes (P19). That is so on an open connection; without one nobody can be told, and the session
    /// stays until Discord forgets it. Poll on until the stream ends: what the server had sent before still arrives.
    /// [`session`](Self::session) then gives what to resume from.
    pub fn close(&self, frame: CloseFrame<'static>) {
        // A shard that is closed already needs no closing.
        _ = self.sender_ref().close(frame);
    }

    /// Drops the connection and resumes on another one. Without an open connection nothing changes:
    /// another is under way already.
    pub fn reconnect(&self) {
        // A shard that is closed has nothing to reconnect.
        _ = self.sender_ref().reconnect();
    }

    /// A handle to send commands from other tasks.
    #[must_use]
    pub fn sender(&self) -> MessageSender {
        self.sender_ref().clone()
    }

    const fn sender_ref(&self) -> &MessageSender {
        match &self.work {
            Work::Driver(driver) => driver.sender(),
            Work::Misconfigured(shard) => &shard.sender,
        }
    }

    /// Everything the shard can tell, with the typed events among `events`.
    ///
    /// Unlike [`next_event`](crate::StreamExt::next_event), names nobody knows come as values,
    /// events that do not fit their type keep their raw JSON, and lifecycle events are told. `None`
    /// once the shard has stopped.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future loses nothing.
    pub async fn next_item(&mut self, events: EventTypeFlags) -> Option<Item> {
        let parser = self.config().json_parser();
        let item = self
            .next_with(|incoming| Item::wanted(incoming, events, parser))
            .await;
        if let Some(item) = &item {
            self.count_if_untyped(item);
        }
        item
    }

    /// The next payload among `events`, raw and cheap to clone; lifecycle is skipped.
    ///
    /// # Errors
    ///
    /// As [`next_event`](crate::StreamExt::next_event), decoding apart.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future loses nothing.
    pub async fn next_payload(
        &mut self,
        events: EventTypeFlags,
    ) -> Option<Result<OwnedPayload, ReceiveMessageError>> {
        self.next_with(|incoming| match incoming {
            Incoming::Payload(payload) => events
                .intersects(EventTypeFlags::of(payload))
                .then(|| Ok(payload.to_owned_payload())),
            Incoming::Lifecycle(_) => None,
            Incoming::Failure(error) => Some(Err(error)),
        })
        .await
    }

    /// Shows everything that arrives to `look`, borrowed, until it makes something of it; `None` once
    /// the shard has stopped.
    ///
    /// This is the path without copies: a payload that `look` answers `None` for was never
    /// allocated. A proxy writes it out from inside of `look` and never answers anything else.
    ///
    /// ```no_run
    /// # async fn example(shard: &mut gloaming_shard::Shard) {
    /// use gloaming_shard::Incoming;
    ///
    /// let mut bytes = 0;
    /// let _: Option<()> = shard
    ///     .next_with(|incoming| {
    ///         if let Incoming::Payload(payload) = incoming {
    ///             bytes += payload.text().len();
    ///         }
    ///         None
    ///     })
    ///     .await;
    /// println!("{bytes} bytes until the shard stopped");
    /// # }
    /// ```
    ///
    /// # Cancel safety
    ///
    /// Dropping the future loses nothing.
    pub async fn next_with<R>(
        &mut self,
        mut look: impl FnMut(Incoming<'_>) -> Option<R>,
    ) -> Option<R> {
        poll_fn(|cx| self.poll_with(cx, Reading::Open, &mut look)).await
    }

    pub(crate) fn poll_with<R>(
        &mut self,
        cx: &mut Context<'_>,
        reading: Reading,
        mut look: impl FnMut(Incoming<'_>) -> Option<R>,
    ) -> Poll<Option<R>> {
        match &mut self.work {
            Work::Driver(driver) => driver.poll_next(cx, reading, look),
            Work::Misconfigured(_) if reading == Reading::Paused => Poll::Pending,
            Work::Misconfigured(shard) => Poll::Ready(
                shard
                    .error
                    .take()
                    .and_then(|error| look(Incoming::Failure(error))),
            ),
        }
    }

    pub(crate) fn poll_event(
        &mut self,
        cx: &mut Context<'_>,
        events: EventTypeFlags,
    ) -> Poll<Option<Result<Event, ReceiveMessageError>>> {
        let parser = self.config().json_parser();
        let mut untyped = None;
        let event = self.poll_with(cx, Reading::Open, |incoming| match incoming {
            Incoming::Payload(payload) => {
                if !events.intersects(EventTypeFlags::of(payload)) {
                    return None;
                }
                Some(match decode_event(payload, parser) {
                    Ok(Decoded::Event(event)) => Ok(event),
                    Ok(Decoded::Unknown(event)) => {
                        untyped = Some(UntypedEvent::unknown(&event));
                        Err(ReceiveMessageError::from_unknown(event))
                    }
                    Err(error) => {
                        untyped = Some(UntypedEvent::undecodable(&error));
                        Err(ReceiveMessageError::from_event(error))
                    }
                })
            }
            Incoming::Lifecycle(event) => event
                .close_frame()
                .map(|frame| Ok(Event::GatewayClose(frame))),
            Incoming::Failure(error) => Some(Err(error)),
        });
        if let Some(untyped) = untyped {
            self.untyped_delivered(untyped);
        }
        event
    }

    /// An item is handed over: counts what has no type.
    pub(crate) fn count_if_untyped(&mut self, item: &Item) {
        match item {
            Item::Unknown(event) => self.untyped_delivered(UntypedEvent::unknown(event)),
            Item::Undecodable(error) => self.untyped_delivered(UntypedEvent::undecodable(error)),
            _ => {}
        }
    }

    fn untyped_delivered(&mut self, untyped: UntypedEvent) {
        if let Work::Driver(driver) = &mut self.work {
            driver.untyped_delivered(untyped);
        }
    }

    pub(crate) fn poll_message(
        &mut self,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Message, ReceiveMessageError>>> {
        self.poll_with(cx, Reading::Open, |incoming| match incoming {
            Incoming::Payload(payload) => Some(Ok(Message::Text(payload.text().to_owned()))),
            Incoming::Lifecycle(event) => {
                event.close_frame().map(|frame| Ok(Message::Close(frame)))
            }
            Incoming::Failure(error) => Some(Err(error)),
        })
    }
}

/// Spreads the first heartbeats and the retries of many shards.
pub(crate) fn seed() -> u64 {
    RandomState::new().build_hasher().finish()
}

impl Stream for Shard {
    type Item = Result<Message, ReceiveMessageError>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.poll_message(cx)
    }
}

impl fmt::Debug for Shard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shard")
            .field("id", &self.id)
            .field("state", &self.state())
            .field("session", &self.session())
            .finish_non_exhaustive()
    }
}
