//! When generated events happen.

use std::time::{Duration, Instant};

use super::{event::Event, generator::EventGenerator};
use crate::{rng::stream, settings::Settings, world::World};

/// The highest rate of generated events.
const MAX_PER_SECOND: f64 = 1_000_000.0;

/// Returns a rate that can be kept: none instead of one that is not a number.
const fn bounded(per_second: f64) -> f64 {
    if per_second.is_finite() {
        per_second.clamp(0.0, MAX_PER_SECOND)
    } else {
        0.0
    }
}

/// Events that are generated at a constant rate.
#[derive(Debug)]
pub(crate) struct Traffic {
    per_second: f64,
    started_at: Option<Instant>,
    generated: u64,
    generator: EventGenerator,
}

impl Traffic {
    pub(crate) fn new(settings: &Settings, world: &World) -> Self {
        Self {
            per_second: bounded(settings.events_per_second),
            started_at: None,
            generated: 0,
            generator: EventGenerator::for_world(world, stream::TRAFFIC),
        }
    }

    /// Changes the rate. [`start`](Self::start) it next, unless there is no session.
    pub(crate) const fn set_rate(&mut self, per_second: f64) {
        self.per_second = bounded(per_second);
        self.started_at = None;
    }

    /// The time between two events; `None` if no events are generated.
    pub(crate) fn interval(&self) -> Option<Duration> {
        let is_silent = self.per_second <= 0.0 || self.generator.is_idle();
        (!is_silent).then(|| Duration::from_secs_f64(1.0 / self.per_second))
    }

    /// Starts to count at `now`. Events of the time before are not made up for.
    pub(crate) fn start(&mut self, now: Instant) {
        self.started_at = Some(now);
        self.generated = 0;
    }

    /// The number of events that are due. What is more than the events of one second is skipped: if the gateway can't keep
    /// the rate, its backlog does not grow.
    pub(crate) fn due(&mut self, now: Instant) -> u64 {
        let Some(started_at) = self.started_at else {
            return 0;
        };
        // A nanosecond of tolerance for the rounding of `next_at`.
        let elapsed = now.duration_since(started_at).as_secs_f64() + 1e-9;
        let expected = (elapsed * self.per_second) as u64;
        let max_due = self.per_second.ceil() as u64;
        self.generated = self.generated.max(expected.saturating_sub(max_due));
        expected.saturating_sub(self.generated)
    }

    /// When the next event is due; `None` before the start.
    pub(crate) fn next_at(&self) -> Option<Instant> {
        let started_at = self.started_at?;
        let after = Duration::from_secs_f64((self.generated + 1) as f64 / self.per_second);
        Some(started_at + after)
    }

    /// Generates an event in addition to the rate; `None` if no event can happen.
    pub(crate) fn extra_event(&mut self, world: &World) -> Option<Event> {
        self.generator.generate(world)
    }

    /// Generates the next event; `None` if no event can happen.
    pub(crate) fn next_event(&mut self, world: &World) -> Option<Event> {
        self.generated += 1;
        self.generator.generate(world)
    }
}
