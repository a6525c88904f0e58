//! The values of labels, which are from a fixed set.

use crate::{
    ShardState,
    error::ReceiveMessageErrorKind,
    machine::{CommandOutcome, DisconnectCause, RecoveryStep, SendKind},
};
use gloaming_protocol::{CloseCode, DispatchKind, Disposition, OpCode, disposition_of};
use gloaming_queue::QueueErrorKind;

/// The value of the label `type`, as an index.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct PayloadType(usize);

/// The opcodes that a gateway sends, other than dispatch.
const OPCODES: [(OpCode, &str); 5] = [
    (OpCode::HeartbeatAck, "HEARTBEAT_ACK"),
    (OpCode::Heartbeat, "HEARTBEAT"),
    (OpCode::Reconnect, "RECONNECT"),
    (OpCode::InvalidSession, "INVALID_SESSION"),
    (OpCode::Hello, "HELLO"),
];

const EVENTS: usize = DispatchKind::ALL.len();
const UNKNOWN: usize = EVENTS + OPCODES.len();

impl PayloadType {
    pub(super) const COUNT: usize = UNKNOWN + 1;

    pub(super) fn of(op: OpCode, kind: Option<DispatchKind>) -> Self {
        Self(match kind {
            Some(kind) if op == OpCode::Dispatch => kind as usize,
            _ => OPCODES
                .iter()
                .position(|(opcode, _)| *opcode == op)
                .map_or(UNKNOWN, |place| EVENTS + place),
        })
    }

    pub(super) const fn index(self) -> usize {
        self.0
    }

    pub(super) fn name(self) -> &'static str {
        if let Some(kind) = DispatchKind::ALL.get(self.0) {
            return kind.name();
        }
        OPCODES
            .get(self.0 - EVENTS)
            .map_or("unknown", |(_, name)| name)
    }
}

pub(super) const fn step(step: RecoveryStep) -> &'static str {
    match step {
        RecoveryStep::ResumeHost => "resume_host",
        RecoveryStep::MainHost => "main_host",
        RecoveryStep::Identify => "identify",
    }
}

/// Returns the result of an attempt that ended with its connection.
pub(super) fn result(cause: DisconnectCause) -> &'static str {
    let rejected = match cause {
        DisconnectCause::SessionInvalid { .. } => true,
        DisconnectCause::Closed { code } => disposition_of(code) != Disposition::Resume,
        _ => false,
    };
    if rejected { "rejected" } else { "failed" }
}

/// Returns one value for all undocumented codes, since the server chooses the code.
pub(super) const fn close_code(number: u16) -> &'static str {
    match (number, CloseCode::from_number(number)) {
        (1000, _) => "1000",
        (1001, _) => "1001",
        (_, Some(code)) => documented_close_code(code),
        _ => "other",
    }
}

const fn documented_close_code(code: CloseCode) -> &'static str {
    match code.number() {
        4000 => "4000",
        4001 => "4001",
        4002 => "4002",
        4003 => "4003",
        4004 => "4004",
        4005 => "4005",
        4007 => "4007",
        4008 => "4008",
        4009 => "4009",
        4010 => "4010",
        4011 => "4011",
        4012 => "4012",
        4013 => "4013",
        4014 => "4014",
        _ => "other",
    }
}

pub(super) const fn outcome(outcome: CommandOutcome) -> &'static str {
    match outcome {
        CommandOutcome::Sent => "sent",
        CommandOutcome::Expired => "expired",
        CommandOutcome::SessionReplaced => "session_replaced",
        CommandOutcome::TooLarge => "too_large",
        CommandOutcome::Full => "full",
        CommandOutcome::Closed => "closed",
        CommandOutcome::Superseded => "superseded",
        CommandOutcome::Withdrawn => "withdrawn",
        _ => "other",
    }
}

pub(super) const fn payload_kind(kind: SendKind) -> &'static str {
    match kind {
        SendKind::Heartbeat => "heartbeat",
        SendKind::Identify => "identify",
        SendKind::Resume => "resume",
        SendKind::Command => "command",
    }
}

pub(super) const fn failure_kind(kind: &ReceiveMessageErrorKind) -> &'static str {
    match kind {
        ReceiveMessageErrorKind::Compression => "compression",
        ReceiveMessageErrorKind::Config => "config",
        ReceiveMessageErrorKind::Deserializing { .. } => "deserializing",
        ReceiveMessageErrorKind::Queue => "queue",
        ReceiveMessageErrorKind::Reconnect => "reconnect",
        ReceiveMessageErrorKind::Refused(_) => "refused",
        ReceiveMessageErrorKind::UnknownEvent(_) => "unknown_event",
        ReceiveMessageErrorKind::WebSocket => "websocket",
    }
}

pub(super) const fn refusal_reason(kind: QueueErrorKind) -> &'static str {
    match kind {
        QueueErrorKind::Backend => "backend",
        QueueErrorKind::Closed => "closed",
        QueueErrorKind::Exhausted { .. } => "exhausted",
        QueueErrorKind::Ledger => "ledger",
        _ => "other",
    }
}

pub(super) const fn state(state: ShardState) -> &'static str {
    match state {
        ShardState::Active => "active",
        ShardState::Disconnected { .. } => "disconnected",
        ShardState::FatallyClosed => "fatally_closed",
        ShardState::Identifying => "identifying",
        ShardState::Resuming => "resuming",
        ShardState::Closed => "closed",
        _ => "other",
    }
}

#[cfg(test)]
mod tests {
    use super::{PayloadType, close_code};
    use gloaming_protocol::{CloseCode, DispatchKind, OpCode};
    use std::collections::HashSet;

    #[test]
    fn each_payload_type_has_a_name_of_its_own() {
        let names: HashSet<_> = (0..PayloadType::COUNT)
            .map(|index| PayloadType(index).name())
            .collect();
        assert_eq!(names.len(), PayloadType::COUNT);
        for kind in DispatchKind::ALL {
            let known = PayloadType::of(OpCode::Dispatch, Some(kind));
            assert_eq!(known.name(), kind.name());
        }
        assert_eq!(PayloadType::of(OpCode::Hello, None).name(), "HELLO");
        for op in [OpCode::Dispatch, OpCode::Identify, OpCode::Unknown(99)] {
            assert_eq!(PayloadType::of(op, None).name(), "unknown");
        }
    }

    #[test]
    fn undocumented_close_codes_share_a_value() {
        for known in CloseCode::ALL {
            assert_eq!(close_code(known.number()), known.number().to_string());
        }
        assert_eq!(close_code(1000), "1000");
        let values: HashSet<_> = (0..=u16::MAX).map(close_code).collect();
        assert_eq!(values.len(), CloseCode::ALL.len() + 3);
    }
}
