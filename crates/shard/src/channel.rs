//! From any task into a shard: commands and the order to close.

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

/// Sends commands to a shard, from anywhere.
///
/// Cheap to clone. What is sent waits in a bounded queue until the session is up and the send limit
/// allows.
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
    /// Apart from the commands, so that a full queue never keeps a shard from being closed.
    control: mpsc::Sender<ControlSignal>,
    requests: RequestClient,
}

/// What becomes of a command; resolves exactly once, also if the shard is dropped.
#[derive(Debug)]
#[must_use = "a command is queued without it; await it to learn what becomes of it"]
pub struct PendingCommand {
    outcome: oneshot::Receiver<CommandOutcome>,
}

impl Future for PendingCommand {
    type Output = CommandOutcome;

    fn poll(mut self: std::pin::Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<CommandOutcome> {
        let outcome = std::pin::Pin::new(&mut self.outcome);
        outcome
            .poll(cx)
            // The shard was dropped with the command still waiting.
            .map(|outcome| outcome.unwrap_or(CommandOutcome::Closed))
    }
}

impl MessageSender {
    /// Whether the shard has stopped or was dropped.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.commands.is_closed()
    }

    /// Queues a command.
    ///
    /// It is sent when its turn comes, and not at all if the session that it was meant for is replaced,
    /// or [`Timeouts::command`](crate::machine::Timeouts::command) passes; then a warning is logged. To
    /// learn of it, use [`submit_command`](Self::submit_command).
    ///
    /// # Errors
    ///
    /// The command breaks a limit of the gateway's, too many wait already, or the shard has stopped.
    /// Nothing goes on the wire then.
    pub fn command(&self, command: &impl Command) -> Result<(), SendError> {
        self.submit_command(command).map(drop)
    }

    /// Queues a payload in JSON, whole: `op` and `d`.
    ///
    /// # Errors
    ///
    /// As [`command`](Self::command).
    pub fn send(&self, json: String) -> Result<(), SendError> {
        self.submit(json).map(drop)
    }

    /// Queues a command, and tells what becomes of it.
    ///
    /// # Errors
    ///
    /// As [`command`](Self::command).
    pub fn submit_command(&self, command: &impl Command) -> Result<PendingCommand, SendError> {
        let json = encode_command(command)
            .map_err(|error| SendError::caused_by(SendErrorKind::Invalid, error))?;
        self.queue(json)
    }

    /// Queues a payload in JSON, and tells what becomes of it.
    ///
    /// # Errors
    ///
    /// As [`command`](Self::command).
    pub fn submit(&self, json: String) -> Result<PendingCommand, SendError> {
        check_size(&json).map_err(|error| SendError::caused_by(SendErrorKind::Invalid, error))?;
        self.queue(json)
    }

    /// Asks for members of a guild (P24) and gives a handle on which they come.
    ///
    /// The whole list of a guild is asked for at most once in 30 s (P25); another request for it waits
    /// until then, and [says so](MemberRequest::state). A request that is the same as one that is
    /// waiting, or was sent and has no chunk yet, joins it: both get all chunks. One that the gateway
    /// holds back (RATE_LIMITED) is sent again when it says; one that a new session has made void is
    /// sent again, too, if nothing of its answer had come. [`RequestPolicy`](crate::RequestPolicy) has
    /// the bounds.
    ///
    /// Answers are told apart by a nonce, which is made up for each request. One of your own is used as
    /// it is, and must not be another open request's.
    ///
    /// The shard's own events stay what they are: chunks are among them, if they are wanted.
    ///
    /// ```no_run
    /// use gloaming_shard::{MessageSender, error::SendErrorKind};
    /// use twilight_model::{gateway::payload::outgoing::RequestGuildMembers, id::Id};
    ///
    /// # async fn example(sender: MessageSender) -> Result<(), Box<dyn std::error::Error>> {
    /// let everybody = RequestGuildMembers::builder(Id::new(1)).query("", None);
    /// match sender.request_members(everybody) {
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
    /// The gateway would not answer it: an [intent is missing](SendErrorKind::MissingIntents), or it
    /// is [invalid](SendErrorKind::Invalid), with an [`InvalidRequest`](crate::error::InvalidRequest)
    /// or [`EncodeError`](gloaming_protocol::EncodeError) as its source. Or too many requests wait
    /// already, or the shard has stopped.
    pub fn request_members(
        &self,
        request: RequestGuildMembers,
    ) -> Result<MemberRequest, SendError> {
        self.requests.members(request)
    }

    /// Asks for the soundboard sounds of guilds (P26) and gives a handle on which they come, one answer
    /// for each guild. As many payloads are sent as the guilds need. Equal requests join, as those for
    /// [members](Self::request_members) do.
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
    /// No guild is named, or more than a shard can have; too many requests wait already; or the shard has
    /// stopped.
    pub fn request_soundboard_sounds(
        &self,
        guild_ids: impl IntoIterator<Item = Id<GuildMarker>>,
    ) -> Result<SoundboardRequest, SendError> {
        self.requests.soundboard_sounds(guild_ids)
    }

