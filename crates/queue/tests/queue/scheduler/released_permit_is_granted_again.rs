//! A released permit delays no other shard and costs no budget.

use crate::harness::{DAY, origin, unlimited_budget};
use gloaming_queue::{QueueSettings, Scheduler, SchedulerDecision, SpendOutcome};

#[test]
fn next_shard_is_granted_immediately() {
    let start = origin();
    let mut scheduler = Scheduler::new(unlimited_budget(1), start);
    let first = scheduler.enqueue(start, 0);
    let second = scheduler.enqueue(start, 1);
    assert_eq!(scheduler.poll(start), SchedulerDecision::Grant(first));
    scheduler.release(start, first);
    assert_eq!(scheduler.poll(start), SchedulerDecision::Grant(second));
    assert_eq!(scheduler.spend(start, first), SpendOutcome::Unknown);
}

#[test]
fn released_permit_returns_to_the_budget() {
    let start = origin();
    let settings = QueueSettings {
        remaining: 1,
        total: 100,
        reset_after: DAY,
        reserve: 0,
        ..unlimited_budget(2)
    };
    let mut scheduler = Scheduler::new(settings, start);
    let first = scheduler.enqueue(start, 0);
    let second = scheduler.enqueue(start, 1);
    assert_eq!(scheduler.poll(start), SchedulerDecision::Grant(first));
    assert_eq!(
        scheduler.poll(start),
        SchedulerDecision::Exhausted { until: start + DAY },
        "the last identify is leased"
    );
    scheduler.release(start, first);
    assert_eq!(scheduler.poll(start), SchedulerDecision::Grant(second));
}
