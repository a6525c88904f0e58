//! Raw messages.

use gloaming_protocol::CloseFrame;

/// What a shard receives, undecoded.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Message {
    /// The end of a connection, with the frame that says why; code 1006 where there was none.
    ///
    /// The shard reconnects by itself unless it was closed for good.
    Close(Option<CloseFrame<'static>>),
    /// A payload: JSON, decompressed.
    Text(String),
}

impl Message {
    /// Whether this is the end of a connection.
    #[must_use]
    pub const fn is_close(&self) -> bool {
        matches!(self, Self::Close(_))
    }

    /// Whether this is a payload.
    #[must_use]
    pub const fn is_text(&self) -> bool {
        matches!(self, Self::Text(_))
    }
}
