use gloaming_protocol::{Event, OwnedPayload};

/// An event and the payload that it was decoded from.
///
/// The payload also has what the types of twilight-model leave out: components of an unknown type, values of audit log
/// changes, members of a newer version of the API. Decode these by [`OwnedPayload::decode`]. For which kinds of events
/// payloads are kept is [a setting](crate::ConfigBuilder::keep_payloads).
///
/// ```
/// use gloaming_shard::{Event, EventWithPayload};
/// use serde::Deserialize;
///
/// #[derive(Deserialize)]
/// struct Entry<'a> {
///     #[serde(borrow)]
///     changes: Vec<Change<'a>>,
/// }
///
/// #[derive(Deserialize)]
/// struct Change<'a> {
///     key: &'a str,
/// }
///
/// fn print(event: &EventWithPayload) -> Result<(), serde_json::Error> {
///     if let Event::GuildAuditLogEntryCreate(entry) = event.event() {
///         let all: Entry<'_> = event.payload().decode()?;
///         for change in all.changes {
///             println!("{:?} changed {}", entry.user_id, change.key);
///         }
///     }
///     Ok(())
/// }
/// ```
#[derive(Clone, Debug)]
pub struct EventWithPayload {
    event: Event,
    payload: OwnedPayload,
}

impl EventWithPayload {
    pub(crate) const fn new(event: Event, payload: OwnedPayload) -> Self {
        Self { event, payload }
    }

    /// Returns the event.
    #[must_use]
    pub const fn event(&self) -> &Event {
        &self.event
    }

    /// Returns the payload as it arrived. If the event was repaired, the payload does not have the changes.
    #[must_use]
    pub const fn payload(&self) -> &OwnedPayload {
        &self.payload
    }

    /// Returns the event and its payload.
    #[must_use]
    pub fn into_parts(self) -> (Event, OwnedPayload) {
        (self.event, self.payload)
    }
}
