//! Raw messages.

use gloaming_protocol::CloseFrame;

/// A message that a shard received, not parsed.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Message {
    /// The end of a connection, with the server's close frame, or code 1006 if there was none.
    ///
    /// The shard then reconnects by itself, unless it was closed permanently.
    Close(Option<CloseFrame<'static>>),
    /// A payload as decompressed JSON.
    Text(String),
}

impl Message {
    /// Returns whether this is the end of a connection.
    #[must_use]
    pub const fn is_close(&self) -> bool {
        matches!(self, Self::Close(_))
    }

    /// Returns whether this is a payload.
    #[must_use]
    pub const fn is_text(&self) -> bool {
        matches!(self, Self::Text(_))
    }
}
