//! How workers take events from the stream.

use crate::{
    api::Api,
    config::NatsConfig,
    connect::connect,
    delivery::Delivery,
    delivery_order::{DeliveryOrder, TakenEvents},
    error::{Cause, NatsError},
    event_message::{name_token, read},
    event_stream::{check_name, default_name, stream_name, subject_prefix},
};
use async_nats::jetstream::{
    AckKind, Context,
    consumer::{AckPolicy, pull},
    context::ContextBuilder,
};
use futures_util::StreamExt as _;
use gloaming_coordinator::StreamItem;
use std::{
    fmt::{self, Debug, Formatter},
    sync::Arc,
    time::Duration,
};
use tokio::time::sleep;

const REQUEST_TIMEOUT: Duration = Duration::from_secs(2);

/// How long to wait before the consumer is created again.
const RETRY: Duration = Duration::from_millis(500);

/// How long a request for events stays at the server.
const EXPIRES: Duration = Duration::from_secs(30);

/// How often the server says that it is there while there are no events.
const HEARTBEAT: Duration = Duration::from_secs(5);

/// A group of workers, and which events they take.
///
/// All workers of a group have the same, and share the events: each goes to one of them.
///
/// ```
/// use gloaming_nats::WorkerConfig;
///
/// let config = WorkerConfig::new("commands")?.with_events(["INTERACTION_CREATE"]);
/// # Ok::<(), gloaming_nats::NatsError>(())
/// ```
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct WorkerConfig {
    group: String,
    stream: Arc<str>,
    events: Vec<String>,
    shards: Vec<u32>,
    ack_wait: Duration,
    max_pending: u32,
    prefetch: u32,
}

impl WorkerConfig {
    /// The longest name of a group.
    const MAX_NAME: usize = 48;

    /// Names the group, with 1 to 48 letters, digits, `-` and `_`. It takes all events.
    ///
    /// # Errors
    ///
    /// Fails if the name can't be used.
    pub fn new(group: &str) -> Result<Self, NatsError> {
        let is_allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
        if !(1..=Self::MAX_NAME).contains(&group.len()) || !group.chars().all(is_allowed) {
            return Err(NatsError::of_group(group, Self::MAX_NAME));
        }
        Ok(Self {
            group: group.to_owned(),
            stream: default_name(),
            events: Vec::new(),
            shards: Vec::new(),
            ack_wait: Duration::from_secs(30),
            max_pending: 1000,
            prefetch: 32,
        })
    }

    /// Takes the events of the stream with [this name](crate::EventStream::named), instead of the default one.
    ///
    /// # Errors
    ///
    /// Fails if no stream can have the name.
    pub fn with_stream(mut self, name: &str) -> Result<Self, NatsError> {
        check_name(name)?;
        self.stream = name.into();
        Ok(self)
    }

    /// Takes only the events with these names, such as `MESSAGE_CREATE`. With [`EventLoss::NAME`], it also takes the news that events
    /// of a shard are lost.
    ///
    /// [`EventLoss::NAME`]: gloaming_coordinator::EventLoss::NAME
    #[must_use]
    pub fn with_events<N: Into<String>>(mut self, names: impl IntoIterator<Item = N>) -> Self {
        self.events = names.into_iter().map(Into::into).collect();
        self
    }

    /// Takes only the events of the shards with these numbers.
    #[must_use]
    pub fn with_shards(mut self, numbers: impl IntoIterator<Item = u32>) -> Self {
        self.shards = numbers.into_iter().collect();
        self
    }

    /// Sets how long a worker has for an event and those that it has taken in advance, at least 1 s. After that, the event is
    /// delivered again. The default is 30 s.
    #[must_use]
    pub fn with_ack_wait(mut self, wait: Duration) -> Self {
        self.ack_wait = wait.max(Duration::from_secs(1));
        self
    }

    /// Sets how many events may be with the workers of the group at the same time, at least 1. The default is 1,000. With 1, the
    /// group handles the events one after another, and so in their order.
    #[must_use]
    pub fn with_max_pending(mut self, events: u32) -> Self {
        self.max_pending = events.max(1);
        self
    }

