//! The only place that uses serde_json for typed events.
//!
//! Each deserializer that this module and `simd_backend` use compiles all of twilight-model's types once,
//! which takes minutes. Neither module may become generic, and no other may use a deserializer.

use super::flattened;
use crate::dispatch::DispatchKind;
use serde::Deserialize;
use twilight_model::gateway::event::DispatchEvent;
use twilight_model::gateway::payload::incoming::GuildCreate;
use twilight_model::guild::Guild;

#[inline]
pub(super) fn dispatch(kind: DispatchKind, data: &str) -> Result<DispatchEvent, serde_json::Error> {
    flattened::dispatch(kind, &mut serde_json::Deserializer::from_str(data))
}

/// Like [`dispatch`], with errors that name the value that does not fit.
///
/// twilight-model tries whether a created guild is unavailable before it reads a whole guild, so that the error of
/// neither is left. Here, `unavailable` decides.
pub(crate) fn dispatch_with_cause(
    kind: DispatchKind,
    data: &str,
) -> Result<DispatchEvent, serde_json::Error> {
    #[derive(Deserialize)]
    struct Availability {
        #[serde(default)]
        unavailable: Option<bool>,
    }

    let mut deserializer = serde_json::Deserializer::from_str(data);
    if kind == DispatchKind::GuildCreate
        && !matches!(
            Availability::deserialize(&mut deserializer),
            Ok(Availability {
                unavailable: Some(true)
            })
        )
    {
        let guild = Guild::deserialize(&mut serde_json::Deserializer::from_str(data))?;
        let created = GuildCreate::Available(guild);
        return Ok(DispatchEvent::GuildCreate(Box::new(created)));
    }
    dispatch(kind, data)
}
