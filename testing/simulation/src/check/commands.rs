//! Each command ends once.

use crate::finding::{Check, Invariant, broken};
use gloaming_machine::{CommandId, CommandOutcome};
use std::collections::BTreeSet;

/// A shard's commands.
#[derive(Debug, Default)]
pub(crate) struct CommandGuard {
    next: u64,
    open: BTreeSet<CommandId>,
    sends: u64,
    sent: u64,
}

impl CommandGuard {
    pub(crate) fn queue(&mut self) -> CommandId {
        let id = CommandId(self.next);
        self.next += 1;
        self.open.insert(id);
        id
    }

    pub(crate) const fn went_out(&mut self) {
        self.sends += 1;
    }

    pub(crate) fn ended(&mut self, id: CommandId, outcome: CommandOutcome) -> Check {
        if outcome == CommandOutcome::Sent {
            self.sent += 1;
        }
        // The machine numbers those of requests itself.
        if id.is_request() || self.open.remove(&id) {
            return Ok(());
        }
        broken(
            Invariant::Commands,
            format!("{id:?} ends as {outcome:?}, but is not open"),
        )
    }

    /// After a step.
    pub(crate) fn check(&self) -> Check {
        if self.sends == self.sent {
            return Ok(());
        }
        broken(
            Invariant::Commands,
            format!(
                "{} commands went out, {} were said to",
                self.sends, self.sent
            ),
        )
    }

    /// The shard has stopped.
    pub(crate) fn all_ended(&self) -> Check {
        if self.open.is_empty() {
            return Ok(());
        }
        broken(
            Invariant::Commands,
            format!("{} never ended", self.open.len()),
        )
    }

    /// The process died, and everybody in it.
    pub(crate) fn forget(&mut self) {
        self.open.clear();
    }
}
