//! The shard with the smallest id loses each session immediately and enqueues
//! again. The other shards are granted permits nevertheless.

use crate::harness::{SECOND, origin, unlimited_budget};
use gloaming_queue::{Scheduler, SchedulerDecision};

#[test]
fn other_shards_are_granted_before_its_second_permit() {
    let start = origin();
    let mut scheduler = Scheduler::new(unlimited_budget(1), start);
    let mut repeating = scheduler.enqueue(start, 0);
    let others = [1, 2, 3].map(|shard| scheduler.enqueue(start, shard));
    let mut now = start;
    let mut order = Vec::new();
    while order.len() < 8 {
        match scheduler.poll(now) {
            SchedulerDecision::Grant(ticket) => {
                scheduler.spend(now, ticket);
                let shard = others.iter().position(|other| *other == ticket);
                order.push(shard.map_or(0, |index| index + 1));
                if ticket == repeating {
                    repeating = scheduler.enqueue(now + SECOND, 0);
                    now += SECOND;
                }
            }
            SchedulerDecision::WaitUntil(at) => now = at,
            next => panic!("{next:?}"),
        }
    }
    assert_eq!(order, [0, 1, 2, 3, 0, 0, 0, 0]);
}
