//! What clients send.

use std::time::Instant;

use gloaming_protocol::{OpCode, limits::MAX_COMMAND_BYTES};

use super::Gateway;
use crate::{
    connection::ConnectionId,
    encoding::Encoding,
    model::{client_payload::Envelope, connections::SendVerdict, message::Message},
    rule_table::{BINARY_JSON, OVERSIZED_PAYLOAD, SEND_LIMIT_EXCEEDED, UNKNOWN_OPCODE},
};

impl Gateway {
    pub(super) fn message_received(
        &mut self,
        now: Instant,
        id: ConnectionId,
        message: Message<'_>,
    ) {
        let Some(connection) = self.connections.get_mut(id) else {
            return;
        };
        let encoding = connection.encoding();
        if connection.send_window.record(now) == SendVerdict::OverLimit {
            return self.report(now, id, SEND_LIMIT_EXCEEDED);
        }
        if message.len() > MAX_COMMAND_BYTES {
            return self.report(now, id, OVERSIZED_PAYLOAD);
        }
        let Envelope { op, d } = match message.decode(encoding) {
            Ok(envelope) => envelope,
            Err(fault) => return self.report_because(now, id, fault.kind, fault.cause),
        };
        if let (Encoding::Json, Message::Binary(_)) = (encoding, message) {
            self.report(now, id, BINARY_JSON);
        }
        match OpCode::from_number(op) {
            OpCode::Heartbeat => self.heartbeat_received(now, id, &d),
            OpCode::Identify => self.identify_received(now, id, d),
            OpCode::Resume => self.resume_received(now, id, d),
            op @ (OpCode::PresenceUpdate
            | OpCode::VoiceStateUpdate
            | OpCode::RequestGuildMembers
            | OpCode::RequestSoundboardSounds
            | OpCode::RequestChannelInfo) => self.command_received(now, id, op, d),
            _ => self.report(now, id, UNKNOWN_OPCODE),
        }
    }
}
