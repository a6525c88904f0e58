//! The estimate of a waiting shard is exact if all permits are spent immediately
//! and no other shard joins. Checked with 500 seeds, over buckets, budgets and
//! resets.

use std::collections::HashMap;

use crate::harness::{DAY, SECOND, concurrency, origin};
use gloaming_queue::{QueueSettings, Scheduler, SchedulerDecision, WaitReason};
use gloaming_test_support::Random;

#[test]
fn five_hundred_seeds_are_estimated_exactly() {
    let mut exhausted = 0;
    for seed in 0..500 {
        let mut random = Random::new(seed);
        let start = origin();
        let total = 1 + random.below(60) as u32;
        let settings = QueueSettings {
            max_concurrency: concurrency(1 + random.below(8) as u16),
            remaining: random.below(u64::from(total) + 1) as u32,
            total,
            reset_after: random.below(400) as u32 * SECOND,
            reserve: random.below(u64::from(total)) as u32 / 4,
        };
        let mut scheduler = Scheduler::new(settings, start);

        // Some identifies, and some leased permits.
        let mut now = start;
        let mut leased = Vec::new();
        for _ in 0..random.below(20) {
            scheduler.enqueue(now, random.below(40) as u32);
            if let SchedulerDecision::Grant(ticket) = scheduler.poll(now) {
                leased.push(ticket);
            }
            if random.below(4) > 0 {
                for ticket in leased.drain(..) {
                    scheduler.spend(now, ticket);
                }
            }
            now += random.below(3) as u32 * SECOND;
        }

        let mut tickets = Vec::new();
        for _ in 0..random.below(80) {
            tickets.push(scheduler.enqueue(now, random.below(40) as u32));
        }
        let mut estimates = HashMap::new();
        for ticket in tickets {
            let Some(position) = scheduler.position(now, ticket) else {
                continue;
            };
            exhausted += u32::from(position.reason == WaitReason::Budget);
            estimates.insert(ticket, now + position.estimate);
        }
        for ticket in leased {
            scheduler.spend(now, ticket);
        }
        while scheduler.waiting() > 0 {
            match scheduler.poll(now) {
                SchedulerDecision::Grant(ticket) => {
                    scheduler.spend(now, ticket);
                    if let Some(estimate) = estimates.remove(&ticket) {
                        assert_eq!(estimate, now, "seed {seed}");
                    }
                }
                SchedulerDecision::WaitUntil(at) | SchedulerDecision::Exhausted { until: at } => {
                    now = at
                }
                SchedulerDecision::Idle => unreachable!("shards wait"),
            }
        }
        assert!(estimates.is_empty());
        assert!(now < start + 400 * DAY);
    }
    assert!(
        exhausted > 1000,
        "too few seeds use up the budget: {exhausted}"
    );
}