    /// Sets how many events a worker takes in advance, at least 1. The default is 32.
    #[must_use]
    pub fn with_prefetch(mut self, events: u32) -> Self {
        self.prefetch = events.max(1);
        self
    }

    /// Returns the subjects of the events, for this bot.
    fn subjects(&self, bot: &str) -> Vec<String> {
        let prefix = subject_prefix(bot, &self.stream);
        let any = || vec!["*".to_owned()];
        let shards = match self.shards.is_empty() {
            true => any(),
            false => self.shards.iter().map(u32::to_string).collect(),
        };
        let names = match self.events.is_empty() {
            true => any(),
            false => self.events.iter().map(|name| name_token(name)).collect(),
        };
        let of_shard = |shard: &String| {
            let subject = |name: &String| format!("{prefix}.{shard}.{name}");
            names.iter().map(subject).collect::<Vec<_>>()
        };
        shards.iter().flat_map(of_shard).collect()
    }

    fn consumer(&self, bot: &str) -> pull::Config {
        pull::Config {
            durable_name: Some(self.group.clone()),
            description: Some("A group of workers".to_owned()),
            ack_policy: AckPolicy::Explicit,
            ack_wait: self.ack_wait,
            max_ack_pending: i64::from(self.max_pending),
            filter_subjects: self.subjects(bot),
            ..pull::Config::default()
        }
    }
}

/// Takes events of a bot from the stream, each at least once.
///
/// An event that is not [acknowledged](Delivery::acknowledge) is delivered again, to this or another worker of the group: after
/// the time that it has for it, or when the worker's process is gone. The same event may come twice then; its
/// [id](gloaming_coordinator::MessageId) tells.
///
/// The stream has the events of a shard in their order, unless a publication has failed: [`Delivery::order`] tells. Several workers of a
/// group handle them side by side. Where the order matters, give each group its shards, and let it have one event at a time.
///
/// A group that takes all events also learns when some of a shard are [lost](StreamItem::Lost).
///
/// ```no_run
/// use gloaming_coordinator::StreamItem;
/// use gloaming_nats::{NatsConfig, Worker, WorkerConfig};
///
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// let config = NatsConfig::new("nats://10.0.0.1:4222", "my-bot")?;
/// let group = WorkerConfig::new("messages")?.with_events(["MESSAGE_CREATE"]);
/// let mut worker = Worker::connect(&config, group).await?;
/// loop {
///     let delivery = worker.next().await?;
///     match delivery.item() {
///         StreamItem::Event(event) => println!("{event:?}"),
///         StreamItem::Lost(loss) => println!("events of {} are lost", loss.shard),
///         _ => {}
///     }
///     delivery.acknowledge().await?;
/// }
/// # }
/// ```
pub struct Worker {
    api: Api,
    context: Context,
    stream: String,
    consumer: pull::Config,
    prefetch: usize,
    messages: Option<pull::Stream>,
    taken: TakenEvents,
    /// Whether it was logged that there is no stream.
    has_warned: bool,
}

impl Worker {
    /// Connects to the servers.
    ///
    /// # Errors
    ///
    /// Fails if no server can be reached, if it is older than 2.11, or if it denies access.
    pub async fn connect(config: &NatsConfig, group: WorkerConfig) -> Result<Self, NatsError> {
        let api = connect(config).await?;
        let context = ContextBuilder::new()
            .timeout(REQUEST_TIMEOUT)
            .build(api.client().clone());
        Ok(Self {
            api,
            context,
            stream: stream_name(&config.bot, &group.stream),
            consumer: group.consumer(&config.bot),
            prefetch: usize::try_from(group.prefetch.min(group.max_pending)).unwrap_or(1),
            messages: None,
            taken: TakenEvents::default(),
            has_warned: false,
        })
    }

