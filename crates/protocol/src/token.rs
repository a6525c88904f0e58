use std::fmt::{self, Debug, Formatter};

/// A bot token that never shows in a `Debug` and has no `Display`.
///
/// ```
/// use gloaming_protocol::Token;
///
/// let token = Token::new("Bot my-token");
/// assert_eq!(token.expose(), "my-token");
/// assert_eq!(format!("{token:?}"), "Token(redacted)");
/// ```
#[derive(Clone, Eq, PartialEq)]
pub struct Token(Box<str>);

impl Token {
    /// Takes a token, with or without a leading `Bot ` and white space around it.
    #[must_use]
    pub fn new(token: impl Into<String>) -> Self {
        Self::from_string(token.into())
    }

    /// The bare token, for the place that puts it on the wire.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }

    fn from_string(token: String) -> Self {
        let trimmed = token.trim();
        let bare = match trimmed.strip_prefix("Bot") {
            // The word alone is a prefix with nothing behind it.
            Some(rest) if rest.is_empty() || rest.starts_with(' ') => rest.trim_start(),
            _ => trimmed,
        };
        if bare.len() == token.len() {
            Self(token.into_boxed_str())
        } else {
            Self(bare.into())
        }
    }
}

impl Debug for Token {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str("Token(redacted)")
    }
}

impl From<&str> for Token {
    fn from(token: &str) -> Self {
        Self::new(token)
    }
}

impl From<String> for Token {
    fn from(token: String) -> Self {
        Self::new(token)
    }
}

#[cfg(test)]
mod tests {
    use super::Token;

    #[test]
    fn the_prefix_and_white_space_are_stripped() {
        for given in [
            "secret",
            "Bot secret",
            " Bot secret\n",
            "secret\r\n",
            "Bot  secret",
        ] {
            assert_eq!(Token::new(given).expose(), "secret", "{given:?}");
        }
        assert_eq!(Token::new("Botany").expose(), "Botany");
        assert_eq!(Token::new("Bot ").expose(), "");
        assert_eq!(Token::new("Bot").expose(), "");
    }

    #[test]
    fn debug_hides_it() {
        let shown = format!(
            "{:?} {:#?}",
            Token::new("secret"),
            Some(Token::new("secret"))
        );
        assert!(!shown.contains("secret"), "{shown}");
        assert_eq!(shown, "Token(redacted) Some(\n    Token(redacted),\n)");
    }
}
