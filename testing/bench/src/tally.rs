//! Counts events, at almost no cost.

use std::collections::BTreeMap;

use gloaming_protocol::{DispatchKind, OpCode};
use twilight_model::gateway::event::Event;

/// The number of events by name. To count a documented name takes one addition and no allocation.
#[derive(Debug, Default)]
pub struct Tally {
    documented: Documented,
    other: BTreeMap<Box<str>, u64>,
    /// Events that did not match their type.
    pub errors: u64,
}

#[derive(Debug)]
struct Documented([u64; DispatchKind::ALL.len()]);

impl Default for Documented {
    fn default() -> Self {
        Self([0; DispatchKind::ALL.len()])
    }
}

impl Tally {
    /// Counts a payload if it is a dispatch.
    pub fn payload(&mut self, op: OpCode, kind: Option<DispatchKind>, name: Option<&str>) {
        match kind {
            Some(kind) => self.documented.0[kind as usize] += 1,
            None if op == OpCode::Dispatch => self.name(name.unwrap_or_default()),
            // Heartbeat ACKs and the like are not events.
            None => {}
        }
    }

    /// Counts a typed event if it is a dispatch.
    pub fn event(&mut self, event: &Event) {
        if let Some(name) = event.kind().name() {
            match DispatchKind::from_name(name) {
                Some(kind) => self.documented.0[kind as usize] += 1,
                None => self.name(name),
            }
        }
    }

    #[cold]
    fn name(&mut self, name: &str) {
        *self.other.entry(name.into()).or_default() += 1;
    }

    /// Returns the counts that are not zero.
    #[must_use]
    pub fn by_type(self) -> BTreeMap<Box<str>, u64> {
        let mut all = self.other;
        for (kind, count) in DispatchKind::ALL.into_iter().zip(self.documented.0) {
            if count > 0 {
                *all.entry(kind.name().into()).or_default() += count;
            }
        }
        all
    }
}
