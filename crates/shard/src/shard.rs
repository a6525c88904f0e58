//! The shard.

mod commands;
mod observation;

use crate::{
    Config, Incoming, Item, Latency, Message, MessageSender, ReceiveMessageError, Session,
    ShardActivity, ShardState,
    driver::{Driver, Reading},
    incoming::UntypedEvent,
    machine::{Machine, StopReason},
    seed::random_seed,
    selection::Selection,
};
use futures_core::Stream;
use gloaming_protocol::{
    Decoded, Decoder, Event, EventTypeFlags, Intents, OwnedPayload, RepairReport, ShardId,
    decode_event,
};
use std::{
    fmt,
    future::poll_fn,
    pin::Pin,
    task::{Context, Poll},
};

/// One session with the gateway, responsible for up to 2500 guilds.
///
/// A shard connects when it is first polled and recovers by itself: it sends heartbeats, resumes after a
/// connection is lost, and identifies again if its session is lost, with a permit of its
/// [queue](crate::ConfigBuilder::queue). It ends when it is [closed](Self::close), or after a
/// [fatal error](ReceiveMessageError::is_fatal).
///
/// # A shard makes progress only while it is polled
///
/// Heartbeats, reconnects and commands happen inside of [`next_event`](crate::StreamExt::next_event) and the
/// other methods that receive. The shard does not mistake a slow consumer for a dead connection, but it
/// sends no heartbeats between two calls. If handlers may take longer than some seconds, run the shard in a
/// task of its own with [`spawn`](Self::spawn), or run the handlers in tasks.
///
/// # Methods that receive
///
/// | method | returns | allocates |
/// |---|---|---|
/// | [`next_event`](crate::StreamExt::next_event) | typed events, as in `twilight-gateway` | the event; nothing for events not wanted |
/// | [`next_item`](Self::next_item) | typed, unknown and undecodable events, lifecycle | the same |
/// | [`next_payload`](Self::next_payload) | raw payloads, cheap to clone | once per payload |
/// | [`next_message`](crate::StreamExt::next_message) or `Stream` | raw text and close frames | once per payload |
/// | [`next_with`](Self::next_with) | borrowed payloads, and [views](Incoming::view) of their events | nothing |
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
    inner: Inner,
    /// Of the event that `poll_event` returned last.
    last_payload: Option<OwnedPayload>,
}

enum Inner {
    Driver(Box<Driver>),
    Misconfigured(Box<Misconfigured>),
}

/// A shard with an invalid configuration, which yields one error and ends.
struct Misconfigured {
    config: Config,
    error: Option<ReceiveMessageError>,
    sender: MessageSender,
    latency: Latency,
    activity: ShardActivity,
}

impl Shard {
    /// Creates a shard with the default configuration. It connects when it is first polled.
    #[must_use]
    pub fn new(id: ShardId, token: String, intents: Intents) -> Self {
        Self::with_config(id, Config::new(token, intents))
    }

    /// Creates a shard with this configuration. It connects when it is first polled.
    ///
    /// A shard with an invalid configuration yields a [fatal error](ReceiveMessageError::is_fatal) that names
    /// the setting, and ends.
    #[must_use]
    pub fn with_config(id: ShardId, mut config: Config) -> Self {
        let session = config.take_session();
        let inner = match Self::prepare(id, &config) {
            Ok((machine_config, decoder)) => {
                let machine = Machine::new(machine_config, session, random_seed());
                Inner::Driver(Box::new(Driver::new(id, config, machine, decoder)))
            }
            Err(error) => Inner::Misconfigured(Box::new(Misconfigured {
                sender: MessageSender::closed(),
                config,
                error: Some(error),
                latency: Latency::new(),
                activity: ShardActivity::new(),
            })),
        };
        Self {
            id,
            inner,
            last_payload: None,
        }
    }

    fn prepare(
        id: ShardId,
        config: &Config,
    ) -> Result<(crate::machine::MachineConfig, Decoder), ReceiveMessageError> {
        let machine = config
            .machine_config(id)
            .map_err(ReceiveMessageError::from_config)?;
        let decoder = Decoder::with_inflater(
            config.compression(),
            config.inflater(),
            config.decoder_limits(),
        )
        .map_err(ReceiveMessageError::from_decoder_setup)?;
        Ok((machine, decoder))
    }

    /// Returns the shard's id.
    #[must_use]
    pub const fn id(&self) -> ShardId {
        self.id
    }

    /// Returns the configuration that the shard was created with, without its session.
    #[must_use]
    pub const fn config(&self) -> &Config {
        match &self.inner {
            Inner::Driver(driver) => driver.config(),
            Inner::Misconfigured(shard) => &shard.config,
        }
    }

