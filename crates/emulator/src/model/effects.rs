//! What the parts of the gateway produce: outputs, deadlines, counters and violations.

use std::collections::VecDeque;

use gloaming_protocol::OpCode;
use serde_json::Value;

use super::{
    io::{Operation, Output},
    timers::Timers,
};
use crate::{
    connection::ConnectionId, payload::Payload, stats::Stats, violation::Violation,
    violation_kinds::ViolationKind,
};

/// The most violations that are kept; later ones are only counted.
const MAX_VIOLATIONS: usize = 10_000;

/// What the parts of the gateway produce.
#[derive(Debug, Default)]
pub(crate) struct Effects {
    outputs: VecDeque<Output>,
    violations: Vec<Violation>,
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
        kind: ViolationKind,
        detail: &str,
    ) {
        let violation = Violation {
            rule: kind.rule,
            detail: detail.to_owned(),
            connection,
            shard,
            response: kind.response,
        };
        tracing::debug!(%violation, "the client broke a rule");
        self.stats.violations += 1;
        if self.violations.len() < MAX_VIOLATIONS {
            self.violations.push(violation);
        }
    }

    pub(crate) fn violations(&self) -> &[Violation] {
        &self.violations
    }
}
