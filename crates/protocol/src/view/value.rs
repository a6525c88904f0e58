use super::members::{Span, find_member};
use super::{FromValue, ListView, ObjectView, ViewError, ViewErrorKind};
use crate::json::unescape::unescape;
use serde::Deserialize;
use std::borrow::Cow;
use std::fmt::{self, Debug, Formatter};

/// A value of an event, which is read on demand.
///
/// [`read`](Self::read) reads it as any type that implements [`FromValue`]. Until then, it is only known where the value
/// starts and ends.
#[derive(Clone, Copy)]
pub struct ValueView<'a> {
    /// The whole payload.
    text: &'a str,
    span: Span,
}

impl<'a> ValueView<'a> {
    pub(super) const fn new(text: &'a str, span: Span) -> Self {
        Self { text, span }
    }

    /// The exact text of the value.
    #[inline]
    #[must_use]
    pub fn json(&self) -> &'a str {
        self.span.of(self.text)
    }

    /// Whether the value is `null`.
    #[inline]
    #[must_use]
    pub fn is_null(&self) -> bool {
        self.json() == "null"
    }

    /// Reads the value as a `T`.
    ///
    /// # Errors
    ///
    /// Returns an error if the value is not a `T`.
    #[inline]
    pub fn read<T: FromValue<'a>>(self) -> Result<T, ViewError> {
        T::from_value(self)
    }

    /// Reads the value as a string. It is borrowed unless it contains an escape.
    ///
    /// # Errors
    ///
    /// Returns an error if the value is not a string.
    #[inline]
    pub fn string(self) -> Result<Cow<'a, str>, ViewError> {
        let quoted = self.json().strip_prefix('"');
        let text = match quoted.and_then(|rest| rest.strip_suffix('"')) {
            Some(text) if is_plain(text) => return Ok(Cow::Borrowed(text)),
            text => text.and_then(unescape),
        };
        text.map(Cow::Owned)
            .ok_or_else(|| self.mismatch("a string"))
    }

    /// Reads the value as an object.
    ///
    /// # Errors
    ///
    /// Returns an error if the value is not an object.
    #[inline]
    pub fn object(self) -> Result<ObjectView<'a>, ViewError> {
        let mut object = self.unscanned_object()?;
        object.scan()?;
        Ok(object)
    }

    #[inline(always)]
    pub(super) fn unscanned_object(self) -> Result<ObjectView<'a>, ViewError> {
        match self.json().as_bytes() {
            [b'{', ..] => Ok(ObjectView::unscanned_at(
                self.text,
                self.span.start as usize,
            )),
            _ => Err(self.mismatch("an object")),
        }
    }

    /// Reads the value as a list.
    ///
    /// # Errors
    ///
    /// Returns an error if the value is not a list. Elements are read, and may be errors, as the list is iterated.
    #[inline]
    pub fn list<T: FromValue<'a>>(self) -> Result<ListView<'a, T>, ViewError> {
        match self.json().as_bytes() {
            [b'[', ..] => Ok(ListView::new(self.text, self.span)),
            _ => Err(self.mismatch("a list")),
        }
    }

    /// The value of a member of this object, or `None` if it is missing, or if this is not an object.
    ///
    /// Scans the object up to the member. To read several, make an [`object`](Self::object) of it.
    #[must_use]
    pub fn member(self, name: &str) -> Option<Self> {
        let span = find_member(self.text, self.span.start as usize, name)?;
        Some(Self::new(self.text, span))
    }

    /// Parses the value into a type of your own, which may borrow from it.
    ///
    /// # Errors
    ///
    /// Returns an error if the value is not the JSON of a `T`.
    pub fn decode<T: Deserialize<'a>>(self) -> Result<T, serde_json::Error> {
        serde_json::from_str(self.json())
    }

    /// Returns the error that this value is not what is expected, for implementations of [`FromValue`].
    ///
    /// `expected` is a noun with its article: `a color`.
    #[cold]
    #[must_use]
    pub fn mismatch(&self, expected: &str) -> ViewError {
        let found = match self.json().as_bytes() {
            [b'{', ..] => "an object",
            [b'[', ..] => "a list",
            [b'"', ..] => "a string",
            [b't' | b'f', ..] => "a boolean",
            [b'n', ..] => "null",
            [b'-' | b'0'..=b'9', ..] => "a number",
            _ => "no value",
        };
        let noun = found.rsplit(' ').next().unwrap_or(found);
        let what = if expected.contains(noun) {
            // It is out of range, or has an invalid escape.
            format!("this {noun} is not valid as {expected}")
        } else {
            format!("expected {expected}, found {found}")
        };
        self.error(ViewErrorKind::Mismatch, what)
    }

    #[cold]
    fn error(&self, kind: ViewErrorKind, what: String) -> ViewError {
        ViewError::new(kind, self.text, self.span.start as usize, None, what)
    }
}

/// Whether a string contains neither escapes nor characters that JSON requires to be escaped.
#[inline]
fn is_plain(text: &str) -> bool {
    // Without an early end, so that many bytes are compared at once.
    let is_special = |byte: u8| (byte < b' ') | (byte == b'\\');
    !text
        .bytes()
        .fold(false, |found, byte| found | is_special(byte))
}

/// The JSON, if it is short.
impl Debug for ValueView<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let excerpt = crate::excerpt::Excerpt::new(self.json());
        write!(f, "ValueView({excerpt})")
    }
}
