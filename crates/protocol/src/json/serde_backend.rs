//! The only place that uses serde_json for typed events.
//!
//! Each deserializer that this module and `simd_backend` use compiles all of twilight-model's types once,
//! which takes minutes. Neither module may become generic, and no other may use a deserializer.

use serde::de::DeserializeSeed;
use twilight_model::gateway::event::{DispatchEvent, DispatchEventWithTypeDeserializer};

#[inline]
pub(super) fn dispatch(name: &str, data: &str) -> Result<DispatchEvent, serde_json::Error> {
    DispatchEventWithTypeDeserializer::new(name)
        .deserialize(&mut serde_json::Deserializer::from_str(data))
}
