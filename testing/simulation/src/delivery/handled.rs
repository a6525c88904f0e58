//! What the handlers of all processes have handled.

use super::gateway::{Event, Gateway, SessionNumber};
use std::collections::BTreeMap;

#[derive(Debug, Default)]
pub(super) struct Handled {
    /// How often each event was handled.
    times: BTreeMap<Event, u32>,
    gaps: Vec<Gap>,
    /// Events that the application dropped, and whose session was lost.
    dropped: Vec<Event>,
}

/// A reported loss: the events after one, and all of the sessions after that until another.
#[derive(Clone, Copy, Debug)]
struct Gap {
    after: Event,
    until: SessionNumber,
}

impl Handled {
    pub(super) fn insert(&mut self, event: Event) {
        *self.times.entry(event).or_default() += 1;
    }

    pub(super) fn contains(&self, event: Event) -> bool {
        self.times.contains_key(&event)
    }

    pub(super) fn report_gap(&mut self, after: Event, until: SessionNumber) {
        self.gaps.push(Gap { after, until });
    }

    /// The application dropped the event, and no resume brings it again.
    pub(super) fn give_up(&mut self, event: Event) {
        self.dropped.push(event);
    }

    /// Fails if an event was neither handled nor reported as lost.
    pub(super) fn check_complete(&self, gateway: &Gateway) -> Result<(), String> {
        let is_missing = |event: &Event| {
            let is_reported = |gap: &Gap| *event > gap.after && event.session < gap.until;
            !self.contains(*event)
                && !self.gaps.iter().any(is_reported)
                && !self.dropped.contains(event)
        };
        match gateway.wanted().find(is_missing) {
            Some(event) => Err(format!("{event:?} was lost, and no report says so")),
            None => Ok(()),
        }
    }
}
