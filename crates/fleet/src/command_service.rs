//! Commands that workers ask the owner of a shard for.

use crate::{calls::engine_time, clock, shared_node::SharedNode};
use futures_util::{StreamExt as _, future::BoxFuture, stream::FuturesUnordered};
use gloaming_cluster::Cluster;
use gloaming_coordinator::{
    CommandAdmission, CommandReply, CommandRequest, CommandRequestId, CommandRequests,
    CommandStatus, Commands, Fence, IncomingCommand, RecentCommands, StopKind,
};
use gloaming_protocol::{CommandPayload, ShardId, shard_of};
use gloaming_shard::{CommandOutcome, error::SendErrorKind};
use std::{collections::BTreeMap, error::Error, num::NonZeroU32, str, sync::Arc, time::Duration};
use tokio::{
    sync::oneshot,
    task::AbortHandle,
    time::{sleep, timeout},
};

/// How long a command that was asked for may wait to be sent.
pub(crate) const COMMAND_WAIT: Duration = Duration::from_secs(20);

/// The time until requests are taken again after the engine has failed.
const RETRY: Duration = Duration::from_secs(1);

/// How long the end of the requests may delay the end of a shard.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(3);

/// Takes the commands for the shards that run. They end with this.
#[derive(Debug)]
pub(crate) struct CommandServices {
    commands: Arc<dyn Commands>,
    node: Arc<SharedNode>,
    cluster: Cluster,
    running: BTreeMap<u32, Running>,
}

#[derive(Debug)]
struct Running {
    stop: oneshot::Sender<Stop>,
    task: AbortHandle,
}

/// The wish that no more requests are taken.
#[derive(Debug)]
struct Stop {
    kind: StopKind,
    /// Told when none arrive any more.
    closed: oneshot::Sender<()>,
}

impl CommandServices {
    pub(crate) const fn new(
        commands: Arc<dyn Commands>,
        node: Arc<SharedNode>,
        cluster: Cluster,
    ) -> Self {
        Self {
            commands,
            node,
            cluster,
            running: BTreeMap::new(),
        }
    }

    /// Takes the commands for a shard that has started.
    pub(crate) fn start(&mut self, shard: ShardId) {
        let service = Service {
            commands: Arc::clone(&self.commands),
            node: Arc::clone(&self.node),
            cluster: self.cluster.clone(),
            shard,
            recent: RecentCommands::new(),
            sending: FuturesUnordered::new(),
        };
        let (stop, stopped) = oneshot::channel();
        let task = tokio::spawn(service.run(stopped)).abort_handle();
        let before = self.running.insert(shard.number(), Running { stop, task });
        if let Some(before) = before {
            before.task.abort();
        }
    }

    /// Takes no more commands for a shard that is about to stop. The future ends when none arrive any more. What became of
    /// those that were taken is replied by itself.
    pub(crate) fn stop(
        &mut self,
        shard: u32,
        kind: StopKind,
    ) -> impl Future<Output = ()> + Send + use<> {
        let (closed, is_closed) = oneshot::channel();
        if let Some(running) = self.running.remove(&shard) {
            // A service that has ended drops it, which ends the future, too.
            _ = running.stop.send(Stop { kind, closed });
        }
        async move {
            _ = timeout(CLOSE_TIMEOUT, is_closed).await;
        }
    }
}

impl Drop for CommandServices {
    fn drop(&mut self) {
        for running in self.running.values() {
            running.task.abort();
        }
    }
}

/// The commands for one shard.
struct Service {
    commands: Arc<dyn Commands>,
    node: Arc<SharedNode>,
    cluster: Cluster,
    shard: ShardId,
    recent: RecentCommands<IncomingCommand>,
    sending: FuturesUnordered<BoxFuture<'static, Sent>>,
}

/// What became of a command.
struct Sent {
    id: CommandRequestId,
    fence: Fence,
    outcome: CommandOutcome,
}

impl Service {
    async fn run(mut self, mut stopped: oneshot::Receiver<Stop>) {
        loop {
            let requests = tokio::select! {
                requests = engine_time(self.commands.serve(self.shard)) => requests,
                stop = &mut stopped => return self.end(None, stop.ok()).await,
            };
            let error = match requests {
                Ok(mut requests) => loop {
                    tokio::select! {
                        next = requests.next() => match next {
                            Ok(Some(incoming)) => self.handle(incoming).await,
                            Ok(None) => break None,
                            Err(error) => break Some(error),
                        },
                        Some(sent) = self.sending.next() => self.sent(sent).await,
                        stop = &mut stopped => return self.end(Some(requests), stop.ok()).await,
                    }
                },
                Err(error) => Some(error),
            };
            if let Some(error) = error {
                let (shard, cause) = (self.shard.number(), error.source().map(ToString::to_string));
                tracing::warn!(shard, cause, "commands for a shard are not taken: {error}");
            }
            tokio::select! {
                () = sleep(RETRY) => {}
                Some(sent) = self.sending.next() => self.sent(sent).await,
                stop = &mut stopped => return self.end(None, stop.ok()).await,
            }
        }
    }

