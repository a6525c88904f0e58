//! The only place that uses serde_json for typed events.
//!
//! Each deserializer named here or in `simd_backend` compiles all of twilight-model's types once, which takes
//! minutes. Keep both files free of generics, and name no deserializer elsewhere.

use crate::box_error::BoxError;
use serde::de::DeserializeSeed;
use twilight_model::gateway::event::{DispatchEvent, DispatchEventWithTypeDeserializer};

pub(super) fn dispatch(name: &str, data: &str) -> Result<DispatchEvent, BoxError> {
    Ok(DispatchEventWithTypeDeserializer::new(name)
        .deserialize(&mut serde_json::Deserializer::from_str(data))?)
}
