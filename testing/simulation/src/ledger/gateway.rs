//! The limits as Discord sees them: of all IDENTIFYs of the bot, by the true time.

use gloaming_protocol::limits::{IDENTIFY_INTERVAL, SESSION_START_PERIOD};
use gloaming_queue::QueueSettings;
use std::{
    collections::{BTreeMap, VecDeque},
    time::Duration,
};

pub(super) struct IdentifyCounter {
    max_concurrency: u32,
    allowed: usize,
    /// The time of the last IDENTIFY of each rate-limit key.
    keys: BTreeMap<u32, Duration>,
    /// Those of a day.
    day: VecDeque<Duration>,
    last: Duration,
}

impl IdentifyCounter {
    pub(super) fn new(settings: &QueueSettings) -> Self {
        Self {
            max_concurrency: settings.max_concurrency.get().into(),
            allowed: (settings.total - settings.reserve) as usize,
            keys: BTreeMap::new(),
            day: VecDeque::new(),
            last: Duration::ZERO,
        }
    }

    /// Counts an IDENTIFY, or returns the limit that it exceeds.
    pub(super) fn identify(&mut self, now: Duration, shard: u32) -> Result<(), String> {
        self.last = now;
        let key = shard % self.max_concurrency;
        if let Some(before) = self.keys.insert(key, now)
            && now - before < IDENTIFY_INTERVAL
        {
            let between = now - before;
            return Err(format!("{between:?} after the last IDENTIFY of key {key}"));
        }
        while self
            .day
            .front()
            .is_some_and(|at| *at + SESSION_START_PERIOD <= now)
        {
            self.day.pop_front();
        }
        self.day.push_back(now);
        if self.day.len() > self.allowed {
            let (count, allowed) = (self.day.len(), self.allowed);
            return Err(format!("{count} IDENTIFYs within a day, of {allowed}"));
        }
        Ok(())
    }

    /// Returns the time of the last IDENTIFY.
    pub(super) const fn last(&self) -> Duration {
        self.last
    }
}
