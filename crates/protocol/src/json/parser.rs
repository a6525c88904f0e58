use super::{serde_backend, simd_backend};
use crate::box_error::BoxError;
use crate::dispatch::DispatchKind;
use twilight_model::gateway::event::DispatchEvent;

/// The library that parses typed events.
///
/// Every build has every variant. [`is_available`](Self::is_available) returns whether one can be used.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum JsonParser {
    /// serde_json. Parses the borrowed text.
    Serde,
    /// simd-json. Parses a copy of the text. Requires the feature `simd-json`.
    ///
    /// If it rejects an event, serde_json parses it, so both accept the same events with the same result.
    /// There are three exceptions: only simd-json accepts `-0` as an integer and a number as the key of a change in the
    /// audit log, and a fraction with more digits than an `f64` can represent may differ in the last bit.
    Simd,
}

impl JsonParser {
    /// Every variant.
    pub const ALL: [Self; 2] = [Self::Serde, Self::Simd];

    /// Returns the default, [`Serde`](Self::Serde) in every build.
    ///
    /// With both parsers, most of the time is spent creating twilight-model's types, and simd-json
    /// additionally needs a copy of the text.
    #[must_use]
    pub const fn best() -> Self {
        Self::Serde
    }

    /// Returns whether the parser is compiled in.
    #[must_use]
    pub const fn is_available(self) -> bool {
        match self {
            Self::Serde => true,
            Self::Simd => simd_backend::AVAILABLE,
        }
    }

    /// Parses `data`, the `d` of the dispatch of this kind, into twilight-model's type for it.
    ///
    /// The rest of the payload may follow `data`.
    // Inlined, since each call in between would move the event, which is large.
    #[inline]
    pub(crate) fn dispatch(
        self,
        kind: DispatchKind,
        data: &str,
    ) -> Result<DispatchEvent, BoxError> {
        match self {
            Self::Serde => serde_backend::dispatch(kind, data).map_err(Into::into),
            Self::Simd => simd_backend::dispatch(kind, data),
        }
    }
}

impl Default for JsonParser {
    fn default() -> Self {
        Self::best()
    }
}

#[cfg(test)]
mod tests {
    use super::JsonParser;

    #[test]
    fn serde_is_always_available_and_simd_with_its_feature() {
        assert_eq!(
            JsonParser::ALL.map(JsonParser::is_available),
            [true, cfg!(feature = "simd-json")]
        );
        assert_eq!(JsonParser::default(), JsonParser::Serde);
    }
}
