use super::RedactedUrl;
use crate::excerpt::Excerpt;
use std::error::Error;
use std::fmt::{self, Debug, Display, Formatter};

/// Why a text is not a gateway URL.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum UrlErrorKind {
    /// It starts with neither `ws://` nor `wss://`.
    Scheme,
    /// It has no host.
    MissingHost,
    /// It contains a fragment, white space or a control character.
    InvalidCharacter,
}

/// A text that is not a gateway URL. The configuration or the peer that supplied it is at fault.
///
/// The URL of a proxy may contain a secret: `Display` shows its scheme, host and port at most, `Debug` nothing of it.
/// [`url`](Self::url) returns it.
#[derive(Clone, Eq, PartialEq)]
pub struct UrlError {
    kind: UrlErrorKind,
    url: Box<str>,
}

impl UrlError {
    pub(super) fn new(kind: UrlErrorKind, url: &str) -> Self {
        Self {
            kind,
            url: url.into(),
        }
    }

    /// The kind of error.
    #[must_use]
    pub const fn kind(&self) -> UrlErrorKind {
        self.kind
    }

    /// The rejected text, which may contain a secret.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }
}

impl Display for UrlError {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str("the gateway url ")?;
        // What has no scheme or an odd character may be anything, such as a token in the wrong place.
        if self.url.contains("://") && self.kind != UrlErrorKind::InvalidCharacter {
            let origin = RedactedUrl::new(&self.url).to_string();
            write!(f, "{} ", Excerpt::new(&origin))?;
        }
        f.write_str(match self.kind {
            UrlErrorKind::Scheme => {
                "does not start with ws:// or wss://; it should look like wss://gateway.discord.gg"
            }
            UrlErrorKind::MissingHost => {
                "has no host; it should look like wss://gateway.discord.gg"
            }
            UrlErrorKind::InvalidCharacter => {
                "contains a fragment, white space or a control character; remove it or \
                 percent-encode it"
            }
        })
    }
}

impl Debug for UrlError {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.debug_struct("UrlError")
            .field("kind", &self.kind)
            .finish_non_exhaustive()
    }
}

impl Error for UrlError {}
