//! How workers send commands.

use crate::{
    command_target::CommandTarget,
    commands::NatsCommands,
    config::NatsConfig,
    error::{Cause, NatsError},
};
use bytes::Bytes;
use gloaming_coordinator::{CommandReply, CommandRequest, CommandRequestId, CommandStatus};
use gloaming_protocol::{Command, ShardId, encode_command};
use serde::Deserialize;
use std::{
    num::NonZeroU32,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

/// Sends commands by the nodes of a bot, from any process.
///
/// A command goes to the node that owns the shard, which replies what became of it. Of each [id](CommandRequestId), at most one
/// is sent as long as the shard stays with its node: if a reply is lost, repeat the command with the same id within two minutes
/// to learn what became of it. If the shard has moved in between, or its node has died, the next owner does not know the id,
/// and sends the command.
///
/// Answers of Discord, such as GUILD_MEMBERS_CHUNK, are events. A nonce in the command tells whose they are.
///
/// Clones are the same connection.
///
/// ```no_run
/// use gloaming_coordinator::CommandStatus;
/// use gloaming_nats::{CommandSender, CommandTarget, NatsConfig};
/// use gloaming_protocol::RequestSoundboardSounds;
/// use twilight_model::id::Id;
///
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// let config = NatsConfig::new("nats://10.0.0.1:4222", "my-bot")?;
/// let sender = CommandSender::connect(&config).await?;
/// let guild = Id::new(197_038_439_483_310_086);
/// let command = RequestSoundboardSounds::new([guild])?;
/// match sender.send(guild, &command).await?.status {
///     CommandStatus::Sent => {}
///     status => eprintln!("the request was not sent: {status}"),
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct CommandSender {
    commands: NatsCommands,
    shards: Arc<KnownShards>,
}

/// The number of the bot's shards.
#[derive(Debug)]
enum KnownShards {
    /// As the nodes have agreed. 0 as long as nobody has asked.
    Agreed(AtomicU32),
    /// The program says so.
    Fixed(NonZeroU32),
}

impl CommandSender {
    /// Connects to the servers.
    ///
    /// # Errors
    ///
    /// Fails if no server can be reached, if it is older than 2.11, or if it denies access.
    pub async fn connect(config: &NatsConfig) -> Result<Self, NatsError> {
        Ok(Self {
            commands: NatsCommands::connect(config).await?,
            shards: Arc::new(KnownShards::Agreed(AtomicU32::new(0))),
        })
    }

    /// Sets how long a command waits for its reply. The default is 30 s.
    #[must_use]
    pub fn with_timeout(mut self, timeout: Duration) -> Self {
        self.commands = self.commands.with_timeout(timeout);
        self
    }

    /// Sets the number of the bot's shards, by which commands for guilds are routed. By default, it is the member `shards` of what
    /// the nodes have [agreed](crate::NatsCoordinator::agree) on, as those of gloaming-node do.
    #[must_use]
    pub fn with_shards(mut self, shards: NonZeroU32) -> Self {
        self.shards = Arc::new(KnownShards::Fixed(shards));
        self
    }

    /// Sends a command by a shard, or by that of a guild, and waits for what became of it.
    ///
    /// # Errors
    ///
    /// Fails if the command breaks a rule of the gateway or the servers don't answer: then nothing was sent. If there is no
    /// reply in time, it fails with [`OutcomeUnknown`](crate::NatsErrorKind::OutcomeUnknown).
    ///
    /// # Cancel safety
    ///
    /// The command is sent or not if the future is dropped after it was polled.
    pub async fn send(
        &self,
        target: impl Into<CommandTarget>,
        command: &impl Command,
    ) -> Result<CommandReply, NatsError> {
        let payload = encode_command(command).map_err(|error| {
            let detail = "the command breaks a rule of the gateway".to_owned();
            NatsError::of_configuration(detail).with_source(error)
        })?;
        self.send_payload(target, self.new_id(), payload).await
    }

    /// Sends a command as Discord documents it, a JSON object with `op` and `d`, under an id, and waits for what became of it.
    ///
    /// # Errors
    ///
    /// Fails as [`send`](Self::send) does. What is wrong with the payload is a [status](CommandStatus::Invalid) instead.
    ///
    /// # Cancel safety
    ///
    /// As with [`send`](Self::send).
    pub async fn send_payload(
        &self,
        target: impl Into<CommandTarget>,
        id: CommandRequestId,
        payload: impl Into<Bytes>,
    ) -> Result<CommandReply, NatsError> {
        let (target, payload) = (target.into(), payload.into());
        let total = self.shards().await?;
        let request = |total: NonZeroU32| {
            let (id, payload) = (id.clone(), payload.clone());
            let shard = target.shard(total);
            ShardId::new_checked(shard, total.get()).map(|shard| CommandRequest {
                id,
                shard,
                payload,
            })
        };
        let Some(first) = request(total) else {
            let status = CommandStatus::OtherTotal { total };
            let fence = CommandReply::NO_OWNER.fence;
            return Ok(CommandReply { status, fence });
        };
        let reply = self.commands.ask(first).await?;
        // The fleet was started anew with another number of shards.
        if let (CommandStatus::OtherTotal { total }, KnownShards::Agreed(known)) =
            (&reply.status, &*self.shards)
            && let Some(second) = request(*total)
        {
            known.store(total.get(), Ordering::Relaxed);
            return self.commands.ask(second).await;
        }
        Ok(reply)
    }

    /// Makes an id that no other command has.
    #[must_use]
    pub fn new_id(&self) -> CommandRequestId {
        self.commands.new_id()
    }

    /// Returns the number of the bot's shards.
    ///
    /// # Errors
    ///
    /// Fails with [`NoShards`](crate::NatsErrorKind::NoShards) if no node has started yet, and if the servers don't answer.
    pub async fn shards(&self) -> Result<NonZeroU32, NatsError> {
        let known = match &*self.shards {
            KnownShards::Fixed(shards) => return Ok(*shards),
            KnownShards::Agreed(known) => known,
        };
        if let Some(shards) = NonZeroU32::new(known.load(Ordering::Relaxed)) {
            return Ok(shards);
        }
        let shards = self.agreed().await?;
        known.store(shards.get(), Ordering::Relaxed);
        Ok(shards)
    }

    async fn agreed(&self) -> Result<NonZeroU32, NatsError> {
        #[derive(Deserialize)]
        struct Agreement {
            shards: NonZeroU32,
        }
        let api = self.commands.api();
        let bucket = format!("gloaming-{}-sessions", self.commands.bot());
        let key = format!("$KV.{bucket}.agreement");
        let stored = api.last_message(&format!("KV_{bucket}"), &key).await;
        let stored = match stored {
            Err(error) if api.is_missing_stream(&error) => None,
            stored => stored?,
        };
        let no_shards = || api.error(Cause::NoShards);
        let stored = stored.filter(|stored| !stored.payload.is_empty());
        let stored = stored.ok_or_else(no_shards)?;
        let agreement = serde_json::from_slice::<Agreement>(&stored.payload);
        let agreement = agreement.map_err(|error| no_shards().with_source(error))?;
        Ok(agreement.shards)
    }
}
