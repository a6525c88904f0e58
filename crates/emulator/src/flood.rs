//! Load: many events as fast as a client reads.

/// Load for a session: a number of dispatches as fast as the client reads, optionally followed by a close frame.
///
/// The events are rendered in advance, so that a benchmark measures the client and not the emulator. Only events that the
/// session's intents allow are sent.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Flood {
    /// The number of dispatches.
    pub events: u64,
    /// The code of the close frame that follows; `None` for no close frame.
    pub close: Option<u16>,
}

impl Flood {
    /// Load of `events` dispatches without a close frame.
    #[must_use]
    pub const fn new(events: u64) -> Self {
        Self {
            events,
            close: None,
        }
    }

    /// Adds a close frame with `code` after the dispatches.
    #[must_use]
    pub const fn then_close(self, code: u16) -> Self {
        Self {
            close: Some(code),
            ..self
        }
    }
}
