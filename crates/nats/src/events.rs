//! How events reach the stream.

use crate::{
    api::Api,
    bucket::ensure_stream,
    config::NatsConfig,
    connect::connect,
    error::{Cause, NatsError},
    event_message::{headers, name_token, write_loss},
    event_stream::{EventStream, subject_prefix},
    publish_lane::Lanes,
};
use async_nats::HeaderMap;
use async_nats::jetstream::{
    Context,
    context::{ContextBuilder, PublishAckFuture},
    message::PublishMessage,
};
use bytes::Bytes;
use gloaming_coordinator::{CoordinatorError, EventLoss, Events, PublishOutcome, PublishedEvent};
use gloaming_protocol::ShardId;
use gloaming_queue::BoxFuture;
use std::{
    fmt::{self, Debug, Formatter},
    sync::Arc,
    time::Duration,
};

/// How long the server has to acknowledge an event. When many wait, the last one does so behind all others.
const ACK_TIMEOUT: Duration = Duration::from_secs(5);

/// Returns the context of a trace for an event, as the header `traceparent` of the W3C has it.
type TraceContext = Arc<dyn Fn(&PublishedEvent) -> Option<String> + Send + Sync>;

/// Publishes the events of a bot to a stream of JetStream, from which [workers](crate::Worker) in any language take them.
///
/// It has a connection of its own, so that a flood of events delays no lease. Clones are the same connection.
///
/// - The subject is `gloaming.BOT.events.SHARD.NAME`, or with the name of [another stream](EventStream::named) in the place of
///   `events`, such as `gloaming.my-bot.events.3.MESSAGE_CREATE`. Characters of a name
///   that a subject can't have became `_`.
/// - The payload is the JSON of `d` as Discord sent it.
/// - The header `Nats-Msg-Id` is the session id and the sequence. For two minutes, the server stores each once.
/// - The headers `Gloaming-Event`, `Gloaming-Shard`, `Gloaming-Shard-Total` and `Gloaming-Fence` say what it is and whose, and
///   `traceparent` belongs to which [trace](Self::with_trace_context). Workers compare fences: the server can't.
///
/// - That events are [lost](Events::publish_loss) is a message with the name [`EventLoss::NAME`]. Its payload is JSON with the
///   `session`, the sequence `after` which events are missing, and the `cause`.
///
/// If a publication fails, those of its shard that have begun fail, too, except those that are under way: with
/// [`PublishOrder::Pipelined`](crate::PublishOrder), these may be in the stream before it. Wait for them, and publish from the failed
/// one on again: what is there already is a [`Duplicate`](PublishOutcome::Duplicate). From then on, one event of the shard is under way at
/// a time until one is stored.
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
    lanes: Arc<Lanes>,
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
            prefix: subject_prefix(&config.bot, stream.name()).into(),
            trace: None,
            lanes: Arc::new(Lanes::new(stream.order)),
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

    async fn publish_event(&self, event: PublishedEvent) -> Result<PublishOutcome, NatsError> {
        let trace = self.trace.as_ref().and_then(|trace| trace(&event));
        let headers = headers(&event, trace.as_deref());
        self.store(event.shard, &event.name, headers, event.payload)
            .await
    }

    /// Stores a message behind those of its shard that were stored before.
    async fn store(
        &self,
        shard: ShardId,
        name: &str,
        headers: HeaderMap,
        payload: Bytes,
    ) -> Result<PublishOutcome, NatsError> {
        let complaint = self.api.link().complaint();
        let waiting = self.lanes.begin(shard);
        let subject = format!("{}.{}.{}", self.prefix, shard.number(), name_token(name));
        let message = PublishMessage::build().headers(headers).payload(payload);
        let turn = waiting.turn().await;
        let mut under_way = turn.map_err(|cause| self.api.error(cause))?;
        let stored = async {
            let acknowledgement = self.hand_over(subject, message).await?;
            under_way.mark_sent();
            let stored = acknowledgement.await;
            stored.map_err(|error| {
                let error = self.api.publish_error(error);
                self.api.or_denied(&complaint, error)
            })
        }
        .await;
        match stored {
            Ok(stored) => {
                under_way.stored();
                Ok(match stored.duplicate {
                    true => PublishOutcome::Duplicate,
                    false => PublishOutcome::Accepted {
                        position: stored.sequence,
                    },
                })
            }
            Err(error) => {
                match error.cause() {
                    // No later try can store it, so that the others need not wait for it.
                    Cause::TooLarge { .. } => under_way.stored(),
                    cause => under_way.failed(cause),
                }
                Err(error)
            }
        }
    }

    async fn hand_over(
        &self,
        subject: String,
        message: PublishMessage,
    ) -> Result<PublishAckFuture, NatsError> {
        self.api.check_connected()?;
        let sent = self.context.send_publish(subject, message).await;
        sent.map_err(|error| self.api.publish_error(error))
    }
}

impl Events for NatsEvents {
    fn publish(
        &self,
        event: PublishedEvent,
    ) -> BoxFuture<'_, Result<PublishOutcome, CoordinatorError>> {
        Box::pin(async move { Ok(self.publish_event(event).await?) })
    }

    fn publish_loss(
        &self,
        loss: EventLoss,
    ) -> BoxFuture<'_, Result<PublishOutcome, CoordinatorError>> {
        Box::pin(async move {
            let (headers, payload) = write_loss(&loss);
            let stored = self.store(loss.shard, EventLoss::NAME, headers, payload);
            Ok(stored.await?)
        })
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
