//! A text message.

use bytes::Bytes;
use std::{
    fmt::{self, Debug, Formatter},
    str::Utf8Error,
};

/// The text of a message as it arrived: UTF-8, unless the server is at fault.
///
/// A transport does not check the text. [`as_str`](Self::as_str) does, so that a text that is read once is
/// checked once.
///
/// ```
/// use bytes::Bytes;
/// use gloaming_shard::transport::Text;
///
/// let text = Text::from(Bytes::from_static(b"{\"op\":11}"));
/// assert_eq!(text.as_str(), Ok(r#"{"op":11}"#));
/// assert!(Text::from(Bytes::from_static(b"\xff")).as_str().is_err());
/// ```
#[derive(Clone, Eq, PartialEq)]
pub struct Text(Bytes);

impl Text {
    /// Creates a text from a static string.
    #[must_use]
    pub const fn from_static(text: &'static str) -> Self {
        Self(Bytes::from_static(text.as_bytes()))
    }

    /// Checks and returns the text. This takes time in proportion to its length.
    ///
    /// # Errors
    ///
    /// Fails if the bytes are not UTF-8.
    pub fn as_str(&self) -> Result<&str, Utf8Error> {
        // The fast check does not know where the error is.
        simdutf8::basic::from_utf8(&self.0).or_else(|_| std::str::from_utf8(&self.0))
    }

    /// Returns the bytes of the text.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl From<String> for Text {
    fn from(text: String) -> Self {
        Self(text.into())
    }
}

/// Takes the bytes without a copy, and without a check.
impl From<Bytes> for Text {
    fn from(bytes: Bytes) -> Self {
        Self(bytes)
    }
}

impl From<Text> for Bytes {
    fn from(text: Text) -> Self {
        text.0
    }
}

impl Debug for Text {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        Debug::fmt(&String::from_utf8_lossy(&self.0), f)
    }
}
