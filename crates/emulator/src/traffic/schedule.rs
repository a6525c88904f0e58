//! When the made-up events happen.

use std::time::{Duration, Instant};

use super::{event::Event, maker::Maker};
use crate::{
    settings::Settings,
    world::{World, stream},
};

/// Makes events up at an even rate.
#[derive(Debug)]
pub(crate) struct Traffic {
    per_second: f64,
    began: Option<Instant>,
    made: u64,
    maker: Maker,
}

impl Traffic {
    pub(crate) fn new(settings: &Settings, world: &World) -> Self {
        let rate = settings.events_per_second;
        Self {
            per_second: if rate.is_finite() {
                rate.clamp(0.0, 1_000_000.0)
            } else {
                0.0
            },
            began: None,
            made: 0,
            maker: Maker::of_everything(world, stream::TRAFFIC),
        }
    }

    /// The time between two events; `None` for silence.
    pub(crate) fn gap(&self) -> Option<Duration> {
        let is_silent = self.per_second <= 0.0 || self.maker.is_idle();
        (!is_silent).then(|| Duration::from_secs_f64(1.0 / self.per_second))
    }

    /// Counts from `now`: what was not made before is not made up for.
    pub(crate) fn begin(&mut self, now: Instant) {
        self.began = Some(now);
        self.made = 0;
    }

    /// How many events should have been made by now and were not. More than a second's worth is forgotten: a gateway
    /// that can't keep its rate is slow, not ever later.
    pub(crate) fn due(&mut self, now: Instant) -> u64 {
        let Some(began) = self.began else {
            return 0;
        };
        // A nanosecond of slack for the rounding of `next_at`.
        let elapsed = now.duration_since(began).as_secs_f64() + 1e-9;
        let owed = (elapsed * self.per_second) as u64;
        let most = self.per_second.ceil() as u64;
        self.made = self.made.max(owed.saturating_sub(most));
        owed.saturating_sub(self.made)
    }

    /// When the next event is due; `None` before the beginning.
    pub(crate) fn next_at(&self) -> Option<Instant> {
        let after = Duration::from_secs_f64((self.made + 1) as f64 / self.per_second);
        self.began.map(|began| began + after)
    }

    /// An event beside the even rate; `None` if there is no guild that it could happen in.
    pub(crate) fn extra_event(&mut self, world: &World) -> Option<Event> {
        self.maker.make(world)
    }

    /// The next event; `None` if there is no guild that it could happen in.
    pub(crate) fn next_event(&mut self, world: &World) -> Option<Event> {
        self.made += 1;
        self.maker.make(world)
    }
}
