//! JSON: a scanner that skips values, and the parsers of typed events.

pub(crate) mod block;
mod flattened;
pub(crate) mod nested;
mod parser;
pub(crate) mod path;
pub(crate) mod scanner;
mod serde_backend;
#[cfg_attr(not(feature = "simd-json"), path = "simd_disabled.rs")]
mod simd_backend;
pub(crate) mod unescape;
pub(crate) mod words;

pub use self::parser::JsonParser;
pub(crate) use self::serde_backend::dispatch_with_cause;
