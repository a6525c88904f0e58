//! The header `User-Agent`.

use crate::error::{ConfigError, ConfigErrorKind};
use hyper::header::HeaderValue;
use std::fmt::{self, Display, Formatter};

/// The value of the header `User-Agent`, which names the program in the WebSocket handshake and in requests to the API.
///
/// Discord requires the form `DiscordBot ($url, $versionNumber)` for its API, optionally followed by more, and other
/// servers may refuse a connection that does not name its program. The default names this library and its version.
///
/// ```
/// use gloaming_shard::{ConfigBuilder, Intents, UserAgent};
///
/// assert!(UserAgent::default().as_str().starts_with("DiscordBot (https://"));
///
/// let agent = UserAgent::new("DiscordBot (https://example.com/my-bot, 1.2.0)")?;
/// let config = ConfigBuilder::new("my-token".to_owned(), Intents::GUILDS)
///     .user_agent(agent)
///     .build();
/// assert_eq!(config.user_agent().as_str(), "DiscordBot (https://example.com/my-bot, 1.2.0)");
/// # Ok::<_, gloaming_shard::error::ConfigError>(())
/// ```
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub struct UserAgent(HeaderValue);

impl UserAgent {
    /// This library, as Discord requires it: the name `DiscordBot`, a URL and a version.
    const DEFAULT: &'static str = concat!(
        "DiscordBot (",
        env!("CARGO_PKG_REPOSITORY"),
        ", ",
        env!("CARGO_PKG_VERSION"),
        ")"
    );

    /// Creates a value from a text of visible ASCII characters and spaces.
    ///
    /// # Errors
    ///
    /// Returns [`ConfigErrorKind::UserAgent`] if the text is empty, begins or ends with a space, or contains another
    /// character.
    pub fn new(text: &str) -> Result<Self, ConfigError> {
        let is_allowed = |byte: u8| byte == b' ' || byte.is_ascii_graphic();
        let is_bounded = !text.is_empty() && text.trim() == text;
        if !is_bounded || !text.bytes().all(is_allowed) {
            return Err(ConfigError::new(ConfigErrorKind::UserAgent));
        }
        HeaderValue::from_str(text)
            .map(Self)
            .map_err(|error| ConfigError::caused_by(ConfigErrorKind::UserAgent, error))
    }

    /// The text of the header.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0
            .to_str()
            .expect("`new` allows visible ASCII characters and spaces only")
    }

    pub(crate) const fn header(&self) -> &HeaderValue {
        &self.0
    }
}

impl Default for UserAgent {
    fn default() -> Self {
        Self(HeaderValue::from_static(Self::DEFAULT))
    }
}

/// Shows the text of the header.
impl Display for UserAgent {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::UserAgent;
    use crate::error::ConfigErrorKind;

    #[test]
    fn texts_that_are_no_header_are_refused() {
        for text in [
            "",
            " ",
            " bot",
            "bot ",
            "a\r\nb: c",
            "a\tb",
            "b\u{f6}t",
            "\u{7f}",
        ] {
            let error = UserAgent::new(text).unwrap_err();
            assert_eq!(error.kind(), ConfigErrorKind::UserAgent, "{text:?}");
        }
        assert_eq!(
            UserAgent::new("a (b, 1) c/2").unwrap().as_str(),
            "a (b, 1) c/2"
        );
    }

    #[test]
    fn default_has_the_form_that_discord_requires() {
        let version = env!("CARGO_PKG_VERSION");
        let expected = format!("DiscordBot (https://github.com/gloaming-rs/gloaming, {version})");
        assert_eq!(UserAgent::default().to_string(), expected);
        assert_eq!(UserAgent::new(&expected).unwrap(), UserAgent::default());
    }
}