    /// Takes no more requests, and replies to those that were taken.
    async fn end(&mut self, requests: Option<Box<dyn CommandRequests>>, stop: Option<Stop>) {
        // Without one, the node has ended as if it were killed.
        let Some(Stop { kind, closed }) = stop else {
            return;
        };
        if let Some(mut requests) = requests {
            requests.close().await;
            while let Ok(Ok(Some(incoming))) = timeout(CLOSE_TIMEOUT, requests.next()).await {
                match kind {
                    // No other node has the shard before this one has given it up.
                    StopKind::HandOver => incoming.reply(CommandReply::NO_OWNER).await,
                    // Another one may have it.
                    StopKind::AtOnce => drop(incoming),
                }
            }
        }
        _ = closed.send(());
        while let Some(sent) = self.sending.next().await {
            self.sent(sent).await;
        }
    }

    async fn handle(&mut self, incoming: IncomingCommand) {
        // Another node may be the owner, and reply.
        let Some(fence) = self.node.proven_fence(self.shard.number()) else {
            tracing::debug!(
                shard = self.shard.number(),
                "a command is for another owner"
            );
            return;
        };
        let request = incoming.request().clone();
        let payload = match self.check(&request) {
            Ok(payload) => payload,
            Err(status) => return incoming.reply(CommandReply { status, fence }).await,
        };
        match self.recent.admit(clock::now(), &request, incoming) {
            CommandAdmission::Send => self.send(request.id, fence, payload).await,
            CommandAdmission::Wait => {}
            CommandAdmission::Reply { to, status } => {
                to.reply(CommandReply { status, fence }).await;
            }
        }
    }

    fn check(&self, request: &CommandRequest) -> Result<CommandPayload, CommandStatus> {
        let invalid = |detail| CommandStatus::Invalid { detail };
        if request.shard.total() != self.shard.total() {
            let total = NonZeroU32::new(self.shard.total()).unwrap_or(NonZeroU32::MIN);
            return Err(CommandStatus::OtherTotal { total });
        }
        let text = str::from_utf8(&request.payload);
        let text = text.map_err(|_| invalid("the payload is not UTF-8".to_owned()))?;
        let payload = CommandPayload::parse(text).map_err(|error| {
            invalid(match error.source() {
                Some(source) => format!("{error}: {source}"),
                None => error.to_string(),
            })
        })?;
        let total = NonZeroU32::new(self.shard.total()).unwrap_or(NonZeroU32::MIN);
        for guild in payload.guild_ids() {
            let shard = shard_of(*guild, total);
            if shard != self.shard.number() {
                return Err(invalid(format!("guild {guild} belongs to shard {shard}")));
            }
        }
        Ok(payload)
    }

    async fn send(&mut self, id: CommandRequestId, fence: Fence, payload: CommandPayload) {
        let Some(shard) = self.cluster.shard(self.shard.number()) else {
            return self.resolve(&id, fence, CommandStatus::Closed).await;
        };
        match shard.sender().submit(payload.into_json()) {
            Ok(pending) => self.sending.push(Box::pin(async move {
                let outcome = pending.await;
                Sent { id, fence, outcome }
            })),
            Err(error) => {
                let status = match error.kind() {
                    SendErrorKind::Full => CommandStatus::Full,
                    SendErrorKind::Closed => CommandStatus::Closed,
                    _ => CommandStatus::Invalid {
                        detail: error.to_string(),
                    },
                };
                self.resolve(&id, fence, status).await;
            }
        }
    }

    async fn sent(&mut self, sent: Sent) {
        let Sent { id, fence, outcome } = sent;
        self.resolve(&id, fence, status(outcome)).await;
    }

    async fn resolve(&mut self, id: &CommandRequestId, fence: Fence, status: CommandStatus) {
        for waiting in self.recent.resolve(id, status.clone()) {
            let status = status.clone();
            waiting.reply(CommandReply { status, fence }).await;
        }
    }
}

/// Returns what a worker learns of an outcome.
fn status(outcome: CommandOutcome) -> CommandStatus {
    match outcome {
        CommandOutcome::Sent => CommandStatus::Sent,
        CommandOutcome::Expired => CommandStatus::Expired,
        CommandOutcome::SessionReplaced => CommandStatus::SessionReplaced,
        CommandOutcome::Superseded => CommandStatus::Superseded,
        CommandOutcome::Full => CommandStatus::Full,
        CommandOutcome::Closed => CommandStatus::Closed,
        other => CommandStatus::Invalid {
            detail: other.to_string(),
        },
    }
}
