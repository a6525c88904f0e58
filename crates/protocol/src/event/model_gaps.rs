//! Events that twilight-model 0.18 has a type for, but that its deserializer can't parse.

use crate::dispatch::DispatchKind;
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

/// Parses `data`, the `d` of the event of this kind, if it is one of those events. Returns `None` for others, and for
/// requests whose `meta` has no type.
pub(super) fn parse(kind: DispatchKind, data: &str) -> Result<Option<Event>, serde_json::Error> {
    match kind {
        // twilight-model's deserializer does not recognize their names.
        DispatchKind::EntitlementUpdate => Ok(Some(Event::EntitlementUpdate(decode(data)?))),
        DispatchKind::EntitlementDelete => Ok(Some(Event::EntitlementDelete(decode(data)?))),
        DispatchKind::RateLimited => rate_limited(data),
        _ => Ok(None),
    }
}

fn decode<'a, T: Deserialize<'a>>(data: &'a str) -> Result<T, serde_json::Error> {
    T::deserialize(&mut serde_json::Deserializer::from_str(data))
}

/// twilight-model's deserializer expects `meta` to name a variant, but the gateway sends `meta` without one:
/// the opcode determines its content ([P25](crate::rules#p25)). Returns `None` for opcodes whose `meta` has
/// no type.
fn rate_limited(data: &str) -> Result<Option<Event>, serde_json::Error> {
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

    let Opcode { opcode } = decode(data)?;
    if OpCode::from_number(opcode) != OpCode::RequestGuildMembers {
        return Ok(None);
    }
    let Limit { retry_after, meta } = decode(data)?;
    Ok(Some(Event::RateLimited(RateLimited {
        opcode: gateway::OpCode::RequestGuildMembers,
        retry_after,
        meta: RateLimitMetadata::RequestGuildMembers {
            guild_id: meta.guild_id,
            nonce: meta.nonce,
        },
    })))
}
