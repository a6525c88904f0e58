//! Checks that each command is resolved once.

use crate::finding::{Check, Invariant, violated};
use gloaming_machine::{CommandId, CommandOutcome};
use std::collections::BTreeSet;

/// The commands of a shard.
#[derive(Debug, Default)]
pub(crate) struct CommandChecker {
    next: u64,
    pending: BTreeSet<CommandId>,
    sends: u64,
    sent: u64,
}

impl CommandChecker {
    pub(crate) fn queue(&mut self) -> CommandId {
        let id = CommandId(self.next);
        self.next += 1;
        self.pending.insert(id);
        id
    }

    pub(crate) const fn command_sent(&mut self) {
        self.sends += 1;
    }

    pub(crate) fn resolved(&mut self, id: CommandId, outcome: CommandOutcome) -> Check {
        if outcome == CommandOutcome::Sent {
            self.sent += 1;
        }
        // The machine assigns the ids of request commands itself.
        if id.is_request() || self.pending.remove(&id) {
            return Ok(());
        }
        violated(
            Invariant::Commands,
            format!("{id:?} is resolved as {outcome:?}, but is not pending"),
        )
    }

    /// Checks the counts after a step.
    pub(crate) fn check(&self) -> Check {
        if self.sends == self.sent {
            return Ok(());
        }
        violated(
            Invariant::Commands,
            format!(
                "{} commands were sent, {} were reported as sent",
                self.sends, self.sent
            ),
        )
    }

    /// Checks that no command is pending after the shard has stopped.
    pub(crate) fn check_all_resolved(&self) -> Check {
        if self.pending.is_empty() {
            return Ok(());
        }
        violated(
            Invariant::Commands,
            format!("{} commands were never resolved", self.pending.len()),
        )
    }

    /// Discards the pending commands after a crash.
    pub(crate) fn clear(&mut self) {
        self.pending.clear();
    }
}
