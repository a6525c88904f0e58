//! What can be wrong with a configuration.

use gloaming_protocol::Compression;
use std::{
    error::Error,
    fmt::{self, Display, Formatter},
};

/// A configuration can't work. Change the setting it names.
#[derive(Debug)]
pub struct ConfigError {
    kind: ConfigErrorKind,
    source: Option<Box<dyn Error + Send + Sync>>,
}

/// Which setting can't work.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum ConfigErrorKind {
    /// This compression is not compiled in.
    CompressionUnavailable(Compression),
    /// There is no token.
    EmptyToken,
    /// The gateway's or proxy's URL is none.
    GatewayUrl,
    /// IDENTIFY can't be made: a large threshold out of range, or a presence too large.
    Identify,
    /// This JSON parser is not compiled in.
    JsonParserUnavailable,
}

impl ConfigError {
    pub(crate) const fn new(kind: ConfigErrorKind) -> Self {
        Self { kind, source: None }
    }

    pub(crate) fn caused_by(
        kind: ConfigErrorKind,
        source: impl Error + Send + Sync + 'static,
    ) -> Self {
        Self {
            kind,
            source: Some(Box::new(source)),
        }
    }

    /// Which setting.
    #[must_use]
    pub const fn kind(&self) -> ConfigErrorKind {
        self.kind
    }
}

impl Display for ConfigError {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self.kind {
            ConfigErrorKind::CompressionUnavailable(compression) => write!(
                f,
                "{compression} compression is not compiled in; enable its feature or choose another"
            ),
            ConfigErrorKind::EmptyToken => {
                f.write_str("the token is empty; take the bot's from discord's developer portal")
            }
            ConfigErrorKind::GatewayUrl => {
                f.write_str("the gateway or proxy url can't be used; it must be ws:// or wss://")
            }
            ConfigErrorKind::Identify => {
                f.write_str("identify can't be made from the large threshold and presence set")
            }
            ConfigErrorKind::JsonParserUnavailable => {
                f.write_str("this json parser is not compiled in; enable its feature")
            }
        }
    }
}

impl Error for ConfigError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.source
            .as_deref()
            .map(|source| source as &(dyn Error + 'static))
    }
}
