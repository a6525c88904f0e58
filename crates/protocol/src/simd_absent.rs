//! Stands in for `simd.rs` where the feature `simd-json` is off.

use crate::json_parser::BoxError;
use std::error::Error;
use std::fmt::{self, Display, Formatter};
use twilight_model::gateway::event::DispatchEvent;

pub(crate) const AVAILABLE: bool = false;

pub(crate) fn dispatch(_: &str, _: &str) -> Result<DispatchEvent, BoxError> {
    Err(Unavailable.into())
}

/// The parser asked for is not compiled in.
#[derive(Debug)]
struct Unavailable;

impl Display for Unavailable {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str("simd-json is not compiled in; enable the feature `simd-json` or choose serde")
    }
}

impl Error for Unavailable {}
