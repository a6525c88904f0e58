//! The channel from senders in any task to a shard: commands, and signals to close or reconnect.

use crate::{
    error::{SendError, SendErrorKind},
    machine::{CommandId, CommandOutcome},
    requests::{ChannelInfoRequest, MemberRequest, RequestClient, SoundboardRequest},
};
use gloaming_protocol::{ChannelInfoField, CloseFrame, Command, check_size, encode_command};
use std::{
    collections::HashMap,
    task::{Context, Poll},
};
use tokio::sync::{mpsc, oneshot};
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
    commands: mpsc::Sender<QueuedCommand>,
    /// Separate from the commands, so that the shard can be closed while the queue is full.
    control: mpsc::Sender<ControlSignal>,
    requests: RequestClient,
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

    fn poll(mut self: std::pin::Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<CommandOutcome> {
        let outcome = std::pin::Pin::new(&mut self.outcome);
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
            .try_send(ControlSignal::Close(frame))
            .map_err(SendError::refused)
    }

    /// Makes the shard close its connection and resume on a new one.
    ///
    /// # Errors
    ///
    /// Returns the errors of [`close`](Self::close).
    pub fn reconnect(&self) -> Result<(), SendError> {
        self.control
            .try_send(ControlSignal::Reconnect)
            .map_err(SendError::refused)
    }

    fn queue(&self, json: String) -> Result<PendingCommand, SendError> {
        let (resolve, outcome) = oneshot::channel();
        self.commands
            .try_send(QueuedCommand { json, resolve })
            .map_err(SendError::refused)?;
        Ok(PendingCommand { outcome })
    }

    /// Creates a sender without a shard, which is closed from the start.
    pub(crate) fn closed() -> Self {
        channel(1, RequestClient::closed()).0
    }
}

/// A command in the channel.
#[derive(Debug)]
struct QueuedCommand {
    json: String,
    resolve: oneshot::Sender<CommandOutcome>,
}

/// A signal that overtakes commands.
#[derive(Debug)]
pub(crate) enum ControlSignal {
    Close(CloseFrame<'static>),
    Reconnect,
}

/// What a sender sent to the shard.
#[derive(Debug)]
pub(crate) enum SenderInput {
    Command { id: CommandId, json: String },
    Control(ControlSignal),
}

/// Whether the state machine's queue has space for another command.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum QueueSpace {
    Available,
    Full,
}

/// Whether a command's outcome was received by its sender.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum OutcomeObserver {
    Notified,
    Absent,
}

/// The shard's end of the channel: numbers commands and resolves each once.
#[derive(Debug)]
pub(crate) struct CommandReceiver {
    commands: mpsc::Receiver<QueuedCommand>,
    control: mpsc::Receiver<ControlSignal>,
    waiting: HashMap<CommandId, oneshot::Sender<CommandOutcome>>,
    next_id: u64,
}

/// Creates a channel for at most `bound` commands (at least one).
pub(crate) fn channel(bound: usize, requests: RequestClient) -> (MessageSender, CommandReceiver) {
    let (commands, received_commands) = mpsc::channel(bound.max(1));
    let (control, received_control) = mpsc::channel(CONTROL_CAPACITY);
    let receiver = CommandReceiver {
        commands: received_commands,
        control: received_control,
        waiting: HashMap::new(),
        next_id: 0,
    };
    let sender = MessageSender {
        commands,
        control,
        requests,
    };
    (sender, receiver)
}

/// The number of buffered signals. Repeated signals have no further effect.
const CONTROL_CAPACITY: usize = 4;

impl CommandReceiver {
    /// Returns whether `poll_next` may have input.
    pub(crate) fn has_waiting(&self) -> bool {
        !(self.control.is_empty() && self.commands.is_empty())
    }

    /// Receives the next input, signals first. While `space` is full, commands stay in the channel, so that
    /// senders get an error once the channel is full as well.
    pub(crate) fn poll_next(
        &mut self,
        cx: &mut Context<'_>,
        space: QueueSpace,
    ) -> Poll<SenderInput> {
        if let Poll::Ready(Some(signal)) = self.control.poll_recv(cx) {
            return Poll::Ready(SenderInput::Control(signal));
        }
        if space == QueueSpace::Full {
            return Poll::Pending;
        }
        match self.commands.poll_recv(cx) {
            Poll::Ready(Some(QueuedCommand { json, resolve })) => {
                self.next_id += 1;
                let id = CommandId(self.next_id);
                self.waiting.insert(id, resolve);
                Poll::Ready(SenderInput::Command { id, json })
            }
            // A closed channel yields no more commands.
            Poll::Ready(None) | Poll::Pending => Poll::Pending,
        }
    }

    /// Resolves a command.
    pub(crate) fn resolve(&mut self, id: CommandId, outcome: CommandOutcome) -> OutcomeObserver {
        let sent = self
            .waiting
            .remove(&id)
            .map(|resolve| resolve.send(outcome));
        match sent {
            Some(Ok(())) => OutcomeObserver::Notified,
            Some(Err(_)) | None => OutcomeObserver::Absent,
        }
    }

