//! Events that twilight-model 0.18 has a type for, but that its deserializer can't parse.

use crate::box_error::BoxError;
use crate::dispatch::DispatchKind;
use crate::envelope::Payload;
use crate::opcode::OpCode;
use serde::Deserialize;
use twilight_model::gateway;
use twilight_model::gateway::event::Event;
use twilight_model::gateway::payload::incoming::RateLimited;
use twilight_model::gateway::payload::incoming::rate_limited::RateLimitMetadata;
use twilight_model::id::Id;
use twilight_model::id::marker::GuildMarker;

/// Whether this is one of those events.
pub(super) const fn contains(kind: DispatchKind) -> bool {
    matches!(
        kind,
        DispatchKind::EntitlementUpdate
            | DispatchKind::EntitlementDelete
            | DispatchKind::RateLimited
    )
}

/// Parses the payload if it is one of those events.
pub(super) fn parse(payload: &Payload<'_>) -> Result<Option<Event>, BoxError> {
    match payload.kind() {
        Some(DispatchKind::EntitlementUpdate) => entitlement_update(payload).map(Some),
        Some(DispatchKind::EntitlementDelete) => entitlement_delete(payload).map(Some),
        Some(DispatchKind::RateLimited) => rate_limited(payload),
        _ => Ok(None),
    }
}

/// twilight-model's deserializer does not recognize the name.
fn entitlement_update(payload: &Payload<'_>) -> Result<Event, BoxError> {
    Ok(Event::EntitlementUpdate(payload.decode_data()?))
}

/// twilight-model's deserializer does not recognize the name.
fn entitlement_delete(payload: &Payload<'_>) -> Result<Event, BoxError> {
    Ok(Event::EntitlementDelete(payload.decode_data()?))
}

/// twilight-model's deserializer expects `meta` to name a variant, but the gateway sends `meta` without one:
/// the opcode determines its content ([P25](crate::rules#p25)). Returns `None` for opcodes whose `meta` has
/// no type.
fn rate_limited(payload: &Payload<'_>) -> Result<Option<Event>, BoxError> {
    #[derive(Deserialize)]
    struct Opcode {
        opcode: u64,
    }

    #[derive(Deserialize)]
    struct Limit {
        retry_after: f32,
        meta: Meta,
    }

    #[derive(Deserialize)]
    struct Meta {
        guild_id: Id<GuildMarker>,
        nonce: Option<String>,
    }

    let Opcode { opcode } = payload.decode_data()?;
    if OpCode::from_number(opcode) != OpCode::RequestGuildMembers {
        return Ok(None);
    }
    let Limit { retry_after, meta } = payload.decode_data()?;
    Ok(Some(Event::RateLimited(RateLimited {
        opcode: gateway::OpCode::RequestGuildMembers,
        retry_after,
        meta: RateLimitMetadata::RequestGuildMembers {
            guild_id: meta.guild_id,
            nonce: meta.nonce,
        },
    })))
}
