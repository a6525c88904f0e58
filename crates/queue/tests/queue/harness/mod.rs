//! Shared by the tests: simulated time, and a driver for the scheduler without a clock.

#![allow(dead_code, unused_imports, reason = "each test uses a part")]

mod gated_ledger;
#[cfg(feature = "tokio")]
mod manual_queue;
mod scratch;

use std::{
    collections::HashMap,
    num::NonZeroU16,
    time::{Duration, Instant},
};

use gloaming_queue::{QueueSettings, Scheduler, SchedulerDecision, Ticket};

#[cfg(feature = "tokio")]
pub(crate) use self::manual_queue::ManualQueue;
pub(crate) use self::{gated_ledger::GatedLedger, scratch::Scratch};

pub(crate) const SECOND: Duration = Duration::from_secs(1);
/// The time between two identifies: Discord's 5 s and the margin.
pub(crate) const INTERVAL: Duration = Duration::from_millis(5_250);
pub(crate) const HOUR: Duration = Duration::from_secs(60 * 60);
pub(crate) const DAY: Duration = Duration::from_secs(24 * 60 * 60);

#[expect(clippy::disallowed_methods, reason = "simulated time needs an origin")]
pub(crate) fn origin() -> Instant {
    Instant::now()
}

pub(crate) const fn concurrency(n: u16) -> NonZeroU16 {
    NonZeroU16::new(n).expect("tests use at least 1")
}

/// Settings with a budget that no test uses up.
pub(crate) fn unlimited_budget(max_concurrency: u16) -> QueueSettings {
    QueueSettings {
        max_concurrency: concurrency(max_concurrency),
        remaining: 1_000_000,
        total: 1_000_000,
        reset_after: DAY,
        reserve: 0,
    }
}

/// Advances the time and spends each permit immediately, until no shard waits.
/// Returns the shards in the order of their grants, with the time since `start`.
pub(crate) fn run(
    scheduler: &mut Scheduler,
    start: Instant,
    shards: &HashMap<Ticket, u32>,
) -> Vec<(u32, Duration)> {
    let mut now = start;
    let mut started = Vec::new();
    loop {
        match scheduler.poll(now) {
            SchedulerDecision::Grant(ticket) => {
                scheduler.spend(now, ticket);
                started.push((shards[&ticket], now - start));
            }
            SchedulerDecision::WaitUntil(at) | SchedulerDecision::Exhausted { until: at } => {
                assert!(at > now, "the scheduler returned a wait in the past");
                now = at;
            }
            SchedulerDecision::Idle => return started,
        }
    }
}

/// Enqueues all of `shards` and returns their tickets.
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
