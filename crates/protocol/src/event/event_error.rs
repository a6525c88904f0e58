use crate::box_error::BoxError;
use crate::dispatch::DispatchKind;
use crate::envelope::OwnedPayload;
use crate::excerpt::Excerpt;
use std::error::Error;
use std::fmt::{self, Display, Formatter};

/// An event that does not match its type: Discord changed the event, or the type is wrong.
///
/// Only this event is affected, and the connection stays open. The error keeps the event's name, sequence
/// number and JSON. Its text contains that of its source: what does not match, and the path to it.
#[derive(Debug)]
pub struct EventError {
    // Boxed to keep the `Result` of each decoded event small.
    inner: Box<Inner>,
}

#[derive(Debug)]
struct Inner {
    payload: OwnedPayload,
    source: BoxError,
}

impl EventError {
    pub(crate) fn new(payload: OwnedPayload, source: BoxError) -> Self {
        Self {
            inner: Box::new(Inner { payload, source }),
        }
    }

    /// The name of the event, if it has one.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        self.payload().name()
    }

    /// The documented or announced event with this name, or `None` if the name is new.
    #[must_use]
    pub fn event_kind(&self) -> Option<DispatchKind> {
        self.payload().kind()
    }

    /// The sequence number of the event, if it is a dispatch.
    #[must_use]
    pub fn sequence(&self) -> Option<u64> {
        self.payload().sequence()
    }

    /// The whole payload, which can be decoded into a type of your own.
    #[must_use]
    pub fn payload(&self) -> &OwnedPayload {
        &self.inner.payload
    }

    /// Returns the payload and the [source](Error::source).
    #[must_use]
    pub fn into_parts(self) -> (OwnedPayload, Box<dyn Error + Send + Sync>) {
        let Inner { payload, source } = *self.inner;
        (payload, source)
    }
}

impl Display for EventError {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self.name() {
            Some(name) => write!(f, "the event {} ", Excerpt::new(name))?,
            None => write!(f, "the payload with op {} ", self.payload().op().number())?,
        }
        if let Some(sequence) = self.sequence() {
            write!(f, "(sequence {sequence}) ")?;
        }
        write!(
            f,
            "does not match its type: {}; use the json that this error keeps, and report the mismatch",
            self.inner.source
        )
    }
}

impl Error for EventError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&*self.inner.source)
    }
}
