//! How events reach the stream.

use crate::{
    api::Api,
    bucket::ensure_stream,
    config::NatsConfig,
    connect::connect,
    error::NatsError,
    event_message::{headers, name_token},
    event_stream::{EventStream, subject_prefix},
};
use async_nats::jetstream::{
    Context,
    context::{ContextBuilder, PublishAckFuture},
    message::PublishMessage,
};
use gloaming_coordinator::{CoordinatorError, Events, PublishOutcome, PublishedEvent};
use gloaming_queue::BoxFuture;
use std::{
    fmt::{self, Debug, Formatter},
    sync::Arc,
    time::Duration,
};
use tokio::sync::Mutex;

/// How long the server has to acknowledge an event. When many wait, the last one does so behind all others.
const ACK_TIMEOUT: Duration = Duration::from_secs(5);

/// Returns the context of a trace for an event, as the header `traceparent` of the W3C has it.
type TraceContext = Arc<dyn Fn(&PublishedEvent) -> Option<String> + Send + Sync>;

/// Publishes the events of a bot to a stream of JetStream, from which [workers](crate::Worker) in any language take them.
///
/// It has a connection of its own, so that a flood of events delays no lease. Clones are the same connection.
///
/// - The subject is `gloaming.BOT.events.SHARD.NAME`, such as `gloaming.my-bot.events.3.MESSAGE_CREATE`. Characters of a name
///   that a subject can't have became `_`.
/// - The payload is the JSON of `d` as Discord sent it.
/// - The header `Nats-Msg-Id` is the session id and the sequence. For two minutes, the server stores each once.
/// - The headers `Gloaming-Event`, `Gloaming-Shard`, `Gloaming-Shard-Total` and `Gloaming-Fence` say what it is and whose, and
///   `traceparent` belongs to which [trace](Self::with_trace_context). Workers compare fences: the server can't.
///
/// If a publication fails, a later one of the same shard may be in the stream before it. Publish from the failed one on again:
/// what is there already is a [`Duplicate`](PublishOutcome::Duplicate).
///
/// ```no_run
/// use gloaming_coordinator::{Events, Fence, MessageId, PublishedEvent};
/// use gloaming_nats::{EventStream, NatsConfig, NatsEvents};
///
/// # async fn example(event: PublishedEvent) -> Result<(), Box<dyn std::error::Error>> {
/// let config = NatsConfig::new("nats://10.0.0.1:4222", "my-bot")?;
/// let events = NatsEvents::connect(&config, EventStream::new()).await?;
/// events.publish(event).await?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct NatsEvents {
    api: Api,
    context: Context,
    prefix: Arc<str>,
    trace: Option<TraceContext>,
    /// The task that holds it hands its event to the connection. Tasks get it in the order in which they asked.
    turn: Arc<Mutex<()>>,
}

impl NatsEvents {
    /// Connects to the servers, and creates the stream of the bot if it does not exist.
    ///
    /// # Errors
    ///
    /// Fails as [`NatsCoordinator::connect`](crate::NatsCoordinator::connect) does.
    pub async fn connect(config: &NatsConfig, stream: EventStream) -> Result<Self, NatsError> {
        let api = connect(config).await?;
        ensure_stream(&api, &stream.config(&config.bot, config.replicas)).await?;
        let context = ContextBuilder::new()
            .timeout(ACK_TIMEOUT)
            .ack_timeout(ACK_TIMEOUT)
            .max_ack_inflight(stream.max_pending)
            .backpressure_on_inflight(true)
            .build(api.client().clone());
        Ok(Self {
            api,
            context,
            prefix: subject_prefix(&config.bot).into(),
            trace: None,
            turn: Arc::default(),
        })
    }

    /// Adds the header `traceparent` to each event for which `context` returns one, so that the spans of workers belong to a
    /// trace of the node.
    #[must_use]
    pub fn with_trace_context(
        mut self,
        context: impl Fn(&PublishedEvent) -> Option<String> + Send + Sync + 'static,
    ) -> Self {
        self.trace = Some(Arc::new(context));
        self
    }

    /// Hands an event to the connection, behind those that were handed to it before.
    async fn send(&self, event: PublishedEvent) -> Result<PublishAckFuture, NatsError> {
        let name = name_token(&event.name);
        let subject = format!("{}.{}.{name}", self.prefix, event.shard.number());
        let trace = self.trace.as_ref().and_then(|trace| trace(&event));
        let headers = headers(&event, trace.as_deref());
        let message = PublishMessage::build()
            .headers(headers)
            .payload(event.payload);
        let _turn = self.turn.lock().await;
        self.api.check_connected()?;
        let sent = self.context.send_publish(subject, message).await;
        sent.map_err(|error| self.api.publish_error(error))
    }

    async fn publish_event(&self, event: PublishedEvent) -> Result<PublishOutcome, NatsError> {
        let complaint = self.api.link().complaint();
        let acknowledgement = self.send(event).await?.await;
        let stored = acknowledgement.map_err(|error| {
            let error = self.api.publish_error(error);
            self.api.or_denied(&complaint, error)
        })?;
        Ok(match stored.duplicate {
            true => PublishOutcome::Duplicate,
            false => PublishOutcome::Accepted {
                position: stored.sequence,
            },
        })
    }
}

impl Events for NatsEvents {
    fn publish(
        &self,
        event: PublishedEvent,
    ) -> BoxFuture<'_, Result<PublishOutcome, CoordinatorError>> {
        Box::pin(async move { Ok(self.publish_event(event).await?) })
    }
}

impl Debug for NatsEvents {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.debug_struct("NatsEvents")
            .field("api", &self.api)
            .field("prefix", &self.prefix)
            .finish_non_exhaustive()
    }
}
