use crate::box_error::BoxError;
use crate::dispatch::DispatchKind;
use crate::envelope::OwnedPayload;
use std::error::Error;
use std::fmt::{self, Display, Formatter};

/// An event that does not fit its type: Discord changed it, or twilight-model has it wrong.
///
/// Only this event is affected. It keeps its name, its sequence and its raw JSON, and the
/// connection goes on.
#[derive(Debug)]
pub struct EventError {
    // Boxed, because the error travels in the `Err` of every decoded event.
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

    /// Which documented event it is.
    #[must_use]
    pub fn kind(&self) -> Option<DispatchKind> {
        self.payload().kind()
    }

    /// The sequence of the event, if it is a dispatch.
    #[must_use]
    pub fn sequence(&self) -> Option<u64> {
        self.payload().sequence()
    }

    /// The whole payload, to decode into a type of one's own.
    #[must_use]
    pub fn payload(&self) -> &OwnedPayload {
        &self.inner.payload
    }

    /// The payload and what the parser said.
    #[must_use]
    pub fn into_parts(self) -> (OwnedPayload, Box<dyn Error + Send + Sync>) {
        let Inner { payload, source } = *self.inner;
        (payload, source)
    }
}

impl Display for EventError {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self.name() {
            Some(name) => write!(f, "an event {} ", name.escape_debug())?,
            None => write!(f, "a payload with op {} ", self.payload().op().number())?,
        }
        if let Some(sequence) = self.sequence() {
            write!(f, "(sequence {sequence}) ")?;
        }
        f.write_str("does not fit its type; its raw json is kept, decode it yourself or report it")
    }
}

impl Error for EventError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&*self.inner.source)
    }
}
