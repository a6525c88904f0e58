//! The senders' end of the channel.

use super::{ControlSignal, QueuedCommand, channel};
use crate::{
    error::{SendError, SendErrorKind},
    inbox::InboxSender,
    machine::CommandOutcome,
    requests::{ChannelInfoRequest, MemberRequest, RequestClient, SoundboardRequest},
};
use gloaming_protocol::{ChannelInfoField, CloseFrame, Command, check_size, encode_command};
use std::{
    pin::Pin,
    task::{Context, Poll},
};
use tokio::sync::oneshot;
use twilight_model::{
    gateway::payload::outgoing::RequestGuildMembers,
    id::{Id, marker::GuildMarker},
};

/// Sends commands to a shard from any task.
///
/// Cheap to clone. Commands wait in a bounded queue until the session is active and the send limit
/// ([P22](gloaming_protocol::rules#p22)) allows them to be sent.
///
/// ```no_run
/// # use gloaming_shard::{CommandOutcome, Shard};
/// # async fn example(shard: &Shard) -> Result<(), gloaming_shard::error::SendError> {
/// let sender = shard.sender();
/// let outcome = sender.submit(r#"{"op":31,"d":{"guild_ids":["1"]}}"#.to_owned())?;
/// assert_eq!(outcome.await, CommandOutcome::Sent);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct MessageSender {
    pub(super) commands: InboxSender<QueuedCommand>,
    /// Separate from the commands, so that the shard can be closed while the queue is full.
    pub(super) control: InboxSender<ControlSignal>,
    pub(super) requests: RequestClient,
}

/// A future of a command's outcome. Resolves exactly once, also if the shard is dropped.
///
/// The command is sent even if this future is dropped.
#[derive(Debug)]
#[must_use = "the outcome is known only by awaiting this future"]
pub struct PendingCommand {
    outcome: oneshot::Receiver<CommandOutcome>,
}

impl Future for PendingCommand {
    type Output = CommandOutcome;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<CommandOutcome> {
        let outcome = Pin::new(&mut self.outcome);
        outcome
            .poll(cx)
            // The shard was dropped while the command was waiting.
            .map(|outcome| outcome.unwrap_or(CommandOutcome::Closed))
    }
}

