//! The user lane: commands that wait for their turn.

use std::{
    collections::VecDeque,
    time::{Duration, Instant},
};

/// Names a command in the machine's outputs.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct CommandId(pub u64);

/// What became of a command. Each command ends in exactly one of these.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum CommandOutcome {
    /// Handed to the connection.
    Sent,
    /// Waited longer than [`Timeouts::command`](super::Timeouts::command).
    Expired,
    /// Queued for a session that has been replaced by a new one; its reason may be gone.
    SessionReplaced,
    /// Over 4096 bytes; nothing went on the wire (P21). Make it smaller.
    TooLarge,
    /// The queue of waiting commands is full. Send less, or wait for outcomes.
    Full,
    /// The shard has been closed or dropped.
    Closed,
    /// Taken back before it was sent, by [`Input::WithdrawCommand`](super::Input::WithdrawCommand).
    Withdrawn,
}

/// Which session a command was queued for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum QueuedFor {
    /// There was none yet: the first one will do.
    AnySession,
    /// The one that is known: none that comes after it.
    ThisSession,
}

#[derive(Debug)]
pub(super) struct QueuedCommand {
    pub(super) id: CommandId,
    pub(super) json: String,
    pub(super) expires: Instant,
    pub(super) session: QueuedFor,
}

/// Bounded first-in, first-out queue of commands.
#[derive(Debug)]
pub(super) struct CommandQueue {
    queue: VecDeque<QueuedCommand>,
    bound: usize,
    lifetime: Duration,
}

impl CommandQueue {
    pub(super) const fn new(bound: usize, lifetime: Duration) -> Self {
        Self {
            queue: VecDeque::new(),
            bound,
            lifetime,
        }
    }

    pub(super) fn len(&self) -> usize {
        self.queue.len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.queue.is_empty()
    }

    pub(super) fn push(
        &mut self,
        now: Instant,
        id: CommandId,
        json: String,
        session: QueuedFor,
    ) -> Result<(), CommandOutcome> {
        if gloaming_protocol::check_size(&json).is_err() {
            return Err(CommandOutcome::TooLarge);
        }
        if self.queue.len() >= self.bound {
            return Err(CommandOutcome::Full);
        }
        self.queue.push_back(QueuedCommand {
            id,
            json,
            expires: now + self.lifetime,
            session,
        });
        Ok(())
    }

    pub(super) fn pop(&mut self) -> Option<QueuedCommand> {
        self.queue.pop_front()
    }

    /// Takes a command out of the line, if it is still in it.
    pub(super) fn withdraw(&mut self, id: CommandId) -> Option<CommandId> {
        let place = self.queue.iter().position(|command| command.id == id)?;
        self.queue.remove(place).map(|command| command.id)
    }

    /// When the oldest command expires. Lifetimes are equal, so the front is the oldest.
    pub(super) fn next_expiry(&self) -> Option<Instant> {
        self.queue.front().map(|command| command.expires)
    }

    pub(super) fn pop_expired(&mut self, now: Instant) -> Option<CommandId> {
        self.next_expiry().filter(|expires| *expires <= now)?;
        self.queue.pop_front().map(|command| command.id)
    }

    /// A new session begins: takes out the commands queued for the one before.
    pub(super) fn take_replaced(&mut self) -> Vec<CommandId> {
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
