use super::path::path_of;
use crate::dispatch::DispatchKind;
use crate::envelope::Payload;
use crate::excerpt::Excerpt;
use std::error::Error;
use std::fmt::{self, Display, Formatter};

/// Why a value of an event can't be read.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum ViewErrorKind {
    /// The value has another type than expected, or is out of its range.
    Mismatch,
    /// A member that each object of its type has is missing.
    Missing,
    /// The text is not JSON.
    Syntax,
    /// Values are nested deeper than 127 levels within an object, or the text has 4 GiB or more.
    Limit,
}

impl ViewErrorKind {
    /// Every variant.
    pub const ALL: [Self; 4] = [Self::Mismatch, Self::Missing, Self::Syntax, Self::Limit];
}

/// A value of an event that does not match the type that a [view](super) reads it as: Discord changed the event, or the
/// type is wrong.
///
/// Only this value is affected: others of the same event can be read, and the connection stays open.
///
/// ```
/// use gloaming_protocol::{Payload, view::{EventView, ViewErrorKind}};
///
/// let payload = Payload::parse(
///     r#"{"t":"MESSAGE_CREATE","s":7,"op":0,"d":{"id":"1","author":{"id":true}}}"#,
/// )?;
/// let EventView::MessageCreate(message) = payload.view()? else {
///     panic!("the event is a message");
/// };
/// assert_eq!(message.id()?.get(), 1);
/// let error = message.author()?.id().unwrap_err();
/// assert_eq!((error.path(), error.kind()), ("author.id", ViewErrorKind::Mismatch));
/// # Ok::<_, Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ViewError {
    // Boxed to keep the `Result` of each value small.
    inner: Box<Inner>,
}

#[derive(Clone, Debug, Eq, PartialEq)]
struct Inner {
    kind: ViewErrorKind,
    name: Option<String>,
    sequence: Option<u64>,
    path: String,
    what: String,
}

impl ViewError {
    /// An error of the value at this offset of a payload's text, or of the member that is missing there.
    #[cold]
    pub(super) fn new(
        kind: ViewErrorKind,
        text: &str,
        offset: usize,
        missing: Option<&str>,
        what: String,
    ) -> Self {
        let payload = Payload::parse(text).ok();
        let payload = payload.as_ref();
        let start = payload.and_then(Payload::data_offset).unwrap_or(text.len());
        Self {
            inner: Box::new(Inner {
                kind,
                name: payload.and_then(Payload::name).map(str::to_owned),
                sequence: payload.and_then(Payload::sequence),
                path: path_of(text, start, offset, missing),
                what,
            }),
        }
    }

    /// The kind of error.
    #[must_use]
    pub const fn kind(&self) -> ViewErrorKind {
        self.inner.kind
    }

    /// The path of the value in `d`: `author.id`, or `mentions[3].id`. Empty for `d` itself.
    ///
    /// A path has up to 64 steps: of a value that is nested deeper, it is that of the value around it.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.inner.path
    }

    /// The name of the event, if it has one.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        self.inner.name.as_deref()
    }

    /// The documented or announced event with this name, or `None` if the name is new.
    #[must_use]
    pub fn event_kind(&self) -> Option<DispatchKind> {
        self.name().and_then(DispatchKind::from_name)
    }

    /// The sequence number of the event, if it is a dispatch.
    #[must_use]
    pub fn sequence(&self) -> Option<u64> {
        self.inner.sequence
    }
}

impl Display for ViewError {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self.name() {
            Some(name) => write!(f, "the event {} ", Excerpt::new(name))?,
            None => f.write_str("the payload ")?,
        }
        if let Some(sequence) = self.sequence() {
            write!(f, "(sequence {sequence}) ")?;
        }
        f.write_str("does not match its view: ")?;
        if !self.path().is_empty() {
            write!(f, "at {}: ", Excerpt::new(self.path()))?;
        }
        write!(
            f,
            "{}; use the json of the payload, and report the mismatch",
            self.inner.what
        )
    }
}

impl Error for ViewError {}
