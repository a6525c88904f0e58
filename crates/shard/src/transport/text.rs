//! A text message.

use bytes::Bytes;
use std::{
    fmt::{self, Debug, Formatter},
    ops::Deref,
    str::Utf8Error,
};
use tokio_tungstenite::tungstenite::Utf8Bytes;

/// The text of a message: bytes that are known to be UTF-8 and need no further check.
///
/// ```
/// use bytes::Bytes;
/// use gloaming_shard::transport::Text;
///
/// let text = Text::try_from(Bytes::from_static(b"{\"op\":11}"))?;
/// assert_eq!(text.as_str(), r#"{"op":11}"#);
/// # Ok::<_, std::str::Utf8Error>(())
/// ```
#[derive(Clone, Eq, PartialEq)]
pub struct Text(Utf8Bytes);

impl Text {
    /// Creates a text from a static string.
    #[must_use]
    pub const fn from_static(text: &'static str) -> Self {
        Self(Utf8Bytes::from_static(text))
    }

    pub(super) const fn new(text: Utf8Bytes) -> Self {
        Self(text)
    }

    /// Returns the text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }
}

impl Deref for Text {
    type Target = str;

    fn deref(&self) -> &str {
        self.as_str()
    }
}

impl From<String> for Text {
    fn from(text: String) -> Self {
        Self(text.into())
    }
}

/// Checks that the bytes are UTF-8, without a copy.
impl TryFrom<Bytes> for Text {
    type Error = Utf8Error;

    fn try_from(bytes: Bytes) -> Result<Self, Utf8Error> {
        bytes.try_into().map(Self)
    }
}

impl From<Text> for Bytes {
    fn from(text: Text) -> Self {
        text.0.into()
    }
}

impl Debug for Text {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        Debug::fmt(self.as_str(), f)
    }
}
