//! What a waiting shard is told is what happens, if all permits are spent at
//! once and nobody else joins: over buckets, budgets and resets, in 500 seeded
//! situations.

use std::collections::HashMap;

use crate::support::{DAY, SECOND, concurrency, origin};
use gloaming_queue::{Next, Scheduler, Settings, WaitReason};
use gloaming_test_support::Random;

#[test]
fn in_any_situation() {
    let mut exhausted = 0;
    for seed in 0..500 {
        let mut random = Random::new(seed);
        let start = origin();
        let total = 1 + random.below(60) as u32;
        let settings = Settings {
            max_concurrency: concurrency(1 + random.below(8) as u16),
            remaining: random.below(u64::from(total) + 1) as u32,
            total,
            reset_after: random.below(400) as u32 * SECOND,
            reserve: random.below(u64::from(total)) as u32 / 4,
        };
        let mut scheduler = Scheduler::new(settings, start);

        // Some history, and permits that are out.
        let mut now = start;
        let mut out = Vec::new();
        for _ in 0..random.below(20) {
            scheduler.enqueue(now, random.below(40) as u32);
            if let Next::Grant(ticket) = scheduler.poll(now) {
                out.push(ticket);
            }
            if random.below(4) > 0 {
                for ticket in out.drain(..) {
                    scheduler.spend(now, ticket);
                }
            }
            now += random.below(3) as u32 * SECOND;
        }

        let mut tickets = Vec::new();
        for _ in 0..random.below(80) {
            tickets.push(scheduler.enqueue(now, random.below(40) as u32));
        }
        let mut told = HashMap::new();
        for ticket in tickets {
            let Some(position) = scheduler.position(now, ticket) else {
                continue;
            };
            exhausted += u32::from(position.reason == WaitReason::Budget);
            told.insert(ticket, now + position.estimate);
        }
        for ticket in out {
            scheduler.spend(now, ticket);
        }
        while scheduler.waiting() > 0 {
            match scheduler.poll(now) {
                Next::Grant(ticket) => {
                    scheduler.spend(now, ticket);
                    if let Some(told) = told.remove(&ticket) {
                        assert_eq!(told, now, "seed {seed}");
                    }
                }
                Next::WaitUntil(at) | Next::Exhausted { until: at } => now = at,
                Next::Empty => unreachable!("somebody waits"),
            }
        }
        assert!(told.is_empty());
        assert!(now < start + 400 * DAY);
    }
    assert!(exhausted > 1000, "the budget has to matter: {exhausted}");
}
