use crate::Payload;
use serde::de::DeserializeSeed;
use std::error::Error;
use std::fmt::{self, Display, Formatter};
use twilight_model::gateway::event::{DispatchEvent, DispatchEventWithTypeDeserializer};

pub(crate) type BoxError = Box<dyn Error + Send + Sync>;

/// Which library parses typed events.
///
/// Every build has every variant; [`is_available`](Self::is_available) says what is compiled in.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum JsonParser {
    /// serde_json: parses straight from the borrowed text.
    Serde,
    /// simd-json: parses a copy of the text. Needs the feature `simd-json`.
    ///
    /// What it refuses, serde_json is asked about, so that both take the same events, and make the
    /// same of them. Two differences are left in what is hardly JSON for its type: `-0` is an
    /// integer to simd-json alone, and fractions of more digits than an `f64` has may differ in the
    /// last bit.
    Simd,
}

impl JsonParser {
    /// Every variant.
    pub const ALL: [Self; 2] = [Self::Serde, Self::Simd];

    /// The best that is compiled in.
    ///
    /// That is [`Serde`](Self::Serde) in every build: building twilight-model's types takes most of
    /// the time with either, and simd-json needs a copy of the text besides.
    #[must_use]
    pub const fn best() -> Self {
        Self::Serde
    }

    /// Whether it is compiled in.
    #[must_use]
    pub const fn is_available(self) -> bool {
        match self {
            Self::Serde => true,
            Self::Simd => cfg!(feature = "simd-json"),
        }
    }

    /// Parses the `d` of a dispatch into the type that twilight-model has for this name.
    pub(crate) fn dispatch(
        self,
        name: &str,
        payload: &Payload<'_>,
    ) -> Result<DispatchEvent, BoxError> {
        match self {
            Self::Serde => serde(name, payload.data_start()).map_err(Into::into),
            Self::Simd => simd(name, payload.data_start()),
        }
    }
}

impl Default for JsonParser {
    fn default() -> Self {
        Self::best()
    }
}

// Each deserializer that is named here compiles the whole model once: minutes. Nothing below may
// become generic, and nobody else may name one.

fn serde(name: &str, data: &str) -> Result<DispatchEvent, serde_json::Error> {
    DispatchEventWithTypeDeserializer::new(name)
        .deserialize(&mut serde_json::Deserializer::from_str(data))
}

#[cfg(feature = "simd-json")]
fn simd(name: &str, data: &str) -> Result<DispatchEvent, BoxError> {
    /// As deep as serde_json goes. simd-json has no bound, and recursion without one overflows the
    /// stack, which nothing catches.
    const DEEPEST: usize = 128;

    let mut scanner = crate::json_scan::Scanner::new(data);
    let whole = scanner.skip_value_within(DEEPEST).is_some();
    let value = &data[..scanner.position()];
    if whole && !has_lone_surrogate(value) {
        let mut copy = value.as_bytes().to_vec();
        if let Ok(mut deserializer) = simd_json::Deserializer::from_slice(&mut copy)
            && let Ok(event) =
                DispatchEventWithTypeDeserializer::new(name).deserialize(&mut deserializer)
        {
            return Ok(event);
        }
    }
    // simd-json looks at all of the text, serde_json only checks the form of what nobody reads: an
    // event with an odd number or string there is an event all the same.
    serde(name, data).map_err(Into::into)
}

/// Whether half of a surrogate pair may stand alone, of which simd-json silently makes a NUL.
#[cfg(feature = "simd-json")]
fn has_lone_surrogate(text: &str) -> bool {
    let unit = |at: usize| {
        let digits = text.get(at..)?.strip_prefix("\\u")?.get(..4)?;
        u16::from_str_radix(digits, 16).ok()
    };
    let mut checked = 0;
    memchr::memmem::find_iter(text.as_bytes(), b"\\u").any(|at| {
        if at < checked {
            return false;
        }
        match unit(at) {
            Some(0xd800..=0xdbff) => {
                checked = at + 12;
                !matches!(unit(at + 6), Some(0xdc00..=0xdfff))
            }
            Some(0xdc00..=0xdfff) => true,
            _ => false,
        }
    })
}

#[cfg(not(feature = "simd-json"))]
fn simd(_: &str, _: &str) -> Result<DispatchEvent, BoxError> {
    Err(Unavailable.into())
}

/// The parser asked for is not compiled in.
#[derive(Debug)]
#[cfg_attr(
    feature = "simd-json",
    expect(dead_code, reason = "the parser is compiled in")
)]
struct Unavailable;

impl Display for Unavailable {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str("simd-json is not compiled in; enable the feature `simd-json` or choose serde")
    }
}

impl Error for Unavailable {}