    /// Closes the channel and resolves all waiting commands. Returns their number.
    pub(crate) fn close(&mut self, outcome: CommandOutcome) -> usize {
        let mut resolved = 0;
        self.control.close();
        self.commands.close();
        while let Ok(submission) = self.commands.try_recv() {
            _ = submission.resolve.send(outcome);
            resolved += 1;
        }
        for (_, resolve) in self.waiting.drain() {
            _ = resolve.send(outcome);
            resolved += 1;
        }
        resolved
    }
}

#[cfg(test)]
mod tests {
    use super::{ControlSignal, OutcomeObserver, QueueSpace, SenderInput, channel};
    use crate::{error::SendErrorKind, machine::CommandOutcome, requests::RequestClient};
    use gloaming_protocol::CloseFrame;
    use std::{
        future::poll_fn,
        task::{Context, Poll, Waker},
    };

    #[tokio::test]
    async fn a_command_resolves_with_its_outcome() {
        let (sender, mut receiver) = channel(4, RequestClient::closed());
        let pending = sender.submit("{}".to_owned()).unwrap();
        let SenderInput::Command { id, json } =
            poll_fn(|cx| receiver.poll_next(cx, QueueSpace::Available)).await
        else {
            panic!("a command was queued");
        };
        assert_eq!(json, "{}");
        assert_eq!(
            receiver.resolve(id, CommandOutcome::Sent),
            OutcomeObserver::Notified
        );
        assert_eq!(
            receiver.resolve(id, CommandOutcome::Expired),
            OutcomeObserver::Absent
        );
        assert_eq!(pending.await, CommandOutcome::Sent);
    }

    #[tokio::test]
    async fn dropping_the_shard_resolves_waiting_commands() {
        let (sender, receiver) = channel(4, RequestClient::closed());
        let pending = sender.submit("{}".to_owned()).unwrap();
        drop(receiver);
        assert_eq!(pending.await, CommandOutcome::Closed);
        assert!(sender.is_closed());
        let error = sender.send("{}".to_owned()).unwrap_err();
        assert_eq!(error.kind(), &SendErrorKind::Closed);
    }

    #[tokio::test]
    async fn closing_resolves_queued_and_waiting_commands() {
        let (sender, mut receiver) = channel(4, RequestClient::closed());
        let taken = sender.submit("{}".to_owned()).unwrap();
        poll_fn(|cx| receiver.poll_next(cx, QueueSpace::Available)).await;
        let queued = sender.submit("{}".to_owned()).unwrap();
        assert_eq!(receiver.close(CommandOutcome::Closed), 2);
        assert_eq!(taken.await, CommandOutcome::Closed);
        assert_eq!(queued.await, CommandOutcome::Closed);
    }

    #[test]
    fn the_queue_is_bounded() {
        let (sender, _receiver) = channel(2, RequestClient::closed());
        for _ in 0..2 {
            sender.send("{}".to_owned()).unwrap();
        }
        let error = sender.send("{}".to_owned()).unwrap_err();
        assert_eq!(error.kind(), &SendErrorKind::Full);
    }

    #[tokio::test]
    async fn a_full_queue_accepts_the_signal_to_close() {
        let (sender, mut receiver) = channel(1, RequestClient::closed());
        sender.send("{}".to_owned()).unwrap();
        sender.close(CloseFrame::NORMAL).unwrap();
        let first = poll_fn(|cx| receiver.poll_next(cx, QueueSpace::Available)).await;
        assert!(
            matches!(first, SenderInput::Control(ControlSignal::Close(_))),
            "{first:?}"
        );
    }

    #[test]
    fn an_oversized_command_is_rejected_before_it_is_queued() {
        let (sender, mut receiver) = channel(2, RequestClient::closed());
        let error = sender.send("a".repeat(4_097)).unwrap_err();
        assert_eq!(error.kind(), &SendErrorKind::Invalid);
        let mut cx = Context::from_waker(Waker::noop());
        assert!(matches!(
            receiver.poll_next(&mut cx, QueueSpace::Available),
            Poll::Pending
        ));
    }

    #[test]
    fn signals_overtake_commands_while_the_queue_is_full() {
        let (sender, mut receiver) = channel(1, RequestClient::closed());
        let mut cx = Context::from_waker(Waker::noop());
        sender.send("{}".to_owned()).unwrap();
        assert!(receiver.poll_next(&mut cx, QueueSpace::Full).is_pending());
        let error = sender.send("{}".to_owned()).unwrap_err();
        assert_eq!(error.kind(), &SendErrorKind::Full);
        sender.reconnect().unwrap();
        assert!(receiver.poll_next(&mut cx, QueueSpace::Full).is_ready());
        assert!(
            receiver
                .poll_next(&mut cx, QueueSpace::Available)
                .is_ready()
        );
    }

    #[test]
    fn an_unsendable_close_code_is_rejected() {
        let (sender, _receiver) = channel(1, RequestClient::closed());
        for code in [0, 999, 1005, 1006, 1015, 2999, 5000] {
            let error = sender.close(CloseFrame::new(code, "")).unwrap_err();
            let expected = SendErrorKind::UnsendableCloseCode(code);
            assert_eq!(error.kind(), &expected);
        }
        for code in [1000, 1001, 3000, 4000, 4999] {
            let (sender, _receiver) = channel(1, RequestClient::closed());
            sender.close(CloseFrame::new(code, "")).unwrap();
        }
    }
}
