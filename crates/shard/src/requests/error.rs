//! Errors of requests.

use gloaming_machine::requests::RequestErrorKind;
use gloaming_protocol::EventError;
use std::{
    error::Error,
    fmt::{self, Display, Formatter},
    sync::Arc,
};

/// A request ended before all of its replies arrived. It is the last item of its stream.
#[derive(Clone, Debug)]
pub struct RequestError {
    kind: RequestErrorKind,
    /// Shared by all callers of the request.
    source: Option<Arc<EventError>>,
}

impl RequestError {
    pub(super) const fn new(kind: RequestErrorKind) -> Self {
        Self { kind, source: None }
    }

    pub(super) const fn undecodable(source: Arc<EventError>) -> Self {
        Self {
            kind: RequestErrorKind::Undecodable,
            source: Some(source),
        }
    }

    /// Returns why the request ended.
    #[must_use]
    pub const fn kind(&self) -> RequestErrorKind {
        self.kind
    }

    /// Returns the event that does not fit its type, if that is the reason.
    #[must_use]
    pub fn event(&self) -> Option<&EventError> {
        self.source.as_deref()
    }
}

impl Display for RequestError {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        Display::fmt(&self.kind, f)
    }
}

impl Error for RequestError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.source
            .as_deref()
            .map(|source| source as &(dyn Error + 'static))
    }
}
