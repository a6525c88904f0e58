//! What the parts of the gateway produce: outputs, deadlines, counters, violations and notes.

use std::collections::VecDeque;

use gloaming_protocol::OpCode;
use serde_json::Value;

use super::{
    io::{Operation, Output},
    timers::Timers,
};
use crate::{
    connection::ConnectionId,
    finding::FindingKind,
    note::Note,
    payload::Payload,
    stats::Stats,
    violation::{Violation, ViolationResponse},
};

/// The most violations and the most notes that are kept; later ones are only counted.
const MAX_FINDINGS: usize = 10_000;

/// What the parts of the gateway produce.
#[derive(Debug, Default)]
pub(crate) struct Effects {
    outputs: VecDeque<Output>,
    violations: Vec<Violation>,
    notes: Vec<Note>,
    pub(crate) timers: Timers,
    pub(crate) stats: Stats,
}

impl Effects {
    /// Adds an output.
    pub(crate) fn push(&mut self, connection: ConnectionId, operation: Operation) {
        self.outputs.push_back(Output {
            connection,
            operation,
        });
    }

    /// Sends a payload without a sequence.
    pub(crate) fn send_control(&mut self, connection: ConnectionId, op: OpCode, d: &Value) {
        self.push(
            connection,
            Operation::Send(Payload::control(op.number(), d)),
        );
    }

    pub(crate) fn pop_output(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    /// Counts and keeps a violation.
    pub(crate) fn record_violation(
        &mut self,
        connection: ConnectionId,
        shard: Option<[u32; 2]>,
        kind: FindingKind,
        response: ViolationResponse,
        detail: &str,
    ) {
        let violation = Violation {
            rule: kind.rule,
            detail: detail.to_owned(),
            connection,
            shard,
            response,
        };
        tracing::debug!(%violation, "the client broke a rule");
        self.stats.violations += 1;
        if self.violations.len() < MAX_FINDINGS {
            self.violations.push(violation);
        }
    }

    /// Counts and keeps a note.
    pub(crate) fn record_note(
        &mut self,
        connection: ConnectionId,
        shard: Option<[u32; 2]>,
        kind: FindingKind,
    ) {
        let note = Note {
            rule: kind.rule,
            detail: kind.detail.to_owned(),
            connection,
            shard,
        };
        tracing::debug!(%note, "the client deviates from the documentation");
        self.stats.notes += 1;
        if self.notes.len() < MAX_FINDINGS {
            self.notes.push(note);
        }
    }

    pub(crate) fn notes(&self) -> &[Note] {
        &self.notes
    }

    pub(crate) fn violations(&self) -> &[Violation] {
        &self.violations
    }
}
