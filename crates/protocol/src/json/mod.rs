//! JSON: a scanner that skips values, and the parsers of typed events.

mod parser;
pub(crate) mod scanner;
mod serde_backend;
#[cfg_attr(not(feature = "simd-json"), path = "simd_disabled.rs")]
mod simd_backend;

pub use self::parser::JsonParser;
pub(crate) use self::serde_backend::dispatch_with_cause;