    /// Waits for the next event.
    ///
    /// While the servers can't be reached, or the nodes have not created the stream yet, it waits and tries again.
    ///
    /// # Errors
    ///
    /// Fails if the server refuses the group: because of permissions, or because another group takes the same events of a stream
    /// that has each for one group.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future loses no event.
    pub async fn next(&mut self) -> Result<Delivery, NatsError> {
        loop {
            let Some(messages) = &mut self.messages else {
                match self.start().await {
                    Ok(messages) => self.messages = Some(messages),
                    Err(error) => {
                        self.wait_for_later(error)?;
                        sleep(RETRY).await;
                    }
                }
                continue;
            };
            match messages.next().await {
                Some(Ok(message)) => {
                    let headers = message.headers.as_ref();
                    let Some((item, trace)) = read(headers, message.payload.clone()) else {
                        tracing::warn!(
                            subject = %message.subject,
                            "a message in the stream of events is not one that a node publishes: it is dropped"
                        );
                        if let Err(error) = message.ack_with(AckKind::Term).await {
                            tracing::debug!("it will come again: {error}");
                        }
                        continue;
                    };
                    let order = match &item {
                        StreamItem::Event(event) => self.taken.take(event),
                        _ => DeliveryOrder::InOrder,
                    };
                    let api = self.api.clone();
                    return Ok(Delivery::new(api, message, item, order, trace));
                }
                ended => {
                    if let Some(Err(error)) = ended {
                        tracing::debug!("a worker asks for events anew: {error}");
                    }
                    self.messages = None;
                    sleep(RETRY).await;
                }
            }
        }
    }

    /// Ends the worker after its acknowledgements have reached the server.
    ///
    /// Events that it has taken in advance are delivered again, after the time that workers have for them.
    ///
    /// # Errors
    ///
    /// Fails if the server does not answer. Events that were handled then come again.
    pub async fn close(self) -> Result<(), NatsError> {
        drop(self.messages);
        self.api.flush().await
    }

    /// Creates the consumer of the group, or takes the one that exists.
    async fn start(&self) -> Result<pull::Stream, NatsError> {
        self.api.check_connected()?;
        let complaint = self.api.link().complaint();
        let created = self
            .context
            .create_consumer_on_stream(self.consumer.clone(), &self.stream);
        let consumer = created.await.map_err(|error| {
            let error = self.api.consumer_error(error);
            self.api.or_denied(&complaint, error)
        })?;
        let messages = consumer
            .stream()
            .max_messages_per_batch(self.prefetch)
            .expires(EXPIRES)
            .heartbeat(HEARTBEAT)
            .messages();
        let unreachable = || self.api.error(Cause::Unreachable);
        messages
            .await
            .map_err(|error| unreachable().with_source(error))
    }

    /// Returns the error, unless another try is worthwhile.
    fn wait_for_later(&mut self, error: NatsError) -> Result<(), NatsError> {
        if self.api.is_missing_stream(&error) {
            if !self.has_warned {
                self.has_warned = true;
                tracing::warn!(
                    stream = self.stream,
                    "a worker waits for the stream of events, which the nodes of the bot create"
                );
            }
            return Ok(());
        }
        match error.cause() {
            Cause::Unreachable => Ok(()),
            _ => Err(error),
        }
    }
}

impl Debug for Worker {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.debug_struct("Worker")
            .field("api", &self.api)
            .field("stream", &self.stream)
            .field("group", &self.consumer.durable_name)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn group_takes_what_it_names() {
        let group = WorkerConfig::new("g").unwrap();
        assert_eq!(group.subjects("bot"), ["gloaming.bot.events.*.*"]);
        let audit = group.clone().with_stream("audit").unwrap();
        assert_eq!(audit.subjects("bot"), ["gloaming.bot.audit.*.*"]);
        assert!(group.clone().with_stream("a.b").is_err());
        let some = group.with_events(["A", "B.C"]).with_shards([0, 2]);
        assert_eq!(
            some.subjects("bot"),
            [
                "gloaming.bot.events.0.A",
                "gloaming.bot.events.0.B_C",
                "gloaming.bot.events.2.A",
                "gloaming.bot.events.2.B_C",
            ]
        );
        let consumer = some.with_ack_wait(Duration::ZERO).with_max_pending(0);
        let consumer = consumer.consumer("bot");
        assert_eq!(consumer.ack_wait, Duration::from_secs(1));
        assert_eq!(consumer.max_ack_pending, 1);
    }

    #[test]
    fn name_of_a_group_is_a_part_of_a_subject() {
        for name in ["", "a.b", "a b", ">", &"x".repeat(49)] {
            let error = WorkerConfig::new(name).unwrap_err();
            assert!(error.to_string().contains("group"), "{error}");
        }
    }
}
