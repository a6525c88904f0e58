//! Commands of clients ([P24](gloaming_protocol::rules#p24) to [P27](gloaming_protocol::rules#p27)).

use std::time::Instant;

use gloaming_protocol::{CloseCode, OpCode};
use serde_json::Value;

use super::Gateway;
use crate::{
    connection::ConnectionId,
    model::{
        commands::{self, CommandContext, CommandReply, VoiceCapacity},
        connections::ConnectionState,
    },
    mute::Mute,
    rule_table::NOT_AUTHENTICATED,
};

impl Gateway {
    pub(super) fn command_received(
        &mut self,
        now: Instant,
        id: ConnectionId,
        op: OpCode,
        d: Value,
    ) {
        let Some(connection) = self.connections.get(id) else {
            return;
        };
        let key = match connection.state {
            ConnectionState::Active(key) => key,
            // The client could not know that its session is gone.
            ConnectionState::SessionLost => {
                return self.close_connection(now, id, CloseCode::NotAuthenticated.number());
            }
            _ => return self.report(now, id, NOT_AUTHENTICATED),
        };
        self.effects.stats.commands += 1;
        let Some(session) = self.sessions.get(key) else {
            return;
        };
        let voice_capacity = if self.faults.is_muted(Mute::VoiceReplies) {
            VoiceCapacity::Full
        } else {
            VoiceCapacity::Free
        };
        let context = CommandContext {
            now,
            settings: &self.settings,
            world: &self.world,
            session,
            member_lists: &mut self.member_lists,
            voice_capacity,
            rng: &mut self.rng,
        };
        let outcome = commands::handle(context, op, d);
        for reply in outcome.replies {
            match reply {
                CommandReply::Dispatch(name, data) => {
                    self.delivery().dispatch(key, name.into(), data);
                }
                CommandReply::Event(event) => {
                    self.fan_out(&event);
                }
            }
        }
        for kind in outcome.findings {
            self.report(now, id, kind);
        }
    }
}
