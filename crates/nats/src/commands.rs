//! Commands by request and reply.

use crate::{
    api::Api,
    command_message::{RequestHeaders, headers, read_headers, read_reply, subject, write_reply},
    config::NatsConfig,
    connect::connect_bounded,
    error::{Cause, NatsError},
};
use async_nats::{Message, Request, RequestErrorKind, Subscriber};
use futures_util::StreamExt as _;
use gloaming_coordinator::{
    CommandReply, CommandRequest, CommandRequestId, CommandRequests, CommandStatus, Commands,
    CoordinatorError, Fence, IncomingCommand,
};
use gloaming_protocol::ShardId;
use gloaming_queue::BoxFuture;
use std::{
    collections::hash_map::RandomState,
    fmt::{self, Debug, Formatter},
    hash::{BuildHasher as _, Hasher as _},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

/// How many requests for a shard wait until its owner takes them. More are dropped by the client, and have no reply.
const MAX_WAITING: usize = 1024;

/// The default of [`NatsCommands::with_timeout`].
const TIMEOUT: Duration = Duration::from_secs(30);

/// Commands for a bot's shards, by request and reply on NATS.
///
/// It has a connection of its own. Clones are the same connection. A node serves its shards with it;
/// [`CommandSender`](crate::CommandSender) is for those who ask.
///
/// - The subject of a request is `gloaming.BOT.commands.SHARD`. The one who serves the shard subscribes to it, so that the server
///   answers at once if nobody does.
/// - The payload is the command as Discord documents it: `{"op":8,"d":{…}}`.
/// - The header `Gloaming-Command` is the id of the request, and `Gloaming-Shard-Total` the number of shards by which it was
///   routed. Both may be missing. A request without an id can't be repeated.
/// - The reply is JSON: `{"status":"sent","fence":7}`, with a `detail` if it is `invalid` and the number of `shards` if it is
///   `other_total`. [`CommandStatus::name`] has the names.
///
/// Nothing is stored: a request that reaches the owner after the one who asked has given up is sent nevertheless.
#[derive(Clone)]
pub struct NatsCommands {
    api: Api,
    bot: Arc<str>,
    timeout: Duration,
    ids: Arc<Ids>,
}

/// Ids for requests that have none.
struct Ids {
    /// Tells those of this process from those of others.
    prefix: u64,
    next: AtomicU64,
}

impl Ids {
    fn new() -> Self {
        Self {
            prefix: RandomState::new().build_hasher().finish(),
            next: AtomicU64::new(0),
        }
    }

    fn next(&self) -> CommandRequestId {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        let id = CommandRequestId::new(&format!("{:016x}-{number}", self.prefix));
        id.expect("it is short and visible")
    }
}

impl NatsCommands {
    /// Connects to the servers.
    ///
    /// # Errors
    ///
    /// Fails if no server can be reached, if it is older than 2.11, or if it denies access.
    pub async fn connect(config: &NatsConfig) -> Result<Self, NatsError> {
        Ok(Self {
            api: connect_bounded(config, MAX_WAITING).await?,
            bot: config.bot.as_str().into(),
            timeout: TIMEOUT,
            ids: Arc::new(Ids::new()),
        })
    }

    /// Sets how long a request waits for its reply. The default is 30 s, some seconds more than a command may wait to be sent by
    /// a node.
    #[must_use]
    pub const fn with_timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    pub(crate) const fn api(&self) -> &Api {
        &self.api
    }

    pub(crate) fn bot(&self) -> &str {
        &self.bot
    }

    /// Makes an id that no other request has.
    #[must_use]
    pub fn new_id(&self) -> CommandRequestId {
        self.ids.next()
    }

    async fn subscribe(&self, shard: ShardId) -> Result<Subscriber, NatsError> {
        self.api.check_connected()?;
        let complaint = self.api.link().complaint();
        let subscriber = self.api.subscribe(subject(&self.bot, shard.number()));
        let subscriber = subscriber.await?;
        // Answered behind the subscription, and behind a complaint of the server about it.
        let settled = self.settle().await;
        settled.map_err(|error| self.api.or_denied(&complaint, error))?;
        match self.api.link().denied_since(&complaint) {
            Some(denied) => Err(self.api.error(Cause::Denied).with_source(denied)),
            None => Ok(subscriber),
        }
    }

    /// Waits until the server has handled what was sent before: asks where nobody answers.
    async fn settle(&self) -> Result<(), NatsError> {
        let nobody = format!("gloaming.{}.nobody", self.bot);
        let request = Request::new().timeout(Some(Duration::from_secs(2)));
        match self.api.client().send_request(nobody, request).await {
            Ok(_) => Ok(()),
            Err(error) if error.kind() == RequestErrorKind::NoResponders => Ok(()),
            Err(error) => Err(self.api.error(Cause::Unreachable).with_source(error)),
        }
    }

    pub(crate) async fn ask(&self, request: CommandRequest) -> Result<CommandReply, NatsError> {
        self.api.check_connected()?;
        let complaint = self.api.link().complaint();
        let message = Request::new()
            .headers(headers(&request.id, request.shard))
            .payload(request.payload)
            .timeout(Some(self.timeout));
        let subject = subject(&self.bot, request.shard.number());
        let reply = self.api.client().send_request(subject, message).await;
        let unknown = || self.api.error(Cause::OutcomeUnknown);
        match reply {
            Ok(reply) => read_reply(&reply.payload)
                .ok_or_else(|| unknown().with_source("the reply can't be read")),
            Err(error) => match error.kind() {
                RequestErrorKind::NoResponders => Ok(CommandReply::NO_OWNER),
                RequestErrorKind::MaxPayloadExceeded => Err(self
                    .api
                    .error(Cause::TooLarge {
                        limit: self.api.client().max_payload(),
                    })
                    .with_source(error)),
                _ => match self.api.link().denied_since(&complaint) {
                    Some(denied) => Err(self.api.error(Cause::Denied).with_source(denied)),
                    None => Err(unknown().with_source(error)),
                },
            },
        }
    }

    /// Returns a request that has arrived. `None` if nobody waits for its reply, or if it was refused.
    fn incoming(&self, message: Message, shard: ShardId) -> Option<IncomingCommand> {
        let Some(inbox) = message.reply else {
            tracing::debug!(
                shard = shard.number(),
                "a command without a reply subject is not sent"
            );
            return None;
        };
        let client = self.api.client().clone();
        let reply = move |reply: CommandReply| -> BoxFuture<'static, ()> {
            let payload = write_reply(&reply).into();
            Box::pin(async move {
                // The process may end next, and what it has not written with it.
                let published = client.publish(inbox, payload).await;
                if published.is_err() || client.flush().await.is_err() {
                    tracing::debug!("a reply to a command is lost, since the connection is closed");
                }
            })
        };
        match read_headers(message.headers.as_ref(), shard) {
            RequestHeaders::Valid { id, shard } => {
                let request = CommandRequest {
                    id: id.unwrap_or_else(|| self.new_id()),
                    shard,
                    payload: message.payload,
                };
                Some(IncomingCommand::new(request, reply))
            }
            RequestHeaders::Invalid(name) => {
                let detail = format!("the header {name} can't be read");
                let status = CommandStatus::Invalid { detail };
                let fence = Fence::NONE;
                tokio::spawn(reply(CommandReply { status, fence }));
                None
            }
        }
    }
}

