//! Replaces `simd_backend.rs` if the feature `simd-json` is disabled.

use crate::box_error::BoxError;
use crate::dispatch::DispatchKind;
use std::error::Error;
use std::fmt::{self, Display, Formatter};
use twilight_model::gateway::event::DispatchEvent;

pub(super) const AVAILABLE: bool = false;

pub(super) fn dispatch(_: DispatchKind, _: &str) -> Result<DispatchEvent, BoxError> {
    Err(Unavailable.into())
}

/// The requested parser is not compiled in.
#[derive(Debug)]
struct Unavailable;

impl Display for Unavailable {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str("simd-json is not compiled in; enable the feature `simd-json` or choose serde")
    }
}

impl Error for Unavailable {}