    /// Returns the state of the shard.
    #[must_use]
    pub fn state(&self) -> ShardState {
        match &self.inner {
            Inner::Driver(driver) => driver.machine().state(),
            Inner::Misconfigured(_) => ShardState::FatallyClosed,
        }
    }

    /// Returns the round trip times of heartbeats on the current connection.
    #[must_use]
    pub const fn latency(&self) -> &Latency {
        match &self.inner {
            Inner::Driver(driver) => driver.latency(),
            Inner::Misconfigured(shard) => &shard.latency,
        }
    }

    /// Returns why the shard has stopped for good, if it has. A shard whose configuration is invalid has stopped
    /// from the start.
    #[must_use]
    pub fn stop_reason(&self) -> Option<StopReason> {
        match &self.inner {
            Inner::Driver(driver) => driver.machine().stop_reason(),
            Inner::Misconfigured(_) => Some(StopReason::Misconfigured),
        }
    }

    /// Returns the session, if there is one to resume. Store it to resume after a restart of the program.
    #[must_use]
    pub fn session(&self) -> Option<&Session> {
        match &self.inner {
            Inner::Driver(driver) => driver.machine().session(),
            Inner::Misconfigured(_) => None,
        }
    }

    /// Returns the URL to resume the session on.
    #[must_use]
    pub fn resume_url(&self) -> Option<&str> {
        self.session().and_then(Session::resume_url)
    }

    /// Returns the payload of the event that [`next_event`](crate::StreamExt::next_event) or a
    /// [`ShardEventStream`](crate::compat::ShardEventStream) returned last.
    ///
    /// Returns `None` if the [payloads of its kind](crate::ConfigBuilder::keep_payloads) are not kept, and as soon as
    /// the shard is polled again. [`next_item`](Self::next_item) returns the payload with the event.
    ///
    /// ```no_run
    /// use gloaming_shard::{Event, EventTypeFlags, Shard, StreamExt as _};
    ///
    /// # async fn example(mut shard: Shard) {
    /// // The configuration keeps the payloads of `INTERACTION_CREATE`.
    /// while let Some(event) = shard.next_event(EventTypeFlags::all()).await {
    ///     if let (Ok(Event::InteractionCreate(_)), Some(payload)) = (event, shard.last_payload()) {
    ///         println!("{}", payload.data());
    ///     }
    /// }
    /// # }
    /// ```
    #[must_use]
    pub const fn last_payload(&self) -> Option<&OwnedPayload> {
        self.last_payload.as_ref()
    }

    const fn sender_ref(&self) -> &MessageSender {
        match &self.inner {
            Inner::Driver(driver) => driver.sender(),
            Inner::Misconfigured(shard) => &shard.sender,
        }
    }

    /// Returns the next item: an event among `events`, or a change or failure of the connection. Returns
    /// `None` once the shard has stopped.
    ///
    /// Events without a type, and events that do not match their type, are items with their JSON. So are events of the
    /// kinds whose [payloads are kept](crate::ConfigBuilder::keep_payloads).
    ///
    /// # Cancel safety
    ///
    /// If the future is dropped, no item is lost.
    pub async fn next_item(&mut self, events: EventTypeFlags) -> Option<Item> {
        let selection = Selection::new(events, self.config());
        let mut repaired = None;
        let item = self
            .next_with(|incoming| Item::selected(incoming, selection, &mut repaired))
            .await;
        if let Some(item) = &item {
            self.delivered(item, repaired);
        }
        item
    }

    /// Returns the next payload among `events`, not parsed and cheap to clone. Lifecycle events are skipped.
    /// Returns `None` once the shard has stopped.
    ///
    /// # Errors
    ///
    /// Returns failures of the connection. The shard recovers from them unless they
    /// [are fatal](ReceiveMessageError::is_fatal).
    ///
    /// # Cancel safety
    ///
    /// If the future is dropped, no payload is lost.
    pub async fn next_payload(
        &mut self,
        events: EventTypeFlags,
    ) -> Option<Result<OwnedPayload, ReceiveMessageError>> {
        self.next_with(|incoming| match incoming {
            Incoming::Payload(payload) => events
                .intersects(EventTypeFlags::of(payload))
                .then(|| Ok(payload.to_owned_payload())),
            Incoming::Repaired(_) | Incoming::Lifecycle(_) => None,
            Incoming::Failure(error) => Some(Err(error)),
        })
        .await
    }