impl Commands for NatsCommands {
    fn serve(
        &self,
        shard: ShardId,
    ) -> BoxFuture<'_, Result<Box<dyn CommandRequests>, CoordinatorError>> {
        Box::pin(async move {
            let requests: Box<dyn CommandRequests> = Box::new(NatsRequests {
                subscriber: self.subscribe(shard).await?,
                commands: self.clone(),
                shard,
                intake: Intake::Open,
            });
            Ok(requests)
        })
    }

    fn request(
        &self,
        request: CommandRequest,
    ) -> BoxFuture<'_, Result<CommandReply, CoordinatorError>> {
        Box::pin(async move { Ok(self.ask(request).await?) })
    }
}

impl Debug for NatsCommands {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.debug_struct("NatsCommands")
            .field("api", &self.api)
            .field("bot", &self.bot)
            .finish_non_exhaustive()
    }
}

/// The requests for a shard.
struct NatsRequests {
    subscriber: Subscriber,
    commands: NatsCommands,
    shard: ShardId,
    intake: Intake,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Intake {
    Open,
    Closed,
}

impl CommandRequests for NatsRequests {
    fn next(&mut self) -> BoxFuture<'_, Result<Option<IncomingCommand>, CoordinatorError>> {
        Box::pin(async move {
            while let Some(message) = self.subscriber.next().await {
                let incoming = self.commands.incoming(message, self.shard);
                if incoming.is_some() {
                    return Ok(incoming);
                }
            }
            match self.intake {
                Intake::Closed => Ok(None),
                Intake::Open => Err(self.commands.api.error(Cause::Unreachable).into()),
            }
        })
    }

    fn close(&mut self) -> BoxFuture<'_, ()> {
        Box::pin(async move {
            self.intake = Intake::Closed;
            // An error means that the connection is closed, and with it the subscription.
            _ = self.subscriber.drain().await;
            // From the server's answer on, nobody serves the shard.
            if let Err(error) = self.commands.settle().await {
                tracing::debug!("the server does not answer the end of a subscription: {error}");
            }
        })
    }
}

impl Debug for NatsRequests {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.debug_struct("NatsRequests")
            .field("shard", &self.shard)
            .field("intake", &self.intake)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::Ids;

    #[test]
    fn each_id_is_another_one() {
        let (one, two) = (Ids::new(), Ids::new());
        let ids: std::collections::HashSet<_> =
            [one.next(), one.next(), two.next(), two.next()].into();
        assert_eq!(ids.len(), 4);
    }
}
