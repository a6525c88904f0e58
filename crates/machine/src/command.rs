//! Commands, and the queue in which they wait to be sent.

use gloaming_protocol::{OpCode, Payload};
use std::{
    collections::VecDeque,
    fmt::{self, Display, Formatter},
    time::{Duration, Instant},
};

/// Identifies a command in the machine's inputs and outputs.
///
/// The driver numbers the commands of its user from zero up. The machine numbers those of
/// [requests](crate::requests) itself, in a range of their own.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct CommandId(pub u64);

/// Set in the ids of commands that send a request's payload.
const REQUEST: u64 = 1 << 63;

impl CommandId {
    /// Whether the machine queued this command for a request.
    #[must_use]
    pub const fn is_request(self) -> bool {
        self.0 & REQUEST != 0
    }

    pub(crate) const fn of_request(number: u64) -> Self {
        Self(number | REQUEST)
    }

    pub(crate) const fn request_number(self) -> u64 {
        self.0 & !REQUEST
    }
}

/// The outcome of a command. Each command has exactly one.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum CommandOutcome {
    /// The command was handed to the connection.
    Sent,
    /// The command waited longer than [`Timeouts::command`](crate::Timeouts::command).
    Expired,
    /// The session for which the command was queued was replaced by a new one. The reason for it may be gone.
    SessionReplaced,
    /// The command is over 4096 bytes and was not sent ([P21](gloaming_protocol::rules#p21)). Make it
    /// smaller.
    TooLarge,
    /// The queue of commands is full. Send fewer commands, or wait for their outcomes.
    Full,
    /// The shard was closed or dropped.
    Closed,
    /// A later presence update replaced this one before it was sent, since Discord allows five in 20 s
    /// ([P27](gloaming_protocol::rules#p27)).
    Superseded,
    /// The command was withdrawn before it was sent, by
    /// [`Input::WithdrawCommand`](crate::Input::WithdrawCommand).
    Withdrawn,
}

impl Display for CommandOutcome {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Sent => "sent",
            Self::Expired => "expired while it waited to be sent",
            Self::SessionReplaced => "the session for which it was queued was replaced",
            Self::TooLarge => "over 4096 bytes",
            Self::Full => "the queue of commands is full",
            Self::Closed => "the shard has stopped",
            Self::Superseded => "replaced by a later presence update",
            Self::Withdrawn => "withdrawn by its sender",
        })
    }
}

/// The session for which a command was queued.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum QueuedFor {
    /// There was no session yet: the command fits the first one.
    AnySession,
    /// The current session, and none after it.
    ThisSession,
}

/// The limits that apply to a command.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum CommandKind {
    /// Op 3, with a limit of its own ([P27](gloaming_protocol::rules#p27)).
    Presence,
    Other,
}

impl CommandKind {
    pub(crate) fn of(json: &str) -> Self {
        match Payload::parse(json).map(|payload| payload.op()) {
            Ok(OpCode::PresenceUpdate) => Self::Presence,
            _ => Self::Other,
        }
    }
}

/// Which commands may be sent.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Sendable {
    All,
    AllButPresences,
}

impl Sendable {
    fn contains(self, command: &QueuedCommand) -> bool {
        self == Self::All || command.kind != CommandKind::Presence
    }
}

#[derive(Debug)]
pub(crate) struct QueuedCommand {
    pub(crate) id: CommandId,
    pub(crate) kind: CommandKind,
    pub(crate) json: String,
    pub(crate) expires: Instant,
    pub(crate) session: QueuedFor,
}

/// Bounded first-in, first-out queue of commands.
#[derive(Debug)]
pub(crate) struct CommandQueue {
    queue: VecDeque<QueuedCommand>,
    lifetime: Duration,
}

impl CommandQueue {
    pub(crate) const fn new(lifetime: Duration) -> Self {
        Self {
            queue: VecDeque::new(),
            lifetime,
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.queue.len()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.queue.is_empty()
    }

    /// Queues a command, unless `bound` commands wait already.
    pub(crate) fn push(
        &mut self,
        now: Instant,
        id: CommandId,
        kind: CommandKind,
        json: String,
        session: QueuedFor,
        bound: usize,
    ) -> Result<(), CommandOutcome> {
        if gloaming_protocol::check_size(&json).is_err() {
            return Err(CommandOutcome::TooLarge);
        }
        if self.queue.len() >= bound {
            return Err(CommandOutcome::Full);
        }
        self.queue.push_back(QueuedCommand {
            id,
            kind,
            json,
            expires: now + self.lifetime,
            session,
        });
        Ok(())
    }

    /// Whether there is a command that may be sent.
    pub(crate) fn contains(&self, sendable: Sendable) -> bool {
        self.queue.iter().any(|command| sendable.contains(command))
    }

    /// Removes the oldest command that may be sent.
    pub(crate) fn pop(&mut self, sendable: Sendable) -> Option<QueuedCommand> {
        let mut commands = self.queue.iter();
        let position = commands.position(|command| sendable.contains(command))?;
        self.queue.remove(position)
    }

    /// Removes the newest presence update if at least `bound` of them wait.
    pub(crate) fn supersede_presence(&mut self, bound: usize) -> Option<CommandId> {
        let is_presence = |command: &QueuedCommand| command.kind == CommandKind::Presence;
        let waiting = self.queue.iter().filter(|command| is_presence(command));
        if waiting.count() < bound {
            return None;
        }
        let newest = self.queue.iter().rposition(is_presence)?;
        self.queue.remove(newest).map(|command| command.id)
    }

    /// Removes a command, if it is still queued.
    pub(crate) fn withdraw(&mut self, id: CommandId) -> Option<CommandId> {
        let position = self.queue.iter().position(|command| command.id == id)?;
        self.queue.remove(position).map(|command| command.id)
    }

    /// The time at which the oldest command expires. All lifetimes are equal, so that is the front.
    pub(crate) fn next_expiry(&self) -> Option<Instant> {
        self.queue.front().map(|command| command.expires)
    }

    pub(crate) fn pop_expired(&mut self, now: Instant) -> Option<CommandId> {
        self.next_expiry().filter(|expires| *expires <= now)?;
        self.queue.pop_front().map(|command| command.id)
    }

    /// Removes the commands queued for the session that a new one replaces.
    pub(crate) fn take_replaced(&mut self) -> Vec<CommandId> {
        let mut replaced = Vec::new();
        self.queue.retain(|command| match command.session {
            QueuedFor::ThisSession => {
                replaced.push(command.id);
                false
            }
            QueuedFor::AnySession => true,
        });
        replaced
    }
}
