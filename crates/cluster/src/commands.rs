//! Commands and requests, for the shard that they belong to.

use crate::{Cluster, ClusterCommandError, ShardHandle, ShardTarget};
use futures_util::future::join_all;
use gloaming_protocol::{ChannelInfoField, Command, EncodeError, EncodeErrorKind, ShardId};
use gloaming_shard::{
    ChannelInfoRequest, CommandOutcome, MemberRequest,
    error::{SendError, SendErrorKind},
};
use std::error::Error as _;
use twilight_model::{
    gateway::payload::outgoing::RequestGuildMembers,
    id::{Id, marker::GuildMarker},
};

impl Cluster {
    /// Queues a command for a shard, selected by its number, its id, or a guild.
    ///
    /// The shard sends it once its session is established and the send limit permits
    /// ([P22](gloaming_protocol::rules#p22)). To learn what became of it, use
    /// [`submit_command`](Self::submit_command).
    ///
    /// It is async because code written for twilight-gateway 0.14 awaits it; it never waits. The
    /// shard's [`sender`](ShardHandle::sender) has methods that are not async.
    ///
    /// # Errors
    ///
    /// Fails if there is no such shard, or if the shard does not accept the command.
    pub async fn command(
        &self,
        target: impl ShardTarget,
        command: &impl Command,
    ) -> Result<(), ClusterCommandError> {
        self.target(target)?.command(command).await
    }

    /// Sends a command by a shard, selected by its number, its id, or a guild, and returns what became of it.
    ///
    /// It waits until the command was sent or will not be: at most as long as commands may
    /// [wait](gloaming_shard::machine::Timeouts::command). Each command has one outcome. One that was queued for a session
    /// which is then lost is not sent in the next one. Of presence updates that wait, the last is sent, and the others are
    /// [`Superseded`](CommandOutcome::Superseded). The task of a shard that is restarted after a panic takes its commands
    /// with it: they are [`Closed`](CommandOutcome::Closed).
    ///
    /// ```no_run
    /// use gloaming_cluster::Cluster;
    /// use gloaming_protocol::RequestSoundboardSounds;
    /// use gloaming_shard::CommandOutcome;
    /// use twilight_model::id::Id;
    ///
    /// # async fn example(cluster: Cluster) -> Result<(), Box<dyn std::error::Error>> {
    /// let guild = Id::new(197_038_439_483_310_086);
    /// let command = RequestSoundboardSounds::new([guild])?;
    /// match cluster.submit_command(guild, &command).await? {
    ///     CommandOutcome::Sent => {}
    ///     outcome => eprintln!("the request was not sent: {outcome}"),
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// Fails if there is no such shard, or if the command breaks a rule of the gateway other than its size.
    ///
    /// # Cancel safety
    ///
    /// The command stays queued if the future is dropped after it was polled.
    pub async fn submit_command(
        &self,
        target: impl ShardTarget,
        command: &impl Command,
    ) -> Result<CommandOutcome, ClusterCommandError> {
        self.target(target)?.submit_command(command).await
    }

    /// Sends a command by each shard, such as a presence update, and returns what became of each, in the order of the
    /// shards' numbers.
    ///
    /// It waits for all of them, as [`submit_command`](Self::submit_command) does for one. A shard that was not started keeps
    /// the command until it is.
    ///
    /// # Errors
    ///
    /// Fails if the command breaks a rule of the gateway other than its size. It is sent by no shard then.
    ///
    /// # Cancel safety
    ///
    /// The commands stay queued if the future is dropped after it was polled.
    pub async fn submit_command_to_all(
        &self,
        command: &impl Command,
    ) -> Result<Vec<(ShardId, CommandOutcome)>, ClusterCommandError> {
        let outcomes = self.shards().map(|shard| async move {
            let outcome = shard.submit_command(command).await?;
            Ok((shard.id(), outcome))
        });
        join_all(outcomes).await.into_iter().collect()
    }

    /// Requests members of a guild by the shard of the guild; see
    /// [`MessageSender::request_members`](gloaming_shard::MessageSender::request_members).
    ///
    /// # Errors
    ///
    /// Fails if the guild's shard is not in this cluster, or does not accept the request.
    pub fn request_members(
        &self,
        request: RequestGuildMembers,
    ) -> Result<MemberRequest, ClusterCommandError> {
        let shard = self.target(request.d.guild_id)?;
        let request = shard.sender().request_members(request);
        request.map_err(ClusterCommandError::sending)
    }

    /// Requests fields of a guild's channels by the shard of the guild; see
    /// [`MessageSender::request_channel_info`](gloaming_shard::MessageSender::request_channel_info).
    ///
    /// # Errors
    ///
    /// Fails if the guild's shard is not in this cluster, or does not accept the request.
    pub fn request_channel_info(
        &self,
        guild: Id<GuildMarker>,
        fields: impl IntoIterator<Item = ChannelInfoField>,
    ) -> Result<ChannelInfoRequest, ClusterCommandError> {
        let request = self
            .target(guild)?
            .sender()
            .request_channel_info(guild, fields);
        request.map_err(ClusterCommandError::sending)
    }

    fn target(&self, target: impl ShardTarget) -> Result<ShardHandle, ClusterCommandError> {
        self.shard(target)
            .ok_or_else(|| ClusterCommandError::without_source(target.missing()))
    }
}

impl ShardHandle {
    /// Sends a command, and returns what became of it; see [`Cluster::submit_command`].
    ///
    /// # Errors
    ///
    /// Fails if the command breaks a rule of the gateway other than its size.
    ///
    /// # Cancel safety
    ///
    /// The command stays queued if the future is dropped after it was polled.
    pub async fn submit_command(
        &self,
        command: &impl Command,
    ) -> Result<CommandOutcome, ClusterCommandError> {
        match self.sender().submit_command(command) {
            Ok(pending) => Ok(pending.await),
            Err(error) => outcome_of(&error).ok_or_else(|| ClusterCommandError::sending(error)),
        }
    }
}

/// The outcome of a command that the shard did not accept, unless the command is wrong in itself.
fn outcome_of(error: &SendError) -> Option<CommandOutcome> {
    match error.kind() {
        SendErrorKind::Closed => Some(CommandOutcome::Closed),
        SendErrorKind::Full => Some(CommandOutcome::Full),
        SendErrorKind::Invalid => {
            let source = error.source()?.downcast_ref::<EncodeError>()?;
            match source.kind() {
                EncodeErrorKind::TooLarge { .. } => Some(CommandOutcome::TooLarge),
                _ => None,
            }
        }
        _ => None,
    }
}
