use std::fmt::{self, Debug, Formatter};

/// A bot token. `Debug` does not show it, and there is no `Display`.
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
    /// Creates a token. Strips white space around it and a leading `Bot `.
    #[must_use]
    pub fn new(token: impl Into<String>) -> Self {
        Self::from_string(token.into())
    }

    /// The token without a prefix, for sending it to Discord. Keep it out of logs.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }

    fn from_string(token: String) -> Self {
        let trimmed = token.trim();
        let bare = match trimmed.strip_prefix("Bot") {
            // `Bot` alone is the prefix of an empty token.
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
    fn new_strips_the_prefix_and_white_space() {
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
    fn debug_hides_the_token() {
        let shown = format!(
            "{:?} {:#?}",
            Token::new("secret"),
            Some(Token::new("secret"))
        );
        assert!(!shown.contains("secret"), "{shown}");
        assert_eq!(shown, "Token(redacted) Some(\n    Token(redacted),\n)");
    }
}
