//! The commands of a client that has a session: op 3, 4, 8, 31 and 43 ([P24](gloaming_protocol::rules#p24) to
//! [P27](gloaming_protocol::rules#p27)).

mod channel_info;
mod context;
mod member_list_limits;
mod members;
mod presence;
mod soundboard;
mod voice;

use gloaming_protocol::OpCode;
use serde::de::DeserializeOwned;
use serde_json::Value;

pub(crate) use self::{
    context::{CommandContext, CommandOutcome, CommandReply, VoiceCapacity},
    member_list_limits::MemberListLimits,
};
use crate::{
    model::client_payload::{Malformed, PresenceUpdate, RequestGuildMembers, VoiceStateUpdate},
    rule_table::{MALFORMED_GUILD_REQUEST, MALFORMED_MEMBER_REQUEST, MALFORMED_STATE_UPDATE},
};

/// Handles a command. Other opcodes than those above are treated as op 43.
pub(crate) fn handle(mut context: CommandContext<'_>, op: OpCode, d: Value) -> CommandOutcome {
    let mut outcome = CommandOutcome::default();
    let (result, malformed) = match op {
        OpCode::PresenceUpdate => (
            PresenceUpdate::read(&d, &mut outcome.findings)
                .and_then(|update| presence::check(&update)),
            MALFORMED_STATE_UPDATE,
        ),
        OpCode::VoiceStateUpdate => (
            VoiceStateUpdate::read(&d, &mut outcome.findings)
                .map(|update| voice::update(&mut context, &update, &mut outcome)),
            MALFORMED_STATE_UPDATE,
        ),
        OpCode::RequestGuildMembers => (
            RequestGuildMembers::read(&d, &mut outcome.findings)
                .and_then(|request| members::request(&mut context, request, &mut outcome)),
            MALFORMED_MEMBER_REQUEST,
        ),
        OpCode::RequestSoundboardSounds => (
            parse(d).map(|request| soundboard::request(&context, &request, &mut outcome)),
            MALFORMED_GUILD_REQUEST,
        ),
        _ => (
            parse(d).and_then(|request| channel_info::request(&context, &request, &mut outcome)),
            MALFORMED_GUILD_REQUEST,
        ),
    };
    if let Err(Malformed) = result {
        outcome.findings.push(malformed);
    }
    outcome
}

fn parse<T: DeserializeOwned>(d: Value) -> Result<T, Malformed> {
    serde_json::from_value(d).map_err(|_| Malformed)
}
