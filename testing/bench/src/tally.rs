//! Counts events, at almost no cost.

use std::collections::BTreeMap;

use gloaming_protocol::{DispatchKind, OpCode};
use twilight_model::gateway::event::Event;

use crate::measure::shared_clock_ns;

/// The number of events by name. To count a documented name takes one addition and no allocation.
#[derive(Debug, Default)]
pub struct Tally {
    documented: Documented,
    other: BTreeMap<Box<str>, u64>,
    /// Events that did not match their type.
    pub errors: u64,
    /// When each event arrived, if that is recorded.
    arrivals_ns: Option<Vec<u64>>,
}

#[derive(Debug)]
struct Documented([u64; DispatchKind::ALL.len()]);

impl Default for Documented {
    fn default() -> Self {
        Self([0; DispatchKind::ALL.len()])
    }
}

impl Tally {
    /// Counts, and also records when each event arrives if `is_timed`.
    #[must_use]
    pub fn timed(is_timed: bool) -> Self {
        Self {
            arrivals_ns: is_timed.then(Vec::new),
            ..Self::default()
        }
    }

    /// Counts a payload if it is a dispatch. The name is read only if the kind does not tell it.
    pub fn payload<'a>(
        &mut self,
        op: OpCode,
        kind: Option<DispatchKind>,
        name: impl FnOnce() -> Option<&'a str>,
    ) {
        if op == OpCode::Dispatch {
            self.arrived();
        }
        match kind {
            Some(kind) => self.documented.0[kind as usize] += 1,
            None if op == OpCode::Dispatch => self.name(name().unwrap_or_default()),
            // Heartbeat ACKs and the like are not events.
            None => {}
        }
    }

    /// Counts a typed event if it is a dispatch.
    pub fn event(&mut self, event: &Event) {
        if let Some(name) = event.kind().name() {
            self.arrived();
            match DispatchKind::from_name(name) {
                Some(kind) => self.documented.0[kind as usize] += 1,
                None => self.name(name),
            }
        }
    }

    /// Adds what another has counted.
    pub fn add(&mut self, other: Self) {
        self.errors += other.errors;
        for (count, more) in self.documented.0.iter_mut().zip(other.documented.0) {
            *count += more;
        }
        for (name, more) in other.other {
            *self.other.entry(name).or_default() += more;
        }
    }

    fn arrived(&mut self) {
        if let Some(arrivals) = &mut self.arrivals_ns {
            arrivals.extend(shared_clock_ns());
        }
    }

    /// Takes when each event arrived, on [the clock of all processes](shared_clock_ns).
    pub fn take_arrivals(&mut self) -> Option<Vec<u64>> {
        self.arrivals_ns.take()
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