    /// Asks for fields of a guild's channels (P26) and gives a future of the answer. Equal requests join,
    /// as those for [members](Self::request_members) do; others for the same guild wait for one another,
    /// since answers do not say what was asked.
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
    /// No field is named, too many requests wait already, or the shard has stopped.
    pub fn request_channel_info(
        &self,
        guild_id: Id<GuildMarker>,
        fields: impl IntoIterator<Item = ChannelInfoField>,
    ) -> Result<ChannelInfoRequest, SendError> {
        self.requests.channel_info(guild_id, fields)
    }

    /// Closes the shard for good; see [`Shard::close`](crate::Shard::close).
    ///
    /// # Errors
    ///
    /// The frame's code may not be sent, the shard has stopped already, or several such control wait
    /// until it is polled.
    pub fn close(&self, frame: CloseFrame<'static>) -> Result<(), SendError> {
        if !matches!(frame.code, 1000..=1003 | 1007..=1014 | 3000..=4999) {
            let kind = SendErrorKind::UnsendableCloseCode(frame.code);
            return Err(SendError::new(kind));
        }
        self.control
            .try_send(ControlSignal::Close(frame))
            .map_err(SendError::refused)
    }

    /// Makes the shard drop its connection and resume on a new one.
    ///
    /// # Errors
    ///
    /// As [`close`](Self::close).
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

    /// The sender of a shard that never was.
    pub(crate) fn closed() -> Self {
        channel(1, RequestClient::closed()).0
    }
}

#[derive(Debug)]
struct QueuedCommand {
    json: String,
    resolve: oneshot::Sender<CommandOutcome>,
}

/// What a user may order besides commands.
#[derive(Debug)]
pub(crate) enum ControlSignal {
    Close(CloseFrame<'static>),
    Reconnect,
}

/// What the driver is asked to do.
#[derive(Debug)]
pub(crate) enum SenderInput {
    Command { id: CommandId, json: String },
    Control(ControlSignal),
}

/// Whether the shard can take another command.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum QueueSpace {
    Available,
    Full,
}

/// Whether somebody heard what became of a command.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum OutcomeObserver {
    Notified,
    Absent,
}

/// The shard's end: numbers commands and resolves each once.
#[derive(Debug)]
pub(crate) struct CommandReceiver {
    commands: mpsc::Receiver<QueuedCommand>,
    control: mpsc::Receiver<ControlSignal>,
    waiting: HashMap<CommandId, oneshot::Sender<CommandOutcome>>,
    next_id: u64,
}

/// A queue for at most `bound` commands (at least one).
pub(crate) fn channel(bound: usize, requests: RequestClient) -> (MessageSender, CommandReceiver) {
    let (commands, received_commands) = mpsc::channel(bound.max(1));
    let (control, received_orders) = mpsc::channel(CONTROL_CAPACITY);
    let receiver = CommandReceiver {
        commands: received_commands,
        control: received_orders,
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

/// More than a few at once say nothing new.
const CONTROL_CAPACITY: usize = 4;

impl CommandReceiver {
    /// Whether there is a request to take.
    pub(crate) fn has_waiting(&self) -> bool {
        !(self.control.is_empty() && self.commands.is_empty())
    }

    /// The next request, control first; pending when there is none. With no room for them, commands stay
    /// where they are, so that their senders learn that the queue is full.
    pub(crate) fn poll_next(
        &mut self,
        cx: &mut Context<'_>,
        room: QueueSpace,
    ) -> Poll<SenderInput> {
        if let Poll::Ready(Some(order)) = self.control.poll_recv(cx) {
            return Poll::Ready(SenderInput::Control(order));
        }
        if room == QueueSpace::Full {
            return Poll::Pending;
        }
        match self.commands.poll_recv(cx) {
            Poll::Ready(Some(QueuedCommand { json, resolve })) => {
                self.next_id += 1;
                let id = CommandId(self.next_id);
                self.waiting.insert(id, resolve);
                Poll::Ready(SenderInput::Command { id, json })
            }
            // Closed: there will be none.
            Poll::Ready(None) | Poll::Pending => Poll::Pending,
        }
    }

    pub(crate) fn resolve(&mut self, id: CommandId, outcome: CommandOutcome) -> OutcomeObserver {
        let told = self.waiting.remove(&id).map(|ask| ask.send(outcome));
        match told {
            Some(Ok(())) => OutcomeObserver::Notified,
            Some(Err(_)) | None => OutcomeObserver::Absent,
        }
    }

    /// Takes no more requests and resolves the waiting ones; says how many those were.
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
    async fn a_command_learns_its_outcome() {
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
    async fn dropping_the_shard_resolves_what_waits() {
        let (sender, receiver) = channel(4, RequestClient::closed());
        let pending = sender.submit("{}".to_owned()).unwrap();
        drop(receiver);
        assert_eq!(pending.await, CommandOutcome::Closed);
        assert!(sender.is_closed());
        let error = sender.send("{}".to_owned()).unwrap_err();
        assert_eq!(error.kind(), &SendErrorKind::Closed);
    }

    #[tokio::test]
    async fn closing_resolves_queued_and_waiting_alike() {
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
    async fn a_full_queue_still_takes_the_order_to_close() {
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
    fn an_oversized_command_is_refused_before_it_is_queued() {
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
    fn without_room_commands_wait_and_orders_do_not() {
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
    fn a_close_code_that_may_not_be_sent_is_refused() {
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