impl MessageSender {
    /// Returns whether the shard has stopped or was dropped.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.commands.is_closed()
    }

    /// Queues a command.
    ///
    /// The command is dropped, with a warning in the log, if its session is replaced or
    /// [`Timeouts::command`](crate::machine::Timeouts::command) elapses before it is sent. To get the
    /// outcome, use [`submit_command`](Self::submit_command).
    ///
    /// # Errors
    ///
    /// Returns an error, and sends nothing, if the command exceeds a limit of the gateway, the queue is full
    /// or the shard has stopped.
    pub fn command(&self, command: &impl Command) -> Result<(), SendError> {
        self.submit_command(command).map(drop)
    }

    /// Queues a payload: a JSON object with `op` and `d`.
    ///
    /// # Errors
    ///
    /// Returns the errors of [`command`](Self::command).
    pub fn send(&self, json: String) -> Result<(), SendError> {
        self.submit(json).map(drop)
    }

    /// Queues a command and returns a future of its outcome.
    ///
    /// # Errors
    ///
    /// Returns the errors of [`command`](Self::command).
    pub fn submit_command(&self, command: &impl Command) -> Result<PendingCommand, SendError> {
        let json = encode_command(command)
            .map_err(|error| SendError::caused_by(SendErrorKind::Invalid, error))?;
        self.queue(json)
    }

    /// Queues a payload, a JSON object with `op` and `d`, and returns a future of its outcome.
    ///
    /// # Errors
    ///
    /// Returns the errors of [`command`](Self::command).
    pub fn submit(&self, json: String) -> Result<PendingCommand, SendError> {
        check_size(&json).map_err(|error| SendError::caused_by(SendErrorKind::Invalid, error))?;
        self.queue(json)
    }

    /// Requests members of a guild ([P24](gloaming_protocol::rules#p24)) and returns a handle that receives
    /// them.
    ///
    /// The full list of a guild is requested at most once in 30 s ([P25](gloaming_protocol::rules#p25)); a
    /// further request for it waits, as its [state](MemberRequest::state) shows. A request that equals one
    /// that waits, or was sent and has no chunk yet, joins that request: both receive all chunks. The shard
    /// repeats a request that the gateway rate-limits (RATE_LIMITED) after the requested delay, and one that
    /// a new session replaced before its first chunk. [`RequestPolicy`](crate::RequestPolicy) has the limits.
    ///
    /// Each request gets a random nonce, which identifies its chunks. A nonce set by the caller is kept, and
    /// must not be in use by another open request.
    ///
    /// The chunks also appear among the shard's events.
    ///
    /// ```no_run
    /// use gloaming_shard::{MessageSender, error::SendErrorKind};
    /// use twilight_model::{gateway::payload::outgoing::RequestGuildMembers, id::Id};
    ///
    /// # async fn example(sender: MessageSender) -> Result<(), Box<dyn std::error::Error>> {
    /// let all_members = RequestGuildMembers::builder(Id::new(1)).query("", None);
    /// match sender.request_members(all_members) {
    ///     Ok(request) => println!("{} members", request.into_list().await?.members.len()),
    ///     Err(error) => match error.kind() {
    ///         SendErrorKind::MissingIntents(intents) => println!("enable {intents:?}"),
    ///         _ => return Err(error.into()),
    ///     },
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// Returns an error if the gateway would not answer the request: an
    /// [intent is missing](SendErrorKind::MissingIntents), or the request is
    /// [invalid](SendErrorKind::Invalid), with an [`InvalidRequestError`](crate::error::InvalidRequestError) or
    /// [`EncodeError`](gloaming_protocol::EncodeError) as its source. Also if the queue of requests is full
    /// or the shard has stopped.
    pub fn request_members(
        &self,
        request: RequestGuildMembers,
    ) -> Result<MemberRequest, SendError> {
        self.requests.members(request)
    }

    /// Requests the soundboard sounds of guilds ([P26](gloaming_protocol::rules#p26)) and returns a handle
    /// that receives one answer per guild.
    ///
    /// Splits the guilds over as many payloads as needed. Equal requests join, like those for
    /// [members](Self::request_members).
    ///
    /// ```no_run
    /// use gloaming_shard::MessageSender;
    /// use twilight_model::id::Id;
    ///
    /// # async fn example(sender: MessageSender) -> Result<(), Box<dyn std::error::Error>> {
    /// let mut sounds = sender.request_soundboard_sounds([Id::new(1), Id::new(2)])?;
    /// while let Some(answer) = sounds.next_answer().await {
    ///     let answer = answer?;
    ///     println!("{}: {}", answer.guild_id(), answer.payload().data());
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// Returns an error if there are no guilds or more than a shard can have, the queue of requests is full,
    /// or the shard has stopped.
    pub fn request_soundboard_sounds(
        &self,
        guild_ids: impl IntoIterator<Item = Id<GuildMarker>>,
    ) -> Result<SoundboardRequest, SendError> {
        self.requests.soundboard_sounds(guild_ids)
    }

    /// Requests fields of a guild's channels ([P26](gloaming_protocol::rules#p26)) and returns a future of
    /// the answer.
    ///
    /// Equal requests join, like those for [members](Self::request_members). Different requests for the same
    /// guild are sent one after the other, since an answer does not identify its request.
    ///
    /// ```no_run
    /// use gloaming_protocol::ChannelInfoField;
    /// use gloaming_shard::MessageSender;
    /// use twilight_model::id::Id;
    ///
    /// # async fn example(sender: MessageSender) -> Result<(), Box<dyn std::error::Error>> {
    /// let info = sender.request_channel_info(Id::new(1), [ChannelInfoField::Status])?.await?;
    /// println!("{}", info.payload().data());
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// Returns an error if there are no fields, the queue of requests is full, or the shard has stopped.
    pub fn request_channel_info(
        &self,
        guild_id: Id<GuildMarker>,
        fields: impl IntoIterator<Item = ChannelInfoField>,
    ) -> Result<ChannelInfoRequest, SendError> {
        self.requests.channel_info(guild_id, fields)
    }

    /// Closes the shard permanently; see [`Shard::close`](crate::Shard::close).
    ///
    /// # Errors
    ///
    /// Returns an error if the frame's code may not be sent, the shard has stopped, or several such signals
    /// wait for the shard to be polled.
    pub fn close(&self, frame: CloseFrame<'static>) -> Result<(), SendError> {
        if !matches!(frame.code, 1000..=1003 | 1007..=1014 | 3000..=4999) {
            let kind = SendErrorKind::UnsendableCloseCode(frame.code);
            return Err(SendError::new(kind));
        }
        self.control
            .send(ControlSignal::Close(frame))
            .map_err(SendError::refused)
    }

    /// Makes the shard close its connection and resume on a new one.
    ///
    /// # Errors
    ///
    /// Returns the errors of [`close`](Self::close).
    pub fn reconnect(&self) -> Result<(), SendError> {
        self.control
            .send(ControlSignal::Reconnect)
            .map_err(SendError::refused)
    }

    /// Makes the shard end its session and begin another, with an IDENTIFY that waits for the queue.
    ///
    /// For a bot whose state no longer agrees with Discord's: all guilds arrive anew. The events in between are lost,
    /// which [`Lifecycle::Gap`](crate::Lifecycle::Gap) reports. Costs one of the day's session starts
    /// ([P12](gloaming_protocol::rules#p12)); use [`reconnect`](Self::reconnect) if another connection is enough.
    ///
    /// # Errors
    ///
    /// Returns the errors of [`close`](Self::close).
    pub fn start_new_session(&self) -> Result<(), SendError> {
        self.control
            .send(ControlSignal::NewSession)
            .map_err(SendError::refused)
    }

    fn queue(&self, json: String) -> Result<PendingCommand, SendError> {
        let (resolve, outcome) = oneshot::channel();
        self.commands
            .send(QueuedCommand { json, resolve })
            .map_err(SendError::refused)?;
        Ok(PendingCommand { outcome })
    }

    /// Creates a sender without a shard, which is closed from the start.
    pub(crate) fn closed() -> Self {
        channel(1, RequestClient::closed()).0
    }
}
