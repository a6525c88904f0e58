//! What an IDENTIFY has to satisfy ([P10](gloaming_protocol::rules#p10), [P27](gloaming_protocol::rules#p27),
//! [P35](gloaming_protocol::rules#p35), [P36](gloaming_protocol::rules#p36)).

use gloaming_protocol::limits::LARGE_THRESHOLD;

use super::token::BotToken;
use crate::{
    finding::FindingKind,
    intents::{ALL_INTENTS, PRIVILEGED_INTENTS},
    model::client_payload::Identify,
    rule_table::{
        DISALLOWED_INTENT, LARGE_THRESHOLD_OUT_OF_RANGE, SHARD_OUT_OF_RANGE, TOO_MANY_GUILDS,
        UNKNOWN_INTENT, UNKNOWN_STATUS, WRONG_SHARD_MULTIPLE, WRONG_TOKEN,
    },
    settings::Settings,
    world::World,
};

/// Checks the fields of an IDENTIFY in the order in which Discord reports them.
pub(crate) fn check_identify(
    identify: &Identify,
    token: &BotToken,
    settings: &Settings,
    world: &World,
) -> Result<(), FindingKind> {
    if !token.accepts(&identify.token) {
        return Err(WRONG_TOKEN);
    }
    if identify
        .large_threshold
        .is_some_and(|members| !LARGE_THRESHOLD.contains(&members))
    {
        return Err(LARGE_THRESHOLD_OUT_OF_RANGE);
    }
    if identify
        .presence
        .as_ref()
        .is_some_and(|presence| !presence.has_known_status())
    {
        return Err(UNKNOWN_STATUS);
    }
    if let Some([shard, count]) = identify.shard {
        if shard >= count {
            return Err(SHARD_OUT_OF_RANGE);
        }
        if count % settings.required_shard_multiple.max(1) != 0 {
            return Err(WRONG_SHARD_MULTIPLE);
        }
    }
    if identify.intents & !(ALL_INTENTS.bits() | settings.undocumented_intents) != 0 {
        return Err(UNKNOWN_INTENT);
    }
    let denied = PRIVILEGED_INTENTS.difference(settings.allowed_intents);
    if identify.intents & denied.bits() != 0 {
        return Err(DISALLOWED_INTENT);
    }
    let guilds = world.guilds_of_shard(identify.shard()).count();
    if guilds > settings.max_guilds_per_shard as usize {
        return Err(TOO_MANY_GUILDS);
    }
    Ok(())
}
