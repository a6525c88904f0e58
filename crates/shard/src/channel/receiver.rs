//! The shard's end of the channel.

use super::{ControlSignal, OutcomeObserver, QueueSpace, QueuedCommand, SenderInput};
use crate::{
    inbox::Inbox,
    machine::{CommandId, CommandOutcome},
};
use std::{
    collections::HashMap,
    task::{Context, Poll, ready},
};
use tokio::sync::oneshot;

/// Numbers commands and resolves each once.
#[derive(Debug)]
pub(crate) struct CommandReceiver {
    pub(super) commands: Inbox<QueuedCommand>,
    pub(super) control: Inbox<ControlSignal>,
    pub(super) waiting: HashMap<CommandId, oneshot::Sender<CommandOutcome>>,
    pub(super) next_id: u64,
}

impl CommandReceiver {
    /// Returns whether `poll_next` may have input.
    pub(crate) fn has_waiting(&self) -> bool {
        self.control.has_items() || self.commands.has_items()
    }

    /// Receives the next input, signals first. While `space` is full, commands stay in the channel, so that
    /// senders get an error once the channel is full as well.
    pub(crate) fn poll_next(
        &mut self,
        cx: &mut Context<'_>,
        space: QueueSpace,
    ) -> Poll<SenderInput> {
        if let Poll::Ready(signal) = self.control.poll_next(cx) {
            return Poll::Ready(SenderInput::Control(signal));
        }
        if space == QueueSpace::Full {
            return Poll::Pending;
        }
        let QueuedCommand { json, resolve } = ready!(self.commands.poll_next(cx));
        self.next_id += 1;
        let id = CommandId(self.next_id);
        self.waiting.insert(id, resolve);
        Poll::Ready(SenderInput::Command { id, json })
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
        for QueuedCommand { resolve, .. } in self.commands.close() {
            _ = resolve.send(outcome);
            resolved += 1;
        }
        for (_, resolve) in self.waiting.drain() {
            _ = resolve.send(outcome);
            resolved += 1;
        }
        resolved
    }
}
