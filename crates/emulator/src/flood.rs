//! Load: many events as fast as the client takes them.

/// Load for one session: `events` dispatches as fast as its client takes them, then perhaps a close frame.
///
/// The events are rendered once, before they are sent, so that the client and not the emulator is what is measured.
/// They obey the session's intents.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Flood {
    /// How many dispatches.
    pub events: u64,
    /// The close code that follows, so that a client knows its measurement is over; `None` to carry on as usual.
    pub close: Option<u16>,
}

impl Flood {
    /// `events` dispatches, and no close frame.
    #[must_use]
    pub const fn new(events: u64) -> Self {
        Self {
            events,
            close: None,
        }
    }

    /// The same, followed by a close frame with `code`.
    #[must_use]
    pub const fn then_close(self, code: u16) -> Self {
        Self {
            close: Some(code),
            ..self
        }
    }
}
