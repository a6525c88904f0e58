use super::Repair;
use crate::dispatch::DispatchKind;
use crate::envelope::OwnedPayload;
use crate::excerpt::Excerpt;
use std::fmt::{self, Display, Formatter};
use twilight_model::gateway::event::Event;

/// An event that did not match its type and was changed so that it does.
///
/// It keeps the payload as it arrived, so nothing that a [`Repair`] left out is lost.
#[derive(Clone, Debug)]
pub struct RepairedEvent {
    event: Event,
    report: RepairReport,
}

/// What was changed in an event, and the payload as it arrived.
#[derive(Clone, Debug)]
pub struct RepairReport {
    repairs: Vec<Repair>,
    payload: OwnedPayload,
}

impl RepairedEvent {
    pub(super) fn new(event: Event, repairs: Vec<Repair>, payload: OwnedPayload) -> Self {
        let report = RepairReport { repairs, payload };
        Self { event, report }
    }

    /// The event after the repairs.
    #[must_use]
    pub const fn event(&self) -> &Event {
        &self.event
    }

    /// The changes, at least one.
    #[must_use]
    pub fn repairs(&self) -> &[Repair] {
        self.report.repairs()
    }

    /// What was changed, and the payload as it arrived.
    #[must_use]
    pub const fn report(&self) -> &RepairReport {
        &self.report
    }

    /// Returns the event after the repairs, and what was changed.
    #[must_use]
    pub fn into_parts(self) -> (Event, RepairReport) {
        (self.event, self.report)
    }
}

impl RepairReport {
    /// The changes, at least one.
    #[must_use]
    pub fn repairs(&self) -> &[Repair] {
        &self.repairs
    }

    /// The name of the event.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        self.payload.name()
    }

    /// The documented event with this name.
    #[must_use]
    pub fn event_kind(&self) -> Option<DispatchKind> {
        self.payload.kind()
    }

    /// The sequence number of the event.
    #[must_use]
    pub const fn sequence(&self) -> Option<u64> {
        self.payload.sequence()
    }

    /// The payload as it arrived, which can be decoded into a type of your own.
    #[must_use]
    pub const fn payload(&self) -> &OwnedPayload {
        &self.payload
    }

    /// Returns the payload as it arrived.
    #[must_use]
    pub fn into_payload(self) -> OwnedPayload {
        self.payload
    }
}

/// The number of changes that `Display` names.
const MAX_SHOWN: usize = 3;

impl Display for RepairReport {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "the event {} ",
            Excerpt::new(self.name().unwrap_or_default())
        )?;
        if let Some(sequence) = self.sequence() {
            write!(f, "(sequence {sequence}) ")?;
        }
        f.write_str("did not match its type and was repaired: ")?;
        for (index, repair) in self.repairs.iter().take(MAX_SHOWN).enumerate() {
            let separator = if index == 0 { "" } else { ", " };
            write!(f, "{separator}{repair}")?;
        }
        match self.repairs.len().saturating_sub(MAX_SHOWN) {
            0 => Ok(()),
            more => write!(f, " and {more} more"),
        }
    }
}
