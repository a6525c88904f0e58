//! What the scheduler's tests share: made-up time and a driver with no clock.

#![allow(dead_code, unused_imports, reason = "each test uses its own part")]

mod scratch;

use std::{
    collections::HashMap,
    num::NonZeroU16,
    time::{Duration, Instant},
};

use gloaming_queue::{Next, Scheduler, Settings, Ticket};

pub(crate) use self::scratch::Scratch;

pub(crate) const SECOND: Duration = Duration::from_secs(1);
/// Discord's 5 s, and what an IDENTIFY may be longer on its way than the next.
pub(crate) const INTERVAL: Duration = Duration::from_millis(5_250);
pub(crate) const HOUR: Duration = Duration::from_secs(60 * 60);
pub(crate) const DAY: Duration = Duration::from_secs(24 * 60 * 60);

#[expect(clippy::disallowed_methods, reason = "made-up time needs an origin")]
pub(crate) fn origin() -> Instant {
    Instant::now()
}

pub(crate) const fn concurrency(n: u16) -> NonZeroU16 {
    NonZeroU16::new(n).expect("a test asks for at least 1")
}

/// So much budget that it never matters.
pub(crate) fn plenty(max_concurrency: u16) -> Settings {
    Settings {
        max_concurrency: concurrency(max_concurrency),
        remaining: 1_000_000,
        total: 1_000_000,
        reset_after: DAY,
        reserve: 0,
    }
}

/// Lets time pass and spends each permit at once, until nobody waits. Returns
/// who started when, counted from `start`.
pub(crate) fn run(
    scheduler: &mut Scheduler,
    start: Instant,
    shards: &HashMap<Ticket, u32>,
) -> Vec<(u32, Duration)> {
    let mut now = start;
    let mut started = Vec::new();
    loop {
        match scheduler.poll(now) {
            Next::Grant(ticket) => {
                scheduler.spend(now, ticket);
                started.push((shards[&ticket], now - start));
            }
            Next::WaitUntil(at) | Next::Exhausted { until: at } => {
                assert!(at > now, "a wait that is over is no wait");
                now = at;
            }
            Next::Empty => return started,
        }
    }
}

/// Enqueues all of `shards`, and tells whose ticket is whose.
pub(crate) fn enqueue_all(
    scheduler: &mut Scheduler,
    now: Instant,
    shards: impl IntoIterator<Item = u32>,
) -> HashMap<Ticket, u32> {
    shards
        .into_iter()
        .map(|shard| (scheduler.enqueue(now, shard), shard))
        .collect()
}
