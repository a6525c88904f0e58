use super::{serde_backend, simd_backend};
use crate::box_error::BoxError;
use twilight_model::gateway::event::DispatchEvent;

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
            Self::Simd => simd_backend::AVAILABLE,
        }
    }

    /// Parses the `d` of a dispatch into the type that twilight-model has for this name.
    ///
    /// `data` may be followed by the rest of the payload.
    pub(crate) fn dispatch(self, name: &str, data: &str) -> Result<DispatchEvent, BoxError> {
        match self {
            Self::Serde => serde_backend::dispatch(name, data),
            Self::Simd => simd_backend::dispatch(name, data),
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
    fn serde_is_always_there_and_the_other_as_compiled() {
        assert_eq!(
            JsonParser::ALL.map(JsonParser::is_available),
            [true, cfg!(feature = "simd-json")]
        );
        assert_eq!(JsonParser::default(), JsonParser::Serde);
    }
}
