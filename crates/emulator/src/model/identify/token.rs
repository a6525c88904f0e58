//! The bot's token.

use gloaming_protocol::Token;

/// The token of the bot, which is reset when the daily limit of session starts is exceeded
/// ([P12](gloaming_protocol::rules#p12)).
#[derive(Debug)]
pub(crate) struct BotToken {
    token: Token,
    state: TokenState,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum TokenState {
    Valid,
    Reset,
}

impl BotToken {
    pub(crate) const fn new(token: Token) -> Self {
        Self {
            token,
            state: TokenState::Valid,
        }
    }

    /// Whether a client that has this token is authenticated.
    pub(crate) fn accepts(&self, token: &str) -> bool {
        self.state == TokenState::Valid && Token::new(token) == self.token
    }

    /// No token is accepted from now on.
    pub(crate) const fn reset(&mut self) {
        self.state = TokenState::Reset;
    }
}