    /// Calls `visit` for everything that arrives, borrowed, until it returns a value. Returns that value, or
    /// `None` once the shard has stopped.
    ///
    /// This path copies nothing: a payload for which `visit` returns `None` is never allocated. A proxy
    /// forwards payloads inside of `visit` and always returns `None`.
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
    /// If the future is dropped, nothing is lost.
    pub async fn next_with<R>(
        &mut self,
        mut visit: impl FnMut(Incoming<'_>) -> Option<R>,
    ) -> Option<R> {
        poll_fn(|cx| self.poll_with(cx, Reading::Open, &mut visit)).await
    }

    pub(crate) fn poll_with<R>(
        &mut self,
        cx: &mut Context<'_>,
        reading: Reading,
        mut visit: impl FnMut(Incoming<'_>) -> Option<R>,
    ) -> Poll<Option<R>> {
        self.last_payload = None;
        match &mut self.inner {
            Inner::Driver(driver) => driver.poll_next(cx, reading, visit),
            Inner::Misconfigured(_) if reading != Reading::Open => Poll::Pending,
            Inner::Misconfigured(shard) => Poll::Ready(
                shard
                    .error
                    .take()
                    .and_then(|error| visit(Incoming::Failure(error))),
            ),
        }
    }

    pub(crate) fn poll_event(
        &mut self,
        cx: &mut Context<'_>,
        events: EventTypeFlags,
    ) -> Poll<Option<Result<Event, ReceiveMessageError>>> {
        let selection = Selection::new(events, self.config());
        // Events are large: each is written here at once, and not returned by the visitor.
        let mut result = None;
        let mut untyped = None;
        let mut repaired = None;
        let mut kept = None;
        let polled = self.poll_with(cx, Reading::Open, |incoming| {
            match incoming {
                Incoming::Payload(payload) => {
                    let kind = EventTypeFlags::of(payload);
                    if !selection.events.intersects(kind) {
                        return None;
                    }
                    let is_kept = selection.keep_payloads.intersects(kind);
                    match decode_event(payload, selection.parser) {
                        Ok(Decoded::Event(event)) => {
                            result = Some(Ok(event));
                            if is_kept {
                                kept = Some(payload.to_owned_payload());
                            }
                        }
                        Ok(Decoded::Repaired(event)) => {
                            let (event, report) = event.into_parts();
                            result = Some(Ok(event));
                            if is_kept {
                                kept = Some(report.payload().clone());
                            }
                            repaired = Some(Box::new(report));
                        }
                        Ok(Decoded::Unknown(event)) => {
                            untyped = Some(UntypedEvent::unknown(&event));
                            result = Some(Err(ReceiveMessageError::from_unknown(event)));
                        }
                        Err(error) => {
                            untyped = Some(UntypedEvent::undecodable(&error));
                            result = Some(Err(ReceiveMessageError::from_event(error)));
                        }
                    }
                }
                Incoming::Lifecycle(event) => {
                    result = Some(Ok(Event::GatewayClose(event.close_frame()?)));
                }
                // Logged and counted; an `Event` has no room for it.
                Incoming::Repaired(_) => return None,
                Incoming::Failure(error) => result = Some(Err(error)),
            }
            Some(())
        });
        if polled.is_pending() {
            return Poll::Pending;
        }
        if let Some(untyped) = untyped {
            self.untyped_delivered(untyped);
        }
        if let Some(report) = repaired {
            self.repaired(report);
        }
        if kept.is_some() {
            self.last_payload = kept;
        }
        Poll::Ready(result)
    }

    /// Counts an item that is delivered, and reports how its event was repaired.
    pub(crate) fn delivered(&mut self, item: &Item, repaired: Option<Box<RepairReport>>) {
        match item {
            Item::Unknown(event) => self.untyped_delivered(UntypedEvent::unknown(event)),
            Item::Undecodable(error) => self.untyped_delivered(UntypedEvent::undecodable(error)),
            _ => {}
        }
        if let Some(report) = repaired {
            self.repaired(report);
        }
    }

    /// Reports repairs with the next item.
    fn repaired(&mut self, report: Box<RepairReport>) {
        if let Inner::Driver(driver) = &mut self.inner {
            driver.repaired(report);
        }
    }

    /// Counts repairs whose report is delivered without the driver.
    pub(crate) fn count_repair(&mut self, report: &RepairReport) {
        if let Inner::Driver(driver) = &mut self.inner {
            driver.count_repair(report);
        }
    }

    fn untyped_delivered(&mut self, untyped: UntypedEvent) {
        if let Inner::Driver(driver) = &mut self.inner {
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
            Incoming::Repaired(_) => None,
            Incoming::Failure(error) => Some(Err(error)),
        })
    }
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
